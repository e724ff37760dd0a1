"""What changed most, and among whom: revenue as users x orders per user x order value."""

from __future__ import annotations

from typing import Any

from userops.analyses.kpis.revenue_change import EFFECTS
from userops.core.dates import to_day
from userops.core.table import Kind, Table
from userops.report.charts.bars import Bar, bars
from userops.report.charts.chart import Chart
from userops.report.material import Material
from userops.report.parts import Grid, Section, grid, rows
from userops.report.sections.headline import beyond_noise

_MOST = 8


def section(material: Material) -> Section:
    """The change's parts, then its tiers and channels."""
    title = material.say("section changes")
    whole = material.tables.get("kpis.change")
    if whole is None or material.comparison is None:
        return Section("changes", title, missing=_missing(material))
    row = rows(whole)[0]
    tiers = material.tables.get("kpis.change_by_tier")
    channels = material.tables.get("kpis.change_by_channel")
    charts = [_effects_chart(material, row)] if any(row[name] for name in EFFECTS) else []
    grids = []
    for table, group, key in (
        (tiers, "entry_tier", "change tiers"),
        (channels, "channel", "change channels"),
    ):
        if table is not None and table.frame.height:
            table_named = _with_group_names(material, table, group)
            charts.append(_groups_chart(material, table_named, group, key))
            grids.append(_groups_grid(material, table_named, key))
    notes = [material.say("decomposition note")] if charts else []
    if channels is None:
        notes.append(material.say("missing channel"))
    window = f"{material.days(material.comparison.now)} / {material.days(material.comparison.before)}" if material.comparison.before else ""  # fmt: skip
    return Section(
        "changes",
        title,
        prose=(
            *(_within_noise(material) if row["revenue_change"] else ()),
            _sentence(material, row),
            *_leading_groups(material, row["revenue_change"], tiers, channels),
        ),
        charts=tuple(charts),
        grids=tuple(grids),
        notes=tuple(notes),
        window=window,
        tables=tuple(table for table in (whole, tiers, channels) if table is not None),
    )


def _sentence(material: Material, row: dict[str, Any]) -> str:
    """The change of revenue and its parts, the largest first."""
    parts = sorted(EFFECTS, key=lambda name: -abs(row[name]))
    largest = max(abs(row[name]) for name in (*EFFECTS, "revenue_change"))
    return material.say(
        "change sentence" if largest else "change none",
        change=_money(material, row["revenue_change"], largest),
        parts=material.say("and").join(
            material.say(
                "part",
                value=_money(material, row[name], largest),
                name=material.say(name),
            )
            for name in parts
        ),
    )


def _money(material: Material, value: float, largest: float) -> str:
    """A part of a change; where the largest is 100 or more, its cents say nothing."""
    return material.money(value, sign=True, beside=10 * largest)


def _within_noise(material: Material) -> list[str]:
    """That the change is no news, where it isn't."""
    return [] if beyond_noise(material, "revenue") is not False else [material.say("change noise")]


def _groups_grid(material: Material, table: Table, key: str) -> Grid:
    """Groups with their revenue and its change."""
    columns = [name for name in table.columns if name not in ("active", "orders")]
    return grid(
        table,
        material.lang,
        title=material.say(key),
        columns=columns,
        rows=10,
        folded=True,
        signed=[name for name in columns if name.endswith(("_effect", "_change"))],
        alike=[name for name in columns if table.columns[name] is Kind.MONEY],
    )


def _missing(material: Material) -> str:
    """Which period there would have to be."""
    comparison, first = material.comparison, material.window.first_day
    if comparison is None or first is None:
        return material.nothing
    now = comparison.now
    is_whole = now.complete and now.first >= to_day(first)
    if comparison.year and is_whole:
        return material.say(
            "missing year", period=material.period_name, days=material.days(now), first=first
        )
    return material.say("missing changes", count=int(is_whole))


def _with_group_names(material: Material, table: Table, group: str) -> Table:
    """The table with a name for what has none."""
    import polars as pl

    nothing = material.say("no channel")
    name = pl.when(pl.col(group) == "").then(pl.lit(nothing)).otherwise(pl.col(group))
    return table.but(frame=table.frame.with_columns(name.alias(group)))


def _effects_chart(material: Material, row: dict[str, Any]) -> Chart:
    largest = max(abs(row[name]) for name in EFFECTS)
    chart_bars = [
        Bar(material.say(name), row[name], _money(material, row[name], largest)) for name in EFFECTS
    ]
    text = material.say("and").join(f"{bar.name} {bar.shown}" for bar in chart_bars)
    return bars(material.say("change parts"), text, chart_bars, signed=True)


def _groups_chart(material: Material, table: Table, group: str, key: str) -> Chart:
    largest = max((abs(row["revenue_change"]) for row in rows(table)), default=0)
    chart_bars = [
        Bar(
            material.word(row[group]),
            row["revenue_change"],
            _money(material, row["revenue_change"], largest),
        )
        for row in rows(table)[:_MOST]
    ]
    text = material.say("and").join(f"{bar.name} {bar.shown}" for bar in chart_bars)
    return bars(material.say(key), text, chart_bars, signed=True)


def _leading_groups(
    material: Material, change: int, tiers: Table | None, channels: Table | None
) -> tuple[str, ...]:
    """The tier and the channel that the change is most of."""
    if not change or tiers is None:
        return ()
    sign = 1 if change > 0 else -1

    def leading_group(table: Table | None, group: str, key: str) -> str:
        if table is None:
            return ""
        leading = max(rows(table), key=lambda row: row["revenue_change"] * sign, default=None)
        if leading is None or leading["revenue_change"] * sign <= 0:
            return ""
        name = material.word(leading[group]) or material.say("no channel")
        value = _money(material, leading["revenue_change"], leading["revenue_change"])
        return material.say(key, name=name, value=value)

    tier = leading_group(tiers, "entry_tier", "tier named")
    if not tier:
        return ()
    channel = leading_group(channels, "channel", "channel named")
    return (material.say("change leads", tier=tier, channel=channel),)
