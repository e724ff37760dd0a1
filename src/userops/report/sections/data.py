"""What became of every row that was read."""

from __future__ import annotations

from userops.report.material import Material
from userops.report.parts import Cell, Grid, Section


def section(material: Material) -> Section:
    """The tally: read, used, refused and left out, by reason; and what was assumed."""
    tally = material.tally
    refused, left = sum(tally.refused.values()), sum(tally.left_out.values())
    facts = {"read": tally.read, "used": tally.used, "refused": refused, "left": left}
    key = "data sentence" if refused or left else "data clean"
    sentence = material.say(key, **{name: f"{count:,}" for name, count in facts.items()})
    lines = [("read", "", tally.read), ("used", "", tally.used)]
    lines += [("refused", reason, count) for reason, count in tally.refused.items()]
    lines += [("left out", reason, count) for reason, count in tally.left_out.items()]
    head = (
        Cell(material.word("rows")),
        Cell(material.label("reason")),
        Cell(material.label("count"), "n"),
    )
    drawn = tuple(
        (Cell(material.word(what)), Cell(material.word(reason)), Cell(f"{count:,}", "n"))
        for what, reason, count in lines
    )
    return Section(
        "data",
        material.say("section data"),
        (sentence,),
        grids=(Grid(material.say("tally title"), head, drawn),),
        notes=tuple(material.note(note) for note in material.notes),
    )
