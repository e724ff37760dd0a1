"""What is read for attribution: orders with their amounts, and touches."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from userops.analyses.analysis import Inputs
from userops.engines.reductions import Reduction
from userops.readers.exports import Export
from userops.readers.values.text import clean_text


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


def of_export(inputs: Inputs, as_of: int) -> pl.DataFrame | None:
    """The same of a touches export, up to a day; None without one.

    A large clean one is read straight from the file, any other by its dataset's rules.
    """
    found = inputs.columns("touches", _asked, as_of)
    if found is not None:
        channels = found.frame["channel"].unique()
        cleaned = channels.to_frame().select(clean_text(pl.col("channel"))).to_series()
        if cleaned.equals(channels):
            return _with_sessions(found.frame.drop("user").rename({"moment": "time"}))
    rows = inputs.dataset("touches", as_of=as_of)
    return None if rows is None else touches_of(rows.frame)


def _asked(export: Export) -> Mapping[str, pl.Expr]:
    """Columns of a touch as they are; no session is a blank, for a null would say that a row is in doubt."""
    asked = {"user_id": pl.col("user_id"), "channel": pl.col("channel")}
    if "session_id" in export.taken:
        asked["session_id"] = pl.col("session_id").fill_null("")
    return asked


def _with_sessions(touches: pl.DataFrame) -> pl.DataFrame:
    if "session_id" not in touches.columns:
        return touches
    return touches.with_columns(session_id=pl.when(pl.col("session_id") != "").then("session_id"))


def touches_of(rows: pl.DataFrame) -> pl.DataFrame:
    """The same of the rows of a touches export."""
    time = pl.col("touch_time").cast(pl.Datetime("us")).to_physical()
    return rows.select("user_id", "channel", pl.col("session_id").cast(pl.String), time=time)
