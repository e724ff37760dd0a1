"""Orders whose status says refunded, of which only a part was given back: the money decides."""

from __future__ import annotations

import polars as pl

from userops.datasets.orders import Status

KEY = "order_key"  # what the rows of one order share


def partly_refunded(rows: pl.DataFrame, mode: str) -> pl.Series:
    """Rows whose status says refunded, though of their order only a part was given back.

    What's said in money goes before a status: a refund that's less than the order isn't full.
    """
    refunded = (pl.col("status") == Status.REFUNDED) & (pl.col("amount") >= 0)
    if not rows.select(refunded.any()).item():
        return rows.select(pl.col("status").is_null() & False).to_series()
    amount, said = pl.col("amount").filter(refunded), pl.col("refund").fill_null(0).abs()
    said = said.filter(refunded)
    gross = amount.max() if mode == "order" else amount.sum()
    column = said.max() if mode == "order" else said.sum()
    negative = pl.col("amount") < 0
    backs = -pl.col("amount").filter(negative & (pl.col("status") != Status.VOID)).sum()
    whole = (refunded | negative).all()  # an order of which other lines stand has its own refunds
    returned = column.fill_null(0) + pl.when(whole).then(backs.fill_null(0)).otherwise(0)
    part = (returned > 0) & (returned < gross)
    return rows.select((refunded & part.over(KEY)).fill_null(False)).to_series()
