"""From rows to orders and their line items: what an order, and each of its items, came to."""

from __future__ import annotations

import polars as pl

from userops.datasets.orders import ATTRIBUTES, SUMS, SUMS_OF_MONEY
from userops.readers.strict.partly import KEY


def single(rows: pl.DataFrame) -> pl.DataFrame:
    """Each row is an order; a negative one is a refund whose order isn't known."""
    refund = pl.col("refund").fill_null(0).abs()
    loose = pl.col("amount") < 0
    return rows.select(
        "user_id",
        "day",
        "order_time",
        amount=pl.col("amount") - refund,
        orders=pl.when(loose).then(0).otherwise(1).cast(pl.Int32),
        full=~loose & (pl.col("amount") > 0) & (pl.col("amount") <= refund),
        **{name: pl.col(name) for name in (*ATTRIBUTES, *SUMS, KEY)},
    )


def collapse(rows: pl.DataFrame, mode: str) -> pl.DataFrame:
    """Rows as orders: those of one key are one."""
    bought = pl.col("amount").fill_null(0) >= 0
    paid, back = pl.col("amount").filter(bought), pl.col("amount").filter(~bought)
    refund = pl.col("refund").fill_null(0).abs()
    gross = paid.max() if mode == "order" else paid.sum()
    returned = (refund.max() if mode == "order" else refund.sum()) - back.sum()
    has_order = bought.any()
    return (
        rows.group_by(KEY, maintain_order=True)
        .agg(
            pl.col("user_id").first(),
            *[pl.col(name).drop_nulls().first() for name in ATTRIBUTES],
            day=pl.when(has_order)
            .then(pl.col("day").filter(bought).min())
            .otherwise(pl.col("day").min()),
            order_time=pl.when(has_order)
            .then(pl.col("order_time").filter(bought).min())
            .otherwise(pl.col("order_time").min()),
            gross=gross.fill_null(0),
            returned=returned.fill_null(0),
            orders=has_order.cast(pl.Int32),
            **{name: _rolled_up(pl.col(name).filter(bought), name, mode) for name in SUMS},
        )
        .with_columns(
            amount=pl.col("gross") - pl.col("returned"),
            full=(pl.col("orders") == 1)
            & (pl.col("gross") > 0)
            & (pl.col("gross") <= pl.col("returned")),
        )
        .select("user_id", "day", "order_time", "amount", "orders", "full", *ATTRIBUTES, *SUMS, KEY)
    )


def _rolled_up(values: pl.Expr, name: str, mode: str) -> pl.Expr:
    """What an order has of its lines' numbers: the sum; of money that repeats with its total, that."""
    if name in SUMS_OF_MONEY and mode == "order":
        return values.max().fill_null(0)
    return values.sum()


def lines(rows: pl.DataFrame, mode: str) -> pl.DataFrame:
    """Each row as a line item of its order."""
    bought = pl.col("amount").fill_null(0) >= 0
    refund = pl.col("refund").fill_null(0).abs() if mode == "lines" else pl.lit(0)
    # What was given back in full of an order that otherwise stands; totals don't tell what.
    item = [KEY, "category"]
    paid = pl.col("amount").filter(bought).sum().over(item)
    back = (refund - pl.when(bought).then(0).otherwise(pl.col("amount"))).sum().over(item)
    returned = (paid > 0) & (paid <= back) if mode == "lines" else pl.lit(False)
    day = pl.col("day").filter(bought).min().over(KEY)
    return rows.select(
        "user_id",
        "order_time",
        day=day.fill_null(pl.col("day")),
        amount=pl.col("amount").fill_null(0) - refund,
        orders=(bought & ~returned).cast(pl.Int32),
        **{name: pl.col(name) for name in (*ATTRIBUTES, *SUMS)},
        order=pl.col(KEY),
    )
