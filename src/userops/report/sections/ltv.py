"""What users are worth, and what winning them cost, by channel."""

from __future__ import annotations

from typing import Any

from userops.core.table import Kind, Table
from userops.render import cells
from userops.report.charts.bars import Bar, bars
from userops.report.charts.chart import Chart
from userops.report.charts.lines import Line, Point, lines
from userops.report.material import Material
from userops.report.parts import Section, grid, rows

_AGES = 13
_SPAN = ("ltv_predicted", "ltv_low", "ltv_high")
_LARGE = 1e12  # money beside it is written without cents


def section(material: Material) -> Section:
    """LTV beside CAC by channel, and how LTV grows with age."""
    title = material.say("section ltv")
    summary, channels = material.tables.get("ltv.summary"), material.tables.get("ltv.channels")
    if summary is None or not summary.frame.height:
        missing = material.say("missing ltv") if material.comparison else material.nothing
        return Section("ltv", title, missing=missing)
    everyone: dict[str, Any] = rows(summary)[0]
    prose, notes = [], []
    of_revenue = "ltv_cac" in summary.called
    if everyone["ltv_to_date"] is not None:
        prose.append(_worth(material, everyone, of_revenue=of_revenue))
    if everyone.get("ltv_cac") is not None:
        prose.append(
            material.say(
                "cac sentence",
                cac=material.money(everyone["cac"]),
                name=material.say("revenue to cac" if of_revenue else "ltv to cac"),
                ratio=material.shown(Kind.NUMBER, everyone["ltv_cac"]),
            )
        )
        if of_revenue:
            notes.append(material.say("margin to come"))
    else:
        notes.append(material.say("no cac" if "costs" in material.tallies else "missing costs"))
    prose += _predicted(material, summary, everyone)
    charts: list[Chart] = []
    grids = []
    curve = material.tables.get("ltv.cohorts")
    if curve is not None and curve.frame.height:
        charts.append(_curve(material, curve))
    if channels is not None and channels.frame.height:
        charts.append(_channels(material, channels))
        grids.append(grid(channels, material.lang, title=material.say("channels title")))
    else:
        grids.append(grid(summary, material.lang, title=""))
    tables = tuple(table for table in (summary, channels, curve) if table is not None)
    return Section("ltv", title, tuple(prose), charts=tuple(charts), grids=tuple(grids),
                   notes=tuple(notes), tables=tables, window=material.until)  # fmt: skip


def _predicted(material: Material, summary: Table, everyone: dict[str, Any]) -> list[str]:
    """What's to come, with its interval, beside how far off the same model was before."""
    value, low, high = (everyone.get(name) for name in _SPAN)
    if value is None:
        return []
    if low is None or high is None:
        return [material.say("ltv predicted alone", value=material.money(value))]
    told = [
        material.say(
            "ltv predicted", value=material.money(value), low=material.money(low),
            high=material.money(high),
        )
    ]  # fmt: skip
    off = next((note.facts["off"] for note in summary.notes if "off" in note.facts), None)
    return told if off is None else [*told, material.say("ltv backtest", off=f"{off * 100:.0f} %")]


def _worth(material: Material, everyone: dict[str, Any], *, of_revenue: bool) -> str:
    """What users have brought so far, and whom that speaks of."""
    amount = material.money(everyone["ltv_to_date"])
    ltv = material.say("ltv revenue" if of_revenue else "ltv margin", ltv=amount)
    if everyone.get("cac") is None:
        return material.say("ltv sentence", ltv=ltv)
    users = material.shown(Kind.COUNT, everyone["users"])
    return material.say("ltv won sentence", ltv=ltv, users=users)


def _channels(material: Material, table: Table) -> Chart:
    channel_rows = [row for row in rows(table) if row["ltv_to_date"] is not None]
    chart_bars = [
        Bar(
            material.word(str(row["channel"] or "")) or material.say("no channel"),
            float(row["ltv_to_date"]),
            material.money(row["ltv_to_date"], beside=_LARGE)
            + (f" / {material.money(row['cac'], beside=_LARGE)}" if row["cac"] is not None else ""),
            before=float(row["cac"]) if row["cac"] is not None else None,
            style="c3",
        )
        for row in channel_rows[:10]
    ]
    name = cells.label("ltv_to_date", table, material.lang)
    return bars(
        material.say("ltv chart", name=name), material.say("ltv text", name=name), chart_bars
    )


def _curve(material: Material, table: Table) -> Chart:
    cohort_rows = [row for row in rows(table) if row["cohort"] == "all" and row["age"] < _AGES]
    points = [
        Point(
            str(row["age"]),
            row["value"],
            f"{row['age']}: {material.money(row['value'])}",
            whole=bool(row["complete"]),
        )
        for row in cohort_rows
        if row["value"] is not None
    ]
    text = ", ".join(point.tip for point in (points[:1] + points[-1:]))
    title = material.say("ltv curve of revenue" if "ltv_cac" in table.called else "ltv curve")
    return lines(
        title, text, [Line("LTV", points, "c3")], Kind.MONEY, table.currency,
        material.lang, labels=13,
    )  # fmt: skip
