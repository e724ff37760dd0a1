"""Direct invitations by hand in Polars: python referral_with_polars.py orders.parquet out.parquet users.parquet."""

import sys

import polars as pl
from with_polars import scan


def referral(orders_path: str, users_path: str, target: str) -> None:
    invited = (
        pl.scan_parquet(users_path)
        .filter(pl.col("inviter_id").is_not_null())
        .select("user_id", "inviter_id", since=pl.col("registered_at").dt.date())
    )
    later = pl.col("day") >= pl.col("since")
    bought = (
        scan(orders_path)
        .filter("valid")
        .join(invited, on="user_id")
        .filter(later)
        .group_by("user_id")
        .agg(pl.col("day").min(), orders=pl.len().cast(pl.Int64), cents=pl.col("cents").sum())
    )
    soon = pl.col("day") - pl.col("since") <= pl.duration(days=30)
    (
        invited.join(bought, on="user_id", how="left")
        .group_by(leader_id="inviter_id")
        .agg(
            invited=pl.len().cast(pl.Int64),
            effective=soon.sum().cast(pl.Int64),
            orders=pl.col("orders").sum(),
            gmv=pl.col("cents").sum().cast(pl.Decimal(38, 2)) / 100,
        )
        .sort("effective", "gmv", "leader_id", descending=[True, True, False])
        .collect(engine="streaming")
        .write_parquet(target)
    )


if __name__ == "__main__":
    orders, target, users = sys.argv[1:]
    referral(orders, users, target)
