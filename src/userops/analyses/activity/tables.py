"""The tables of `userops activity`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from userops.analyses.activity.params import ActivityParams
from userops.core import periods
from userops.core.dates import Window, to_day
from userops.core.messages import Note, Word, begins, cut_short
from userops.core.periods import Period
from userops.core.table import Kind, Table
from userops.engines.reductions import Query
from userops.ledger import sessions as visits
from userops.ledger.sessions import Usage
from userops.stats.intervals import wilson_high, wilson_low

TABLES = ("summary", "stickiness", "users", "depth")
# Tables that take sessions, and whether they ask what happened in them.
_WITH_SESSIONS = {"summary": False, "users": False, "depth": True}
Ints = np.ndarray[Any, np.dtype[Any]]
_MINUTE = 60_000  # milliseconds
_WEEK, _MONTH = 7, 28
CYCLES = ("daily", "weekly", "monthly", "yearly", "lapsed", "new")
BANDS = ("under_40s", "minutes", "hours")


SUMMARY: dict[str, Kind] = {
    "period": Kind.DATE,
    "active_users": Kind.COUNT,
    "new_users": Kind.COUNT,
    "returning_users": Kind.COUNT,
    "resurrected_users": Kind.COUNT,
    "dormant_users": Kind.COUNT,
    "events": Kind.COUNT,
    "sessions": Kind.COUNT,
    "events_per_user": Kind.NUMBER,
    "minutes_per_user": Kind.NUMBER,
    "complete": Kind.FLAG,
}
STICKINESS: dict[str, Kind] = {
    "measure": Kind.WORD,
    "days": Kind.DAYS,
    "count": Kind.COUNT,
    "out_of": Kind.COUNT,
    "share": Kind.RATE,
    "low": Kind.RATE,
    "high": Kind.RATE,
}
USERS: dict[str, Kind] = {
    "user_id": Kind.ID,
    "first_active": Kind.DATE,
    "last_active": Kind.DATE,
    "active_days": Kind.COUNT,
    "sessions": Kind.COUNT,
    "events": Kind.COUNT,
    "minutes": Kind.NUMBER,
    "cycle": Kind.WORD,
}
DEPTH: dict[str, Kind] = {
    "band": Kind.WORD,
    "sessions": Kind.COUNT,
    "sessions_share": Kind.RATE,
    "users": Kind.COUNT,
    "minutes": Kind.NUMBER,
    "pages_per_session": Kind.NUMBER,
    "minutes_per_session": Kind.NUMBER,
}


def reductions(tables: Sequence[str], params: ActivityParams) -> dict[str, Query]:
    """The reductions that some tables take: `days`, `stays` or both."""
    asked = [_WITH_SESSIONS[name] for name in tables if name in _WITH_SESSIONS]
    found: dict[str, Query] = {}
    if asked:
        found["stays"] = visits.SESSIONS_BY_DAY.given(whole=any(asked), silence=params.silence)
    if not asked or "users" in tables:
        found["days"] = visits.active_days
    return found


def activity(
    seen: Usage,
    window: Window,
    params: ActivityParams,
    tables: Sequence[str] = TABLES,
    week_start: str = "monday",
) -> tuple[Table, ...]:
    """Those of the tables of `userops activity` that are named."""
    makers = {
        "summary": lambda: summary(seen, window, Period(params.period), week_start),
        "stickiness": lambda: stickiness(seen.days, window),
        "users": lambda: users(seen, window, params),
        "depth": lambda: depth(seen, window),
    }
    return tuple(makers[name]() for name in TABLES if name in tables)


def summary(seen: Usage, window: Window, period: Period, week_start: str = "monday") -> Table:
    """Who was active period by period, from the first event's to as_of's."""
    if seen.days.is_empty() or window.as_of is None or window.first_day is None:
        return Table("summary", _periods([], np.zeros((7, 0)), []), SUMMARY, window)
    begin, as_of = to_day(window.first_day), to_day(window.as_of)
    numbers = periods.number(np.arange(begin, as_of + 1, dtype=np.int32), period, week_start)
    numbers -= (start := int(numbers[0]))
    length = int(numbers[-1]) + 1
    users, when = _in_order(seen.days)
    at = numbers[when - begin]
    first = np.ones(len(users), bool)
    first[1:] = users[1:] != users[:-1]
    step = np.diff(at, prepend=at[:1])
    came = first | (step != 0)  # a user's first day in a period
    active, new = (np.bincount(at[which], minlength=length) for which in (came, first))
    returning = np.bincount(at[~first & (step == 1)], minlength=length)
    dormant = np.concatenate(([0], active[:-1])) - returning
    spent = seen.days if seen.timed else seen.sessions
    events = _sums(seen.days, pl.col("events").sum(), begin, numbers)
    minutes = _sums(spent, pl.col("ms").sum(), begin, numbers)
    begun = _sums(seen.sessions, pl.len(), begin, numbers)
    named = np.arange(start, start + length)
    whole = named <= periods.last_whole(as_of, period, week_start)
    frame = _periods(
        periods.first_day(named, period, week_start),
        np.stack([active, new, returning, dormant, events, begun, minutes]),
        whole,
    )
    starts = int(periods.first_day(named[:1], period, week_start)[0])
    known = begins("events", window.first_day, period, whole=starts == begin)
    notes = (known,) if whole[-1] else (known, cut_short(period))
    return Table("summary", frame, SUMMARY, window, notes=notes)


def _in_order(days: pl.DataFrame) -> tuple[Ints, Ints]:
    """Users, as numbers, and days on which they were active, by user and day."""
    when = days["day"].to_numpy()
    base = int(when.min())
    bits = np.uint64((int(when.max()) - base).bit_length())
    hashes = _users(days)
    # One whole number of each, to sort by: the high bits of the user's hash, then the day.
    keys = np.sort((hashes.to_numpy() >> bits << bits) | (when - base).astype(np.uint64))
    users = keys >> bits
    if _distinct(users) != _distinct(np.sort(hashes.to_numpy())):  # two users share the bits
        ranked = pl.DataFrame({"user": hashes, "day": days["day"]}).sort("user", "day")
        return ranked["user"].to_numpy(), ranked["day"].to_numpy()
    return users, (keys & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int32) + np.int32(base)


def _distinct(ordered: Ints) -> int:
    """How many values differ, of some in order."""
    return int((ordered[1:] != ordered[:-1]).sum()) + 1


def _users(days: pl.DataFrame) -> pl.Series:
    known = "user" in days.columns
    return days["user"] if known else days.select(visits.user_hash()).to_series()


def _sums(frame: pl.DataFrame | None, what: pl.Expr, begin: int, numbers: Ints) -> Ints:
    """A sum by period, from one by day."""
    sums = np.zeros(int(numbers[-1]) + 1, np.int64)
    if frame is not None:
        by_day = frame.group_by("day").agg(what.cast(pl.Int64).alias("sum"))
        np.add.at(sums, numbers[by_day["day"].to_numpy() - begin], by_day["sum"].to_numpy())
    return sums


def _periods(
    starts: Sequence[int] | Ints, counts: Ints, whole: Sequence[bool] | Ints
) -> pl.DataFrame:
    active, new, returning, dormant, events, sessions, ms = (
        pl.Series(part, dtype=pl.Int64) for part in counts
    )
    users = pl.when(pl.col("active_users") > 0).then("active_users")
    return (
        pl.DataFrame(
            {
                "period": pl.Series(starts, dtype=pl.Int32).cast(pl.Date),
                "active_users": active,
                "new_users": new,
                "returning_users": returning,
                "resurrected_users": active - new - returning,
                "dormant_users": dormant,
                "events": events,
                "sessions": sessions,
                "ms": ms,
                "complete": pl.Series(whole, dtype=pl.Boolean),
            }
        )
        .with_columns(
            events_per_user=pl.col("events") / users,
            minutes_per_user=pl.col("ms") / _MINUTE / users,
        )
        .select(list(SUMMARY))
    )


def stickiness(days: pl.DataFrame, window: Window) -> Table:
    """How many of its days a user comes, over the last week and four weeks."""
    notes: list[Note] = []
    rows: list[tuple[str, int, int, int]] = []
    if window.as_of is not None and window.first_day is not None:
        as_of = to_day(window.as_of)
        reach = as_of - to_day(window.first_day) + 1
        recent = days.filter(pl.col("day") > as_of - _MONTH)
        each = (
            pl.DataFrame({"user": _users(recent), "day": recent["day"]})
            .unique()
            .group_by("user")
            .agg(days=pl.len(), last=(pl.col("day") > as_of - _WEEK).sum())
            .select("days", pl.col("last").cast(pl.Int64))
        )
        counts = np.bincount(each["days"].to_numpy(), minlength=_MONTH + 1)
        monthly, weekly = len(each), int((each["last"] > 0).sum())
        for name, back, pairs, users in (
            ("dau_wau", _WEEK, int(each["last"].sum()), weekly),
            ("dau_mau", _MONTH, int(counts @ np.arange(_MONTH + 1)), monthly),
        ):
            rows.append((name, back, pairs, users * back if reach >= back else 0))
            if reach < back:
                notes.append(
                    Note(
                        "{measure} needs {days:day|days} of events, not {reach:,}",
                        measure=Word(name),
                        days=back,
                        reach=reach,
                    )
                )
        out_of = monthly if reach >= _MONTH else 0
        rows += [("active_days", at, int(counts[at]), out_of) for at in range(1, _MONTH + 1)]
    schema = {"measure": pl.String, "days": pl.Int64, "count": pl.Int64, "out_of": pl.Int64}
    whole = pl.col("out_of") > 0
    counted, out = pl.col("count"), pl.col("out_of")
    single = pl.col("measure") == "active_days"
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        share=pl.when(whole).then(counted / out),
        low=pl.when(whole & single).then(wilson_low(counted, out)),
        high=pl.when(whole & single).then(wilson_high(counted, out)),
        out_of=pl.when(whole).then(out),
    )
    return Table(
        "stickiness", frame.select(list(STICKINESS)), STICKINESS, window, notes=tuple(notes)
    )


def users(seen: Usage, window: Window, params: ActivityParams) -> Table:
    """Every user, how much and in which rhythm."""
    as_of = to_day(window.as_of) if window.as_of else 0
    frame = visits.by_user(seen).select(
        "user_id",
        pl.col("first_day").cast(pl.Date).alias("first_active"),
        pl.col("last_day").cast(pl.Date).alias("last_active"),
        "active_days",
        "sessions",
        "events",
        (pl.col("ms") / _MINUTE).alias("minutes"),
        _cycle(as_of, params).alias("cycle"),
    )
    return Table("users", frame, USERS, window)


def _cycle(as_of: int, params: ActivityParams) -> pl.Expr:
    """By whole numbers: a mean gap up to n days is a span up to n x the number of gaps."""
    span = (pl.col("last_day") - pl.col("first_day")).cast(pl.Int64)
    gaps = pl.col("active_days") - 1
    silent = (as_of - pl.col("last_day")).cast(pl.Int64)
    lapsed = (silent * gaps > params.lapsed_gaps * span) & (silent > params.lapsed_days)
    named = (
        pl.when(gaps == 0)
        .then(pl.when(silent <= params.new_days).then(5).otherwise(4))
        .when(lapsed)
        .then(4)
        .when(span <= params.daily_days * gaps)
        .then(0)
        .when(span <= params.weekly_days * gaps)
        .then(1)
        .when(span <= params.monthly_days * gaps)
        .then(2)
        .otherwise(3)
    )
    return pl.lit(pl.Series(CYCLES)).gather(named.cast(pl.UInt32))


def depth(seen: Usage, window: Window) -> Table:
    """Sessions by the time spent in them."""
    band = pl.when(pl.col("ms") < 40_000).then(0).when(pl.col("ms") < 60 * _MINUTE).then(1)
    sessions = seen.sessions if seen.sessions is not None else pl.DataFrame()
    counts = sessions.group_by(band.otherwise(2).cast(pl.Int32).alias("at")).agg(
        sessions=pl.len().cast(pl.Int64),
        users=pl.col("user").n_unique().cast(pl.Int64),
        ms=pl.col("ms").sum(),
        pages=pl.col("pages").sum(),
    )
    names = pl.DataFrame(
        {"at": range(3), "band": BANDS}, schema={"at": pl.Int32, "band": pl.String}
    )
    begun = pl.col("sessions")
    some = pl.when(begun > 0)
    frame = (
        names.join(counts, on="at", how="left", maintain_order="left")
        .with_columns(pl.col("sessions", "users", "ms", "pages").fill_null(0))
        .with_columns(
            sessions_share=pl.when(begun.sum() > 0).then(begun / begun.sum()),
            minutes=pl.col("ms") / _MINUTE,
            pages_per_session=some.then(pl.col("pages") / begun),
            minutes_per_session=some.then(pl.col("ms") / _MINUTE / begun),
        )
    )
    return Table("depth", frame.select(list(DEPTH)), DEPTH, window, bars=("sessions_share",))
