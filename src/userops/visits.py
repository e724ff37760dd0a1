"""The reductions over events: from events to active days and sessions.

Analyses of use read these and never touch events again, except where they ask what was
done. Steps take and give lazy frames, so that several run in one pass over the events.

active day
    A user and a local date with at least one event.
sessions, session : sessions
    The events of a user with one session_id; where events have none, those of a user with
    no more than 30 minutes of silence between one and the next. A session counts on the
    day it begins.
minutes : minutes
    Time spent. Where the export has durations, the sum of the events' (none counts as 0);
    else from the first to the last event of each session, counted where that begins.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

SILENCE = 30
_MINUTE = 60_000_000  # microseconds


@dataclass(frozen=True, slots=True)
class Visits:
    """What users did, by day and by session, up to some day.

    `days` are `user_id, day, events` and, where the export has durations, `ms`; `sessions`
    (None where not asked for) are `user` (the hash of its id), `day` it began on, `ms`,
    `events`, `pages`.
    """

    days: pl.DataFrame
    sessions: pl.DataFrame | None = None

    @property
    def timed(self) -> bool:
        """Whether events say how long they lasted."""
        return "ms" in self.days.columns


def days(events: pl.LazyFrame) -> pl.LazyFrame:
    """A row a user and active day: `user_id, day, events`, and `ms` where there are durations."""
    has_ms = "ms" in events.collect_schema()
    lasted = {"ms": pl.col("ms").sum()} if has_ms else {}
    return events.group_by("user_id", "day").agg(events=pl.len().cast(pl.Int64), **lasted)


def sessions(events: pl.LazyFrame, *, whole: bool = True, silence: int = SILENCE) -> pl.LazyFrame:
    """A row a session: `key, user, day`, and, where `whole` or needed for the time spent, `ms, events, pages`.

    Events without a session id, amid others with one, have the key null, all together;
    `silent` makes sessions of them. Two sessions are taken for one where 64 bits of their
    hashes agree: of ten million, with a probability of 3 in a million.
    """
    names = events.collect_schema().names()
    if "session_id" not in names:
        return silent(events, silence=silence)
    key = user_hash() ^ pl.col("session_id").hash(seed=1)
    return events.group_by(key.alias("key")).agg(
        user_hash().min().alias("user"), pl.col("day").min(), *_measures(names, whole)
    )


def silent(events: pl.LazyFrame, *, silence: int = SILENCE) -> pl.LazyFrame:
    """As `sessions`, from events without a session id: by `silence` minutes of silence."""
    names = events.collect_schema().names()
    if "session_id" in names:
        events = events.filter(pl.col("session_id").is_null())
    kept = [name for name in ("ms", "page") if name in names]
    user, time = pl.col("user"), pl.col("event_time")
    return (
        events.select("day", "event_time", *kept, user=user_hash())
        .sort("user", "event_time")
        .with_columns(
            key=(
                (user != user.shift())
                | (time.to_physical() - time.to_physical().shift() > silence * _MINUTE)
            )
            .fill_null(True)
            .cum_sum()
            .cast(pl.UInt64)
        )
        .group_by("key")
        .agg(user.min(), pl.col("day").min(), *_measures(names, True))
    )


def _measures(names: list[str], whole: bool) -> list[pl.Expr]:
    time = pl.col("event_time").to_physical()
    timed = "ms" in names
    spent = pl.col("ms").sum() if timed else (time.max() - time.min()) // 1000
    measures = [] if timed and not whole else [spent.alias("ms")]
    if whole:
        seen = pl.col("page").count() if "page" in names else pl.len()
        measures += [
            pl.len().cast(pl.Int64).alias("events"),
            seen.cast(pl.Int64).alias("pages"),
        ]
    return measures


def user_hash() -> pl.Expr:
    """A user's 64 bits, by which sessions and days find each other."""
    return pl.col("user_id").hash(seed=0)


def complete(sessions: pl.DataFrame, silent: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    """Sessions of all events; `silent` gives those of events without an id, where there are any."""
    if not sessions["key"].has_nulls():
        return sessions
    with_id = sessions.filter(pl.col("key").is_not_null())
    return pl.concat([with_id, silent().select(sessions.columns)])


def by_user(visits: Visits) -> pl.DataFrame:
    """A row a user, by user_id: `user_id, first_day, last_day, active_days, events, ms`, `sessions` where known."""
    day = pl.col("day")
    lasted = [pl.col("ms").sum()] if visits.timed else []
    users = visits.days.group_by("user_id").agg(
        day.min().alias("first_day"),
        day.max().alias("last_day"),
        pl.len().cast(pl.Int64).alias("active_days"),
        pl.col("events").sum(),
        *lasted,
    )
    if visits.sessions is not None:
        spent = [] if visits.timed else [pl.col("ms").sum()]
        counts = visits.sessions.group_by("user").agg(
            pl.len().cast(pl.Int64).alias("sessions"), *spent
        )
        users = (
            users.with_columns(user=user_hash()).join(counts, on="user", how="left").drop("user")
        )
    return users.sort("user_id")
