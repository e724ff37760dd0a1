"""Buyers: what LTV knows of each user, and what buyers brought by when.

first_amount : money
    Net amount of the first purchase day.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from userops.core import periods
from userops.core.periods import Period
from userops.engines import query
from userops.engines.parallel import Ints
from userops.engines.reductions import MOST_DIGITS, FromKeys, Reduction
from userops.ledger.customers import order_day
from userops.ledger.timeline import Timeline

_BOUGHT = pl.col("orders") > 0


def from_timeline(customers: pl.DataFrame, timeline: Timeline) -> pl.DataFrame:
    """What `BUYERS` gives, from `CUSTOMERS` and their timeline with amounts."""
    _amounts_of(timeline)  # or it raises
    first_amounts = timeline.by_customer(timeline.first_day_amounts)
    if timeline.loose is not None:
        row, day, amount = timeline.loose
        on_first_day = day == customers["first_day"].to_numpy()[row]
        np.add.at(first_amounts, row[on_first_day], amount[on_first_day])
    days = pl.Series(timeline.by_customer(timeline.purchase_days), dtype=pl.Int32)
    return customers.select(
        "user_id", "first_day", "last_day", days=days,
        orders="orders", amount="amount", first_amount=pl.Series(first_amounts, dtype=pl.Int64),
    )  # fmt: skip


def amounts_within(customers: pl.DataFrame, timeline: Timeline, days: int) -> Ints:
    """What each customer's orders came to up to so many days after the first, in the customers' rows.

    `timeline` is the customers', with amounts. A refund whose order isn't there counts on its own day.
    """
    _amounts_of(timeline)  # or it raises
    until = timeline.first_days + days
    sums = timeline.amounts_before
    late = timeline.days > timeline.spread(until)
    starts, ends = timeline.starts[:-1], timeline.starts[1:]
    cut = ends - np.add.reduceat(late, starts, dtype=np.int64) if len(starts) else ends
    amounts = timeline.by_customer(sums[cut] - sums[starts])
    if timeline.loose is not None:
        row, day, amount = timeline.loose
        is_early = day <= customers["first_day"].to_numpy()[row] + days
        np.add.at(amounts, row[is_early], amount[is_early])
    return amounts


def _buyers(orders: pl.LazyFrame) -> pl.LazyFrame:
    """A row a user with a valid order, by user_id.

    `user_id, first_day, last_day, days` (purchase days), `orders, amount, first_amount`.
    Orders become purchase days first, then buyers: two groupings that take less than one
    which counts distinct days.
    """
    x = query.api(orders)
    days = orders.group_by("user_id", "day").agg(x.col("orders", "amount").sum())
    if x is not pl:
        return _without_min_by(x, days)
    return (
        days.group_by("user_id")
        .agg(
            first_day=order_day().min(),
            last_day=order_day().max(),
            days=_BOUGHT.sum().cast(pl.Int32),
            orders=pl.col("orders").sum(),
            amount=pl.col("amount").sum(),
            first_amount=pl.col("amount").min_by(order_day()),
        )
        .filter(_BOUGHT)
        .sort("user_id")
    )


BUYERS = Reduction(
    _buyers, id_digits=MOST_DIGITS, from_keys=FromKeys(amounts=True, finish=from_timeline)
)


def _without_min_by(x: Any, days: pl.LazyFrame) -> pl.LazyFrame:
    """The same from purchase days, on engines that don't find the row of the least value."""
    bought = x.col("orders") > 0
    first = order_day(x).min().over("user_id")
    return (
        days.with_columns(first_day=first)
        .group_by("user_id")
        .agg(
            first_day=x.col("first_day").min(),
            last_day=order_day(x).max(),
            days=bought.cast(x.Int32).sum().cast(x.Int32),
            orders=x.col("orders").sum().cast(x.Int32),
            amount=x.col("amount").sum(),
            first_amount=x.when(x.col("day") == x.col("first_day")).then(x.col("amount")).sum(),
        )
        .filter(bought)
        .sort("user_id")
    )


