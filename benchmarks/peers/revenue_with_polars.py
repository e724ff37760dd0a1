"""Cohorts' revenue by hand in Polars: python revenue_with_polars.py orders.parquet out.parquet."""

import sys

import polars as pl
from with_polars import VALID


def revenue(path: str, target: str) -> None:
    day = pl.col("order_time").dt.date()
    orders = (
        pl.scan_parquet(path)
        .filter(pl.col("status").is_in(VALID))
        .select(
            "user_id",
            number=(day.dt.year().cast(pl.Int32) - 2024) * 12 + day.dt.month() - 1,
            cents=(pl.col("amount") * 100).round().cast(pl.Int64),
        )
    )
    users = orders.group_by("user_id").agg(cohort=pl.col("number").min())
    cells, sizes = pl.collect_all(
        [
            orders.join(users, on="user_id")
            .group_by("cohort", "number")
            .agg(pl.col("cents").sum()),
            users.group_by("cohort").agg(size=pl.len()),
        ],
        engine="streaming",
    )
    first = pl.date(2024 + pl.col("cohort") // 12, pl.col("cohort") % 12 + 1, 1)
    cells.join(sizes, on="cohort").select(
        cohort=first.dt.strftime("%Y-%m"),
        size="size",
        age=(pl.col("number") - pl.col("cohort")).cast(pl.Int64),
        numerator=pl.col("cents") / 100,
    ).sort("cohort", "age").write_parquet(target)


if __name__ == "__main__":
    revenue(*sys.argv[1:])
