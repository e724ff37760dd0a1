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
from userops.engines import query as engine
from userops.engines.parallel import Ints
from userops.engines.reductions import MOST_DIGITS, FromKeys, Reduction
from userops.ledger.customers import order_day
from userops.ledger.timeline import Timeline

_BOUGHT = pl.col("orders") > 0


def from_timeline(customers: pl.DataFrame, line: Timeline) -> pl.DataFrame:
    """What `BUYERS` gives, from `CUSTOMERS` and their timeline with amounts."""
    amounts = _amounts(line)
    at, end = line.starts[:-1].copy(), line.starts[1:]
    first = amounts[at]
    more = np.arange(len(at))
    while len(more):  # as often as anyone bought on the first day
        at[more] += 1
        more = more[at[more] < end[more]]
        more = more[line.days[at[more]] == line.first_days[more]]
        first[more] += amounts[at[more]]
    first = line.by_customer(first)
    if line.loose is not None:
        row, day, amount = line.loose
        same = day == customers["first_day"].to_numpy()[row]
        np.add.at(first, row[same], amount[same])
    days = pl.Series(line.by_customer(line.purchase_days), dtype=pl.Int32)
    return customers.select(
        "user_id", "first_day", "last_day", days=days,
        orders="orders", amount="amount", first_amount=pl.Series(first, dtype=pl.Int64),
    )  # fmt: skip


def _buyers(orders: pl.LazyFrame) -> pl.LazyFrame:
    """A row a user with a valid order, by user_id.

    `user_id, first_day, last_day, days` (purchase days), `orders, amount, first_amount`.
    Orders become purchase days first, then buyers: two groupings that take less than one
    which counts distinct days.
    """
    x = engine.api(orders)
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


def halves(
    known: pl.DataFrame, line: Timeline, end: int, then: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Buyers as of the day `end`, with `actual_days, actual_amount`: what they bought after it.

    `known` are the buyers, `line` is theirs, with amounts. Where a row after `end` changed what
    came before it (a refund), `then` are the buyers as they were on that day.
    """
    amounts = _amounts(line)
    first = known["first_day"].to_numpy()[line.users].astype(np.int32)
    before = line.days <= end
    opens = line.firsts
    opens[1:] |= line.days[1:] != line.days[:-1]
    on_first = line.days == line.spread(first)

    def each(values: Ints) -> Ints:
        sums = np.add.reduceat(values.astype(np.int64), line.starts[:-1]) if len(values) else values
        return line.by_customer(sums)

    last = np.where(before, line.days, np.iinfo(np.int32).min)
    found = {
        "last_day": line.by_customer(
            np.maximum.reduceat(last, line.starts[:-1]) if len(last) else last
        ),
        "days": each(opens & before),
        "orders": each(before),
        "amount": each(np.where(before, amounts, 0)),
        "first_amount": each(np.where(on_first, amounts, 0)),
        "actual_days": each(opens & ~before),
        "actual_amount": each(np.where(before, 0, amounts)),
    }
    if line.loose is not None:
        row, day, amount = line.loose
        early = day <= end
        np.add.at(found["amount"], row[early], amount[early])
        np.add.at(found["actual_amount"], row[~early], amount[~early])
        same = day == known["first_day"].to_numpy()[row]
        np.add.at(found["first_amount"], row[same], amount[same])
    parts = known.select("user_id", "first_day").with_columns(
        pl.Series(name, values) for name, values in found.items()
    )
    if then is None:
        return parts.filter(pl.col("first_day") <= end)
    after = parts.select("user_id", "actual_days", "actual_amount")
    # Who has no order left has bought nothing since.
    return then.join(after, on="user_id", how="left", maintain_order="left").with_columns(
        pl.col("actual_days", "actual_amount").fill_null(0)
    )


def earnings(known: pl.DataFrame, line: Timeline, codes: Ints) -> pl.DataFrame:
    """What buyers brought: `group, first_day, month, amount`, sorted.

    `codes` is the group of each buyer, `month` counts from 1970-01. A refund whose order
    isn't there counts in its own month, at least in that of the first order.
    """
    firsts = known["first_day"].to_numpy().astype(np.int32)
    days, amounts = line.days, _amounts(line)
    group, first = line.spread(codes[line.users]), line.spread(firsts[line.users])
    if line.loose is not None:
        row, on, refunds = line.loose
        group, first = np.concatenate((group, codes[row])), np.concatenate((first, firsts[row]))
        days = np.concatenate((days, np.maximum(on, firsts[row])))
        amounts = np.concatenate((amounts, refunds))
    if not len(days):
        return pl.DataFrame(schema=_EARNINGS)
    begin = int(days.min())
    months = periods.number(np.arange(begin, int(days.max()) + 1, dtype=np.int32), Period.MONTH)
    # One whole number tells group, first day and month: grouping by it takes half as long.
    start, wide = int(months[0]), int(months[-1] - months[0]) + 1
    low, long = int(firsts.min()), int(firsts.max()) - int(firsts.min()) + 1
    key = (group * long + (first - low)) * wide + (months - start)[days - begin]
    sums = pl.DataFrame({"key": key, "amount": amounts}).group_by("key").sum().sort("key")
    rest, month = sums["key"] // wide, sums["key"] % wide
    return pl.DataFrame(
        {
            "group": rest // long,
            "first_day": rest % long + low,
            "month": month + start,
            "amount": sums["amount"],
        },
        schema=_EARNINGS,
    )


_EARNINGS = {"group": pl.Int64, "first_day": pl.Int32, "month": pl.Int32, "amount": pl.Int64}


def _amounts(line: Timeline) -> Ints:
    if line.amounts is None:
        raise ValueError("a timeline with amounts is needed")
    return line.amounts
