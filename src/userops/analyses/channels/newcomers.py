"""Users by when they came: what channels' rates are counted from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from userops.core.dates import FIRST_DAY, Window, to_day
from userops.engines.reductions import Reduction
from userops.ledger.event_reductions import DAY
from userops.ledger.timeline import Timeline

REPURCHASE_DAYS = 30


def _orders_since(orders: pl.LazyFrame, registered: pl.DataFrame) -> pl.LazyFrame:
    """`user_id, ordered_day, same_day`: the first day of an order at or after registering, in no order.

    `same_day` counts the whole day of registering: for orders that say only the day.
    """
    time = pl.col("order_time").cast(pl.Datetime("us")).to_physical()
    entered = registered.lazy().select("user_id", "registered")
    return (
        orders.filter(pl.col("orders") > 0)
        .select("user_id", "day", time=time)
        .join(entered, on="user_id")
        .filter(pl.col("day") >= pl.col("registered").floordiv(DAY))
        .group_by("user_id")
        .agg(
            ordered_day=pl.when(pl.col("time") >= pl.col("registered")).then("day").min(),
            same_day=pl.col("day").min(),
        )
    )


ORDERS_SINCE = Reduction(_orders_since)


def _whole_days(orders: pl.LazyFrame) -> pl.LazyFrame:
    """Whether orders say only the day, one row."""
    time = pl.col("order_time").cast(pl.Datetime("us")).to_physical()
    return orders.select((time % DAY == 0).all().alias("whole_days"))


WHOLE_DAYS = Reduction(_whole_days)


def _active_then(events: pl.LazyFrame, days: pl.DataFrame) -> pl.LazyFrame:
    """`user_id` of who was active on a day of theirs, each once; `days` are `user_id, day`."""
    own = days.lazy().select("user_id", pl.col("day").cast(pl.Int32))
    return events.select("user_id", "day").join(own, on=["user_id", "day"]).select("user_id").unique()  # fmt: skip


ACTIVE_THEN = Reduction(_active_then, reads_sessions=False)


def _last_day(events: pl.LazyFrame) -> pl.LazyFrame:
    """The last day of any event, one row."""
    return events.select(pl.col("day").max())


LAST_DAY = Reduction(_last_day, reads_sessions=False)


@dataclass(frozen=True, slots=True)
class Seen:
    """On which days users could be seen to be active, and who was on the day after coming.

    `of_orders` where there are no events, and an order is what activity there is.
    """

    first: int
    last: int
    active: pl.DataFrame
    of_orders: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """From which day on users count, by which one they must have converted, and where data ends."""

    since: int | None
    within: int
    first_order: int
    as_of: int


def newcomers(
    customers: pl.DataFrame,
    timeline: Timeline,
    registered: pl.DataFrame | None,
    channels: pl.DataFrame | None,
    as_of: int,
) -> pl.DataFrame:
    """`user_id, first_day, registered_day, came_day, second_after, channel`, a row a user known, by user_id.

    Args:
        customers: who bought, `user_id, first_day`, as the timeline is of.
        timeline: their orders.
        registered: `user_id, registered` (microseconds, null for unknown).
        channels: `user_id, channel`.
        as_of: the last day that counts: who registers later isn't known yet.
    """
    second_after = timeline.by_customer(timeline.by_day.days_to_second)
    users = customers.select("user_id", "first_day", second_after=pl.Series(second_after))
    if registered is None:
        users = users.with_columns(registered_day=pl.lit(None, pl.Int32))
    else:
        day = pl.col("registered").floordiv(DAY).cast(pl.Int32)
        known = registered.select("user_id", registered_day=day).filter(
            pl.col("registered_day").is_null() | (pl.col("registered_day") <= as_of)
        )
        users = users.join(known, on="user_id", how="full", coalesce=True)
    if channels is None:
        users = users.with_columns(channel=pl.lit(None, pl.String))
    else:
        users = users.join(channels.select("user_id", "channel"), on="user_id", how="left")
    came = pl.coalesce("registered_day", "first_day").alias("came_day")
    return users.with_columns(came).sort("user_id")


def with_conversions(
    users: pl.DataFrame, orders_since: pl.DataFrame | None, *, whole_days: bool
) -> pl.DataFrame:
    """The same with `converted_day`: the first order at or after registering, null without one."""
    if orders_since is None:
        return users.with_columns(converted_day=pl.lit(None, pl.Int32))
    day = "same_day" if whole_days else "ordered_day"
    converted = orders_since.select("user_id", converted_day=day)
    return users.join(converted, on="user_id", how="left").sort("user_id")


def days_after_coming(users: pl.DataFrame) -> pl.DataFrame:
    """`user_id, day`: the day after each came."""
    known = users.filter(pl.col("came_day").is_not_null())
    return known.select("user_id", day=pl.col("came_day") + 1)


def seen_by_orders(customers: pl.DataFrame, timeline: Timeline, window: Window, users: pl.DataFrame) -> Seen:  # fmt: skip
    """Who ordered on the day after coming: for where there are no events."""
    days = days_after_coming(users)
    came = customers.select("user_id").join(days, on="user_id", how="left", maintain_order="left")
    wanted = came["day"].fill_null(-1).to_numpy()[timeline.users]
    hits = timeline.days == timeline.spread(wanted)
    by_user = np.zeros(len(timeline.users), bool)
    np.logical_or.at(by_user, np.repeat(np.arange(len(timeline.users)), timeline.counts)[hits], True)  # fmt: skip
    active = customers.select("user_id").filter(pl.Series(timeline.by_customer(by_user)))
    first, last = window.ends
    return Seen(first, last, active, of_orders=True)


def seen_by_events(active: pl.DataFrame, last_day: pl.DataFrame, window: Window) -> Seen:
    """What events tell of the day after coming; they cover the days from the first to the last of them."""
    first = to_day(window.first_day) if window.first_day else 0
    last = last_day.item()
    return Seen(first, -1 if last is None else int(last), active)


COUNTS = ("registered", "converted", "watched", "active", "bought", "bought_again")


def rates_by(
    users: pl.DataFrame,
    seen: Seen,
    limits: Limits,
    came: Sequence[pl.Expr],
    bought: Sequence[pl.Expr],
) -> pl.DataFrame:
    """Counts that rates are made of, a row a group that has any, in the groups' order.

    Args:
        users: as `newcomers` and `with_conversions` give them.
        seen: who was active on the day after coming.
        limits: who counts.
        came: the group of a user by when they came, one or more columns.
        bought: the same columns by the first order.
    """
    registered_day, came_day, first_day = (
        pl.col(name) for name in ("registered_day", "came_day", "first_day")
    )
    since = limits.since if limits.since is not None else FIRST_DAY
    last = limits.as_of - limits.within
    registered = registered_day.is_between(max(since, limits.first_order), last)
    next_seen = (came_day + 1).is_between(seen.first, min(seen.last, limits.as_of))
    watched = (came_day >= since) & next_seen
    has_bought = first_day.is_between(since, limits.as_of - REPURCHASE_DAYS)
    flagged = users.join(seen.active.with_columns(is_active=True), on="user_id", how="left")
    by_coming = flagged.group_by(*came).agg(
        registered=registered.sum(),
        converted=(registered & (pl.col("converted_day") - registered_day <= limits.within)).sum(),
        watched=watched.sum(),
        active=(watched & pl.col("is_active").fill_null(False)).sum(),
    )
    by_buying = flagged.group_by(*bought).agg(
        bought=has_bought.sum(),
        bought_again=(has_bought & pl.col("second_after").is_between(0, REPURCHASE_DAYS)).sum(),
    )
    keys = [one.meta.output_name() for one in came]
    both = by_coming.join(by_buying, on=keys, how="full", coalesce=True)
    return both.select(*keys, pl.col(COUNTS).fill_null(0).cast(pl.Int64)).drop_nulls().sort(keys)
