"""What users are running out of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from userops.report.charts.bars import Bar, bars
from userops.report.charts.chart import Chart
from userops.report.material import Material
from userops.report.parts import Section, grid, rows

_MOST = 10


def section(material: Material) -> Section:
    """Whose purchases are due, and how long things last."""
    title = material.say("section replenishment")
    due, categories = (
        material.tables.get("repurchase.due"),
        material.tables.get("repurchase.categories"),
    )
    if due is None or categories is None:
        missing = material.say("missing replenishment") if material.comparison else material.nothing
        return Section("replenishment", title, missing=missing)
    lang = material.lang
    prose = []
    every = material.whole["repurchase.due"].frame
    if every.height:
        overdue = int((every["overdue_days"] > 0).sum())
        last: Any = every["due_date"].max() or material.window.as_of
        until = max(last, (material.window.as_of or last) + timedelta(0))
        prose.append(material.say("due sentence", day=until, users=every.height, overdue=overdue))
    lasting = [row for row in rows(categories) if row.get("median_days") is not None]
    lasting.sort(key=lambda row: -row["buyers"])
    drawn = [
        Bar(
            material.word(str(row["category"])),
            float(row["median_days"]),
            f"{row['median_days']:,.0f}",
            style="c3",
        )
        for row in lasting[:_MOST]
    ]
    charts: tuple[Chart, ...] = ()
    if drawn:
        text = material.say("and").join(f"{bar.name} {bar.shown}" for bar in drawn)
        charts = (bars(material.say("due chart"), text, drawn),)
    grids = [
        grid(categories, lang, title=material.say("categories title"), rows=_MOST),
        grid(due, lang, title=material.say("due title"), rows=8, of=every.height),
    ]
    return Section(
        "replenishment",
        title,
        prose=tuple(prose),
        charts=charts,
        grids=tuple(one for one in grids if one.rows or one.notes),
        tables=(categories, due),
    )
