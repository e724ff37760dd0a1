"""The run: what would give this report again."""

from __future__ import annotations

from userops.render import cells
from userops.report.material import Material
from userops.report.parts import Cell, Grid, Section


def section(material: Material) -> Section:
    """as_of, inputs that were read with their hashes, settings, version. No clock."""
    window = material.window
    facts = [
        (material.say("run version"), material.version),
        (material.say("run as of"), str(window.as_of or "")),
        (
            material.say("run window"),
            f"{window.first_day} – {window.as_of}" if window.first_day else "",
        ),
        *material.settings,
    ]
    settings = tuple(
        (Cell(cells.visible(name)), Cell(cells.visible(value), "t long code"))
        for name, value in facts
        if value
    )
    read = {"orders", *material.tallies}
    files = tuple(
        (
            Cell(cells.visible(one.name)),
            Cell(material.word(one.dataset)),
            Cell(one.digest, "t code"),
        )
        for one in material.inputs
        if one.dataset in read
    )
    spared = [cells.visible(one.name) for one in material.inputs if one.dataset not in read]
    notes = []
    if spared:
        notes.append(material.say("not needed", files=material.say("and").join(spared)))
    head = (Cell(material.label("file")), Cell(material.label("item")), Cell("SHA-256"))
    grids = [
        Grid(
            material.say("settings title"),
            (Cell(material.label("item")), Cell(material.label("value"))),
            settings,
        )
    ]
    if files:
        grids.append(Grid(material.say("inputs title"), head, files))
    return Section(
        "run", material.say("section run"), (material.say("run note"),), grids=tuple(grids),
        notes=tuple(notes),
    )  # fmt: skip
