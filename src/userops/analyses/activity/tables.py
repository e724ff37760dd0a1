"""The tables of `userops activity`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl

from userops.analyses.activity.params import ActivityParams
from userops.analyses.activity.use import Use
from userops.core import periods
from userops.core.dates import Window, to_day
from userops.core.messages import Note, Word, begins, cut_short
from userops.core.periods import Period
from userops.core.table import Kind, Table
from userops.stats.intervals import wilson_high, wilson_low

Ints = np.ndarray[Any, np.dtype[Any]]
_MINUTE = 60_000  # milliseconds
_WEEK, _MONTH = 7, 28
CYCLES = ("daily", "weekly", "monthly", "yearly", "lapsed", "new")
BANDS = ("under_40s", "minutes", "hours")
_EDGES = (40_000, 60 * _MINUTE)  # of the bands


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


def activity_tables(
    use: Use,
    window: Window,
    params: ActivityParams,
    tables: Sequence[str],
    week_start: str = "monday",
) -> tuple[Table, ...]:
    """Those of the tables of `userops activity` that are named."""
    makers: dict[str, Callable[[], Table]] = {
        "summary": lambda: summary(use, window, Period(params.period), week_start),
        "stickiness": lambda: stickiness(use, window),
        "users": lambda: users(use, window, params),
        "depth": lambda: depth(use, window),
    }
    return tuple(make() for name, make in makers.items() if name in tables)


def summary(use: Use, window: Window, period: Period, week_start: str = "monday") -> Table:
    """Who was active period by period, from the first event's to as_of's."""
    if window.as_of is None or window.first_day is None:
        return Table("summary", _summary_frame([], np.zeros((7, 0)), []), SUMMARY, window)
    first_day, as_of = to_day(window.first_day), to_day(window.as_of)
    period_of_day = periods.number(
        np.arange(first_day, as_of + 1, dtype=np.int32), period, week_start
    )
    period_of_day -= (first_number := int(period_of_day[0]))
    count = int(period_of_day[-1]) + 1
    sums = use.by_period(first_day, period_of_day)
    if sums is None:
        return Table("summary", _summary_frame([], np.zeros((7, 0)), []), SUMMARY, window)
    active, new, returning, events, session_counts, minutes = sums
    dormant = np.concatenate(([0], active[:-1])) - returning
    numbers = np.arange(first_number, first_number + count)
    is_whole = numbers <= periods.last_whole(as_of, period, week_start)
    frame = _summary_frame(
        periods.first_day(numbers, period, week_start),
        np.stack([active, new, returning, dormant, events, session_counts, minutes]),
        is_whole,
    )
    first_period_day = int(periods.first_day(numbers[:1], period, week_start)[0])
    note = begins("events", window.first_day, period, whole=first_period_day == first_day)
    notes = (note,) if is_whole[-1] else (note, cut_short(period))
    return Table("summary", frame, SUMMARY, window, notes=notes)


def _summary_frame(
    starts: Sequence[int] | Ints, counts: Ints, is_whole: Sequence[bool] | Ints
) -> pl.DataFrame:
    active, new, returning, dormant, events, sessions, ms = (
        pl.Series(part, dtype=pl.Int64) for part in counts
    )
    users_or_null = pl.when(pl.col("active_users") > 0).then("active_users")
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
                "complete": pl.Series(is_whole, dtype=pl.Boolean),
            }
        )
        .with_columns(
            events_per_user=pl.col("events") / users_or_null,
            minutes_per_user=pl.col("ms") / _MINUTE / users_or_null,
        )
        .select(list(SUMMARY))
    )


def stickiness(use: Use, window: Window) -> Table:
    """How many of its days a user comes, over the last week and four weeks."""
    rows: list[_Ratio] = []
    notes: tuple[Note, ...] = ()
    if window.as_of is not None and window.first_day is not None:
        as_of = to_day(window.as_of)
        reach = as_of - to_day(window.first_day) + 1
        rows = _ratios(use.recent(as_of - _MONTH, as_of - _WEEK), reach)
        notes = tuple(
            Note(
                "{measure} needs {days:day|days} of events, not {reach:,}",
                measure=Word(measure),
                days=length,
                reach=reach,
            )
            for measure, length in (("dau_wau", _WEEK), ("dau_mau", _MONTH))
            if reach < length
        )
    schema = {"measure": pl.String, "days": pl.Int64, "count": pl.Int64, "out_of": pl.Int64}
    count, out_of = pl.col("count"), pl.col("out_of")
    is_known = out_of > 0
    has_interval = is_known & (pl.col("measure") == "active_days")
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        share=pl.when(is_known).then(count / out_of),
        low=pl.when(has_interval).then(wilson_low(count, out_of)),
        high=pl.when(has_interval).then(wilson_high(count, out_of)),
    )
    return Table("stickiness", frame.select(list(STICKINESS)), STICKINESS, window, notes=notes)


_Ratio = tuple[str, int, int, int | None]  # measure, days, count, out_of


def _ratios(recent: pl.DataFrame, reach: int) -> list[_Ratio]:
    """The ratios, and users by active days; `out_of` is None where events don't reach back that far."""
    days, last, users = (recent[name].to_numpy() for name in ("days", "last", "users"))
    users_by_days = np.bincount(days, users, minlength=_MONTH + 1).astype(np.int64)
    wau, mau = int(users[last > 0].sum()), int(users.sum())
    pairs_of_week, pairs_of_month = int(last @ users), int(days @ users)
    out_of = mau if reach >= _MONTH else None
    return [
        ("dau_wau", _WEEK, pairs_of_week, wau * _WEEK if reach >= _WEEK else None),
        ("dau_mau", _MONTH, pairs_of_month, None if out_of is None else out_of * _MONTH),
        *(
            ("active_days", number, int(users_by_days[number]), out_of)
            for number in range(1, _MONTH + 1)
        ),
    ]


