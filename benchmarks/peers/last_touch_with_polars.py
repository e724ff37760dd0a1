"""Last touch by hand in Polars: python last_touch_with_polars.py orders.parquet out.parquet touches.parquet."""

import sys

import polars as pl
from with_polars import VALID


def last_touch(orders_path: str, touches_path: str, target: str) -> None:
    touches = (
        pl.scan_parquet(touches_path).select("user_id", "touch_time", "channel").collect()
    ).sort("touch_time")
    orders = (
        pl.scan_parquet(orders_path)
        .filter(pl.col("status").is_in(VALID))
        .select("user_id", "order_time", cents=(pl.col("amount") * 100).round().cast(pl.Int64))
        .collect()
        .sort("order_time")
    )
    begun = touches["touch_time"].first().date()
    time, touched = pl.col("order_time"), pl.col("touch_time")
    # Of a user's orders of one instant all have the touch of the first.
    previous = time.shift().over("user_id")
    earlier = pl.when(time != previous).then(previous)
    orders = orders.with_columns(previous=earlier.forward_fill().over("user_id"))
    leads = (touched > pl.coalesce("previous", pl.datetime(1, 1, 1))) & (
        (time.dt.date() - touched.dt.date()).dt.total_days() <= 30
    )
    orders.filter(time.dt.date() >= begun).join_asof(
        touches,
        left_on="order_time",
        right_on="touch_time",
        by="user_id",
        check_sortedness=False,
        coalesce=False,
    ).group_by(channel=pl.when(leads).then("channel").otherwise(pl.lit("(no touch)"))).agg(
        conversions=pl.len().cast(pl.Float64),
        revenue=(pl.col("cents").sum().cast(pl.Decimal(38, 2)) / 100),
    ).sort(pl.col("channel") == "(no touch)", "channel").write_parquet(target)


if __name__ == "__main__":
    orders, target, touches = sys.argv[1:]
    last_touch(orders, touches, target)
