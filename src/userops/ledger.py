"""The one big reduction: from orders to customers and purchase days.

Analyses that ask about users and days read these and never touch orders again. Steps
take and give lazy frames, so that several run in one pass over the orders.
"""

from __future__ import annotations

import polars as pl

from userops import periods
from userops.periods import Period
from userops.steps import of_any_id


def order_day() -> pl.Expr:
    """The day of an order; null for a refund row whose order isn't there."""
    return pl.when(pl.col("orders") > 0).then(pl.col("day"))


def _customer() -> dict[str, pl.Expr]:
    return {
        "first_day": order_day().min(),
        "last_day": order_day().max(),
        "orders": pl.col("orders").sum(),
        "amount": pl.col("amount").sum(),
    }


@of_any_id
def customers(orders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per user with a valid order: `user_id, first_day, last_day, orders, amount`.

    Days are days since 1970-01-01, `amount` the sum of net amounts in minor units. Sorted by user_id.
    """
    return (
        orders.group_by("user_id").agg(**_customer()).filter(pl.col("orders") > 0).sort("user_id")
    )


@of_any_id
def customers_since(orders: pl.LazyFrame, day: int) -> pl.LazyFrame:
    """Customers in no order, with `orders_then, last_day_then` as of an earlier day."""
    then = pl.col("day") <= day
    # No `filter` on what is added up: that takes twice as long.
    return (
        orders.group_by("user_id")
        .agg(
            **_customer(),
            orders_then=pl.when(then).then(pl.col("orders")).otherwise(0).sum(),
            last_day_then=pl.when(then).then(order_day()).max(),
        )
        .filter(pl.col("orders") > 0)
    )


@of_any_id
def spans(orders: pl.LazyFrame) -> pl.LazyFrame:
    """`user_id, first_day, last_day` of the customers, in no order: for results that name no user."""
    return (
        orders.filter(pl.col("orders") > 0)
        .group_by("user_id")
        .agg(first_day=pl.col("day").min(), last_day=pl.col("day").max())
    )


@of_any_id
def by_period(orders: pl.LazyFrame, period: Period, week_start: str = "monday") -> pl.LazyFrame:
    """A row a user and period: `user_id, number` (of the period, as in `periods`), `orders, amount`."""
    number = _number(period, week_start)
    return orders.group_by("user_id", number=number).agg(pl.col("orders", "amount").sum())


def _number(period: Period, week_start: str) -> pl.Expr:
    day = pl.col("day")
    match period:
        case Period.DAY:
            return day
        case Period.WEEK:
            return (day - periods.week_zero(week_start)).floordiv(7)
        case Period.MONTH:
            date = day.cast(pl.Date)
            return (date.dt.year() - 1970) * 12 + date.dt.month().cast(pl.Int32) - 1


# Columns of orders that a user can be known by: those of the first order.
ATTRIBUTES = ("channel", "category", "product")


@of_any_id
def first_value(orders: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """`user_id` and an attribute's value in the first valid order, a row a user.

    Of orders at the same time the first value in order of text counts, nothing last.
    """
    return (
        orders.filter(pl.col("orders") > 0)
        .group_by("user_id", name)
        .agg(first=pl.col("order_time").min())
        .sort("first", name, nulls_last=True)
        .unique("user_id", keep="first", maintain_order=True)
        .select("user_id", name)
    )
