"""What events tell of users: their names, first times, and times after entry."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from userops.engines import query as engine
from userops.engines.reductions import MOST_DIGITS, Reduction

DAY = 86_400_000_000  # microseconds


def _event_names(events: pl.LazyFrame) -> pl.LazyFrame:
    """`event`, a row a name, in no order."""
    if engine.api(events) is not pl:
        return events.select("event").unique()
    return events.group_by("event").agg()


EVENT_NAMES = Reduction(_event_names, reads_sessions=False)
# The same where passes read events alone: no other export's ids will be compared with theirs.
EVENT_NAMES_ALONE = Reduction(
    _event_names, id_digits=MOST_DIGITS, names_users=False, reads_sessions=False
)


def _first_times(
    events: pl.LazyFrame, names: Sequence[str] | None, group: str | None
) -> pl.LazyFrame:
    """`user_id, entered`: each user's first time of some events, or any; and the `group` of it.

    Of several groups at that very time, the first in the order of the alphabet.
    """
    x = engine.api(events)
    took = events if names is None else events.filter(x.col("event").is_in(list(names)))
    if x is not pl:
        # Structs sort by their first part, then the next; false before true.
        one = f"min(struct(event_time, {group} IS NULL, {group})).{group}"
        firsts = {"entered": "min(event_time)", **({"group": one} if group else {})}
        by_user: pl.LazyFrame = engine.grouped(took, "user_id", **firsts)
        return by_user
    if group:
        first = {"group": pl.col(group).sort_by("event_time", group, nulls_last=True).first()}
    else:
        first = {}
    return took.group_by("user_id").agg(entered=pl.col("event_time").to_physical().min(), **first)


FIRST_TIMES = Reduction(
    _first_times, id_digits=MOST_DIGITS, names_users=False, reads_sessions=False
)


def _later_times(
    events: pl.LazyFrame, names: Sequence[str], entrants: pl.DataFrame, days: int
) -> pl.LazyFrame:
    """`row, event, time` of some events, of entrants within some days of their entry."""
    x = engine.api(events)
    row = pl.col("row") if x is pl else pl.col("row").cast(pl.Int64)  # others have no unsigned ones
    until = pl.col("entered").floordiv(DAY) + days
    known = engine.beside(events, entrants.select("user_id", row, "entered", until=until))
    time = x.col("event_time")
    rows: pl.LazyFrame = (
        events.filter(x.col("event").is_in(list(names)))
        .select("user_id", "day", "event", time=time.to_physical() if x is pl else time)
        .join(known, on="user_id")
        .filter((x.col("time") >= x.col("entered")) & (x.col("day") <= x.col("until")))
        .select("row", "event", "time")
    )
    return rows


LATER_TIMES = Reduction(
    _later_times, id_digits=MOST_DIGITS, names_users=False, reads_sessions=False
)


def _unknown_users(events: pl.LazyFrame, known: pl.DataFrame) -> pl.LazyFrame:
    """How many users of the events aren't among those known."""
    x = engine.api(events)
    users = events.select("user_id").unique()
    others = users.join(engine.beside(events, known.select("user_id")), on="user_id", how="anti")
    strangers: pl.LazyFrame = others.select(x.len())
    return strangers


UNKNOWN_USERS = Reduction(_unknown_users, reads_sessions=False)


def within(time: str, days: int) -> pl.Expr:
    """Whether a time lies at most so many calendar days after `entered`."""
    since = pl.col(time).floordiv(DAY) - pl.col("entered").floordiv(DAY)
    return (pl.col(time) >= pl.col("entered")) & (since <= days)


def _order_times(orders: pl.LazyFrame) -> pl.LazyFrame:
    """`user_id, time` of valid orders."""
    x = engine.api(orders)
    time = x.col("order_time")
    micros = time.cast(pl.Datetime("us")).to_physical() if x is pl else time
    return orders.filter(x.col("orders") > 0).select("user_id", time=micros)


ORDER_TIMES = Reduction(_order_times)


def times_at_day_end(times: pl.DataFrame) -> pl.DataFrame:
    """Times that are only days, at the end of theirs: after whatever else is known of the day."""
    if times.is_empty() or not (times["time"] % DAY == 0).all():
        return times
    return times.with_columns(pl.col("time") + (DAY - 1))
