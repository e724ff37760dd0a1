"""Sort keys: one whole number an order; sorted, they are every user's days in order.

52 bits of a key are a hash of its user (`hash_key`) or, where integers stand for ids, the integer
(`id_key`); 12 bits are its day, or another place in time. Sorted, they are worked on in parts, several
at a time; no user is in two of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import polars as pl

from userops.core import periods
from userops.core.periods import Period
from userops.engines import query as engine
from userops.engines.parallel import Ints, in_threads, split_between_groups

T = TypeVar("T")
BITS = 12
SPAN = 1 << BITS
# Days whose period is looked up: 1900-01-01 to 2299-12-31.
FIRST, LAST = -25_567, 120_529
MOST_DIGITS = 15  # of a number that leaves room for the day
_USER = (1 << 64) - SPAN
_EXACT = 2**53  # whole numbers up to this are added up as floats without an error


def hash_key() -> pl.Expr:
    """The column `hash_key`, from `user_id` and `day`."""
    user = pl.col("user_id").hash(seed=0) & pl.lit(_USER, pl.UInt64)
    return (user | _low(pl.col("day"))).alias("hash_key")


def id_key(place: pl.Expr | None = None) -> pl.Expr:
    """The column `id_key`: the same with the user's number, which leaves room for the day, or a place in time."""
    user = pl.col("user_id").cast(pl.UInt64) * SPAN
    return (user | _low(pl.col("day") if place is None else place)).alias("id_key")


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
    """The users' part of hash keys, from their ids."""
    return users.hash(seed=0).to_numpy() >> np.uint64(BITS)


def base_of(first: int, last: int) -> int | None:
    """The day that keys from one day to another are counted from; None if 12 bits can't tell their days apart."""
    if last - first >= SPAN:
        return None
    return first // SPAN * SPAN if first // SPAN == last // SPAN else first


def counted_from(keys: Ints, base: int) -> Ints:
    """Keys whose low bits count from a day, so that of a user's the later ones are larger.

    The same array where they do so anyway.
    """
    turn = base % SPAN
    if turn == 0:
        return keys
    days = (keys - np.uint64(turn)) & np.uint64(SPAN - 1)
    return (keys & np.uint64(_USER)) | days


def ascending(keys: pl.Series, base: int) -> list[Ints]:
    """Sorts keys, counted from a day; gives them in parts that follow each other."""
    if base % SPAN:
        keys = pl.Series(counted_from(keys.to_numpy(), base))
    return split_between_groups(keys.sort().to_numpy(), BITS)


def split_keys(keys: Ints, base: int) -> tuple[Ints, Ints, Ints]:
    """Splits ascending keys into users, where each begins, and all their days.

    The days are counted from `base`, as the keys are; of the starts the last is the end.
    """
    days = keys.astype(np.int32)  # the low bits; what comes along of the others is cut off
    days &= SPAN - 1
    days += np.int32(base)
    users = keys >> np.uint64(BITS)
    starts = starts_of(users)
    return users[starts[:-1]], starts, days


def sums_by_cell(
    cells: Callable[..., tuple[Ints, Ints | None]], size: int, *of: Iterable[Any]
) -> Ints:
    """Sums by cell, below `size`, of the cells and whole numbers that each part gives; counts of cells without."""
    table, lock = np.zeros(size, np.int64), Lock()

    def add(*part: Any) -> None:
        at, values = cells(*part)
        exact = values is None or float(np.abs(values).sum(dtype=np.float64)) < _EXACT
        if exact and size < len(at):
            sums = np.bincount(at, values, size).astype(np.int64, copy=False)
            with lock:
                np.add(table, sums, out=table)
        else:  # a table of its own would be larger than the part
            with lock:
                np.add.at(table, at, 1 if values is None else values)

    in_threads(add, *of)
    return table


def in_order(keys: Ints, values: pl.Series) -> tuple[Ints, Ints]:
    """Keys in ascending order, and what goes with them."""
    # On all cores; half the time of an argsort and two gathers.
    both = engine.collect(pl.LazyFrame({"key": keys, "value": values}).sort("key"))
    return both["key"].to_numpy(), both["value"].to_numpy()


def in_parts(
    keys: pl.Series, values: pl.Series, base: int, make: Callable[[Ints, Ints], T]
) -> list[T]:
    """What `make` gives from sorted keys and their values, of some users after others.

    Args:
        keys: sort keys, in any order.
        values: a whole number of each.
        base: the place in time that keys are to be counted from.
        make: is given parts, no user in two of them; equal keys come in any order.
    """
    if not len(keys):
        return [make(keys.to_numpy(), values.to_numpy())]
    ordered, ordered_values = in_order(counted_from(keys.to_numpy(), base), values)
    parts = split_between_groups(ordered, BITS)
    cuts = np.cumsum([len(part) for part in parts[:-1]])
    return in_threads(make, parts, np.split(ordered_values, cuts))


def starts_of(groups: Ints) -> Ints:
    """Where each run of equal values begins, and the end; of no values, one end."""
    if not len(groups):
        return np.zeros(1, np.int64)
    begin = np.flatnonzero(groups[1:] != groups[:-1]) + 1
    return np.concatenate(([0], begin, [len(groups)]))
