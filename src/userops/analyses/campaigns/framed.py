"""Rows of facts as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from userops.core.dates import Window
from userops.core.messages import Note
from userops.core.table import Currency, Kind, Table, Varied
from userops.stats.estimate import Estimate

_TYPES = {
    Kind.COUNT: pl.Int64,
    Kind.RATE: pl.Float64,
    Kind.MONEY: pl.Float64,
    Kind.NUMBER: pl.Float64,
    Kind.DATE: pl.Date,
}
# Money that is a sum, and no mean or estimate.
_SUMS = ("cost", "cost_in_window", "discount", "assisted_revenue")
Row = Mapping[str, Any]


# What each table is for, where a terminal is narrow.
_DIFFERENCE = ("difference", "difference_low", "difference_high")
_KEEPS = {
    "summary": ("verdict", "group", *_DIFFERENCE, "conversion", "users", "incremental_revenue", "roi"),
    "metrics": ("metric", "group", *_DIFFERENCE, "value", "verdict", "users"),
    "segments": ("segment", *_DIFFERENCE, "users", "conversion", "net"),
    "checks": ("check", "result", "what_to_do", "value"),
    "plan": ("effect", "users_per_arm", "weeks", "users"),
    "coupons": ("roi", "redemption_rate", "incremental_margin", "cost"),
}  # fmt: skip


def framed(
    name: str,
    rows: Sequence[Row],
    kinds: Mapping[str, Kind],
    window: Window,
    currency: Currency,
    notes: Sequence[Note] = (),
    varied: Mapping[str, Varied] | None = None,
) -> Table:
    """A table of rows; what a row doesn't have is empty. Money is in minor units."""
    schema = {
        column: pl.Int64 if column in _SUMS else _TYPES.get(kind, pl.String)
        for column, kind in kinds.items()
    }
    values = {column: [_finite(row.get(column)) for row in rows] for column in schema}
    frame = pl.DataFrame(values, schema=schema, strict=False)
    keeps = _KEEPS.get(name, ())
    return Table(
        name, frame, dict(kinds), window, currency, tuple(notes), keeps=keeps, varied=varied or {}
    )


def _finite(value: object) -> object:
    """An end that nothing bounds is empty."""
    is_bounded = not isinstance(value, float) or abs(value) != float("inf")
    return value if is_bounded else None


def ends(name: str, found: Estimate | None, *, value: bool = True) -> dict[str, float]:
    """An estimate as `NAME, NAME_low, NAME_high`; nothing without one."""
    if found is None:
        return {}
    low_high = {f"{name}_low": found.low, f"{name}_high": found.high}
    return {name: found.value, **low_high} if value else low_high
