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
    steps = rows(table)
    later_steps = [row for row in steps[1:] if row["from_previous"] is not None]
    prose = []
    if later_steps and steps[-1]["from_first"] is not None:
        worst = min(later_steps, key=lambda row: row["from_previous"])
        prose.append(
            material.say(
                "funnel sentence",
                rate=material.rate(steps[-1]["users"], steps[0]["users"]),
                first=material.word(steps[0]["step"]),
                last=material.word(steps[-1]["step"]),
                worst=material.word(worst["step"]),
            )
        )
    chart_bars = [
        Bar(
            material.word(row["step"]),
            float(row["users"]),
            f"{row['users']:,}"
            + (f"  ({row['from_first'] * 100:.0f} %)" if row["from_first"] is not None else ""),
        )
        for row in steps
    ]
    text = material.say("and").join(f"{bar.name} {bar.shown}" for bar in chart_bars)
    grids = [grid(table, material.lang, title="")]
    if groups is not None and groups.frame.height:
        grids.append(
            grid(groups, material.lang, title=material.say("conversion title"), notes=False)
        )
    return Section(
        "funnel", title, tuple(prose), charts=(bars(material.say("funnel chart"), text, chart_bars),),
        grids=tuple(grids), tables=(table, *((groups,) if groups is not None else ())),
    )  # fmt: skip


def _missing(material: Material, table: Table | None) -> str:
    """Whether there are no events, the path can't be followed, or nobody has begun it."""
    reason = material.missing.get("funnel")
    if material.no_events or reason:
        return material.no_events or material.whole_note(reason or "")
    if table is None or not table.frame.height:
        return material.say("missing funnel")
    first = material.word(table.frame["step"][0])
    return material.say(
        "nobody entered", first=first, day=material.window.as_of or table.window.as_of
    )
