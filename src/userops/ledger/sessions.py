"""The reductions over events: from events to active days and sessions.

Analyses of use read these and never touch events again, except where they ask what was
done. Reductions take and give lazy frames, so that several run in one pass over the events.

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

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from userops.core.sessions import SILENCE
from userops.engines import query as engine
from userops.engines import reductions
from userops.engines.duplicates import duplicated
from userops.engines.reductions import Query, Reduction
from userops.ledger.large_use import BY_USER

Again = Callable[[Sequence[Query]], list[pl.DataFrame]]
_MINUTE = 60_000_000  # microseconds
# Room for a day beside a user's number: from 9500 BC to AD 13400.
_DAYS = 1 << 23
MOST_DIGITS = 12  # of a number that leaves that room in 64 bits


@dataclass(frozen=True, slots=True)
class Usage:
    """What users did, by day and by session, up to some day.

    `days` are `user_id` (or `user`, its hash), `day`, `events` and, where the export has
    durations, `ms`: a row a user and active day (with `user`, one or more). `sessions` (None
    where not asked for) are `user`, `day` it began on, `ms` and, where asked for, `pages`.
    """

    days: pl.DataFrame
    sessions: pl.DataFrame | None = None

    @property
    def timed(self) -> bool:
        """Whether events say how long they lasted."""
        return "ms" in self.days.columns


def active_days(events: pl.LazyFrame, *, counted: bool = True) -> pl.LazyFrame:
    """A row a user and active day: `user_id, day`, `events` if they're to be `counted`, and `ms` where there are durations."""
    schema = events.collect_schema()
    sums = {"events": pl.len().cast(pl.Int64)} if counted else {}
    if "ms" in schema:
        sums["ms"] = pl.col("ms").sum()
    if not schema["user_id"].is_integer():
        return events.group_by("user_id", "day").agg(**sums)
    # Grouping by one number takes less than by two.
    place = (pl.col("day") + _DAYS // 2).cast(pl.UInt64)
    key = pl.col("key")
    return (
        events.group_by(key=pl.col("user_id") * _DAYS + place)
        .agg(**sums)
        .select(
            (key // _DAYS).alias("user_id"),
            ((key % _DAYS).cast(pl.Int32) - _DAYS // 2).alias("day"),
            *sums,
        )
    )


def user_hash() -> pl.Expr:
    """A user's 64 bits, by which sessions and days find each other."""
    return pl.col("user_id").hash(seed=0)


def _sessions_by_day(
    events: pl.LazyFrame, *, whole: bool = True, silence: int = SILENCE
) -> pl.LazyFrame:
    """A row a session and day: `key, day, user, events`, and what is needed of its time.

    That is `ms` where there are durations, else `start, end`; where `whole`, also `pages`.
    The key is made of the user's hash and the session's, and is the user's alone for events
    without a session id amid others with one. Two sessions are taken for one where all 64
    bits agree: of ten million any two, with a probability of 3 in a million.
    """
    names = events.collect_schema().names()
    if "session_id" not in names:
        return silent(events, whole=whole, silence=silence)
    session = pl.col("session_id")
    known = pl.when(session.is_not_null()).then(session.hash(seed=1)).otherwise(0)
    columns = [name for name in ("ms", "event_time", "page") if name in names]
    return (
        events.select("day", *columns, user=user_hash(), key=user_hash() ^ known)
        .group_by("key", "day")
        .agg(*_measures(names, whole))
    )


SESSIONS_BY_DAY = Reduction(_sessions_by_day, id_digits=reductions.MOST_DIGITS, names_users=False)


def silent(events: pl.LazyFrame, *, whole: bool = True, silence: int = SILENCE) -> pl.LazyFrame:
    """As `SESSIONS_BY_DAY`, of events without a session id: by `silence` minutes of silence."""
    names = events.collect_schema().names()
    if "session_id" in names:
        events = events.filter(pl.col("session_id").is_null())
    columns = [name for name in ("ms", "page") if name in names]
    user, time = pl.col("user"), pl.col("event_time").to_physical()
    begins = (user != user.shift()) | (time - time.shift() > silence * _MINUTE)
    return (
        events.select("day", "event_time", *columns, user=user_hash())
        .sort("user", "event_time")
        .with_columns(key=begins.fill_null(True).cum_sum().cast(pl.UInt64))
        .group_by("key", "day")
        .agg(*_measures(names, whole))
    )


_SILENT = Reduction(silent)


def _measures(names: list[str], whole: bool) -> list[pl.Expr]:
    time = pl.col("event_time").to_physical()
    measures = [pl.col("user").min(), pl.len().cast(pl.Int64).alias("events")]
    if "ms" in names:
        measures.append(pl.col("ms").sum())
    else:
        measures += [time.min().alias("start"), time.max().alias("end")]
    if whole:
        pages = pl.col("page").count() if "page" in names else pl.len()
        measures.append(pages.cast(pl.Int64).alias("pages"))
    return measures


def usage_of(frames: Mapping[str, pl.DataFrame], again: Again, *, silence: int = SILENCE) -> Usage:
    """What users did, from what `active_days` or `SESSIONS_BY_DAY` or both gave; `again` runs reductions over the same events."""
    sessions = frames.get("stays")
    if sessions is None:
        return Usage(frames["days"])
    parts = [sessions]
    named = sessions["key"] != sessions["user"]
    if not named.all():  # events without an id amid others with one
        (without,) = again([_SILENT.given(whole="pages" in sessions.columns, silence=silence)])
        parts = [sessions.filter(named), without.select(sessions.columns)]
    return Usage(frames.get("days", sessions), pl.concat([_joined(part) for part in parts]))


def _joined(stayed: pl.DataFrame) -> pl.DataFrame:
    """Sessions of several days as one, on the first of them."""
    again = stayed["key"].is_in(duplicated(stayed["key"]).implode())
    sums = [name for name in ("ms", "pages") if name in stayed.columns]
    ends = "start" in stayed.columns
    several = (
        stayed.filter(again)
        .group_by("key")
        .agg(
            pl.col("user", "day", *(["start"] if ends else [])).min(),
            *([pl.col("end").max()] if ends else []),
            pl.col(*sums).sum() if sums else pl.len().alias("days"),
        )
    )
    columns = ["user", "day", *(["start", "end"] if ends else []), *sums]
    whole = pl.concat([stayed.filter(~again).select(columns), several.select(columns)])
    if not ends:
        return whole
    lasted = ((pl.col("end") - pl.col("start")) // 1000).alias("ms")
    return whole.select("user", "day", lasted, *sums)


def _timed_use(events: pl.LazyFrame) -> pl.LazyFrame:
    """What `use_by_user` gives, from events with durations."""
    # Numbers for ids sort in a tenth of the time that ids take, and as those do.
    return _of_days(active_days(events, counted=False), timed=True).sort("user_id")


TIMED_USE = Reduction(_timed_use, id_digits=MOST_DIGITS, reads_sessions=False)


def use_steps(*, timed: bool, silence: int = SILENCE, on_spark: bool = False) -> dict[str, Query]:
    """What to reduce events to for `use_by_user`; `timed` where they have durations."""
    if on_spark:
        return {"users": BY_USER.given(silence=silence)}
    if timed:
        return {"users": TIMED_USE}
    return {
        "days": active_days,
        "stays": SESSIONS_BY_DAY.given(whole=False, silence=silence),
    }


def use_by_user(
    frames: Mapping[str, pl.DataFrame], again: Again, *, silence: int = SILENCE
) -> pl.DataFrame:
    """A row a user, by user_id, of what those reductions gave: `user_id, first_day, last_day, active_days, ms`, maybe more."""
    if "users" in frames:
        return frames["users"]
    return by_user(usage_of(frames, again, silence=silence))


def by_user(usage: Usage) -> pl.DataFrame:
    """A row a user, by user_id: `user_id, first_day, last_day, active_days, events, ms`, `sessions` where known."""
    users = engine.collect(_of_days(usage.days.lazy(), timed=usage.timed, counted=True))
    if usage.sessions is not None:
        spent = [] if usage.timed else [pl.col("ms").sum()]
        counts = usage.sessions.group_by("user").agg(
            pl.len().cast(pl.Int64).alias("sessions"), *spent
        )
        users = (
            users.with_columns(user=user_hash()).join(counts, on="user", how="left").drop("user")
        )
    return users.sort("user_id")


def _of_days(days: pl.LazyFrame, *, timed: bool, counted: bool = False) -> pl.LazyFrame:
    day = pl.col("day")
    return days.group_by("user_id").agg(
        day.min().alias("first_day"),
        day.max().alias("last_day"),
        pl.len().cast(pl.Int64).alias("active_days"),
        *(pl.col(name).sum() for name, wanted in (("events", counted), ("ms", timed)) if wanted),
    )
