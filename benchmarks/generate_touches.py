"""Make a touches export: seeded, in order of time, of the buyers of an orders export and of others.

    python benchmarks/generate_touches.py 20_000_000

Columns: touch_id (10 characters), user_id (12 characters, as the orders write them), touch_time, channel
(one of twelve). The orders are those of `generate.py`, one to two touches: three of
four touches came up to 45 days before an order, the others at any time, half of these of users who
never ordered. A user's touches lie an hour apart, so that no session holds two, and queries by
hand needn't look. Holds all rows in memory: 20 million take 5 GB.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import generate
import numpy as np
import polars as pl

CHANNELS = (
    "wechat", "wecom", "mini program", "douyin", "xiaohongshu", "taobao", "sms", "search",
    "display", "referral", "offline", "live",
)  # fmt: skip
HOUR, DAY = 3600, 86_400
MOST_LAG = 45  # days
OF_ORDERS, STRANGERS = 0.75, 0.5


def draw(touches: int, orders: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Touches by time, `user_id, second, channel` (a number); `orders` are `user_id, second`."""
    random = np.random.default_rng(seed)
    more = touches + touches // 10  # some fall into an hour that the user has a touch in
    places = random.integers(0, len(orders), more)
    near = random.random(more) < OF_ORDERS
    second = orders["second"].to_numpy()[places]
    lag = np.minimum(random.exponential(8 * DAY, more), MOST_LAG * DAY)
    low, high = int(second.min()), int(second.max())
    when = np.where(near, second - lag, random.uniform(low, high, more))
    frame = pl.DataFrame(
        {
            "user_id": orders["user_id"].gather(places),
            "second": np.maximum(when, low).astype(np.int64) // HOUR * HOUR,
            "channel": np.minimum(random.geometric(0.2, more) - 1, len(CHANNELS) - 1),
            "stranger": ~near & (random.random(more) < STRANGERS),
        }
    )
    stranger = "U9999" + pl.col("user_id").str.tail(7)
    frame = frame.with_columns(user_id=pl.when("stranger").then(stranger).otherwise("user_id"))
    once = frame.unique(["user_id", "second"], keep="first", maintain_order=True).head(touches)
    return once.sort("second", "user_id")


def export(touches: int, seed: int = 3) -> Path:
    """The export of so many touches as Parquet, of half as many orders, made unless it's there."""
    name = f"touches-{touches // 1_000_000}m" if touches % 1_000_000 == 0 else f"touches-{touches}"
    path = generate.DATA / f"{name}.parquet"
    if path.exists():
        return path
    bought = pl.read_parquet(generate.export(touches // 2), columns=["user_id", "order_time"])
    orders = bought.select("user_id", second=pl.col("order_time").dt.epoch("s"))
    frame = draw(touches, orders, seed).select(
        touch_id="T" + pl.int_range(pl.len()).cast(pl.String).str.zfill(9),
        user_id="user_id",
        touch_time=pl.from_epoch("second", time_unit="s").cast(pl.Datetime("us")),
        channel=pl.lit(pl.Series(CHANNELS)).gather(pl.col("channel")),
    )
    part = path.with_suffix(".part")
    frame.write_parquet(part, row_group_size=500_000)
    part.rename(path)
    print(f"{path.name}: {touches:,} touches of {frame['user_id'].n_unique():,} users")
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("touches", type=int, help="20_000_000, say")
    parser.add_argument("--seed", type=int, default=3)
    given = parser.parse_args()
    print(export(given.touches, given.seed).name)
