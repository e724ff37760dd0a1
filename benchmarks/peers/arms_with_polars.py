"""Campaigns' sums by arm by hand in Polars: python arms_with_polars.py orders.parquet out.parquet lists.parquet.

Users of each group, who of them bought in the 14 days after assignment, and what they paid.
"""

import sys
from pathlib import Path

import polars as pl

VALID = ["completed", "paid", "shipped"]
DAYS = 14


def arms(path: str, target: str, lists: str) -> None:
    orders = pl.scan_parquet(path)
    last = orders.select(pl.col("order_time").max()).collect(engine="streaming").item().date()
    end = pl.col("assigned_time").dt.date() + pl.duration(days=DAYS)
    listed = (
        pl.scan_parquet(lists)
        .filter(end <= last)
        .with_columns(end=end.cast(pl.Datetime("us")) + pl.duration(days=1))
        .with_row_index("row")
    )
    valid = orders.filter(pl.col("status").is_in(VALID)).select(
        "user_id", "order_time", cents=(pl.col("amount") * 100).round().cast(pl.Int64)
    )
    first = listed.select(pl.col("assigned_time").min()).collect().item()
    bought = (
        valid.filter(pl.col("order_time") >= first)
        .join(listed, on="user_id")
        .filter(
            pl.col("order_time") >= pl.col("assigned_time"), pl.col("order_time") < pl.col("end")
        )
        .group_by("row")
        .agg(pl.col("campaign", "group").first(), orders=pl.len(), cents=pl.col("cents").sum())
        .group_by("campaign", "group")
        .agg(
            buyers=pl.len(),
            orders=pl.col("orders").sum(),
            orders_squares=(pl.col("orders").cast(pl.Int64) ** 2).sum(),
            cents=pl.col("cents").sum(),
            cents_squares=(pl.col("cents").cast(pl.Int128) ** 2).sum(),
        )
    )
    users = listed.group_by("campaign", "group").agg(users=pl.len())
    both = users.join(bought, on=["campaign", "group"], how="left").sort(
        "campaign", pl.col("group") == "control", "group"
    )
    found = both.collect(engine="streaming")
    found.select(
        "campaign",
        "group",
        pl.col("users").cast(pl.Int64),
        conversion=pl.col("buyers").fill_null(0) / pl.col("users"),
        revenue_per_user=pl.col("cents").fill_null(0) / pl.col("users") / 100,
    ).write_parquet(target)


if __name__ == "__main__":
    Path(sys.argv[2]).unlink(missing_ok=True)
    arms(*sys.argv[1:4])
