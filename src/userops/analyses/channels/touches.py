"""What is read for attribution: orders with their amounts, and touches."""

from __future__ import annotations

import polars as pl

from userops.engines.reductions import Reduction


def _order_amounts(orders: pl.LazyFrame) -> pl.LazyFrame:
    """`user_id, time` (microseconds), `amount` of valid orders."""
    time = pl.col("order_time").cast(pl.Datetime("us")).to_physical()
    return orders.filter(pl.col("orders") > 0).select("user_id", "amount", time=time)


ORDER_AMOUNTS = Reduction(_order_amounts)


def _touches(events: pl.LazyFrame) -> pl.LazyFrame:
    """`user_id, time, channel` of events that came by a channel, and `session_id` where they have one."""
    sessions = [name for name in ("session_id",) if name in events.collect_schema().names()]
    time = pl.col("event_time").cast(pl.Datetime("us")).to_physical()
    came = events.filter(pl.col("channel").is_not_null())
    return came.select("user_id", "channel", *sessions, time=time)


TOUCHES = Reduction(_touches)


def touches_of(rows: pl.DataFrame) -> pl.DataFrame:
    """The same of the rows of a touches export."""
    time = pl.col("touch_time").cast(pl.Datetime("us")).to_physical()
    return rows.select("user_id", "channel", pl.col("session_id").cast(pl.String), time=time)
