"""Cohorts by hand in Polars: python cohorts_with_polars.py orders.parquet out.parquet month|week.

The best form known: one grouping by user, with a bit for each period.
"""

import sys

import polars as pl
from with_polars import VALID


def cohorts(path: str, target: str, period: str) -> None:
    if path.endswith(".parquet"):
        orders, day = pl.scan_parquet(path), pl.col("order_time").dt.date()
    else:
        orders = pl.scan_csv(path, schema_overrides={"order_id": pl.String, "user_id": pl.String})
        day = pl.col("order_time").str.to_datetime("%Y-%m-%d %H:%M:%S").dt.date()
    if period == "month":  # since 2024-01
        number = (day.dt.year().cast(pl.Int32) - 2024) * 12 + day.dt.month() - 1
    else:  # since Monday 2024-01-01
        number = (day.cast(pl.Int32) - 19723) // 7
    bits = pl.lit(pl.Series([1 << bit for bit in range(64)], dtype=pl.UInt64))
    words = {
        f"word_{word}": pl.when(pl.col("number") // 64 == word)
        .then(bits.gather(pl.col("number") % 64))
        .otherwise(pl.lit(0, pl.UInt64))
        for word in range(1 if period == "month" else 2)
    }
    valid = orders.filter(pl.col("status").is_in(VALID)).select("user_id", number=number)
    last = orders.select(number.max())
    users, end = pl.collect_all(
        [
            valid.with_columns(**words)
            .group_by("user_id")
            .agg(pl.col("number").min(), pl.col(*words).bitwise_or()),
            last,
        ],
        engine="streaming",
    )
    begin, end = users["number"].min(), end.item()
    here = {
        str(number): (pl.col(f"word_{number // 64}") & pl.lit(1 << number % 64, pl.UInt64))
        .ne(0)
        .sum()
        for number in range(begin, end + 1)
    }
    first = pl.date(2024, 1, 1) + pl.duration(days=pl.col("number") * 7)
    if period == "month":
        first = pl.date(2024 + pl.col("number") // 12, pl.col("number") % 12 + 1, 1)
    users.group_by("number").agg(pl.len().alias("size"), **here).unpivot(
        index=["number", "size"], variable_name="period", value_name="numerator"
    ).select(
        cohort=first.dt.strftime("%Y-%m" if period == "month" else "%Y-%m-%d"),
        size="size",
        age=pl.col("period").cast(pl.Int64) - pl.col("number"),
        numerator="numerator",
    ).filter(pl.col("age") >= 0).sort("cohort", "age").write_parquet(target)


if __name__ == "__main__":
    cohorts(*sys.argv[1:])
