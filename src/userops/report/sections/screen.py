"""High-value users: how much the best bring, how the core pool moved, who is above the threshold."""

from __future__ import annotations

from typing import Any

from userops.core.table import Kind, Table
from userops.report.charts.chart import Chart
from userops.report.charts.lines import Line, Point, lines
from userops.report.material import Material
from userops.report.parts import Grid, Section, grid, rows

_TABLES = ("criteria", "pareto", "pool_days", "thousand", "koc")
_MONTHS = 13
_DAYS = (
    "day", "eligible", "cut", "users", "revenue", "revenue_share", "kept", "in", "out", "jaccard",
)  # fmt: skip
_THOUSAND = (
    "day", "users", "entered", "left", "stayed", "near", "users_year_before", "growth", "complete",
)  # fmt: skip


def section(material: Material) -> Section:
    """What there is to say of each table, a chart of the months, and the tables."""
    title = material.say("section screen")
    tables = [
        table
        for name in _TABLES
        if (table := material.tables.get(f"screen.{name}")) is not None and table.frame.height
    ]
    by_name = {table.name: table for table in tables}
    thousand = by_name.get("thousand")
    if thousand is None or "pareto" not in by_name:
        return Section("screen", title, missing=material.missing.get("screen") or material.nothing)
    notes = [note for table in tables if table.name != "pool_days" for note in table.notes]
    return Section(
        "screen",
        title,
        prose=tuple(_prose(material, by_name)),
        charts=(_chart(material, thousand),),
        grids=tuple(_grid(material, table) for table in tables),
        notes=tuple(dict.fromkeys(material.note(note) for note in notes)),
        tables=tuple(tables),
        window=material.until,
    )


def _prose(material: Material, tables: dict[str, Table]) -> list[str]:
    sentences = []
    if "criteria" in tables:
        everyone = rows(tables["criteria"])[-1]
        sentences.append(
            material.say(
                "screened sentence", screened=everyone["passed"], users=everyone["eligible"]
            )
        )
    sentences += _pareto(material, rows(tables["pareto"]))
    if "pool_days" in tables:
        sentences.append(_pool(material, rows(tables["pool_days"])))
    sentences.append(_thousand(material, tables["thousand"]))
    return sentences


def _pareto(material: Material, shares: list[dict[str, Any]]) -> list[str]:
    """What a fifth of the users bring, and how many bring four fifths."""
    best = next(
        (row for row in shares if row["measure"] == "top users" and row["share"] == 0.2), None
    )
    most = next(
        (row for row in shares if row["measure"] == "top revenue" and row["share"] == 0.8), None
    )
    if best is None or most is None or best["revenue_share"] is None:
        return []
    return [
        material.say(
            "pareto sentence",
            share=material.shown(Kind.RATE, best["share"]),
            users=best["users"],
            revenue=material.shown(Kind.RATE, best["revenue_share"]),
            most=material.shown(Kind.RATE, most["share"]),
            most_users=most["users"],
        )
    ]


def _pool(material: Material, days: list[dict[str, Any]]) -> str:
    before, now = days
    return material.say(
        "pool sentence",
        day=before["day"],
        before=before["users"],
        now=now["users"],
        came=now["in"],
        went=now["out"],
        aged=now["out_aged_out"],
        refunded=now["out_refunded"],
        rose=now["out_cut_rose"],
    )


def _thousand(material: Material, table: Table) -> str:
    now = rows(table)[-1]
    threshold = material.money(now["threshold"])
    if now["entered"] is None:
        first = material.say("thousand sentence short", users=now["users"], threshold=threshold)
    else:
        first = material.say(
            "thousand sentence", users=now["users"], threshold=threshold,
            entered=now["entered"], left=now["left"],
        )  # fmt: skip
    return (
        f"{first} {_growth(material, now)}"
        if material.lang == "en"
        else first + _growth(material, now)
    )


def _growth(material: Material, now: dict[str, Any]) -> str:
    """The growth on a year before, held to the target."""
    if now["growth"] is None:
        return material.say("growth unknown")
    facts = {
        "growth": f"{now['growth'] * 100:+.1f} %",
        "target": f"{now['target_growth'] * 100:+.1f} %",
    }
    if now["reached"]:
        return material.say("growth reached", **facts)
    return material.say("growth missed", needed=now["target_users"] - now["users"], **facts)


def _chart(material: Material, table: Table) -> Chart:
    months = rows(table)[-_MONTHS:]
    title = material.say("thousand chart")
    points = [
        Point(
            f"{row['day']:%Y-%m}",
            row["users"],
            f"{row['day']}: {row['users']:,}",
            whole=bool(row["complete"]),
        )
        for row in months
    ]
    first, last = months[0], months[-1]
    text = material.say(
        "thousand text",
        first=f"{first['users']:,}",
        start=f"{first['day']:%Y-%m}",
        last=f"{last['users']:,}",
        end=last["day"],
    )
    return lines(title, text, [Line(title, points)], Kind.COUNT, table.currency, material.lang)


def _grid(material: Material, table: Table) -> Grid:
    columns = {"pool_days": _DAYS, "thousand": _THOUSAND}.get(table.name)
    return grid(table, material.lang, columns=columns, rows=_MONTHS, notes=False)
