"""Every user's orders in the order of time: what questions about returning read.

The pass over the orders keeps one whole number of each, the mark: 52 bits of a hash of its
user, 12 bits of its day. Sorted, the marks are the users' days in order; 10 million take a
second, an eighth of what sorting or listing days by the users' ids takes. Where two users
share a hash, or the days are more than 12 bits tell apart, the ids themselves are used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

Ints = np.ndarray[Any, np.dtype[Any]]
_BITS = 12
_SPAN = 1 << _BITS
_USER = (1 << 64) - _SPAN


def marks(orders: pl.LazyFrame) -> pl.LazyFrame:
    """One column, `mark`, a row an order."""
    return orders.filter(pl.col("orders") > 0).select(mark=_mark())


def amounts(orders: pl.LazyFrame) -> pl.LazyFrame:
    """`mark, amount, orders`: marks with what was paid, and refunds whose order isn't there."""
    return orders.select("amount", "orders", mark=_mark())


def rows(orders: pl.LazyFrame) -> pl.LazyFrame:
    """`user_id, day, amount, orders` as they are, for where marks won't do."""
    return orders.select("user_id", "day", "amount", "orders")


def _mark() -> pl.Expr:
    day = (pl.col("day") & (_SPAN - 1)).cast(pl.UInt64)
    return (pl.col("user_id").hash(seed=0) & pl.lit(_USER, pl.UInt64)) | day


@dataclass(frozen=True, slots=True)
class Timeline:
    """Orders by user and day.

    `days[starts[i]:starts[i + 1]]` are the days of one user's orders, who stands in row
    `users[i]` of the customers. `amounts` goes with `days`, where asked for. `loose` are
    refunds whose order isn't there, as (row of the customers, day, amount).
    """

    users: Ints
    starts: Ints
    days: Ints
    amounts: Ints | None = None
    loose: tuple[Ints, Ints, Ints] | None = None

    @property
    def counts(self) -> Ints:
        """Orders of each user."""
        return np.diff(self.starts)

    @property
    def firsts(self) -> Ints:
        """Whether an order is its user's first."""
        first = np.zeros(len(self.days), bool)
        first[self.starts[:-1]] = True
        return first

    def spread(self, values: Ints) -> Ints:
        """A value of each user's, for each of the orders."""
        return np.repeat(values, self.counts)

    def by_customer(self, values: Ints) -> Ints:
        """A value of each user's, in the rows of the customers."""
        placed = np.empty(len(self.users), values.dtype)
        placed[self.users] = values
        return placed


def build(
    customers: pl.DataFrame, marked: pl.DataFrame, again: Callable[[], pl.DataFrame]
) -> Timeline:
    """The timeline of some customers.

    Args:
        customers: as `ledger.customers` gives them.
        marked: what `marks` or `amounts` gave in the same pass.
        again: gives what `rows` gives, by another pass; called where marks won't do.
    """
    found = _of_marks(customers, marked)
    return _of_rows(customers, again()) if found is None else found


def _of_marks(customers: pl.DataFrame, marked: pl.DataFrame) -> Timeline | None:
    if customers.is_empty():
        return _empty()
    first, last = _span(customers)
    if "orders" in marked and marked["orders"].min() == 0:
        return None  # refunds may lie outside of the customers' days
    if last - first >= _SPAN:
        return None
    keys = marked["mark"].to_numpy()
    base = first
    if first // _SPAN == last // _SPAN:
        base = first // _SPAN * _SPAN
    else:  # the low bits start anew amid the days: count them from the first one
        keys = (keys & np.uint64(_USER)) | ((keys - np.uint64(base % _SPAN)) & np.uint64(_SPAN - 1))
    sums = None
    if "amount" in marked:
        order = np.argsort(keys)
        keys, sums = keys[order], marked["amount"].to_numpy()[order]
    else:
        keys = np.sort(keys)
    hashes = keys >> np.uint64(_BITS)
    starts = _starts(hashes)
    theirs = customers["user_id"].hash(seed=0).to_numpy() >> np.uint64(_BITS)
    users = np.argsort(theirs)
    if not np.array_equal(theirs[users], hashes[starts[:-1]]):
        return None  # two users share a hash
    days = keys.astype(np.int32)  # the low bits; the hash's that come along are cut off
    days &= _SPAN - 1
    days += np.int32(base)
    return Timeline(users, starts, days, sums)


def _span(customers: pl.DataFrame) -> tuple[int, int]:
    """The first and the last day of any order."""
    return customers.select(pl.col("first_day").min(), pl.col("last_day").max()).row(0)


def _of_rows(customers: pl.DataFrame, orders: pl.DataFrame) -> Timeline:
    if customers.is_empty():
        return _empty()
    known = customers.select("user_id").with_row_index("row")
    placed = orders.join(known, on="user_id").sort("row", "day")
    real = placed.filter(pl.col("orders") > 0)
    loose = placed.filter(pl.col("orders") == 0)
    at = real["row"].to_numpy()
    starts = _starts(at)
    return Timeline(
        at[starts[:-1]].astype(np.int64),
        starts,
        real["day"].to_numpy(),
        real["amount"].to_numpy(),
        (
            loose["row"].to_numpy().astype(np.int64),
            loose["day"].to_numpy(),
            loose["amount"].to_numpy(),
        )
        if len(loose)
        else None,
    )


def _starts(groups: Ints) -> Ints:
    """Where each run of equal values begins, and the end."""
    begin = np.flatnonzero(groups[1:] != groups[:-1]) + 1
    return np.concatenate(([0], begin, [len(groups)]))


def _empty() -> Timeline:
    nothing = np.zeros(0, np.int64)
    return Timeline(nothing, np.zeros(1, np.int64), nothing.astype(np.int32), nothing)
