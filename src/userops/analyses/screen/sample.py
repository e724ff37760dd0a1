"""Whom to ask: the best users, and others drawn by hash from every segment and channel."""

from __future__ import annotations

import polars as pl

from userops.analyses.screen.cuts import Cut, within
from userops.analyses.screen.history import OrderHistory
from userops.analyses.screen.params import ScreenParams
from userops.core.table import Kind, Table
from userops.stats.hash_draw import hash_numbers
from userops.stats.largest_remainder import share_out

SAMPLE: dict[str, Kind] = {
    "user_id": Kind.ID,
    "part": Kind.WORD,
    "segment": Kind.WORD,
    "channel": Kind.TEXT,
    "stratum_users": Kind.COUNT,
    "stratum_drawn": Kind.COUNT,
    "orders": Kind.COUNT,
    "revenue": Kind.MONEY,
    "last_order": Kind.DATE,
}


def sample(
    history: OrderHistory,
    segments: pl.DataFrame,
    channels: pl.DataFrame | None,
    params: ScreenParams,
) -> Table:
    """The best users by net spend in the window, then others by segment and channel.

    Args:
        history: the orders.
        segments: `user_id, segment` of every customer.
        channels: `user_id, channel`, as far as they're known; None without any.
        params: how many of each.
    """
    kinds = {
        name: kind for name, kind in SAMPLE.items() if channels is not None or name != "channel"
    }
    strata = ["segment"] if channels is None else ["segment", "channel"]
    buyers = history.buyers(history.day, params.window)
    core = _core(buyers, params.core)
    everyone = (
        history.customers.select("user_id", last_order=pl.col("last_day").cast(pl.Date))
        .join(segments, on="user_id", how="left")
        .join(buyers, on="user_id", how="left")
        .with_columns(pl.col("orders", "revenue").fill_null(0))
    )
    if channels is not None:
        everyone = everyone.join(channels, on="user_id", how="left")
    best = everyone.join(core, on="user_id", how="semi").with_columns(part=pl.lit("core"))
    others = everyone.join(core, on="user_id", how="anti").with_columns(part=pl.lit("other"))
    drawn = _drawn(others, strata, params.others, params.salt)
    frame = pl.concat(
        [
            best.sort(["revenue", "user_id"], descending=[True, False]),
            drawn.sort(*strata, "user_id", nulls_last=True),
        ],
        how="diagonal",
    )
    return Table("sample", frame.select(*kinds), kinds, history.window, history.currency)


def _core(buyers: pl.DataFrame, count: int) -> pl.DataFrame:
    """Those with the highest net spend, and all who tie with the last of them."""
    spend = buyers["revenue"].sort(descending=True)
    k = min(count, len(spend))
    cut = Cut(len(spend), k, spend[k - 1] if k else None)
    return buyers.filter(within(pl.col("revenue"), cut)).select("user_id")


def _drawn(others: pl.DataFrame, strata: list[str], count: int, salt: str) -> pl.DataFrame:
    """So many of each stratum as it's large, by the smallest hashes."""
    sizes = (
        others.group_by(strata)
        .agg(stratum_users=pl.len().cast(pl.Int64))
        .sort(strata, nulls_last=True)
    )
    parts = share_out(min(count, others.height), sizes["stratum_users"].to_list())
    sizes = sizes.with_columns(pl.Series("stratum_drawn", parts, dtype=pl.Int64))
    return (
        others.join(sizes, on=strata, how="left", nulls_equal=True)
        .with_columns(hash_numbers(salt, others["user_id"]).alias("number"))
        .sort("number", "user_id")
        .filter(pl.int_range(pl.len()).over(strata) < pl.col("stratum_drawn"))
    )
