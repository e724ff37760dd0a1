"""Signs: what `check` keeps of the orders to judge them by, in one pass or two.

The first pass keeps a row a user, a day and a size of amounts, and of each order one whole
number, its mark: 30 bits of a hash of its user and day, 17 of a hash of its amount, 17 for
its second of the day. Sorted, the marks have together what a user bought on a day, by amount
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

Marks = np.ndarray[Any, np.dtype[np.uint64]]

_SECOND = (1 << 17) - 1
_AMOUNT = ((1 << 34) - 1) & ~_SECOND
_USER_DAY = ((1 << 64) - 1) & ~_AMOUNT & ~_SECOND
_SAME_AMOUNT = _USER_DAY | _AMOUNT
_DAY_US = 86_400_000_000
_BLOCK = 1 << 22


def _bought(orders: pl.LazyFrame) -> pl.LazyFrame:
    """Without refunds whose order isn't there."""
    return orders.filter(pl.col("orders") > 0)


# --- the first pass ---


def users(orders: pl.LazyFrame) -> pl.LazyFrame:
    """`user_id, orders, amount`, a row a user, in no order."""
    return orders.group_by("user_id").agg(pl.col("orders").sum(), pl.col("amount").sum())


def days(orders: pl.LazyFrame) -> pl.LazyFrame:
    """`day, orders`, by day, those without one left out."""
    return _bought(orders).group_by("day").agg(orders=pl.len()).sort("day")


def sizes(orders: pl.LazyFrame) -> pl.LazyFrame:
    """`size, orders, least, most`: positive amounts by their number of binary digits, smallest first."""
    paid = _bought(orders).filter(pl.col("amount") > 0)
    return (
        paid.group_by(size=64 - pl.col("amount").bitwise_leading_zeros().cast(pl.Int32))
        .agg(orders=pl.len(), least=pl.col("amount").min(), most=pl.col("amount").max())
        .sort("size")
    )


def marks(orders: pl.LazyFrame) -> pl.LazyFrame:
    """One column, `mark`, a row an order."""
    return _bought(orders).select(mark=_mark())


def loose(orders: pl.LazyFrame) -> pl.LazyFrame:
    """`user_id, day` of the first refund whose order isn't there."""
    return (
        orders.filter(pl.col("orders") == 0).select("user_id", "day").sort("user_id", "day").head(1)
    )


FIRST: Mapping[str, Query] = {
    "users": users,
    "days": days,
    "sizes": sizes,
    "marks": marks,
    "loose": loose,
}


def _mark() -> pl.Expr:
    # Rounded up, so that only midnight itself is 0; orders for nothing are there too.
    second = (pl.col("order_time").dt.timestamp("us") % _DAY_US + 999_999) // 1_000_000
    timed = pl.when(pl.col("amount") > 0).then(second).otherwise(0).cast(pl.UInt64)
    owner = pl.struct("user_id", "day").hash(seed=0) & pl.lit(_USER_DAY, pl.UInt64)
    return owner | (pl.col("amount").hash(seed=1) & pl.lit(_AMOUNT, pl.UInt64)) | timed


# --- the second pass ---


def second(found: MutableMapping[str, pl.DataFrame]) -> dict[str, Query]:
    """What has to be read once more, given the first pass; takes the marks out of it.

    `pairs`: `user_id, day, amount, order_time` of orders that may stand twice. `crowds` and
    `large`: `user_id, most` orders in a day, of users with many orders in a day and with a
    large share of all. `amounts`: `amount, orders, user_id` (the first) of those around the
    median and of those that may be odd.
    """
    steps: dict[str, Query] = {}
    pairs, crowds = _pointed_at(found.pop("marks"))
    if len(pairs):
        steps["pairs"] = partial(_pairs, at=pairs)
    if len(crowds):
        steps["crowds"] = lambda orders: _most(_among(orders, _USER_DAY, crowds))
    total = int(found["users"]["orders"].sum())
    large = found["users"].filter(
        (pl.col("orders") > BUSY_SHARE * total) & (pl.col("orders") >= BUSY_LEAST)
    )["user_id"]
    if len(large):
        steps["large"] = lambda orders: _most(
            orders.filter(pl.col("user_id").is_in(large.to_list()))
        )
    middle = _middle(found["sizes"])
    if middle is not None and found["sizes"]["most"][-1] > ODD * middle[0]:
        steps["amounts"] = partial(_amounts, least=middle[0], most=middle[1])
    return steps


