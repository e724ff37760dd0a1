"""What became of those who were invited, and whose each order is."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from polars.datatypes import DataTypeClass

# Of orders: as a reduction gives them, with columns that an export doesn't have as null.
ORDER: dict[str, pl.DataType | DataTypeClass] = {
    "user_id": pl.String,
    "day": pl.Int32,
    "order_time": pl.Datetime("us"),
    "orders": pl.Int32,
    "amount": pl.Int64,
    "leader_id": pl.String,
    "commission": pl.Int64,
}


@dataclass(frozen=True, slots=True)
class Days:
    """The first and last day that count, and how long after an invitation an order makes it effective."""

    first: int
    as_of: int
    within: int


def with_inviters(orders: pl.DataFrame, edges: pl.DataFrame) -> pl.DataFrame:
    """Orders, with the `inviter_id` of each one's user and the day of the invitation, `since`; null for none."""
    inviters = edges.select("user_id", "inviter_id", since="day")
    return orders.join(inviters, on="user_id", how="left")


def owned(orders: pl.DataFrame) -> pl.DataFrame:
    """Orders and the leader that each belongs to, in `leader_id`; those that belong to none are left out.

    Of orders as of `with_inviters`. That is the leader whom the order names, else who invited its user, from the invitation on.
    """
    return (
        orders.with_columns(leader_id=_owner())
        .filter(pl.col("leader_id").is_not_null())
        .select(*ORDER, "inviter_id")
    )


def _owner() -> pl.Expr:
    since = pl.col("since").is_null() | (pl.col("day") >= pl.col("since"))
    return pl.coalesce("leader_id", pl.when(since).then(pl.col("inviter_id")))


def outcomes(
    edges: pl.DataFrame,
    orders: pl.DataFrame,
    registered: pl.DataFrame | None,
    days: Days,
) -> pl.DataFrame:
    """What became of each invited user, by user_id.

    Args:
        edges: as of `edges.Invited`.
        orders: all orders of these users that count, as of `with_inviters`.
        registered: `user_id, registered_day` of a users export; without one whoever ordered is
            registered by that day.
        days: the orders' first day, as_of, and the days within which an order makes an invitation
            effective.

    Returns:
        `user_id, inviter_id, source, day, registered_day, registered, before, first_order, waited,
        observed, effective, orders, revenue`. `first_order` is the first day of an order from the
        invitation on, `before` whether there was one on an earlier day; `observed` whether so
        many days are over since the invitation, all of them in the orders' days; `effective` is
        null where they aren't, and nothing says it is.
    """
    of_invited = orders.filter(pl.col("inviter_id").is_not_null())
    bought = pl.col("orders") > 0
    earlier = (pl.col("day") < pl.col("since")).fill_null(False)
    of_inviter = (_owner() == pl.col("inviter_id")).fill_null(False)
    sums = of_invited.group_by("user_id").agg(
        pl.col("orders").filter(of_inviter).sum().cast(pl.Int64),
        first_order=pl.col("day").filter(bought & ~earlier).min(),
        before=(bought & earlier).any(),
        revenue=pl.col("amount").filter(of_inviter).sum(),
    )
    known = registered
    if known is None:
        known = (
            of_invited.filter(bought).group_by("user_id").agg(registered_day=pl.col("day").min())
        )
    over = pl.col("day").is_between(days.first, days.as_of - days.within)
    waited = pl.col("first_order") - pl.col("day")
    effective = (waited <= days.within).fill_null(False) & pl.col("registered")
    return (
        edges.join(known.with_columns(registered=pl.lit(True)), on="user_id", how="left")
        .join(sums, on="user_id", how="left")
        .with_columns(
            pl.col("registered", "before").fill_null(False),
            pl.col("orders", "revenue").fill_null(0),
            waited=waited,
        )
        .with_columns(observed=over.fill_null(False), is_effective=effective)
        .select(
            "user_id", "inviter_id", "source", "day", "registered_day", "registered", "before",
            "first_order", "waited", "observed",
            effective=pl.when(pl.col("observed") | pl.col("is_effective")).then("is_effective"),
            orders="orders",
            revenue="revenue",
        )
        .sort("user_id")
    )  # fmt: skip
