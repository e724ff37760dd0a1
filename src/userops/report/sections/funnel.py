"""The golden path: who gets how far, and where most are lost."""

from __future__ import annotations

from userops.core.table import Table
from userops.report.charts.bars import Bar, bars
from userops.report.material import Material
from userops.report.parts import Section, grid, rows


def section(material: Material) -> Section:
    """A bar a step; conversion by channel."""
    title = material.say("section funnel")
    table = material.tables.get("funnel.steps")
    groups = material.tables.get("funnel.conversion")
    if table is None or not table.frame.height or not int(table.frame["users"][0] or 0):
        return Section("funnel", title, missing=_missing(material, table))
    found = rows(table)
    kept = [row for row in found[1:] if row["from_previous"] is not None]
    prose = []
    if kept and found[-1]["from_first"] is not None:
        worst = min(kept, key=lambda row: row["from_previous"])
        prose.append(
            material.say(
                "funnel sentence",
                rate=f"{found[-1]['from_first'] * 100:.1f} %",
                first=material.word(found[0]["step"]),
                last=material.word(found[-1]["step"]),
                worst=material.word(worst["step"]),
            )
        )
    drawn = [
        Bar(
            material.word(row["step"]),
            float(row["users"]),
            f"{row['users']:,}"
            + (f"  ({row['from_first'] * 100:.0f} %)" if row["from_first"] is not None else ""),
        )
        for row in found
    ]
    text = material.say("and").join(f"{bar.name} {bar.shown}" for bar in drawn)
    grids = [grid(table, material.lang, title="")]
    if groups is not None and groups.frame.height:
        grids.append(
            grid(groups, material.lang, title=material.say("conversion title"), notes=False)
        )
    return Section(
        "funnel", title, tuple(prose), charts=(bars(material.say("funnel chart"), text, drawn),),
        grids=tuple(grids), tables=(table, *((groups,) if groups is not None else ())),
    )  # fmt: skip


def _missing(material: Material, table: Table | None) -> str:
    """Whether there are no events, the path can't be followed, or nobody has begun it."""
    told = material.missing.get("funnel")
    if material.no_events or told:
        return material.no_events or material.note(told or "")
    if table is None or not table.frame.height:
        return material.say("missing funnel")
    first = material.word(table.frame["step"][0])
    return material.say(
        "nobody entered", first=first, day=material.window.as_of or table.window.as_of
    )
