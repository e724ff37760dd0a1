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
    window_rows = (
        [row for row in rows(table) if row["rate"] is not None] if table is not None else []
    )
    if table is None or not table.frame.height:
        return Section("repurchase", title, missing=material.nothing)
    if not window_rows:
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
        prose=(_sentence(material, window_rows, orders),),
        window=material.until,
        charts=(_chart(material, table, window_rows),),
        grids=tuple(grids),
        notes=tuple(material.note(note) for note in table.notes),
        tables=(table, *((orders,) if orders is not None else ())),
    )


def _sentence(material: Material, window_rows: list[dict[str, Any]], orders: Table | None) -> str:
    row = next((row_ for row_ in window_rows if row_["days"] >= 30), window_rows[-1])
    rate = material.shown(Kind.RATE, row["rate"])
    counts = material.counts(row["repurchased_users"], row["observed_users"])
    first = rows(orders)[0] if orders is not None and orders.frame.height else {}
    median = first.get("median_days")
    if median is None:
        return material.say("repurchase sentence short", rate=rate, days=row["days"], counts=counts)
    return material.say(
        "repurchase sentence", rate=rate, days=row["days"], counts=counts,
        median=f"{median:,.0f}",
    )  # fmt: skip


def _chart(material: Material, table: Table, window_rows: list[dict[str, Any]]) -> Chart:
    chart_lines = [_observed_line(material, window_rows)]
    if "km_rate" in table.columns:
        chart_lines.append(_estimated_line(material, window_rows))
    first, last = window_rows[0], window_rows[-1]
    return lines(
        material.say("repurchase chart"),
        material.say(
            "repurchase text",
            first=material.shown(Kind.RATE, first["rate"]),
            start=first["days"],
            last=material.shown(Kind.RATE, last["rate"]),
            end=last["days"],
        ),
        chart_lines, Kind.RATE, table.currency, material.lang,
        places=[float(row["days"]) for row in window_rows], labels=8,
    )  # fmt: skip


def _observed_line(material: Material, window_rows: list[dict[str, Any]]) -> Line:
    """The rates with their intervals."""
    name = material.say("observed")
    points = [
        Point(
            str(row["days"]),
            row["rate"],
            f"{row['days']}: {name} {row['rate'] * 100:.1f} %"
            f" ({row['low'] * 100:.1f} – {row['high'] * 100:.1f} %)",
            row["low"],
            row["high"],
        )
        for row in window_rows
    ]
    return Line(name, points)


def _estimated_line(material: Material, window_rows: list[dict[str, Any]]) -> Line:
    """Kaplan and Meier's estimates."""
    name = material.say("km")
    points = [
        Point(
            str(row["days"]),
            row["km_rate"],
            f"{row['days']}: {name} {(row['km_rate'] or 0) * 100:.1f} %",
        )
        for row in window_rows
    ]
    return Line(name, points, "c2")
