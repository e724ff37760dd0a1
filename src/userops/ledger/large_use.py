"""What users did, worked out by another engine, as SQL: what comes here is small.

Days and sessions are those of `ledger.sessions`. Whoever asks for `SUMMED_DAYS` and the like adds up
by period what's summed by day.
"""

from __future__ import annotations

from typing import Any

from userops.core.periods import Period
from userops.core.sessions import SILENCE
from userops.engines import query as engine
from userops.engines.reductions import Reduction
from userops.ledger.customers import period_number

_MINUTE = 60_000_000  # microseconds
# A user's rows in turn.
_BY_DAY = "(PARTITION BY user_id ORDER BY day)"
_BY_TIME = "(PARTITION BY user_id ORDER BY event_time)"


def _days(events: Any) -> Any:
    """A row a user and active day: `user_id, day, events`, and `ms` where there are durations."""
    spent = {"ms": "sum(ms)"} if "ms" in events.columns else {}
    return engine.grouped(events, "user_id", "day", events="count(*)", **spent)


def _sessions(events: Any, silence: int) -> Any:
    """A row a session: `user_id, day` it began on, `ms, pages`."""
    names = events.columns
    sums = {
        "day": "min(day)",
        "ms": "sum(ms)" if "ms" in names else "(max(event_time) - min(event_time)) DIV 1000",
        "pages": "count(page)" if "page" in names else "count(*)",
    }
    if "session_id" not in names:
        return _silent(events, silence, sums)
    x = engine.api(events)
    known = x.col("session_id").is_null()
    named = engine.grouped(events.filter(~known), "user_id", "session_id", **sums)
    columns = ("user_id", *sums)
    both = [named.select(*columns), _silent(events.filter(known), silence, sums).select(*columns)]
    return x.concat(both)


def _silent(events: Any, silence: int, sums: dict[str, str]) -> Any:
    """Sessions of events without their ids, by so many minutes of silence."""
    goes_on = f"event_time - lag(event_time) OVER {_BY_TIME} <= {silence * _MINUTE}"
    begun = engine.selected(events, "*", begins=f"CASE WHEN {goes_on} THEN 0 ELSE 1 END")
    # A sum in the order of time takes in all rows of the same time.
    numbered = engine.selected(begun, "*", session=f"sum(begins) OVER {_BY_TIME}")
    return engine.grouped(numbered, "user_id", "session", **sums)


def _summed_days(events: Any, period: Period, week_start: str) -> Any:
    """By day: `day, active, new, returning` (users whose first day of a period it is), `events`, maybe `ms`."""
    x = engine.api(events)
    days = _days(events)
    number = period_number(x, period, week_start).cast(x.Int64)
    before = engine.selected(
        days.with_columns(number=number), "*", before=f"lag(number) OVER {_BY_DAY}"
    )
    spent = {"ms": "sum(ms)"} if "ms" in days.columns else {}
    return engine.grouped(
        before,
        "day",
        active="count_if(before IS NULL OR before <> number)",
        new="count_if(before IS NULL)",
        returning="count_if(before = number - 1)",
        events="sum(events)",
        **spent,
    )


def _summed_sessions(events: Any, silence: int = SILENCE) -> Any:
    """By day that they began on: `day, sessions, ms`."""
    sums = {"sessions": "count(*)", "ms": "sum(ms)"}
    return engine.grouped(_sessions(events, silence), "day", **sums)


def _recent(events: Any, since: int, last: int) -> Any:
    """By how many days users came on after one day, and of these after another: `days, last, users`."""
    x = engine.api(events)
    pairs = events.filter(x.col("day") > since).select("user_id", "day").unique()
    by_user = engine.grouped(pairs, "user_id", days="count(*)", last=f"count_if(day > {last})")
    return engine.grouped(by_user, "days", "last", users="count(*)")


def _bands(events: Any, edges: tuple[int, ...], silence: int = SILENCE) -> Any:
    """Sessions by how many of some durations (milliseconds) they last: `at, sessions, users, ms, pages`."""
    at = " + ".join(f"CAST(ms >= {edge} AS INT)" for edge in edges)
    banded = engine.selected(_sessions(events, silence), "*", at=at)
    users = "count(DISTINCT user_id)"
    sums = {"sessions": "count(*)", "users": users, "ms": "sum(ms)", "pages": "sum(pages)"}
    return engine.grouped(banded, "at", **sums)


def _by_user(events: Any, silence: int = SILENCE) -> Any:
    """As `sessions.by_user`."""
    spans = {"first_day": "min(day)", "last_day": "max(day)", "active_days": "count(*)"}
    timed = "ms" in events.columns
    spent = {"ms": "sum(ms)"}
    days = _days(events)
    users = engine.grouped(
        days, "user_id", **spans, events="sum(events)", **(spent if timed else {})
    )
    theirs = {"sessions": "count(*)", **({} if timed else spent)}
    counts = engine.grouped(_sessions(events, silence), "user_id", **theirs)
    return users.join(counts, on="user_id", how="left")


SUMMED_DAYS = Reduction(_summed_days)
SUMMED_SESSIONS = Reduction(_summed_sessions)
RECENT = Reduction(_recent)
BANDS = Reduction(_bands)
BY_USER = Reduction(_by_user)
