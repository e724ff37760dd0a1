"""Repurchase: the share that buys again, by how long they had."""

from __future__ import annotations

from typing import Any

from userops.core.table import Kind, Table
from userops.report.charts.chart import Chart
from userops.report.charts.lines import Line, Point, lines
from userops.report.material import Material
from userops.report.parts import Section, grid, rows

_ORDERS = 6


def section(material: Material) -> Section:
    """The curve with its interval; windows and order numbers as tables."""
    title = material.say("section repurchase")
    table, orders = (
        material.tables.get("repurchase.windows"),
        material.tables.get("repurchase.orders"),
    )
    known = [row for row in rows(table) if row["rate"] is not None] if table is not None else []
    if table is None or not table.frame.height:
        return Section("repurchase", title, missing=material.nothing)
    if not known:
        shortest = min(row["days"] for row in rows(table))
        missing = material.say("missing repurchase", days=shortest)
        return Section("repurchase", title, missing=missing)
    grids = [grid(table, material.lang, title=material.say("windows title"), notes=False)]
    if orders is not None and orders.frame.height:
        grids.append(
            grid(
                orders, material.lang, title=material.say("orders title"), rows=_ORDERS, notes=False
            )
        )
    return Section(
        "repurchase",
        title,
        prose=(_sentence(material, known, orders),),
        charts=(_chart(material, table, known),),
        grids=tuple(grids),
        notes=tuple(material.note(note) for note in table.notes),
        tables=(table, *((orders,) if orders is not None else ())),
    )


def _sentence(material: Material, known: list[dict[str, Any]], orders: Table | None) -> str:
    row = next((one for one in known if one["days"] >= 30), known[-1])
    rate, low, high = (material.shown(Kind.RATE, row[part]) for part in ("rate", "low", "high"))
    first = rows(orders)[0] if orders is not None and orders.frame.height else {}
    median = first.get("median_days")
    if median is None:
        return material.say(
            "repurchase sentence short", rate=rate, days=row["days"], low=low, high=high
        )
    return material.say(
        "repurchase sentence", rate=rate, days=row["days"], low=low, high=high,
        median=f"{median:,.0f}",
    )  # fmt: skip


def _chart(material: Material, table: Table, known: list[dict[str, Any]]) -> Chart:
    def tip(row: dict[str, Any], name: str, rate: float) -> str:
        text = f"{row['days']}: {name} {rate * 100:.1f} %"
        if name == material.say("observed"):
            text += f" ({row['low'] * 100:.1f} – {row['high'] * 100:.1f} %)"
        return text

    observed, estimated = material.say("observed"), material.say("km")
    drawn = [
        Line(
            observed,
            [
                Point(
                    str(row["days"]),
                    row["rate"],
                    tip(row, observed, row["rate"]),
                    row["low"],
                    row["high"],
                )
                for row in known
            ],
        )
    ]
    if "km_rate" in table.columns:
        drawn.append(
            Line(
                estimated,
                [
                    Point(
                        str(row["days"]), row["km_rate"], tip(row, estimated, row["km_rate"] or 0)
                    )
                    for row in known
                ],
                "c2",
            )
        )
    return lines(
        material.say("repurchase chart"),
        material.say(
            "repurchase text", first=material.shown(Kind.RATE, known[0]["rate"]), start=known[0]["days"],
            last=material.shown(Kind.RATE, known[-1]["rate"]), end=known[-1]["days"],
        ),
        drawn, Kind.RATE, table.currency, material.lang,
        places=[float(row["days"]) for row in known], labels=8,
    )  # fmt: skip
