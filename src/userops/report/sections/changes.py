"""What changed most, and among whom: revenue as users x orders per user x order value."""

from __future__ import annotations

from typing import Any

from userops.analyses.kpis.revenue_change import EFFECTS
from userops.core.dates import to_day
from userops.core.table import Table
from userops.report.charts.bars import Bar, bars
from userops.report.charts.chart import Chart
from userops.report.material import Material
from userops.report.parts import Section, grid, rows

_MOST = 8


def section(material: Material) -> Section:
    """The change's parts, then its tiers and channels."""
    title = material.say("section changes")
    whole = material.tables.get("kpis.change")
    if whole is None or material.comparison is None:
        return Section("changes", title, missing=_missing(material))
    row = rows(whole)[0]
    parts = sorted(EFFECTS, key=lambda name: -abs(row[name]))
    most = max(abs(row[name]) for name in (*EFFECTS, "revenue_change"))
    sentence = material.say(
        "change sentence" if most else "change none",
        change=material.money(row["revenue_change"], sign=True, beside=most),
        parts=material.say("and").join(
            material.say(
                "part",
                value=material.money(row[name], sign=True, beside=most),
                name=material.say(name),
            )
            for name in parts
        ),
    )
    tiers = material.tables.get("kpis.change_by_tier")
    channels = material.tables.get("kpis.change_by_channel")
    charts = [_parts(material, row)] if any(row[name] for name in EFFECTS) else []
    grids = []
    for table, group, key in (
        (tiers, "entry_tier", "change tiers"),
        (channels, "channel", "change channels"),
    ):
        if table is not None and table.frame.height:
            named = _named(material, table, group)
            charts.append(_groups(material, named, group, key))
            shown = [name for name in named.columns if name not in ("active", "orders")]
            grids.append(
                grid(
                    named,
                    material.lang,
                    title=material.say(key),
                    columns=shown,
                    rows=10,
                    exact=True,
                    signed=[name for name in shown if name.endswith(("_effect", "_change"))],
                )
            )
    notes = [material.say("decomposition note")] if charts else []
    if channels is None:
        notes.append(material.say("missing channel"))
    return Section(
        "changes",
        title,
        prose=(sentence, *_leads(material, row["revenue_change"], tiers, channels)),
        charts=tuple(charts),
        grids=tuple(grids),
        notes=tuple(notes),
        tables=tuple(table for table in (whole, tiers, channels) if table is not None),
    )


def _missing(material: Material) -> str:
    """Which period there would have to be."""
    comparison, first = material.comparison, material.window.first_day
    if comparison is None or first is None:
        return material.nothing
    now = comparison.now
    whole = now.complete and now.first >= to_day(first)
    if comparison.year and whole:
        return material.say(
            "missing year", period=material.period_name, days=material.days(now), first=first
        )
    return material.say("missing changes", count=int(whole))


def _named(material: Material, table: Table, group: str) -> Table:
    """The table with a name for what has none."""
    import polars as pl

    nothing = material.say("no channel")
    name = pl.when(pl.col(group) == "").then(pl.lit(nothing)).otherwise(pl.col(group))
    return table.but(frame=table.frame.with_columns(name.alias(group)))


def _parts(material: Material, row: dict[str, Any]) -> Chart:
    most = max(abs(row[name]) for name in EFFECTS)
    drawn = [
        Bar(material.say(name), row[name], material.money(row[name], sign=True, beside=most))
        for name in EFFECTS
    ]
    text = material.say("and").join(f"{bar.name} {bar.shown}" for bar in drawn)
    return bars(material.say("change parts"), text, drawn, signed=True)


def _groups(material: Material, table: Table, group: str, key: str) -> Chart:
    most = max((abs(row["revenue_change"]) for row in rows(table)), default=0)
    drawn = [
        Bar(
            material.word(row[group]),
            row["revenue_change"],
            material.money(row["revenue_change"], sign=True, beside=most),
        )
        for row in rows(table)[:_MOST]
    ]
    text = material.say("and").join(f"{bar.name} {bar.shown}" for bar in drawn)
    return bars(material.say(key), text, drawn, signed=True)


def _leads(
    material: Material, change: int, tiers: Table | None, channels: Table | None
) -> tuple[str, ...]:
    """The tier and the channel that the change is most of."""
    if not change or tiers is None:
        return ()
    sign = 1 if change > 0 else -1

    def most(table: Table | None, group: str, key: str) -> str:
        if table is None:
            return ""
        leading = max(rows(table), key=lambda row: row["revenue_change"] * sign, default=None)
        if leading is None or leading["revenue_change"] * sign <= 0:
            return ""
        name = material.word(leading[group]) or material.say("no channel")
        return material.say(
            key, name=name, value=material.money(leading["revenue_change"], sign=True)
        )

    tier = most(tiers, "entry_tier", "tier named")
    if not tier:
        return ()
    channel = most(channels, "channel", "channel named")
    return (material.say("change leads", tier=tier, channel=channel),)
