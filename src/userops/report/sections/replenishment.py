"""What users are running out of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from userops.core.table import Table
from userops.report.charts.bars import Bar, bars
from userops.report.charts.chart import Chart
from userops.report.material import Material
from userops.report.parts import Section, grid, rows
from userops.report.takeaway import with_file

if TYPE_CHECKING:
    import polars as pl

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
    due_rows = material.whole["repurchase.due"].frame
    listed = grid(
        due, material.lang, title=material.say("due title"), rows=8, row_count=due_rows.height
    )
    grids = [
        with_file(material, listed, due, list(due.columns), "repurchase.due", "replenishment"),
        grid(categories, material.lang, title=material.say("categories title"), rows=_MOST),
    ]
    return Section(
        "replenishment",
        title,
        prose=(_sentence(material, due_rows),) if due_rows.height else (),
        charts=_charts(material, categories),
        window=material.until,
        grids=tuple(part for part in grids if part.rows or part.notes),
        tables=(categories, due),
    )


def _sentence(material: Material, due_rows: pl.DataFrame) -> str:
    """How many purchases are due until when, and how many of them are overdue."""
    overdue = int((due_rows["overdue_days"] > 0).sum())
    last: Any = due_rows["due_date"].max() or material.window.as_of
    until = max(last, material.window.as_of or last)
    return material.say("due sentence", day=until, users=due_rows.height, overdue=overdue)


def _charts(material: Material, categories: Table) -> tuple[Chart, ...]:
    """Median days of the categories with the most buyers; none where no median is known."""
    category_rows = [row for row in rows(categories) if row.get("median_days") is not None]
    category_rows.sort(key=lambda row: -row["buyers"])
    chart_bars = [
        Bar(
            material.word(str(row["category"])),
            float(row["median_days"]),
            f"{row['median_days']:,.0f}",
            style="c3",
        )
        for row in category_rows[:_MOST]
    ]
    if not chart_bars:
        return ()
    text = material.say("and").join(f"{bar.name} {bar.shown}" for bar in chart_bars)
    return (bars(material.say("due chart"), text, chart_bars),)
