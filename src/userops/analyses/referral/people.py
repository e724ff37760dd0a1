"""The tables of the invited, user by user, and of the trees that they stand in."""

from __future__ import annotations

import polars as pl

from userops.analyses.referral.leaders import Drawn
from userops.core.table import Kind, Table

USERS: dict[str, Kind] = {
    "user_id": Kind.ID,
    "inviter_id": Kind.ID,
    "source": Kind.WORD,
    "level": Kind.COUNT,
    "invited": Kind.DATE,
    "registered": Kind.DATE,
    "first_order": Kind.DATE,
    "days_to_first_order": Kind.DAYS,
    "effective": Kind.FLAG,
    "orders": Kind.COUNT,
    "revenue": Kind.MONEY,
    "commission": Kind.MONEY,
}
TREE: dict[str, Kind] = {
    "user_id": Kind.ID,
    "inviter_id": Kind.ID,
    "root_id": Kind.ID,
    "level": Kind.COUNT,
    "invited": Kind.COUNT,
    "below": Kind.COUNT,
    "cut": Kind.WORD,
}


def users(
    outcomes: pl.DataFrame, tree: pl.DataFrame, paid: pl.DataFrame, drawn: Drawn, *, known: bool
) -> Table:
    """The table `users`, by user_id.

    `paid` is `leader_id, user_id, commission`, where anything says what commission is.
    """
    of_user = paid.rename({"leader_id": "inviter_id"})
    frame = (
        outcomes.join(tree.select("user_id", "level"), on="user_id", how="left")
        .join(of_user, on=["user_id", "inviter_id"], how="left")
        .with_columns(
            pl.col("commission").fill_null(0) if known else pl.col("commission"),
            invited=pl.col("day").cast(pl.Date),
            registered=pl.col("registered_day").cast(pl.Date),
            first_order=pl.col("first_order").cast(pl.Date),
            days_to_first_order=pl.col("waited"),
        )
        .sort("user_id")
    )
    return drawn.table(
        "users", frame, USERS, keeps=("inviter_id", "effective", "revenue", "orders")
    )


def tree(invited: pl.DataFrame, drawn: Drawn) -> Table:
    """The table `tree`, by root and level as it comes."""
    return drawn.table("tree", invited, TREE)
