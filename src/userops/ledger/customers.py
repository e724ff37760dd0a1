"""The one big reduction: from orders to customers and purchase days.

Analyses that ask about users and days read these and never touch orders again. Reductions
take and give lazy frames, so that several run in one pass: Polars' frames,
or another engine's by way of narwhals (`engines/query.py`'s `api`).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import polars as pl

from userops.core import periods
from userops.core.periods import Period
from userops.engines import query as engine
from userops.engines.reductions import MOST_DIGITS, FromKeys, Reduction


def order_day(x: Any = pl) -> Any:
    """The day of an order, as an expression of `x`; null for a refund row whose order isn't there."""
    return x.when(x.col("orders") > 0).then(x.col("day"))


def _sums(x: Any) -> dict[str, Any]:
    return {
        "last_day": order_day(x).max(),
        "orders": x.col("orders").sum().cast(x.Int32),  # engines differ in how wide a sum is
        "amount": x.col("amount").sum(),
    }


def _customers(orders: pl.LazyFrame) -> pl.LazyFrame:
    """One row per user with a valid order: `user_id, first_day, last_day, orders, amount`.

    Days are days since 1970-01-01, `amount` the sum of net amounts in minor units.
    """
    x = engine.api(orders)
    customers = orders.group_by("user_id").agg(first_day=order_day(x).min(), **_sums(x))
    return customers.filter(x.col("orders") > 0)


CUSTOMERS = Reduction(
    _customers, id_digits=MOST_DIGITS, from_keys=FromKeys(amounts=True), by_user=True
)


def _customers_since(orders: pl.LazyFrame, day: int) -> pl.LazyFrame:
    """`user_id, last_day, orders, amount` of the customers, and `orders_then, last_day_then` of a day before."""
    x = engine.api(orders)
    then = x.col("day") <= day
    # No `filter` on what is added up: that takes twice as long.
    return (
        orders.group_by("user_id")
        .agg(
            **_sums(x),
            orders_then=x.when(then).then(x.col("orders")).otherwise(0).sum().cast(x.Int32),
            last_day_then=x.when(then & (x.col("orders") > 0)).then(x.col("day")).max(),
        )
        .filter(x.col("orders") > 0)
    )


CUSTOMERS_SINCE = Reduction(_customers_since, id_digits=MOST_DIGITS)


def _spans(orders: pl.LazyFrame) -> pl.LazyFrame:
    """`user_id, first_day, last_day` of the customers, in no order: for results that name no user."""
    x = engine.api(orders)
    return (
        orders.filter(x.col("orders") > 0)
        .group_by("user_id")
        .agg(first_day=x.col("day").min(), last_day=x.col("day").max())
    )


CUSTOMER_SPANS = Reduction(_spans, id_digits=MOST_DIGITS, from_keys=FromKeys())


# For results that list users.
CUSTOMER_SPANS_BY_ID = replace(CUSTOMER_SPANS, by_user=True)


def _by_period(orders: pl.LazyFrame, period: Period, week_start: str = "monday") -> pl.LazyFrame:
    """A row a user and period: `user_id, number` (of the period, as in `periods`), `orders, amount`."""
    x = engine.api(orders)
    number = period_number(x, period, week_start)
    return orders.group_by("user_id", number.cast(x.Int32).alias("number")).agg(
        x.col("orders").sum().cast(x.Int32), x.col("amount").sum()
    )


ORDERS_BY_PERIOD = Reduction(_by_period, id_digits=MOST_DIGITS)


def period_number(x: Any, period: Period, week_start: str = "monday") -> Any:
    """A row's period by its number, as in `periods`; `x` is the engine's API."""
    return _number(period, week_start) if x is pl else _portable_number(x, period, week_start)


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


def _portable_number(x: Any, period: Period, week_start: str) -> Any:
    return periods.arithmetic(x.col("day"), period, week_start)


def _first_values(orders: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """`user_id` and an attribute's value in the first valid order, a row a user.

    Of orders at the same time the first value in order of text counts, nothing last.
    """
    x = engine.api(orders)
    firsts = (
        orders.filter(x.col("orders") > 0)
        .group_by("user_id", name)
        .agg(first=x.col("order_time").min())
    )
    if x is not pl:  # elsewhere a grouping keeps no order
        ranked = firsts.with_columns(blank=x.col(name).is_null().cast(x.Int8))
        values = ranked.unique("user_id", keep="first", order_by=["first", "blank", name])  # type: ignore[call-arg]
        return values.select("user_id", name)
    return (
        firsts.sort("first", name, nulls_last=True)
        .unique("user_id", keep="first", maintain_order=True)
        .select("user_id", name)
    )


FIRST_VALUES = Reduction(_first_values, id_digits=MOST_DIGITS)


@cache
def first_values(name: str) -> Reduction:
    """The reduction to an attribute's first values, one for each attribute: who asks for it twice asks for one."""
    return FIRST_VALUES.given(name=name)
