"""Channels: who converts beside the platform, what they cost, and what came before orders."""

from __future__ import annotations

from typing import Any

import polars as pl

from userops.core.table import Kind, Table
from userops.report.charts.bars import Bar, bars
from userops.report.material import Material
from userops.report.parts import Section, grid, rows

_NAME = "channels"
# Intervals stand in the workbook and the command; in words only what they leave no doubt of.
_SHOWN = (
    "channel", "new_users", "conversion", "vs_platform", "day1_retention", "repurchase_30", "cost",
    "cac", "ltv_cac", "payback_months", "roas", "roi",
)  # fmt: skip


def section(material: Material) -> Section:
    """Points above the platform by channel, and each model's shares side by side."""
    title = material.say("section channels")
    summary = material.tables.get("channels.summary")
    attribution = material.tables.get("channels.attribution")
    known = [table for table in (summary, attribution) if table is not None and len(table.frame)]
    if not known:
        missing = material.missing.get(_NAME) or material.say("missing channels")
        return Section(_NAME, title, missing=missing if material.comparison else material.nothing)
    prose, charts, grids = [], [], []
    if summary in known:
        channels = [row for row in rows(summary) if row["vs_platform"] is not None]
        prose = _beyond_doubt(material, rows(summary)[0], channels)
        if channels:
            charts.append(_chart(material, channels))
        grids.append(grid(summary, material.lang, title="", columns=_SHOWN, notes=False))
    if attribution in known:
        shares = _shares(attribution)
        grids.append(grid(shares, material.lang, title=material.say("attribution title"), notes=False))  # fmt: skip
    notes = dict.fromkeys(material.note(note) for table in known for note in table.notes)
    return Section(
        _NAME, title, tuple(prose), charts=tuple(charts), grids=tuple(grids), notes=tuple(notes),
        tables=tuple(known),
    )  # fmt: skip


def _name(material: Material, row: dict[str, Any]) -> str:
    """A channel's name; users without one have none."""
    return material.word(str(row["channel"] or "")) or material.say("no channel")


def _beyond_doubt(
    material: Material, everyone: dict[str, Any], channels: list[dict[str, Any]]
) -> list[str]:
    """Which channels convert better or worse than the platform, their intervals without 0."""
    if everyone["conversion"] is None:
        return []
    sides = {
        "channels above": [row for row in channels if row["vs_platform_low"] > 0],
        "channels below": [row for row in channels if row["vs_platform_high"] < 0],
    }
    return [
        material.say(
            sentence,
            rate=f"{everyone['conversion'] * 100:.1f} %",
            channels=material.say("and").join(
                f"{_name(material, row)} {row['vs_platform']:+.1f}" for row in side
            ),
        )
        for sentence, side in sides.items()
        if side
    ]


def _chart(material: Material, channels: list[dict[str, Any]]) -> Any:
    """Points above and below the platform."""
    ordered = sorted(channels, key=lambda row: (-row["vs_platform"], row["channel"] or ""))[:12]
    chart_bars = [
        Bar(
            _name(material, row),
            float(row["vs_platform"]),
            f"{row['vs_platform']:+.1f} ({row['vs_platform_low']:+.1f} – {row['vs_platform_high']:+.1f})",
        )
        for row in ordered
    ]
    text = ", ".join(f"{bar.name} {bar.shown}" for bar in chart_bars)
    return bars(material.say("channels chart"), text, chart_bars, signed=True)


def _shares(attribution: Table) -> Table:
    """A row a channel, a column a model: the share of orders."""
    frame = attribution.frame
    models = frame["model"].unique(maintain_order=True).to_list()
    shares = frame.pivot("model", index="channel", values="share", maintain_order=True)
    costs = frame.unique("channel", maintain_order=True).select("channel", "cost")
    kinds = {"channel": Kind.WORD, **dict.fromkeys(models, Kind.RATE), "cost": Kind.MONEY}
    joined = shares.join(costs, on="channel", how="left", maintain_order="left")
    if costs["cost"].null_count() == len(costs):
        joined, kinds = joined.drop("cost"), {name: kind for name, kind in kinds.items() if name != "cost"}  # fmt: skip
    return attribution.but(frame=joined.select(pl.col(list(kinds))), columns=kinds)
