"""Marks: one whole number an order, of which sorting makes every user's days in order.

52 bits of a mark are a hash of its user (`mark`) or, where numbers stand for ids, the number
(`own`); 12 bits are its day, or another place in time. Sorted, they are worked on in parts, several
at a time; no user is in two of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any

import numpy as np
import polars as pl

from userops.core import periods
from userops.core.periods import Period
from userops.engines import query as engine
from userops.engines.parallel import Ints, parted, side_by_side, sort

BITS = 12
SPAN = 1 << BITS
# Days whose period is looked up: 1900-01-01 to 2299-12-31.
FIRST, LAST = -25_567, 120_529
MOST_DIGITS = 15  # of a number that leaves room for the day
_USER = (1 << 64) - SPAN
_EXACT = 2**53  # whole numbers up to this are added up as floats without an error


def mark() -> pl.Expr:
    """The column `mark`, from `user_id` and `day`."""
    user = pl.col("user_id").hash(seed=0) & pl.lit(_USER, pl.UInt64)
    return (user | _low(pl.col("day"))).alias("mark")


def own(place: pl.Expr | None = None) -> pl.Expr:
    """The column `own`: the same with the user's number, which leaves room for the day, or a place in time."""
    user = pl.col("user_id").cast(pl.UInt64) * SPAN
    return (user | _low(pl.col("day") if place is None else place)).alias("own")


def numbers(period: Period, week_start: str = "monday") -> Ints:
    """The numbers of the periods of all days from `FIRST` to `LAST`: looking up takes less than reckoning."""
    return periods.number(np.arange(FIRST, LAST + 1), period, week_start)


def period_of(period: Period, week_start: str = "monday") -> pl.Expr:
    """The number of the period of `day`; null outside of the days that are looked up."""
    table = pl.Series(numbers(period, week_start).astype(np.int32))
    return pl.lit(table).gather(pl.col("day") - FIRST, null_on_oob=True)


def _low(place: pl.Expr) -> pl.Expr:
    return (place & (SPAN - 1)).cast(pl.UInt64)


def hashes(users: pl.Series) -> Ints:
    """What of a mark tells the users, from their ids."""
    return users.hash(seed=0).to_numpy() >> np.uint64(BITS)


def base_of(first: int, last: int) -> int | None:
    """What the low bits of marks from one day to another can count from; None where they are too many."""
    if last - first >= SPAN:
        return None
    return first // SPAN * SPAN if first // SPAN == last // SPAN else first


def counted_from(marks: Ints, base: int) -> Ints:
    """Marks with low bits that count from a day, so that of a user's the later ones are larger.

    The same array where they do so anyway.
    """
    turn = base % SPAN
    if turn == 0:
        return marks
    days = (marks - np.uint64(turn)) & np.uint64(SPAN - 1)
    return (marks & np.uint64(_USER)) | days


def ascending(marks: pl.Series, base: int) -> list[Ints]:
    """Marks in ascending order, counted from a day, in parts that follow each other."""
    # New memory takes longer than sorting: what follows goes on in place.
    keys = counted_from(marks.to_numpy(writable=True), base)
    sort(keys)
    return parted(keys, BITS)


def taken_apart(marks: Ints, base: int) -> tuple[Ints, Ints, Ints]:
    """Of marks in ascending order: the users, where each begins, all their days.

    The days are counted from `base`, as the marks are; of the starts the last is the end.
    """
    days = marks.astype(np.int32)  # the low bits; what comes along of the others is cut off
    days &= SPAN - 1
    days += np.int32(base)
    users = marks >> np.uint64(BITS)
    starts = starts_of(users)
    return users[starts[:-1]], starts, days


def in_one_table(
    cells: Callable[..., tuple[Ints, Ints | None]], size: int, *of: Iterable[Any]
) -> Ints:
    """Sums by cell, below `size`, of the cells and whole numbers that each part gives; counts of cells without."""
    table, lock = np.zeros(size, np.int64), Lock()

    def add(*part: Any) -> None:
        at, values = cells(*part)
        exact = values is None or float(np.abs(values).sum(dtype=np.float64)) < _EXACT
        if exact and size < len(at):
            found = np.bincount(at, values, size).astype(np.int64, copy=False)
            with lock:
                np.add(table, found, out=table)
        else:  # a table of its own would be larger than the part
            with lock:
                np.add.at(table, at, 1 if values is None else values)

    side_by_side(add, *of)
    return table


def in_order(keys: Ints, values: pl.Series) -> tuple[Ints, Ints]:
    """Keys in ascending order, and what goes with them."""
    # On all cores; half the time of an argsort and two gathers.
    both = engine.collect(pl.LazyFrame({"key": keys, "value": values}).sort("key"))
    return both["key"].to_numpy(), both["value"].to_numpy()


def starts_of(groups: Ints) -> Ints:
    """Where each run of equal values begins, and the end; of no values, one end."""
    if not len(groups):
        return np.zeros(1, np.int64)
    begin = np.flatnonzero(groups[1:] != groups[:-1]) + 1
    return np.concatenate(([0], begin, [len(groups)]))
