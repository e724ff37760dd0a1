"""Campaigns' sums by arm by hand in Polars: python arms_with_polars.py orders.{parquet,csv} out.parquet [once] lists.{parquet,csv}.

With `once` it's seen first that no order stands twice, and no user in a campaign. Users of each group, who of them bought in the 14 days after assignment, how often, and what they paid.
"""

import sys
from pathlib import Path

import polars as pl

VALID = ["completed", "paid", "shipped"]
DAYS = 14
TIME = "%Y-%m-%d %H:%M:%S"


def scan(path: str, time: str, *columns: str) -> pl.LazyFrame:
    if path.endswith(".parquet"):
        return pl.scan_parquet(path)
    rows = pl.scan_csv(path, schema_overrides={"order_id": pl.String, "user_id": pl.String})
    rows = rows.with_columns(pl.col(time).str.to_datetime(TIME, time_unit="us"))
    # Asked twice: parsing text again takes longer than keeping what it says.
    return rows.select("user_id", time, *columns).collect(engine="streaming").lazy()


def arms(path: str, target: str, lists: str) -> None:
    orders = scan(path, "order_time", "amount", "status")
    last = orders.select(pl.col("order_time").max()).collect(engine="streaming").item().date()
    listed = scan(lists, "assigned_time", "campaign", "group").collect(engine="streaming")
    first = listed["assigned_time"].min()
    until = pl.col("assigned_time").dt.truncate("1d") + pl.duration(days=DAYS + 1)
    listed = listed.lazy().with_columns(until=until).with_row_index("row")
    listed = listed.filter(pl.col("until") <= last + pl.duration(days=1))
    bought = (
        orders.filter(pl.col("order_time") >= first, pl.col("status").is_in(VALID))
        .select("user_id", "order_time", cents=(pl.col("amount") * 100).round().cast(pl.Int64))
        .join(listed, on="user_id")
        .filter(
            pl.col("order_time") >= pl.col("assigned_time"),
            pl.col("order_time") < pl.col("until"),
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


def differ(path: str, *columns: str) -> bool:
    """Whether no two rows say the same in some columns."""
    whole = (
        pl.scan_parquet(path)
        if path.endswith(".parquet")
        else pl.scan_csv(path, infer_schema=False)
    )
    rows = whole.select(columns)
    every, others = pl.collect_all(
        [rows.select(pl.len()), rows.unique().select(pl.len())], engine="streaming"
    )
    return every.item() == others.item()


if __name__ == "__main__":
    path, target, *once, lists = sys.argv[1:]
    Path(target).unlink(missing_ok=True)
    if once:
        assert differ(path, "order_id")
        assert differ(lists, "user_id", "campaign")
    arms(path, target, lists)
