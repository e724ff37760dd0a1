"""Buyers: what LTV knows of each user, and what buyers brought by when.

first_amount : money
    Net amount of the first purchase day.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from userops import periods
from userops.ledger import order_day
from userops.periods import Period
from userops.timeline import Ints, Timeline

_BOUGHT = pl.col("orders") > 0


def buyers(orders: pl.LazyFrame) -> pl.LazyFrame:
    """A row a user with a valid order, by user_id.

    `user_id, first_day, last_day, days` (purchase days), `orders, amount, first_amount`.
    Orders become purchase days first, then buyers: two groupings that take less than one
    which counts distinct days.
    """
    return (
        orders.group_by("user_id", "day")
        .agg(pl.col("orders", "amount").sum())
        .group_by("user_id")
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
    row, days, amounts = line.spread(line.users), line.days, _amounts(line)
    if line.loose is not None:
        row = np.concatenate((row, line.loose[0]))
        days = np.concatenate((days, np.maximum(line.loose[1], firsts[line.loose[0]])))
        amounts = np.concatenate((amounts, line.loose[2]))
    if not len(days):
        return pl.DataFrame(schema=_EARNINGS)
    begin = int(days.min())
    table = periods.number(np.arange(begin, int(days.max()) + 1, dtype=np.int32), Period.MONTH)
    keys = ["group", "first_day", "month"]
    return (
        pl.DataFrame(
            {
                "group": codes[row],
                "first_day": firsts[row],
                "month": table[days - begin],
                "amount": amounts,
            },
            schema=_EARNINGS,
        )
        .group_by(keys)
        .agg(pl.col("amount").sum())
        .sort(keys)
    )


_EARNINGS = {"group": pl.Int64, "first_day": pl.Int32, "month": pl.Int32, "amount": pl.Int64}


def _amounts(line: Timeline) -> Ints:
    if line.amounts is None:
        raise ValueError("a timeline with amounts is needed")
    return line.amounts
