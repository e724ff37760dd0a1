"""The tables of `userops repurchase`."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl

from userops.analyses.repurchase.params import Grain, RepurchaseParams
from userops.core.dates import Window, to_day
from userops.core.messages import Note
from userops.core.table import Kind, Table
from userops.ledger.timeline import Timeline
from userops.stats.intervals import wilson_high, wilson_low
from userops.stats.quantiles import count_by_group, quantiles
from userops.stats.survival import happened_by, kaplan_meier, rates_by

Ints = np.ndarray[Any, np.dtype[Any]]

GRAIN_NOTES: dict[str, Note] = {
    "day": Note("orders of one day count as one purchase (--grain day)"),
    "order": Note("each order counts as a purchase (--grain order)"),
}


def purchase_days(timeline: Timeline, grain: Grain) -> tuple[Ints, Ints]:
    """Days of purchases and where each user's begin, and the end: as in a timeline."""
    purchase_timeline = timeline if grain == "order" else timeline.by_day
    return purchase_timeline.days, purchase_timeline.starts


def windows(timeline: Timeline, window: Window, params: RepurchaseParams) -> Table:
    """The table `windows`: a second purchase within so many days of the first."""
    purchases = timeline if params.grain == "order" else timeline.by_day
    as_of = to_day(window.as_of) if window.as_of else 0
    second_after = purchases.days_to_second
    has_second = second_after >= 0
    observed = as_of - purchases.first_days.astype(np.int64)
    curve = kaplan_meier(
        pl.DataFrame({"days": np.where(has_second, second_after, observed), "happened": has_second})
        .group_by("days", "happened")
        .agg(users=pl.len())
    )
    rows = []
    for within in params.windows:
        is_observed = observed >= within
        users = int(is_observed.sum())
        repurchased = int((is_observed & has_second & (second_after <= within)).sum())
        rows.append((within, users, repurchased, happened_by(curve, within) if users else None))
    schema = {
        "days": pl.Int64,
        "observed_users": pl.Int64,
        "repurchased_users": pl.Int64,
        "km_rate": pl.Float64,
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row").select(
        "days",
        "observed_users",
        "repurchased_users",
        *_rate_columns("repurchased_users", "observed_users"),
        "km_rate",
    )
    return Table("windows", frame, WINDOWS, window, notes=(GRAIN_NOTES[params.grain],))


def orders(timeline: Timeline, window: Window, params: RepurchaseParams) -> Table:
    """The table `orders`: from the i-th purchase to the next."""
    days, starts = purchase_days(timeline, params.grain)
    as_of = to_day(window.as_of) if window.as_of else 0
    by_number = _interval_counts(days, starts)
    within = horizon(days, as_of, params.windows)
    all_numbers = by_number.with_columns(order_number=pl.lit(None, pl.Int64))
    percentiles = quantiles(
        pl.concat([by_number, all_numbers])
        .group_by("order_number", "days")
        .agg(pl.col("gaps").sum()),
        ["order_number"],
        "days",
        "gaps",
        {"median_days": Fraction(1, 2), "p80_days": Fraction(4, 5), "p90_days": Fraction(9, 10)},
    )
    frame = (
        _order_counts(np.diff(starts))
        .join(percentiles, on="order_number", how="left", nulls_equal=True)
        .join(
            _km_rates(days, starts, as_of, within), on="order_number", how="left", nulls_equal=True
        )
        .sort("order_number", nulls_last=True)
        .select(
            "order_number",
            "users",
            "next_users",
            *_rate_columns("next_users", "users"),
            "km_rate",
            "median_days",
            "p80_days",
            "p90_days",
        )
    )
    notes = (
        GRAIN_NOTES[params.grain],
        Note("the last row, without a number, is all purchases"),
        *km_notes(within),
    )
    return Table("orders", frame, ORDERS, window, notes=notes)


def horizon(days: Ints, as_of: int, windows: Sequence[int]) -> int | None:
    """The longest of the windows that the shop has been watched; None if it's none."""
    watched = as_of - int(days.min()) if len(days) else -1
    return max((within for within in windows if within <= watched), default=None)


