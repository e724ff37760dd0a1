"""Orders that a row of a later day changed, as they were on earlier days.

A refund that is a row of its own, and a later export's version of an order, change what came
before them. Every other order was on an earlier day what it is now. So to know all orders of
many earlier days it's enough to net these few again, each only for the days on which it
wasn't yet what it is in the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import polars as pl

from userops.readers.strict import netting

_DAY = pl.col("order_time").dt.date().cast(pl.Int32)
_BEGIN, _END = _DAY.min().over("order_id"), _DAY.max().over("order_id")
_CHANGES = pl.col("order_id").is_not_null() & (_BEGIN < _END)


def revised(
    rows: Callable[[], Iterator[pl.DataFrame]],
    days: Sequence[int],
    as_of: int | None,
    totals: str | None,
    refunds: str | None = None,
) -> tuple[pl.Series, list[pl.LazyFrame]]:
    """Users one of whose orders was changed, and on each of the days all their orders.

    Orders as `user_id, day, amount, orders`.

    Args:
        rows: gives canonical rows without a fault, in parts in which each order is whole.
        days: earlier days, ascending.
        as_of: the last day that counts.
        totals: what an amount on a line item is, as `netting.net` takes it.
        refunds: which refunds count, as it takes them.
    """
    # A row without a day is one that needs none: it goes with its order.
    until = _DAY.is_null() | (as_of >= _DAY) if as_of is not None else pl.lit(value=True)
    moved = pl.concat([part.filter(until).filter(_CHANGES) for part in rows()])
    users = moved["user_id"].drop_nulls().unique().sort()
    if users.is_empty():
        return users, []
    moved = moved.with_columns(begin=_BEGIN, end=_END)

    def netted(some: pl.DataFrame, day: int | None) -> pl.LazyFrame:
        rows = some.drop("begin", "end")
        netted_rows = netting.net(rows, day, totals, refunds=refunds, strangers=True)
        return _slim(netted_rows.orders).lazy()

    of_users = pl.col("user_id").is_in(users.implode())
    # An order of two users is one of theirs with the other's rows.
    alone, order = pl.col("order_id").is_null(), pl.col("theirs").max().over("order_id")
    whole = pl.when(alone).then(pl.col("theirs")).otherwise(order) & ~_CHANGES
    steady = pl.concat(
        _slim(
            netting.net(
                part.drop("theirs"), as_of, totals, refunds=refunds, strangers=True
            ).orders.filter(of_users)
        )
        for part in (
            part.filter(until).with_columns(theirs=of_users).filter(whole) for part in rows()
        )
    )
    orders_by_day = []
    ended: list[pl.LazyFrame] = []
    since = -(1 << 31)
    for day in days:
        now, end = pl.col("begin") <= day, pl.col("end")
        ended.append(netted(moved.filter(end > since, end <= day), as_of))
        unfinished = netted(moved.filter(now, end > day), day)
        known = steady.lazy().filter(pl.col("day") <= day)
        orders_by_day.append(pl.concat([known, *ended, unfinished]))
        since = day
    return users, orders_by_day


def _slim(orders: pl.DataFrame) -> pl.DataFrame:
    return orders.select("user_id", "day", "amount", "orders")
