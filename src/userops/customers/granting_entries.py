"""Entries that rules make: what a measure is worth, what caps cut, and the form they have."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import polars as pl

from userops.customers.granting_rules import GrantingRule

SCHEMA: dict[str, type[pl.DataType] | pl.DataType] = {
    "user_id": pl.String,
    "time": pl.Datetime("us"),
    "day": pl.Int32,
    "kind": pl.String,
    "points": pl.Int64,
    "cut": pl.Int64,
    "order_id": pl.String,
    "rule": pl.String,
    "granted_day": pl.Int32,
}


def worth(rule: GrantingRule, measure: pl.Expr, places: int) -> pl.Expr:
    """Points for a measure, in minor units of so many places: floored where they're for money."""
    if rule.per is None:
        return pl.lit(rule.points, pl.Int64)
    each = Fraction(str(rule.per)) * 10**places
    # points x measure / per, in whole numbers.
    top, bottom = rule.points * each.denominator, each.numerator
    if places:
        whole: pl.Expr = (measure.cast(pl.Int64) * top).floordiv(bottom)
        return whole
    floored: pl.Expr = (measure * top / bottom + _HAIR).floor().cast(pl.Int64)
    return floored


_HAIR = 1e-9  # values of events are floats: 0.1 x 30 is 3


def units(value: float | None, places: int) -> float | int | None:
    """A number of the settings in minor units."""
    if value is None:
        return None
    exact = Fraction(str(value)) * 10**places
    return int(exact) if exact.denominator == 1 else float(exact)


def capped(entries: pl.DataFrame, rule: GrantingRule) -> pl.DataFrame:
    """Entries in the order of time, cut at the most of a day and of a user; `cut` is by how much."""
    entries = entries.with_columns(points=pl.col("points").clip(0), full=pl.col("points").clip(0))
    for cap, over in ((rule.cap_day, ["user_id", "day"]), (rule.cap_user, ["user_id"])):
        if cap is not None:
            so_far = pl.col("points").cum_sum().over(over)
            before = so_far - pl.col("points")
            entries = entries.with_columns(points=so_far.clip(0, cap) - before.clip(0, cap))
    return entries.with_columns(cut=pl.col("full") - pl.col("points"))


def formed(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Entries of several kinds, without those of nothing; but for `rule` in the form of `SCHEMA`."""
    made = []
    for frame in frames:
        wanted = {
            "cut": pl.lit(0, pl.Int64),
            "order_id": pl.lit(None, pl.String),
            "granted_day": pl.col("day"),
        }
        lacking = [value.alias(name) for name, value in wanted.items() if name not in frame.columns]
        made.append(
            frame.with_columns(*lacking).select(
                "user_id",
                "time",
                "day",
                pl.col("points").cast(pl.Int64),
                pl.col("cut").cast(pl.Int64),
                "order_id",
                pl.col("granted_day").cast(pl.Int32),
                kind=pl.when(pl.col("points") < 0)
                .then(pl.lit("reverse"))
                .otherwise(pl.lit("earn")),
            )
        )
    return pl.concat(made).filter((pl.col("points") != 0) | (pl.col("cut") > 0))
