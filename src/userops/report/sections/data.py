"""What became of every row that was read, and what looks wrong in the orders."""

from __future__ import annotations

from userops.core.tally import Tally
from userops.report.material import Material
from userops.report.parts import Cell, Grid, Section, grid


def section(material: Material) -> Section:
    """The tally: read, used, refused and left out, by reason; findings; and what was assumed."""
    tally = material.tally
    refused, left_out = sum(tally.refused.values()), sum(tally.left_out.values())
    facts = {"read": tally.read, "used": tally.used, "refused": refused, "left": left_out}
    key = "data sentence" if refused or left_out else "data clean" if tally.read else "data none"
    sentence = material.say(key, **facts)
    lines = [
        (dataset, *line)
        for dataset, dataset_tally in {"orders": tally, **material.tallies}.items()
        for line in _lines(dataset_tally)
    ]
    head = (
        Cell(material.label("file")),
        Cell(material.word("rows")),
        Cell(material.label("reason")),
        Cell(material.label("count"), "n"),
    )
    tally_rows = tuple(
        (
            Cell(material.word(dataset)),
            Cell(material.word(topic)),
            Cell(material.word(reason)),
            Cell(f"{count:,}", "n"),
        )
        for dataset, topic, reason, count in lines
    )
    return Section(
        "data",
        material.say("section data"),
        (sentence,),
        grids=(
            *_findings(material),
            Grid(material.say("tally title"), head, tally_rows, folded=True),
        ),
        notes=tuple(material.whole_note(note) for note in material.notes),
    )


def _findings(material: Material) -> tuple[Grid, ...]:
    """What looks wrong, without what to do about it: that speaks of options."""
    found = material.tables.get("check.findings")
    if found is None or found.frame.is_empty():
        return ()
    columns = [name for name in found.columns if name != "change"]
    return (grid(found, material.lang, columns=columns, notes=False),)


def _lines(tally: Tally) -> list[tuple[str, str, int]]:
    return [
        ("read", "", tally.read),
        ("used", "", tally.used),
        *(("refused", reason, count) for reason, count in tally.refused.items()),
        *(("left out", reason, count) for reason, count in tally.left_out.items()),
    ]
