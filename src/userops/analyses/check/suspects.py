"""Suspects: the orders, days and users that `check` looks at, found in one pass or more.

The first pass keeps a row a user, a day and a size of amounts, and of each order one whole
number, its sort key: 30 bits of a hash of its user and day, 17 of a hash of its amount, 17 for
its second of the day. Sorted, the keys have together what a user bought on a day, by amount
and time. They only point: what they point at is read once more, exactly. Mostly they point
at nothing, and there is no second pass.

Where integers stand for users' ids in the first pass, the keys are made of these, and whoever looks
for them again has to see the same. A store that goes away in between leaves other integers: then keys
point at nothing, which is noticed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from userops.engines.reductions import MOST_DIGITS, Query, Reduction, has_integer_ids
from userops.ledger.sort_keys import MOST_DIGITS as MOST_DIGITS_OF_KEYS

BUSY_DAY, BUSY_SHARE, BUSY_LEAST, ODD, MINUTE = 20, 0.05, 100, 1000, 60

SortKeys = np.ndarray[Any, np.dtype[np.uint64]]

_SECOND = (1 << 17) - 1
_AMOUNT = ((1 << 34) - 1) & ~_SECOND
_USER_DAY = ((1 << 64) - 1) & ~_AMOUNT & ~_SECOND
_SAME_AMOUNT = _USER_DAY | _AMOUNT
_DAY_US = 86_400_000_000
_BLOCK = 1 << 22
_OF_INTEGERS = "of_integers"


def _orders_only(orders: pl.LazyFrame) -> pl.LazyFrame:
    """Without refunds whose order isn't there."""
    return orders.filter(pl.col("orders") > 0)


# --- the first pass ---


def users_by_id(orders: pl.LazyFrame) -> pl.LazyFrame:
    """`user_id, orders, amount`, a row a user, in no order."""
    return orders.group_by("user_id").agg(pl.col("orders").sum(), pl.col("amount").sum())


def orders_by_day(orders: pl.LazyFrame) -> pl.LazyFrame:
    """`day, orders`, by day, those without one left out."""
    return _orders_only(orders).group_by("day").agg(orders=pl.len()).sort("day")


def orders_by_size(orders: pl.LazyFrame) -> pl.LazyFrame:
    """`size, orders, least, most`: positive amounts by their number of binary digits, smallest first."""
    paid = _orders_only(orders).filter(pl.col("amount") > 0)
    return (
        paid.group_by(size=64 - pl.col("amount").bitwise_leading_zeros().cast(pl.Int32))
        .agg(orders=pl.len(), least=pl.col("amount").min(), most=pl.col("amount").max())
        .sort("size")
    )


def sort_keys(orders: pl.LazyFrame) -> pl.LazyFrame:
    """One column, a row an order: `of_integers` where these stand for ids, else `of_ids`."""
    name = _OF_INTEGERS if has_integer_ids(orders) else "of_ids"
    return _orders_only(orders).select(_sort_key(orders).alias(name))


FIRST_PASS: Mapping[str, Reduction] = {
    "users": Reduction(users_by_id, id_digits=MOST_DIGITS),
    "days": Reduction(orders_by_day, id_digits=MOST_DIGITS),
    "sizes": Reduction(orders_by_size, id_digits=MOST_DIGITS),
    "sort_keys": Reduction(sort_keys, id_digits=MOST_DIGITS_OF_KEYS),
}


def _sort_key(orders: pl.LazyFrame) -> pl.Expr:
    # Rounded up, so that only midnight itself is 0; orders for nothing are there too.
    second_of_day = (pl.col("order_time").dt.timestamp("us") % _DAY_US + 999_999) // 1_000_000
    time_bits = pl.when(pl.col("amount") > 0).then(second_of_day).otherwise(0).cast(pl.UInt64)
    user_day = _user_day(orders).hash(seed=0) & pl.lit(_USER_DAY, pl.UInt64)
    return user_day | (pl.col("amount").hash(seed=1) & pl.lit(_AMOUNT, pl.UInt64)) | time_bits


