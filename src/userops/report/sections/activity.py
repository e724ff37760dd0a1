"""How many come, how often, and how many are new."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from userops.core.table import Kind, Table
from userops.report.charts.chart import Chart
from userops.report.charts.lines import Line, Point, lines
from userops.report.material import Material
from userops.report.parts import Section, grid, rows

_LONGEST = 13
_LINES = (("active_users", "c1"), ("new_users", "c2"), ("dormant_users", "c3"))


def section(material: Material) -> Section:
    """Users by period, and how often they come back."""
    title = material.say("section activity")
    table = material.tables.get("activity.summary")
    stickiness = material.tables.get("activity.stickiness")
    if table is None or not table.frame.height:
        missing = material.no_events or material.say("missing activity")
        return Section("activity", title, missing=missing)
    latest = table.but(frame=_as_covered(table.frame.tail(_LONGEST), table.window.first_day))
    period_rows = rows(latest)
    ratios = (
        [row for row in rows(stickiness) if row["measure"] != "active_days"] if stickiness else []
    )
    grids = [grid(latest, material.lang, title="", rows=_LONGEST)]
    stickiness_tables = () if stickiness is None else (stickiness,)
    charts = (_chart(material, latest, period_rows),) if len(period_rows) > 1 else ()
    return Section(
        "activity", title, _prose(material, period_rows, ratios), charts=charts, grids=tuple(grids),
        tables=(table, *stickiness_tables), window=material.until,
    )  # fmt: skip


def _as_covered(frame: pl.DataFrame, first_day: date | None) -> pl.DataFrame:
    """Periods, of which one isn't whole that the events begin within."""
    if first_day is None:
        return frame
    return frame.with_columns(complete=pl.col("complete") & (pl.col("period") >= first_day))


def _prose(
    material: Material, period_rows: list[dict[str, Any]], ratios: list[dict[str, Any]]
) -> tuple[str, ...]:
    whole_periods = [row for row in period_rows if row["complete"]] or period_rows
    last = whole_periods[-1]
    sentences = [
        material.say(
            "activity sentence",
            period=material.period_name,
            day=last["period"],
            active=last["active_users"],
            new=last["new_users"],
            back=last["returning_users"] + last["resurrected_users"],
        )
    ]
    shares = [
        f"{row['measure'].replace('_', '/').upper()} {row['share'] * 100:.1f} %"
        for row in ratios
        if row["share"] is not None
    ]
    if shares:
        sentences.append(
            material.say("stickiness sentence", shares=material.say("and").join(shares))
        )
    return tuple(sentences)


def _chart(material: Material, table: Table, period_rows: list[dict[str, Any]]) -> Chart:
    def line(column: str, style: str) -> Line:
        name = material.label(column)
        points = [
            Point(
                f"{row['period']:%m-%d}",
                row[column],
                f"{row['period']}: {name} {row[column]:,}"
                + ("" if row["complete"] else f" ({material.say('not whole')})"),
                whole=row["complete"],
            )
            for row in period_rows
        ]
        return Line(name, points, style)

    text = material.say("and").join(
        f"{row['period']} {row['active_users']:,}" for row in period_rows[-2:]
    )
    return lines(
        material.say("activity chart", period=material.period_name), text,
        [line(column, style) for column, style in _LINES], Kind.COUNT, table.currency, material.lang,
    )  # fmt: skip
