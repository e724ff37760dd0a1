"""What was paid and what was given back, each at its own time: what a ledger books.

Net amounts (`netting`) say what an order came to in the end; here an order of which half was given
back is a payment, and later a refund of half. A refund that only a column of the order's own row
tells has no day of its own: it stands at the order's time.
"""

from __future__ import annotations

import polars as pl

from userops.datasets.orders import ATTRIBUTES, SUMS, Status
from userops.readers.files.records import LINE
from userops.readers.strict.netting import stand
from userops.readers.strict.partly import KEY
from userops.readers.strict.rows import FILE

COLUMNS = ("user_id", "order_id", "order", "time", "day", "amount", *ATTRIBUTES, *SUMS)


def payments(
    rows: pl.DataFrame, as_of: int | None, totals: str | None = None, refunds: str | None = None
) -> pl.DataFrame:
    """Payments and refunds of some canonical rows, as of a day, in no order.

    `user_id`, `order_id` (null without one), `order` (the same for all of an order's rows), `time`
    (Datetime), `day` (Int32), `amount` (Int64 minor units: what was paid; negative what was given
    back), and what an order has besides. The amounts of an order add up to its net amount, or to 0
    where it was given back in full.

    Args:
        rows: as `netting.net` takes them; each order whole.
        as_of: the last day that counts.
        totals: what an amount on a line item is.
        refunds: which count, where an order's own row and rows of their own tell different ones.
    """
    stood = stand(rows, as_of, totals, refunds)
    every = stood.standing.rows.sort(FILE, LINE)
    counts = every.filter(pl.col("status") != Status.VOID)
    back = counts.filter(pl.col("amount") < 0)
    bought = _bought(counts.filter(pl.col("amount") >= 0), whole=stood.mode == "order")
    bought = bought.join(
        back.group_by(KEY).agg(back=-pl.col("amount").sum()), on=KEY, how="left"
    ).with_columns(pl.col("back").fill_null(0))
    # What a status says was given back, rows of their own say in money.
    by_status = pl.when(pl.col("back") == 0).then(pl.col("by_status")).otherwise(0)
    most = (pl.col("amount") - pl.col("back")).clip(0)
    own = pl.min_horizontal(pl.col("refund") + by_status, most)
    void = every.filter(pl.col("amount") >= 0).join(bought.select(KEY), on=KEY, how="anti")
    return pl.concat(
        [
            _dated(bought),
            _dated(bought.with_columns(amount=-own).filter(pl.col("amount") < 0)),
            # A refund goes with its order, which may be void; or its order isn't there.
            _dated(
                back.join(void.select(KEY).unique(), on=KEY, how="anti").rename(
                    {"order_time": "time"}
                )
            ),
        ]
    )


def line_payments(
    rows: pl.DataFrame, as_of: int | None, totals: str | None = None, refunds: str | None = None
) -> pl.DataFrame:
    """Payments and refunds as `payments` gives them, by line item, in no order.

    `item` (Int64) is the same for what was paid and what was given back of a line; `repeats` (Boolean)
    says that its order has several lines, each with the order's total as its amount: what a line came
    to isn't known, nor what was given back of it, which isn't there then. A refund's own row is of
    the lines of its order with its category and product, else of all; of several in proportion to
    what was paid for them, to the cent.

    Args:
        rows: as `netting.net` takes them; each order whole.
        as_of: the last day that counts.
        totals: what an amount on a line item is.
        refunds: which count, where an order's own row and rows of their own tell different ones.
    """
    stood = stand(rows, as_of, totals, refunds)
    counts = stood.standing.rows.filter(pl.col("status") != Status.VOID).with_columns(
        item=pl.col(FILE).cast(pl.Int64) * 2**40 + pl.col(LINE).cast(pl.Int64)
    )
    back = counts.filter(pl.col("amount") < 0)
    own = pl.col("refund").fill_null(0).abs()
    in_full = (pl.col("status") == Status.REFUNDED) & (own == 0)
    by_row = pl.col(KEY).is_in(back[KEY].unique().implode())  # which says it in money
    bought = counts.filter(pl.col("amount") >= 0).with_columns(
        own=pl.when(in_full & ~by_row)
        .then(pl.col("amount"))
        .otherwise(pl.min_horizontal(own, "amount")),
        repeats=(pl.len().over(KEY) > 1) & (stood.mode == "order"),
        time="order_time",
    )
    known = bought.filter(~pl.col("repeats"))
    returned = known.with_columns(amount=-pl.col("own")).filter(pl.col("amount") < 0)
    return pl.concat(
        [_dated(one, *_OF_LINES) for one in (bought, returned, _shared_out(back, known))]
    )


