"""Every user's orders in the order of time: what questions about returning read.

The pass over the orders keeps one whole number of each, the mark: 52 bits of a hash of its
user, 12 bits of its day. Sorted, the marks are the users' days in order; 10 million take a
second, an eighth of what sorting or listing days by the users' ids takes. Where two users
share a hash, or the days are more than 12 bits tell apart, the ids themselves are used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from userops import engine
from userops.steps import of_any_id

Ints = np.ndarray[Any, np.dtype[Any]]
BITS = 12
SPAN = 1 << BITS
_USER = (1 << 64) - SPAN


@of_any_id
def marks(orders: pl.LazyFrame) -> pl.LazyFrame:
    """One column, `mark`, a row an order."""
    return orders.filter(pl.col("orders") > 0).select(mark())


@of_any_id
def amounts(orders: pl.LazyFrame) -> pl.LazyFrame:
    """`mark, amount, orders`: marks with what was paid, and refunds whose order isn't there."""
    return orders.select("amount", "orders", mark())


@of_any_id
def rows(orders: pl.LazyFrame) -> pl.LazyFrame:
    """`user_id, day, amount, orders` as they are, for where marks won't do."""
    return orders.select("user_id", "day", "amount", "orders")


def mark() -> pl.Expr:
    """The column `mark`, from `user_id` and `day`."""
    day = (pl.col("day") & (SPAN - 1)).cast(pl.UInt64)
    return ((pl.col("user_id").hash(seed=0) & pl.lit(_USER, pl.UInt64)) | day).alias("mark")


def hashes(users: pl.Series) -> Ints:
    """What of a mark tells the users, from their ids."""
    return users.hash(seed=0).to_numpy() >> np.uint64(BITS)


@dataclass(frozen=True)
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
    def first_days(self) -> Ints:
        """Of each user the day of the first order."""
        return self.days[self.starts[:-1]]

    def counts_until(self, day: int) -> Ints:
        """Orders of each user at the end of a day."""
        after = np.flatnonzero(self.days > day)
        if not len(after):
            return self.counts
        whose = np.searchsorted(self.starts, after, "right") - 1
        return self.counts - np.bincount(whose, minlength=len(self.users))

    @property
    def firsts(self) -> Ints:
        """Whether an order is its user's first."""
        first = np.zeros(len(self.days), bool)
        first[self.starts[:-1]] = True
        return first

    @cached_property
    def by_day(self) -> Timeline:
        """Days with an order, each once: what's bought on one day is one purchase. Without amounts."""
        new = self.firsts
        new[1:] |= self.days[1:] != self.days[:-1]
        before = np.concatenate(([0], np.cumsum(new)))
        return Timeline(self.users, before[self.starts], self.days[new])

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
        return EMPTY
    if "orders" in marked and marked["orders"].min() == 0:
        return None  # refunds may lie outside of the customers' days
    found = based(customers, marked["mark"])
    if found is None:
        return None
    keys, base = found
    keys, sums = in_order(keys, marked.get_column("amount", default=None))
    days = keys.astype(np.int32)  # the low bits; the hash's that come along are cut off
    days &= SPAN - 1
    days += np.int32(base)
    # In place where it can be, for new pages take longer than the shift.
    keys = np.right_shift(keys, np.uint64(BITS), out=keys if keys.flags.writeable else None)
    starts = starts_of(keys)
    theirs = hashes(customers["user_id"])
    users = np.argsort(theirs)
    if not np.array_equal(theirs[users], keys[starts[:-1]]):
        return None  # two users share a hash
    return Timeline(users, starts, days, sums)


def in_order(keys: Ints, values: pl.Series | None) -> tuple[Ints, Ints | None]:
    """Keys in ascending order, and what goes with them."""
    if values is None:
        return np.sort(keys), None
    # On all cores; half the time of an argsort and two gathers.
    both = engine.collect(pl.LazyFrame({"key": keys, "value": values}).sort("key"))
    return both["key"].to_numpy(), both["value"].to_numpy()


def based(customers: pl.DataFrame, marks: pl.Series) -> tuple[Ints, int] | None:
    """Marks whose days count on from the second value; None where 12 bits don't tell days apart.

    Args:
        customers: `first_day, last_day` of everyone who bought.
        marks: of their orders.
    """
    first, last = customers.select(pl.col("first_day").min(), pl.col("last_day").max()).row(0)
    keys = marks.to_numpy()
    if first is None or last - first >= SPAN:
        return None
    if first // SPAN == last // SPAN:
        return keys, first // SPAN * SPAN
    # The low bits start anew amid the days: count them from the first one.
    days = (keys - np.uint64(first % SPAN)) & np.uint64(SPAN - 1)
    return (keys & np.uint64(_USER)) | days, first


def _of_rows(customers: pl.DataFrame, orders: pl.DataFrame) -> Timeline:
    if customers.is_empty():
        return EMPTY
    known = customers.select("user_id").with_row_index("row")
    placed = orders.join(known, on="user_id").sort("row", "day")
    real = placed.filter(pl.col("orders") > 0)
    loose = placed.filter(pl.col("orders") == 0)
    at = real["row"].to_numpy()
    starts = starts_of(at)
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


def starts_of(groups: Ints) -> Ints:
    """Where each run of equal values begins, and the end."""
    begin = np.flatnonzero(groups[1:] != groups[:-1]) + 1
    return np.concatenate(([0], begin, [len(groups)]))


_NOTHING = np.zeros(0, np.int64)
EMPTY = Timeline(_NOTHING, np.zeros(1, np.int64), _NOTHING.astype(np.int32), _NOTHING)