def _user_day(orders: pl.LazyFrame) -> pl.Expr:
    """One value of each user and day.

    Where integers stand for ids, of users some thousand days apart who share it: a key only points.
    """
    if has_integer_ids(orders):
        return pl.col("user_id").cast(pl.Int64) * (1 << 12) + pl.col("day")
    return pl.struct("user_id", "day")


# --- the second pass ---


class OtherNumbersError(Exception):
    """Integers stand for other users than when the sort keys were made."""


@dataclass(frozen=True, slots=True, eq=False)
class Pointers:
    """Sort keys, masked: of orders that may stand twice, and of users and days with many orders.

    `of_integers` says whether these stood for ids where the keys were made.
    """

    pairs: SortKeys
    crowds: SortKeys
    of_integers: bool

    @classmethod
    def of(cls, frame: pl.DataFrame) -> Pointers:
        """From what `sort_keys` gave."""
        of_integers = _OF_INTEGERS in frame.columns
        keys = frame.to_series().sort().to_numpy()
        del frame
        return cls(*_masked(keys), of_integers)

    def passes(self, by_id: Mapping[str, Query]) -> list[dict[str, Query]]:
        """The reductions of each pass that follows the first: those of the keys, and `by_id`.

        `pairs`: `user_id, day, amount, order_time` of orders that may stand twice. `crowds`:
        `user_id, most` orders in a day, of users with many orders in a day. Both with `sort_key`.
        """
        digits = MOST_DIGITS_OF_KEYS if self.of_integers else 0
        by_key: dict[str, Query] = {}
        if len(self.pairs):
            by_key["pairs"] = Reduction(self._pairs, id_digits=digits)
        if len(self.crowds):
            by_key["crowds"] = Reduction(self._crowds, id_digits=digits)
        every = [by_key, {**by_id}] if self.of_integers else [{**by_key, **by_id}]
        return [queries for queries in every if queries]

    def checked(self, found: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        """What the passes found, without the keys.

        Raises:
            OtherNumbersError: not every key pointed at something.
        """
        frames = dict(found)
        for name, keys in (("pairs", self.pairs), ("crowds", self.crowds)):
            if name in frames:
                if self.of_integers and frames[name]["sort_key"].n_unique() != len(keys):
                    raise OtherNumbersError
                frames[name] = frames[name].drop("sort_key")
        return frames

    def _pairs(self, orders: pl.LazyFrame) -> pl.LazyFrame:
        paid_orders = orders.filter(pl.col("amount") > 0)
        return self._with_keys(paid_orders, _SAME_AMOUNT, self.pairs).select(
            "user_id", "day", "amount", "order_time", "sort_key"
        )

    def _crowds(self, orders: pl.LazyFrame) -> pl.LazyFrame:
        return _most_a_day(self._with_keys(orders, _USER_DAY, self.crowds), "sort_key")

    def _with_keys(self, orders: pl.LazyFrame, mask: int, keys: SortKeys) -> pl.LazyFrame:
        """The orders whose masked `sort_key` is one of `keys`.

        Raises:
            OtherNumbersError: these are keys of what doesn't stand for the ids here.
        """
        if has_integer_ids(orders) != self.of_integers:
            raise OtherNumbersError
        key_rows = pl.LazyFrame({"sort_key": pl.Series(keys, dtype=pl.UInt64)})
        sort_key = _sort_key(orders) & pl.lit(mask, pl.UInt64)
        with_key = _orders_only(orders).with_columns(sort_key=sort_key)
        return with_key.join(key_rows, on="sort_key", how="semi")


def by_id(first_pass: Mapping[str, pl.DataFrame], *, loose: bool) -> dict[str, Query]:
    """Reductions of a second pass that need users' ids as they are, from what the first gave.

    `large`: `user_id, most` orders in a day, of users with a large share of all. `amounts`:
    `amount, orders, user_id` (the first) of those around the median and of those that may be odd.
    `loose`: `user_id, day` of the first refund whose order isn't there, where there are such.
    """
    reductions: dict[str, Query] = {"loose": _first_loose_refund} if loose else {}
    order_count = int(first_pass["users"]["orders"].sum())
    large = first_pass["users"].filter(
        (pl.col("orders") > BUSY_SHARE * order_count) & (pl.col("orders") >= BUSY_LEAST)
    )["user_id"]
    if len(large):
        reductions["large"] = lambda orders: _most_a_day(
            orders.filter(pl.col("user_id").is_in(large.to_list()))
        )
    median_range = _median_sizes(first_pass["sizes"])
    if median_range is not None and first_pass["sizes"]["most"][-1] > ODD * median_range[0]:
        reductions["amounts"] = partial(_amounts, least=median_range[0], most=median_range[1])
    return reductions


def _masked(keys: SortKeys) -> tuple[SortKeys, SortKeys]:
    """Of sorted keys those of orders that may stand twice, and of users and days with many orders."""
    pairs: list[SortKeys] = [keys[:0]]
    crowds: list[SortKeys] = [keys[:0]]
    for block in _blocks(keys):
        following = block[1:]
        # The seconds' bits have room to spare: a difference this small is within an amount's.
        is_close = (following - block[:-1] <= MINUTE) & (following & np.uint64(_SECOND) > 0)
        pairs.append(np.unique(following[is_close] & np.uint64(_SAME_AMOUNT)))
        user_days = block & np.uint64(_USER_DAY)
        crowds.append(
            np.unique(user_days[BUSY_DAY:][user_days[BUSY_DAY:] == user_days[:-BUSY_DAY]])
        )
    return np.unique(np.concatenate(pairs)), np.unique(np.concatenate(crowds))


def _blocks(keys: SortKeys) -> Iterator[SortKeys]:
    """The keys in blocks, each with the first `BUSY_DAY` keys of the next."""
    for start in range(0, len(keys), _BLOCK):
        yield keys[start : start + _BLOCK + BUSY_DAY]


def _first_loose_refund(orders: pl.LazyFrame) -> pl.LazyFrame:
    """`user_id, day` of the first refund whose order isn't there."""
    return (
        orders.filter(pl.col("orders") == 0).select("user_id", "day").sort("user_id", "day").head(1)
    )


def _most_a_day(orders: pl.LazyFrame, *beside: str) -> pl.LazyFrame:
    """`user_id, most` orders in a day; beside other columns, of each of their values."""
    by_day = _orders_only(orders).group_by("user_id", "day", *beside).agg(orders=pl.len())
    return by_day.group_by("user_id", *beside).agg(most=pl.col("orders").max())


def _amounts(orders: pl.LazyFrame, least: int, most: int) -> pl.LazyFrame:
    amount = pl.col("amount")
    is_wanted = amount.is_between(least, most) | (amount > ODD * least)
    return (
        _orders_only(orders)
        .filter(is_wanted)
        .group_by("amount")
        .agg(orders=pl.len(), user_id=pl.col("user_id").min())
        .sort("amount")
    )


def _median_sizes(sizes: pl.DataFrame) -> tuple[int, int] | None:
    """The range that the median of positive amounts lies in, by their sizes; None without any."""
    if sizes.is_empty():
        return None
    total = int(sizes["orders"].sum())
    running = sizes["orders"].cast(pl.Int64).cum_sum()
    low_size, high_size = (int((running <= rank).sum()) for rank in ((total - 1) // 2, total // 2))
    return int(sizes["least"][low_size]), int(sizes["most"][high_size])


def twice_the_median(sizes: pl.DataFrame, amounts: pl.DataFrame) -> int:
    """Of the positive amounts: the sum of the two in the middle. `amounts` are those the second pass gave."""
    median_range = _median_sizes(sizes)
    assert median_range is not None
    total = int(sizes["orders"].sum())
    orders_below = int(sizes.filter(pl.col("most") < median_range[0])["orders"].sum())
    in_range = amounts.filter(pl.col("amount").is_between(*median_range))
    running = orders_below + in_range["orders"].cast(pl.Int64).cum_sum()
    low, high = (int((running <= rank).sum()) for rank in ((total - 1) // 2, total // 2))
    return int(in_range["amount"][low]) + int(in_range["amount"][high])
