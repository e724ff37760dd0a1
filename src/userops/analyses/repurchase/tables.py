"""The tables of `userops repurchase`."""

from __future__ import annotations

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
from userops.stats.quantiles import counted, quantiles
from userops.stats.survival import happened_by, kaplan_meier

TABLES = ("windows", "orders", "categories", "due")
Ints = np.ndarray[Any, np.dtype[Any]]

SAID: dict[str, Note] = {
    "day": Note("a purchase is a day with an order: several on one day are one (--grain day)"),
    "order": Note("a purchase is an order: several on one day are several (--grain order)"),
}


def purchases(line: Timeline, grain: Grain) -> tuple[Ints, Ints]:
    """Days of purchases and where each user's begin, and the end: as in a timeline."""
    of = line if grain == "order" else line.by_day
    return of.days, of.starts


def windows(line: Timeline, window: Window, params: RepurchaseParams) -> Table:
    """The table `windows`: a second purchase within so many days of the first."""
    days, starts = purchases(line, params.grain)
    as_of = to_day(window.as_of) if window.as_of else 0
    first = days[starts[:-1]].astype(np.int64)
    again = np.diff(starts) > 1
    gap = np.full(len(first), -1, np.int64)
    gap[again] = days[starts[:-1][again] + 1] - first[again]
    observed = as_of - first
    curve = kaplan_meier(
        pl.DataFrame({"days": np.where(again, gap, observed), "happened": again})
        .group_by("days", "happened")
        .agg(users=pl.len())
    )
    rows = []
    for within in params.windows:
        seen = observed >= within
        users = int(seen.sum())
        returned = int((seen & again & (gap <= within)).sum())
        rows.append((within, users, returned, happened_by(curve, within) if users else None))
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
        *_rate("repurchased_users", "observed_users"),
        "km_rate",
    )
    return Table("windows", frame, WINDOWS, window, notes=(SAID[params.grain],))


def orders(line: Timeline, window: Window, params: RepurchaseParams) -> Table:
    """The table `orders`: from the i-th purchase to the next."""
    days, starts = purchases(line, params.grain)
    between = _gaps(days, starts)
    together = between.with_columns(order_number=pl.lit(None, pl.Int64))
    spread = quantiles(
        pl.concat([between, together]).group_by("order_number", "days").agg(pl.col("gaps").sum()),
        ["order_number"],
        "days",
        "gaps",
        {"median_days": Fraction(1, 2), "p80_days": Fraction(4, 5), "p90_days": Fraction(9, 10)},
    )
    frame = (
        _counts(np.diff(starts))
        .join(spread, on="order_number", how="left", nulls_equal=True)
        .sort("order_number", nulls_last=True)
        .select(
            "order_number",
            "users",
            "next_users",
            *_rate("next_users", "users"),
            "median_days",
            "p80_days",
            "p90_days",
        )
    )
    notes = (SAID[params.grain], Note("the last row, without a number, is all purchases together"))
    return Table("orders", frame, ORDERS, window, notes=notes)


def _gaps(days: Ints, starts: Ints) -> pl.DataFrame:
    """`order_number, days, gaps`: how often the next purchase came so many days after."""
    number = np.arange(len(days)) - np.repeat(starts[:-1], np.diff(starts))  # purchases before
    followed = number[1:] > 0
    before, gap = number[1:][followed], np.diff(days)[followed]
    return pl.DataFrame(
        dict(zip(("order_number", "days", "gaps"), counted(before, gap), strict=True)),
        schema={"order_number": pl.Int64, "days": pl.Int32, "gaps": pl.Int64},
    )


def _counts(bought: Ints) -> pl.DataFrame:
    """`order_number, users, next_users`, and all together, from each user's purchases."""
    if not len(bought):
        return pl.DataFrame(schema=dict.fromkeys(_COUNTED, pl.Int64))
    exactly = np.bincount(bought)
    users = exactly[::-1].cumsum()[::-1][1:].tolist()
    following = [*users[1:], 0]
    return pl.DataFrame(
        {
            "order_number": [*range(1, len(users) + 1), None],
            "users": [*users, sum(users)],
            "next_users": [*following, sum(following)],
        },
        schema=dict.fromkeys(_COUNTED, pl.Int64),
    )


_COUNTED = ("order_number", "users", "next_users")


def _rate(part: str, whole: str) -> list[pl.Expr]:
    """The rate and its interval."""
    few, all_ = pl.col(part), pl.col(whole)
    return [
        pl.when(all_ > 0).then(few / all_).alias("rate"),
        wilson_low(few, all_).alias("low"),
        wilson_high(few, all_).alias("high"),
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
    "median_days": Kind.DAYS,
    "p80_days": Kind.DAYS,
    "p90_days": Kind.DAYS,
}
