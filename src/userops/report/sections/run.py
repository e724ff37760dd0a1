"""The run: what would give this report again."""

from __future__ import annotations

from collections.abc import Sequence

from userops.core.shown import visible
from userops.report.material import Input, Material
from userops.report.parts import Cell, Grid, Section


def section(material: Material) -> Section:
    """as_of, inputs that were read with their hashes, settings, version. No clock."""
    datasets_read = {"orders", *material.tallies}
    files_read = [file for file in material.inputs if file.dataset in datasets_read]
    not_needed = [file for file in material.inputs if file.dataset not in datasets_read]
    notes = []
    if not_needed:
        names = material.say("and").join(visible(file.name) for file in not_needed)
        notes.append(material.say("not needed", files=names))
    grids = [_settings_grid(material)]
    if files_read:
        grids.append(_files_grid(material, files_read))
    return Section(
        "run", material.say("section run"), (material.say("run note"),), grids=tuple(grids),
        notes=tuple(notes),
    )  # fmt: skip


def _settings_grid(material: Material) -> Grid:
    """Version, as_of, the orders' days, and every setting that isn't empty."""
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
    return Grid(
        material.say("settings title"),
        (Cell(material.label("item")), Cell(material.label("value"))),
        tuple(
            (Cell(visible(name)), Cell(visible(value), "t long code"))
            for name, value in facts
            if value
        ),
        folded=True,
    )


def _files_grid(material: Material, files: Sequence[Input]) -> Grid:
    """Name, dataset and SHA-256 of each file."""
    return Grid(
        material.say("inputs title"),
        (Cell(material.label("file")), Cell(material.label("item")), Cell("SHA-256")),
        tuple(
            (
                Cell(visible(file.name)),
                Cell(material.word(file.dataset)),
                Cell(file.digest, "t code"),
            )
            for file in files
        ),
        folded=True,
    )
