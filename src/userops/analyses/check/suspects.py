"""Suspects: the orders, days and users that `check` looks at, found in one pass or two.

The first pass keeps a row a user, a day and a size of amounts, and of each order one whole
number, its sort key: 30 bits of a hash of its user and day, 17 of a hash of its amount, 17 for
its second of the day. Sorted, the keys have together what a user bought on a day, by amount
and time. They only point: what they point at is read once more, exactly. Mostly they point
at nothing, and there is no second pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from userops.engines.reductions import Query

BUSY_DAY, BUSY_SHARE, BUSY_LEAST, ODD, MINUTE = 20, 0.05, 100, 1000, 60

SortKeys = np.ndarray[Any, np.dtype[np.uint64]]

_SECOND = (1 << 17) - 1
_AMOUNT = ((1 << 34) - 1) & ~_SECOND
_USER_DAY = ((1 << 64) - 1) & ~_AMOUNT & ~_SECOND
_SAME_AMOUNT = _USER_DAY | _AMOUNT
_DAY_US = 86_400_000_000
_BLOCK = 1 << 22


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
    """One column, `sort_key`, a row an order."""
    return _orders_only(orders).select(sort_key=_sort_key())


def first_loose_refund(orders: pl.LazyFrame) -> pl.LazyFrame:
    """`user_id, day` of the first refund whose order isn't there."""
    return (
        orders.filter(pl.col("orders") == 0).select("user_id", "day").sort("user_id", "day").head(1)
    )


FIRST_PASS: Mapping[str, Query] = {
    "users": users_by_id,
    "days": orders_by_day,
    "sizes": orders_by_size,
    "sort_keys": sort_keys,
    "loose": first_loose_refund,
}


def _sort_key() -> pl.Expr:
    # Rounded up, so that only midnight itself is 0; orders for nothing are there too.
    second_of_day = (pl.col("order_time").dt.timestamp("us") % _DAY_US + 999_999) // 1_000_000
    time_bits = pl.when(pl.col("amount") > 0).then(second_of_day).otherwise(0).cast(pl.UInt64)
    user_day = pl.struct("user_id", "day").hash(seed=0) & pl.lit(_USER_DAY, pl.UInt64)
    return user_day | (pl.col("amount").hash(seed=1) & pl.lit(_AMOUNT, pl.UInt64)) | time_bits


# --- the second pass ---


def second_pass(first_pass: MutableMapping[str, pl.DataFrame]) -> dict[str, Query]:
    """The reductions of the second pass, from what the first gave; takes the sort keys out of it.

    `pairs`: `user_id, day, amount, order_time` of orders that may stand twice. `crowds` and
    `large`: `user_id, most` orders in a day, of users with many orders in a day and with a
    large share of all. `amounts`: `amount, orders, user_id` (the first) of those around the
    median and of those that may be odd.
    """
    reductions: dict[str, Query] = {}
    pairs, crowds = _suspects(first_pass.pop("sort_keys"))
    if len(pairs):
        reductions["pairs"] = partial(_pairs, keys=pairs)
    if len(crowds):
        reductions["crowds"] = lambda orders: _most_a_day(_with_keys(orders, _USER_DAY, crowds))
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


def _suspects(frame: pl.DataFrame) -> tuple[SortKeys, SortKeys]:
    """Keys of orders that may stand twice, and of users and days with many orders, other bits masked."""
    keys = frame.to_series().to_numpy(writable=True)
    del frame
    keys.sort()
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


def _with_keys(orders: pl.LazyFrame, mask: int, keys: SortKeys) -> pl.LazyFrame:
    """The orders whose masked sort key is one of `keys`."""
    key_rows = pl.LazyFrame({"sort_key": pl.Series(keys, dtype=pl.UInt64)})
    with_key = _orders_only(orders).with_columns(sort_key=_sort_key() & pl.lit(mask, pl.UInt64))
    return with_key.join(key_rows, on="sort_key", how="semi")


def _pairs(orders: pl.LazyFrame, keys: SortKeys) -> pl.LazyFrame:
    paid_orders = orders.filter(pl.col("amount") > 0)
    return _with_keys(paid_orders, _SAME_AMOUNT, keys).select(
        "user_id", "day", "amount", "order_time"
    )


def _most_a_day(orders: pl.LazyFrame) -> pl.LazyFrame:
    by_day = _orders_only(orders).group_by("user_id", "day").agg(orders=pl.len())
    return by_day.group_by("user_id").agg(most=pl.col("orders").max())


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
