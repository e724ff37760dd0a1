"""What a pass over the orders, and the users export, must give to tell users' attributes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from userops.analyses.portrait.columns import COLUMNS
from userops.engines.reductions import MOST_DIGITS, Reduction
from userops.readers.dataset import Rows

# What says nothing.
_UNKNOWN = (
    "",
    "unknown",
    "unspecified",
    "n/a",
    "na",
    "none",
    "null",
    "-",
    "—",
    "——",
    "未知",
    "不详",
    "保密",
    "无",
)
_DAYPARTS = 4  # of six hours


def _order_facts(orders: pl.LazyFrame) -> pl.LazyFrame:
    """`user_id`, `median2` (twice the median net amount of orders), `part_0` to `part_3` (orders by six hours)."""
    time = pl.col("order_time")
    timed = time.dt.time() != pl.time(0, 0, 0)
    quarter = time.dt.hour() // 6
    return (
        orders.filter(pl.col("orders") > 0)
        .group_by("user_id")
        .agg(
            # Of whole numbers the median is a half of one: twice it is exact.
            (pl.col("amount").median() * 2).round().cast(pl.Int64).alias("median2"),
            *(
                (timed & (quarter == part)).sum().cast(pl.Int64).alias(f"part_{part}")
                for part in range(_DAYPARTS)
            ),
        )
        .sort("user_id")
    )


ORDER_FACTS = Reduction(_order_facts, id_digits=MOST_DIGITS)


def _user_channels(orders: pl.LazyFrame) -> pl.LazyFrame:
    """A row a user and channel: `user_id, channel, last` (order's time), `orders, amount`."""
    return (
        orders.filter(pl.col("orders") > 0)
        .group_by("user_id", "channel")
        .agg(
            last=pl.col("order_time").max(),
            orders=pl.col("orders").sum().cast(pl.Int64),
            amount=pl.col("amount").sum(),
        )
        .sort("user_id", "channel")
    )


USER_CHANNELS = Reduction(_user_channels, id_digits=MOST_DIGITS)


def _user_categories(lines: pl.LazyFrame) -> pl.LazyFrame:
    """A row a user and category: `user_id, category, days` (purchase days), `amount`."""
    return (
        lines.filter((pl.col("orders") > 0) & pl.col("category").is_not_null())
        .group_by("user_id", "category")
        .agg(days=pl.col("day").n_unique().cast(pl.Int64), amount=pl.col("amount").sum())
        .sort("user_id", "category")
    )


USER_CATEGORIES = Reduction(_user_categories, id_digits=MOST_DIGITS)


@dataclass(frozen=True, slots=True)
class Said:
    """What a users export says: `user_id` and a text a column, and who says several things of one."""

    users: pl.DataFrame
    columns: tuple[str, ...]
    conflicts: dict[str, int]

    def first_of(self, attribute: str) -> str | None:
        """The column that tells an attribute, where there's one."""
        return next((name for name in COLUMNS[attribute] if name in self.columns), None)


def said(rows: Rows | None, names: Sequence[str], as_of: date | None) -> Said | None:
    """What the users export says of users who had registered by as_of; None without one.

    Of a user's rows the earliest that says something counts; words such as "unknown" say nothing.
    """
    if rows is None:
        return None
    columns = tuple(name for name in dict.fromkeys(names) if name in rows.fields)
    every = rows.every
    if as_of is not None:
        day = pl.col("registered_time").dt.date()
        every = every.filter(day.is_null() | (day <= as_of))
    told = [_told(name) for name in columns]
    grouped = (
        every.select("user_id", *told)
        .group_by("user_id")
        .agg(
            *(pl.col(name).drop_nulls().first() for name in columns),
            *(pl.col(name).drop_nulls().n_unique().alias(f"n {name}") for name in columns),
        )
        .sort("user_id")
    )
    conflicts = {name: int((grouped[f"n {name}"] > 1).sum()) for name in columns}
    return Said(grouped.select("user_id", *columns), columns, conflicts)


def _told(name: str) -> pl.Expr:
    text = pl.col(name).cast(pl.String).str.strip_chars()
    return pl.when(~text.str.to_lowercase().is_in(_UNKNOWN)).then(text).alias(name)