def calibration_and_holdout(
    buyers: pl.DataFrame,
    timeline: Timeline,
    calibration_end: int,
    buyers_then: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Buyers as of `calibration_end`, with `actual_days, actual_amount`: what they bought after it.

    `timeline` is the buyers', with amounts. Where a row after `calibration_end` changed what came
    before it (a refund), `buyers_then` are the buyers as they were on that day.
    """
    split = buyers.select("user_id", "first_day").with_columns(
        pl.Series(name, values)
        for name, values in _split_columns(buyers, timeline, calibration_end).items()
    )
    if buyers_then is None:
        return split.filter(pl.col("first_day") <= calibration_end)
    holdout = split.select("user_id", "actual_days", "actual_amount")
    # Who has no order left has bought nothing since.
    return buyers_then.join(holdout, on="user_id", how="left", maintain_order="left").with_columns(
        pl.col("actual_days", "actual_amount").fill_null(0)
    )


def _split_columns(
    buyers: pl.DataFrame, timeline: Timeline, calibration_end: int
) -> dict[str, Ints]:
    """What each buyer bought up to `calibration_end`, and after it (`actual_...`)."""
    _amounts_of(timeline)  # or it raises
    starts, ends = timeline.starts[:-1], timeline.starts[1:]
    cut = starts + timeline.counts_until(calibration_end)  # a user's orders are in their order
    first_days = buyers["first_day"].to_numpy()[timeline.users]
    days, amounts = timeline.purchase_days_before, timeline.amounts_before
    columns = {
        "last_day": np.where(cut > starts, timeline.days[cut - 1], np.iinfo(np.int32).min),
        "days": (days[cut] - days[starts]).astype(np.int64),
        "orders": cut - starts,
        "amount": amounts[cut] - amounts[starts],
        "first_amount": np.where(timeline.first_days == first_days, timeline.first_day_amounts, 0),
        "actual_days": (days[ends] - days[cut]).astype(np.int64),
        "actual_amount": amounts[ends] - amounts[cut],
    }
    columns = {name: timeline.by_customer(column) for name, column in columns.items()}
    if timeline.loose is not None:
        row, day, amount = timeline.loose
        is_early = day <= calibration_end
        np.add.at(columns["amount"], row[is_early], amount[is_early])
        np.add.at(columns["actual_amount"], row[~is_early], amount[~is_early])
        on_first_day = day == buyers["first_day"].to_numpy()[row]
        np.add.at(columns["first_amount"], row[on_first_day], amount[on_first_day])
    return columns


def revenue_by_month(buyers: pl.DataFrame, timeline: Timeline, codes: Ints) -> pl.DataFrame:
    """What buyers brought: `group, first_day, month, amount`, sorted.

    `codes` is the group of each buyer, `month` counts from 1970-01. A refund whose order
    isn't there counts in its own month, at least in that of the first order.
    """
    firsts = buyers["first_day"].to_numpy().astype(np.int32)
    days, amounts = timeline.days, _amounts_of(timeline)
    group, first = timeline.spread(codes[timeline.users]), timeline.spread(firsts[timeline.users])
    if timeline.loose is not None:
        row, refund_days, refunds = timeline.loose
        group, first = np.concatenate((group, codes[row])), np.concatenate((first, firsts[row]))
        days = np.concatenate((days, np.maximum(refund_days, firsts[row])))
        amounts = np.concatenate((amounts, refunds))
    if not len(days):
        return pl.DataFrame(schema=_EARNINGS)
    start_day = int(days.min())
    months = periods.number(np.arange(start_day, int(days.max()) + 1, dtype=np.int32), Period.MONTH)
    # One whole number tells group, first day and month: grouping by it takes half as long.
    first_month, month_count = int(months[0]), int(months[-1] - months[0]) + 1
    first_day, day_count = int(firsts.min()), int(firsts.max()) - int(firsts.min()) + 1
    key = (group * day_count + (first - first_day)) * month_count + (months - first_month)[
        days - start_day
    ]
    sums = pl.DataFrame({"key": key, "amount": amounts}).group_by("key").sum().sort("key")
    group_and_day, month = sums["key"] // month_count, sums["key"] % month_count
    return pl.DataFrame(
        {
            "group": group_and_day // day_count,
            "first_day": group_and_day % day_count + first_day,
            "month": month + first_month,
            "amount": sums["amount"],
        },
        schema=_EARNINGS,
    )


_EARNINGS = {"group": pl.Int64, "first_day": pl.Int32, "month": pl.Int32, "amount": pl.Int64}


def _amounts_of(timeline: Timeline) -> Ints:
    if timeline.amounts is None:
        raise ValueError("a timeline with amounts is needed")
    return timeline.amounts
