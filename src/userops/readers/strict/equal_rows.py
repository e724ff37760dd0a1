"""Rows that are equal throughout to an earlier row of their order, among line items.

Two of one article, or rows that were exported twice and joined: nothing in them tells which. As line
items each counts, so people have to be told of them. Where the amounts are their order's total,
such rows are left out (`netting`).
"""

from __future__ import annotations

import polars as pl

from userops.core.facts import SHOWN_ORDERS, EqualRows
from userops.readers.strict.partly import KEY
from userops.readers.strict.rows import DIGEST, FILE


def equal_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Those of some rows that are equal throughout to an earlier row of their order in their export.

    Rows and result have their order's key; `KEY, order_id, user_id` is what the result has of them.
    """
    named = rows.select(KEY, FILE, DIGEST, "order_id", "user_id")
    # Numbers are quickly compared, and few rows are left of which keys have to be.
    alike = named.filter(pl.col(DIGEST).is_duplicated())
    again = alike.filter(~pl.struct(KEY, FILE, DIGEST).is_first_distinct())
    return again.select(KEY, "order_id", "user_id")


def summed(counted: pl.DataFrame, given_back: pl.DataFrame, orders: pl.DataFrame) -> EqualRows:
    """How many rows `equal_rows` gave of those that count and those given back in full, with examples.

    Refunds whose order isn't among `orders` are no examples: of several parts of an export one
    doesn't know whose they are.
    """
    if counted.is_empty() and given_back.is_empty():
        return EqualRows()
    bought = orders.filter(pl.col("orders") > 0)
    known = pl.concat([counted.join(bought, on=KEY, how="semi"), given_back])
    examples = known["order_id"].unique().sort().head(SHOWN_ORDERS)
    return EqualRows(len(counted) + len(given_back), tuple(examples))


def beside(users: pl.DataFrame, equal: pl.DataFrame) -> pl.DataFrame:
    """Users (`user_id` among others) with how many of such rows are theirs: `equal`."""
    counts = equal.group_by("user_id").agg(equal=pl.len().cast(pl.Int64))
    return users.join(counts, on="user_id", how="left").with_columns(pl.col("equal").fill_null(0))
