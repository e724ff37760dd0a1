"""Campaigns whose windows ended in the period: what may be said of each, and what blurs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from userops.analyses.campaigns.notes import EXACT
from userops.core.table import Table
from userops.language.words import Lang
from userops.report.material import Material
from userops.report.parts import Cell, Grid, Section, grid, rows
from userops.report.plain_words import plain

_SHOWN = (
    "campaign", "group", "users", "conversion", "difference", "difference_low", "difference_high",
    "incremental_revenue", "incremental_low", "incremental_high", "verdict",
)  # fmt: skip
_COUPONS = (
    "coupon", "issued", "redeemed", "redemption_rate", "cost", "subsidised_share",
    "subsidised_low", "subsidised_high", "roi",
)  # fmt: skip
_CHECKS = ("campaign", "check", "result", "what_to_do")
# Nothing is coloured but what lies outside the noise.
_STYLES = {"works": "good", "hurts": "poor"}


def section(material: Material) -> Section:
    """A row a campaign and group, and what its checks found."""
    title = material.say("section campaigns")
    summary, checks, coupons = (
        material.tables.get(f"campaigns.{name}") for name in ("summary", "checks", "coupons")
    )
    if summary is None:
        return Section("campaigns", title, missing=material.say("missing campaigns"))
    if not summary.frame.height:
        return Section("campaigns", title, missing=material.say("no campaigns"))
    # No p-values are shown, so nothing is said of them.
    told = summary.but(notes=tuple(note for note in summary.notes if note != EXACT))
    grids = [_with_verdicts(grid(told, material.lang, title="", columns=_SHOWN), summary)]
    if coupons is not None and coupons.frame.height:
        grids.append(grid(coupons, material.lang, columns=_COUPONS, notes=False))
    shown_tables = [table for table in (summary, checks, coupons) if table is not None]
    if checks is not None:
        found = checks.but(frame=checks.frame.filter(pl.col("result") != "ok"))
        if found.frame.height:
            shown = grid(found, material.lang, columns=_CHECKS, notes=False)
            grids.append(_without_options(shown, material.lang))
    return Section(
        "campaigns",
        title,
        prose=tuple(_sentences(material, summary)),
        grids=tuple(grids),
        tables=tuple(shown_tables),
    )


def _with_verdicts(shown: Grid, summary: Table) -> Grid:
    """The grid with its verdicts in their colours."""
    verdicts = summary.frame["verdict"].to_list()
    place = _SHOWN.index("verdict")
    coloured = [
        (*row[:place], _styled(row[place], verdict), *row[place + 1 :])
        for row, verdict in zip(shown.rows, verdicts, strict=False)
    ]
    return replace(shown, rows=tuple(coloured))


def _without_options(shown: Grid, lang: Lang) -> Grid:
    """The checks' grid with what to do as a reader of a report takes it."""
    told = (
        (*row[:-1], replace(row[-1], text=plain(row[-1].text, lang, "campaigns")))
        for row in shown.rows
    )
    return replace(shown, rows=tuple(told))


def _styled(cell: Cell, verdict: str | None) -> Cell:
    style = _STYLES.get(verdict or "")
    return replace(cell, style=f"t {style}") if style else cell


def _sentences(material: Material, summary: Table) -> Sequence[str]:
    """One a campaign that may be said to work or hurt; with the money, and its interval."""
    told = []
    for row in rows(summary):
        if row["verdict"] not in _STYLES or row["incremental_revenue"] is None:
            continue
        value, low, high = (
            material.money(row[name])
            for name in ("incremental_revenue", "incremental_low", "incremental_high")
        )
        told.append(
            material.say(
                "campaign sentence", campaign=row["campaign"], group=row["group"],
                verdict=material.word(row["verdict"]), value=value, low=low, high=high,
            )
        )  # fmt: skip
    return told