_OF_LINES = ("item", "repeats")


def _shared_out(back: pl.DataFrame, bought: pl.DataFrame) -> pl.DataFrame:
    """Refunds in rows of their own, a row a line that they're of."""
    of_lines = back.with_row_index("back").join(bought, on=KEY, suffix="_line")
    same = [
        pl.col(name).is_null() | pl.col(name).eq_missing(pl.col(f"{name}_line"))
        for name in ("category", "product")
    ]
    named = pl.all_horizontal(same)
    paid, one = pl.col("amount_line").cast(pl.Int128), "back"
    so_far, whole = paid.cum_sum().over(one), paid.sum().over(one)
    share = (pl.col("amount") * so_far).floordiv(whole) - (
        pl.col("amount") * (so_far - paid)
    ).floordiv(whole)
    return (
        of_lines.filter(named | ~named.any().over(one))
        .filter(pl.col("amount_line").sum().over(one) > 0)
        .sort(one, "category_line", "product_line", "amount_line", "quantity_line", "item_line")
        .with_columns(share.cast(pl.Int64).alias("amount"), time="order_time")
        .drop("item")
        .rename({"item_line": "item"})
    )


def net_of(payments: pl.DataFrame) -> pl.DataFrame:
    """The orders with an id that weren't given back in full, from `payments`.

    `order_id, user_id, order_time, day, amount` (net), by order_id.
    """
    paid = pl.col("amount") >= 0
    orders = payments.filter(pl.col("order_id").is_not_null()).group_by("order_id").agg(
        pl.col("user_id").filter(paid).first(),
        order_time=pl.col("time").filter(paid).min(),
        day=pl.col("day").filter(paid).min(),
        gross=pl.col("amount").filter(paid).sum(),
        amount=pl.col("amount").sum(),
        bought=paid.any(),
    )  # fmt: skip
    counts = pl.col("bought") & ((pl.col("gross") == 0) | (pl.col("amount") > 0))
    return (
        orders.filter(counts)
        .select("order_id", "user_id", "order_time", "day", "amount")
        .sort("order_id")
    )


def _bought(paid: pl.DataFrame, *, whole: bool) -> pl.DataFrame:
    """Each order as it was paid, with what its own rows say was given back; `whole` totals repeat."""
    said = pl.col("refund").fill_null(0).abs()
    in_full = (pl.col("status") == Status.REFUNDED) & (said == 0)
    refunded = pl.when(in_full).then(pl.col("amount")).otherwise(0)
    return paid.group_by(KEY, maintain_order=True).agg(
        pl.col("user_id", "order_id").first(),
        *[pl.col(name).drop_nulls().first() for name in ATTRIBUTES],
        *[pl.col(name).sum() for name in SUMS],
        time=pl.col("order_time").min(),
        amount=pl.col("amount").max() if whole else pl.col("amount").sum(),
        refund=said.max() if whole else said.sum(),
        by_status=refunded.min() if whole else refunded.sum(),
    )


def _dated(rows: pl.DataFrame, *more: str) -> pl.DataFrame:
    day = pl.col("time").dt.date().cast(pl.Int32)
    return rows.rename({KEY: "order"}).with_columns(day=day).select(*COLUMNS, *more)
