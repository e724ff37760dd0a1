"""Coupons that were given out, and the orders that they were used for."""

from __future__ import annotations

import polars as pl

from userops.engines.reductions import Query

ONE = "coupon"  # what coupons without a name are called
_NEAR = "1d"
_MIDNIGHT = pl.col("day").cast(pl.Date).cast(pl.Datetime("us"))
_TIME = pl.coalesce("order_time", _MIDNIGHT)


def of_numbers(ids: pl.Series) -> Query:
    """The orders of some ids: a reduction for `Orders.numbered`."""
    wanted = ids.unique().implode()

    def of_ids(orders: pl.LazyFrame) -> pl.LazyFrame:
        return orders.filter(pl.col("order_id").is_in(wanted)).select(
            "order_id", "user_id", revenue="amount", time=_TIME
        )

    return of_ids


def used(
    rows: pl.DataFrame, orders: pl.DataFrame, as_of: int, numbered: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Coupons as of a day: `coupon, user_id, issued, claimed, redeemed, discount, revenue, order, named, time`.

    `redeemed` is whether it was used by then, `time` when: its order's, or what the export says. `revenue`
    is that of the valid `order` that the coupon names; where it names none that of the user's nearest
    to it within a day, or where it says no time one of its day. Null where there's none, as for an order
    that was given back; `named` is whether the coupon names one.

    Args:
        rows: as the dataset `coupons` has them.
        orders: `user_id, order_time, day, amount, orders` of these users.
        as_of: the last day that counts.
        numbered: what `of_numbers` gives of the ids that they name; None where ids say nothing.
    """

    def by_then(name: str) -> pl.Expr:
        return pl.col(name).dt.date().cast(pl.Int32) <= as_of

    first = pl.coalesce("issued_time", "claimed_time", "redeemed_time")
    issued = rows.with_columns(issued=first, coupon=pl.col("coupon").fill_null(ONE)).filter(
        by_then("issued")
    )
    taken = issued.with_columns(
        redeemed=by_then("redeemed_time").fill_null(value=False),
        claimed=(by_then("claimed_time") | by_then("redeemed_time")).fill_null(value=False),
    ).with_row_index("number")
    spent = taken.filter("redeemed")
    if numbered is None:
        found = _near(spent, orders)
    else:
        named = pl.col("order_id").is_not_null()
        near = _with_ids(_near(spent.filter(~named), orders), numbered)
        found = pl.concat([near, _by_number(spent.filter(named), numbered)])
    return (
        taken.join(found, on="number", how="left")
        .sort("number")
        .select(
            "coupon",
            "user_id",
            pl.lit(value=True).alias("issued"),
            "claimed",
            "redeemed",
            "discount",
            "revenue",
            "order",
            pl.col("order_id").is_not_null().alias("named"),
            time=pl.when("redeemed").then(pl.coalesce("time", "redeemed_time")),
        )
    )


def _by_number(spent: pl.DataFrame, numbered: pl.DataFrame) -> pl.DataFrame:
    """What coupons say they were used for: `number, order, revenue, time`."""
    named = numbered.select("order_id", "revenue", "time", order="order_id")
    return spent.select("number", "order_id").join(named, on="order_id").select(*_FOUND)


def _with_ids(found: pl.DataFrame, numbered: pl.DataFrame) -> pl.DataFrame:
    """Orders that were found by their time, called as coupons that name them do."""
    same = ["user_id", "time", "revenue"]
    ids = numbered.sort("order_id").unique(same, keep="first", maintain_order=True)
    return found.join(ids, on=same, how="left", maintain_order="left").select(
        "number", "revenue", "time", order=pl.coalesce("order_id", "order")
    ).select(*_FOUND)  # fmt: skip


_FOUND = ("number", "order", "revenue", "time")


def _near(spent: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """What coupons were used for, by user and time: `number, order, revenue, time, user_id`.

    A coupon that says a day and no time was used for an order of that day: the first by time.
    """
    valid = (
        orders.filter(pl.col("orders") > 0)
        .select("user_id", "day", revenue="amount", time=_TIME)
        # Of orders at one time the larger; what's equal is alike.
        .sort("time", "user_id", "revenue")
        .with_columns(order=pl.format("#{}", pl.int_range(pl.len())))
    )
    uses = spent.select("number", "user_id", at="redeemed_time").sort("at")
    # Where either says a day alone, the day decides.
    timed = (valid["time"] != valid["time"].dt.truncate("1d")).any()
    dated = (pl.col("at") == pl.col("at").dt.truncate("1d")) | (not timed)
    near = uses.filter(~dated).join_asof(
        valid.drop("day"), left_on="at", right_on="time", by="user_id", strategy="nearest",
        tolerance=_NEAR, coalesce=False, check_sortedness=False,
    )  # fmt: skip
    first = valid.unique(["user_id", "day"], keep="first", maintain_order=True)
    on_day = uses.filter(dated).with_columns(day=pl.col("at").dt.date().cast(pl.Int32))
    same_day = on_day.join(first, on=("user_id", "day"))
    found = [one.select(*_FOUND, "user_id") for one in (near, same_day)]
    return pl.concat(found).filter(pl.col("order").is_not_null())


def of_orders(orders: pl.LazyFrame) -> pl.LazyFrame:
    """Valid orders with a coupon of their own: a reduction."""
    has_discount = "discount" in orders.collect_schema()
    discount = pl.col("discount") if has_discount else pl.lit(None, pl.Int64).alias("discount")
    return orders.filter((pl.col("orders") > 0) & pl.col("coupon").is_not_null()).select(
        "coupon", "user_id", "amount", discount, time=_TIME
    )


def own(orders: pl.DataFrame) -> pl.DataFrame:
    """Coupons as orders say them, in the form of `used`: who was given one and didn't use it isn't known."""
    known = orders.select(
        "coupon",
        "user_id",
        "time",
        issued=pl.lit(value=False),
        claimed=pl.lit(value=False),
        redeemed=pl.lit(value=True),
        named=pl.lit(value=False),
        discount=pl.col("discount").cast(pl.Int64),
        revenue=pl.col("amount").cast(pl.Int64),
    ).sort("coupon", "user_id", "time", "revenue", "discount")
    return known.with_columns(order=pl.format("#{}", pl.int_range(pl.len())))