def km_notes(within: int | None) -> tuple[Note, ...]:
    """Within how many days Kaplan-Meier's estimates are."""
    if within is None:
        return ()
    return (
        Note(
            "rate is so far; km_rate is within {days:day|days}, and whoever hasn't had the time yet "
            "counts as long as they had",
            days=within,
        ),
    )


def _km_rates(days: Ints, starts: Ints, as_of: int, within: int | None) -> pl.DataFrame:
    """`order_number, km_rate`: that a next purchase comes within so many days, over all who had one."""
    if within is None or not len(days):
        return pl.DataFrame(schema={"order_number": pl.Int64, "km_rate": pl.Float64})
    number = np.arange(len(days)) - np.repeat(starts[:-1], np.diff(starts)) + 1
    is_last = np.zeros(len(days), bool)
    is_last[starts[1:] - 1] = True
    ended = ~is_last[:-1]
    parts = [
        count_by_group(number[:-1][ended], np.diff(days)[ended]),
        count_by_group(number[is_last], (as_of - days[is_last]).astype(np.int64)),
    ]
    spells = pl.concat(
        pl.DataFrame(
            dict(zip(("order_number", "days", "users"), part, strict=True)),
            schema={"order_number": pl.Int64, "days": pl.Int64, "users": pl.Int64},
        ).with_columns(happened=pl.lit(happened))
        for part, happened in zip(parts, (True, False), strict=True)
    )
    watched = np.flatnonzero(np.bincount(number[days <= as_of - within]))
    together = spells.with_columns(order_number=pl.lit(None, pl.Int64))
    rates = rates_by(pl.concat([spells, together]), "order_number", within)
    number_of_row = pl.col("order_number")
    return rates.filter(number_of_row.is_in(watched.tolist()) | number_of_row.is_null())


def _interval_counts(days: Ints, starts: Ints) -> pl.DataFrame:
    """`order_number, days, gaps`: how often the next purchase came so many days after."""
    earlier = np.arange(len(days)) - np.repeat(starts[:-1], np.diff(starts))  # purchases before
    is_next = earlier[1:] > 0
    order_numbers, intervals = earlier[1:][is_next], np.diff(days)[is_next]
    return pl.DataFrame(
        dict(
            zip(
                ("order_number", "days", "gaps"),
                count_by_group(order_numbers, intervals),
                strict=True,
            )
        ),
        schema={"order_number": pl.Int64, "days": pl.Int32, "gaps": pl.Int64},
    )


def _order_counts(purchase_counts: Ints) -> pl.DataFrame:
    """`order_number, users, next_users`, and all together, from each user's purchases."""
    if not len(purchase_counts):
        return pl.DataFrame(schema=dict.fromkeys(_COUNTED, pl.Int64))
    users_by_count = np.bincount(purchase_counts)
    users = users_by_count[::-1].cumsum()[::-1][1:].tolist()
    next_users = [*users[1:], 0]
    return pl.DataFrame(
        {
            "order_number": [*range(1, len(users) + 1), None],
            "users": [*users, sum(users)],
            "next_users": [*next_users, sum(next_users)],
        },
        schema=dict.fromkeys(_COUNTED, pl.Int64),
    )


_COUNTED = ("order_number", "users", "next_users")


def _rate_columns(part: str, total: str) -> list[pl.Expr]:
    """The rate and its interval."""
    successes, trials = pl.col(part), pl.col(total)
    return [
        pl.when(trials > 0).then(successes / trials).alias("rate"),
        wilson_low(successes, trials).alias("low"),
        wilson_high(successes, trials).alias("high"),
    ]


WINDOWS: dict[str, Kind] = {
    "days": Kind.DAYS,
    "observed_users": Kind.COUNT,
    "repurchased_users": Kind.COUNT,
    "rate": Kind.RATE,
    "low": Kind.RATE,
    "high": Kind.RATE,
    "km_rate": Kind.RATE,
}
ORDERS: dict[str, Kind] = {
    "order_number": Kind.COUNT,
    "users": Kind.COUNT,
    "next_users": Kind.COUNT,
    "rate": Kind.RATE,
    "low": Kind.RATE,
    "high": Kind.RATE,
    "km_rate": Kind.RATE,
    "median_days": Kind.DAYS,
    "p80_days": Kind.DAYS,
    "p90_days": Kind.DAYS,
}