def users(use: Use, window: Window, params: ActivityParams) -> Table:
    """Every user, how much and in which rhythm."""
    as_of = to_day(window.as_of) if window.as_of else 0
    frame = use.by_user().select(
        "user_id",
        pl.col("first_day").cast(pl.Date).alias("first_active"),
        pl.col("last_day").cast(pl.Date).alias("last_active"),
        "active_days",
        "sessions",
        "events",
        (pl.col("ms") / _MINUTE).alias("minutes"),
        _cycle_name(as_of, params).alias("cycle"),
    )
    return Table("users", frame, USERS, window)


def _cycle_name(as_of: int, params: ActivityParams) -> pl.Expr:
    """By whole numbers: a mean gap up to n days is a span up to n x the number of gaps."""
    span = (pl.col("last_day") - pl.col("first_day")).cast(pl.Int64)
    gaps = pl.col("active_days") - 1
    silence = (as_of - pl.col("last_day")).cast(pl.Int64)
    is_lapsed = (silence * gaps > params.lapsed_gaps * span) & (silence > params.lapsed_days)
    cycle = (
        pl.when(gaps == 0)
        .then(pl.when(silence <= params.new_days).then(5).otherwise(4))
        .when(is_lapsed)
        .then(4)
        .when(span <= params.daily_days * gaps)
        .then(0)
        .when(span <= params.weekly_days * gaps)
        .then(1)
        .when(span <= params.monthly_days * gaps)
        .then(2)
        .otherwise(3)
    )
    return pl.lit(pl.Series(CYCLES)).gather(cycle.cast(pl.UInt32))


def depth(use: Use, window: Window) -> Table:
    """Sessions by the time spent in them."""
    counts = use.bands(_EDGES)
    names = pl.DataFrame(
        {"at": range(3), "band": BANDS}, schema={"at": pl.Int32, "band": pl.String}
    )
    session_count = pl.col("sessions")
    per_session = pl.when(session_count > 0)
    frame = (
        names.join(counts, on="at", how="left", maintain_order="left")
        .with_columns(pl.col("sessions", "users", "ms", "pages").fill_null(0))
        .with_columns(
            sessions_share=pl.when(session_count.sum() > 0).then(
                session_count / session_count.sum()
            ),
            minutes=pl.col("ms") / _MINUTE,
            pages_per_session=per_session.then(pl.col("pages") / session_count),
            minutes_per_session=per_session.then(pl.col("ms") / _MINUTE / session_count),
        )
    )
    return Table("depth", frame.select(list(DEPTH)), DEPTH, window, bars=("sessions_share",))
