"""Which points run out when, if nobody uses them: what contacts and `points` say of the days to come."""

from __future__ import annotations

import polars as pl

from userops.core.dates import to_date
from userops.core.validity import parse_validity
from userops.customers.point_books import Books
from userops.customers.point_lots import as_day


def expiring(books: Books, as_of: int) -> pl.DataFrame:
    """`user_id, last_day, points`: what's outstanding by the last day on which it can be used.

    Points that live as long as a user is active have a last day, too: that if nothing happens. By user
    and day; points that never expire aren't there.
    """
    left = books.lots.filter(pl.col("outstanding") > 0)
    active = (
        books.entries.filter(pl.col("kind").is_in(["earn", "redeem"]))
        .group_by("user_id")
        .agg(active=pl.col("day").max())
    )
    pairs = (
        left.filter(pl.col("idle").is_not_null())
        .join(active, on="user_id")
        .select("idle", "active")
        .unique()
    )
    known = pl.DataFrame(
        [
            (text, day, as_day(parse_validity(text).last_day(to_date(day))))
            for text, day in pairs.rows()
        ],
        schema={"idle": pl.String, "active": pl.Int32, "idle_day": pl.Int32},
        orient="row",
    )
    return (
        left.join(active, on="user_id", how="left")
        .join(known, on=["idle", "active"], how="left")
        .with_columns(last_day=pl.coalesce("idle_day", "last_day"))
        .filter(pl.col("last_day") >= as_of)
        .group_by("user_id", "last_day")
        .agg(points=pl.col("outstanding").sum())
        .sort("user_id", "last_day")
    )
