"""What was sold: to new and returning users, how much came back, and of what."""

from __future__ import annotations

from typing import Any

import polars as pl

from userops.core.dates import to_day
from userops.core.table import Kind, Table
from userops.report.charts.chart import Chart
from userops.report.charts.lines import Line, Point, lines
from userops.report.material import Material
from userops.report.parts import Grid, Section, grid, rows

_LONGEST = 13
_ROWS = 10


def section(material: Material) -> Section:
    """New against returning revenue, the refund rate, categories and products."""
    title = material.say("section sales")
    table, comparison = material.tables.get("kpis.sales"), material.comparison
    if table is None or comparison is None:
        return Section("sales", title, missing=material.nothing)
    latest = table.but(frame=table.frame.tail(_LONGEST))
    grids = []
    for name in ("categories", "products"):
        goods = material.tables.get(f"kpis.{name}")
        if goods is not None and goods.frame.height:
            grids.append(_goods(material, goods, before=comparison.before is not None))
    grids.append(grid(latest, material.lang, columns=_columns(table), rows=_LONGEST, notes=False, folded=True))  # fmt: skip
    shown = ("sales", "categories", "products")
    tables = [material.tables.get(f"kpis.{name}") for name in shown]
    return Section(
        "sales",
        title,
        tuple(_prose(material, table)),
        charts=(_chart(material, latest),) if latest.frame.height > 1 else (),
        grids=tuple(grids),
        tables=tuple(one for one in tables if one is not None),
        window=material.days(comparison.now),
    )


def _columns(table: Table) -> list[str]:
    """Those that say anything: without refunds in the data nothing tells of them."""
    return [name for name in table.columns if table.frame[name].null_count() < table.frame.height]


def _prose(material: Material, table: Table) -> list[str]:
    assert material.comparison is not None
    comparison = material.comparison
    by_day = {to_day(row["period"]): row for row in rows(table)}
    now = by_day.get(comparison.now.first)
    before = by_day.get(comparison.before.first) if comparison.before else None
    if now is None or now["returning_share"] is None:
        return []
    facts = {
        "share": f"{now['returning_share'] * 100:.0f} %",
        "returning": material.money(now["revenue_returning"]),
        "new": material.money(now["revenue_new"]),
    }
    told = [material.say("sales sentence", **facts)]
    if before is not None and before["returning_share"] is not None:
        share = f"{before['returning_share'] * 100:.0f} %"
        told = [material.say("sales sentence before", before=share, **facts)]
    if now["refund_rate"] is not None:
        whole = now["orders"] + now["refunded_orders"]
        rate = material.rate(now["refunded_orders"], whole)
        told.append(material.say("refund sentence", rate=rate) + _usual(material, table))
    return told


def _usual(material: Material, table: Table) -> str:
    """The same of the twelve periods before, beside it."""
    assert material.comparison is not None
    earlier = [
        row
        for row in rows(table)
        if row["complete"] and to_day(row["period"]) < material.comparison.now.first
    ][-12:]
    back, orders = (sum(row[name] or 0 for row in earlier) for name in ("refunded_orders", "orders"))  # fmt: skip
    if not back + orders or len(earlier) < 2:
        return ""
    rate = f"{back / (back + orders) * 100:.1f} %"
    return material.say("refund usual", rate=rate, periods=len(earlier))


def _goods(material: Material, table: Table, *, before: bool) -> Grid:
    columns = [
        name for name in table.columns if before or name not in ("revenue_before", "revenue_change")
    ]
    kinds: dict[str, Any] = {name: table.columns[name] for name in columns}
    field = columns[0]
    nothing = material.say("no name")
    named = table.frame.with_columns(
        pl.when(pl.col(field) == "").then(pl.lit(nothing)).otherwise(pl.col(field)).alias(field)
    ).select(columns)
    return grid(
        table.but(frame=named, columns=kinds), material.lang, rows=_ROWS, bars=("revenue_share",),
        signed=("revenue_change",), notes=False,
    )  # fmt: skip


def _chart(material: Material, table: Table) -> Chart:
    def line(column: str, style: str) -> Line:
        name = material.label(column)
        return Line(
            name,
            [
                Point(
                    material.tick(row["period"]),
                    row[column],
                    f"{row['period']}: {name} {material.shown(Kind.MONEY, row[column])}"
                    + ("" if row["complete"] else f" ({material.say('not whole')})"),
                    whole=row["complete"],
                )
                for row in rows(table)
            ],
            style,
        )

    last = rows(table)[-1]
    text = material.say("and").join(
        f"{material.label(name)} {material.money(last[name])}"
        for name in ("revenue_returning", "revenue_new")
    )
    return lines(
        material.say("sales chart", period=material.period_name), text,
        [line("revenue_returning", "c1"), line("revenue_new", "c2")], Kind.MONEY, table.currency,
        material.lang,
    )  # fmt: skip
