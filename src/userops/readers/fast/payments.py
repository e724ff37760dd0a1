"""What was paid and given back, from clean orders on a row each: as `strict.payments` tells it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import polars as pl

from userops.datasets.orders import ATTRIBUTES, ORDERS, SUMS
from userops.engines.reductions import Reduction
from userops.readers.exports import Export
from userops.readers.fast.integer_ids import with_integer_ids
from userops.readers.fast.order_expressions import REFUNDED, VOID
from userops.readers.fast.orders import PassFacts, reduced
from userops.readers.options import ReadOptions
from userops.readers.strict.payments import COLUMNS
from userops.readers.strict.rows import DTYPES


def can_tell(exports: Sequence[Export]) -> bool:
    """Whether each order has an id of its own, by which payments are told apart."""
    return all("order_id" in one.taken and not one.taken["order_id"].joined for one in exports)


def reduce_payments(
    exports: Sequence[Export],
    options: ReadOptions,
    reductions: Sequence[Reduction],
    as_of: int | None,
) -> tuple[list[pl.DataFrame], PassFacts] | None:
    """What reductions give over the orders as they were paid; None where anything is in doubt.

    They're given what `strict.payments` gives, in `amount` what was paid, and what was given `back`.
    """
    attempt = partial(reduced, exports, options, reductions, as_of, _paid)
    found = with_integer_ids(exports, reductions, attempt)
    if found is None or any(frame["time"].has_nulls() for frame in found[0]):
        return None
    return found


def _every(orders: pl.LazyFrame) -> pl.LazyFrame:
    return orders


EVERY = Reduction(_every)


def both(orders: pl.DataFrame) -> pl.DataFrame:
    """A row for what was paid for each order, and one for what was given back of it, if anything was."""
    returned = orders.filter(pl.col("back") > 0).with_columns(amount=-pl.col("back"))
    return pl.concat([orders, returned]).select(COLUMNS)


def _paid(rows: pl.LazyFrame, as_of: int | None) -> pl.LazyFrame:
    """The orders that aren't void."""
    names = rows.collect_schema().names()
    counts = pl.col("standing") != VOID
    if as_of is not None:
        counts &= pl.col("day") <= as_of
    amount = pl.col("gross" if "gross" in names else "amount")
    refund = pl.col("refund") if "refund" in names else pl.lit(0, pl.Int64)
    in_full = pl.col("standing") == REFUNDED
    types = {name: DTYPES[ORDERS[name].type] for name in (*ATTRIBUTES, *SUMS)}
    said = {name: pl.col(name) if name in names else pl.lit(None) for name in types}
    return rows.filter(counts).select(
        "user_id",
        "order_id",
        order="=" + pl.col("order_id"),
        time="order_time",
        day="day",
        amount=amount,
        **{name: said[name].cast(types[name]) for name in ATTRIBUTES},
        **{name: said[name].cast(types[name]).fill_null(0) for name in SUMS},
        back=pl.when(in_full).then(amount).otherwise(pl.min_horizontal(refund, amount)),
    )