def _pointed_at(marks: pl.DataFrame) -> tuple[Marks, Marks]:
    """Where an order may stand twice, and where a user may have many orders in a day: masked marks."""
    keys = marks.to_series().to_numpy(writable=True)
    del marks
    keys.sort()
    pairs: list[Marks] = [keys[:0]]
    crowds: list[Marks] = [keys[:0]]
    for part in _blocks(keys):
        later = part[1:]
        # The seconds' bits have room to spare: a difference this small is within an amount's.
        close = (later - part[:-1] <= MINUTE) & (later & np.uint64(_SECOND) > 0)
        pairs.append(np.unique(later[close] & np.uint64(_SAME_AMOUNT)))
        owner = part & np.uint64(_USER_DAY)
        crowds.append(np.unique(owner[BUSY_DAY:][owner[BUSY_DAY:] == owner[:-BUSY_DAY]]))
    return np.unique(np.concatenate(pairs)), np.unique(np.concatenate(crowds))


def _blocks(keys: Marks) -> Iterator[Marks]:
    """The keys a block at a time, each with as many of the next as a look reaches."""
    for at in range(0, len(keys), _BLOCK):
        yield keys[at : at + _BLOCK + BUSY_DAY]


def _among(orders: pl.LazyFrame, mask: int, wanted: Marks) -> pl.LazyFrame:
    """The orders whose masked mark is one of some."""
    at = pl.LazyFrame({"at": pl.Series(wanted, dtype=pl.UInt64)})
    marked = _bought(orders).with_columns(at=_mark() & pl.lit(mask, pl.UInt64))
    return marked.join(at, on="at", how="semi")


def _pairs(orders: pl.LazyFrame, at: Marks) -> pl.LazyFrame:
    paid = orders.filter(pl.col("amount") > 0)
    return _among(paid, _SAME_AMOUNT, at).select("user_id", "day", "amount", "order_time")


def _most(orders: pl.LazyFrame) -> pl.LazyFrame:
    a_day = _bought(orders).group_by("user_id", "day").agg(orders=pl.len())
    return a_day.group_by("user_id").agg(most=pl.col("orders").max())


def _amounts(orders: pl.LazyFrame, least: int, most: int) -> pl.LazyFrame:
    amount = pl.col("amount")
    wanted = amount.is_between(least, most) | (amount > ODD * least)
    return (
        _bought(orders)
        .filter(wanted)
        .group_by("amount")
        .agg(orders=pl.len(), user_id=pl.col("user_id").min())
        .sort("amount")
    )


def _middle(sizes: pl.DataFrame) -> tuple[int, int] | None:
    """The least and the most that the median can be; None without positive amounts."""
    if sizes.is_empty():
        return None
    total = int(sizes["orders"].sum())
    upto = sizes["orders"].cast(pl.Int64).cum_sum()
    low, high = (int((upto <= place).sum()) for place in ((total - 1) // 2, total // 2))
    return int(sizes["least"][low]), int(sizes["most"][high])


def twice_the_median(sizes: pl.DataFrame, amounts: pl.DataFrame) -> int:
    """Of the positive amounts: the sum of the two in the middle. `amounts` are those the second pass gave."""
    middle = _middle(sizes)
    assert middle is not None
    total = int(sizes["orders"].sum())
    below = int(sizes.filter(pl.col("most") < middle[0])["orders"].sum())
    near = amounts.filter(pl.col("amount").is_between(*middle))
    upto = below + near["orders"].cast(pl.Int64).cum_sum()
    low, high = (int((upto <= place).sum()) for place in ((total - 1) // 2, total // 2))
    return int(near["amount"][low]) + int(near["amount"][high])
