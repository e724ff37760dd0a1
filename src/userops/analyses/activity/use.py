"""What users did, as the tables of `userops activity` ask for it: from what is held here, or elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import polars as pl

from userops.analyses.activity.user_days import sorted_user_days, user_hashes
from userops.core.periods import Period
from userops.engines.reductions import Query
from userops.ledger import large_use, sessions
from userops.ledger.sessions import Usage

Ints = np.ndarray[Any, np.dtype[Any]]
# Active, new and returning users, events, sessions, milliseconds: each by period.
ByPeriod = tuple[Ints, Ints, Ints, Ints, Ints, Ints]
# Tables that take sessions, and whether they ask what happened in them.
_WITH_SESSIONS = {"summary": False, "users": False, "depth": True}


class Use(Protocol):
    """What users did up to some day."""

    def by_period(self, first_day: int, period_of_day: Ints) -> ByPeriod | None:
        """Sums by period, of which `period_of_day` has the number of each day; None for no events."""

    def recent(self, month: int, week: int) -> pl.DataFrame:
        """By on how many `days` after one day, and after a `last` one, users came: how many `users`."""

    def by_user(self) -> pl.DataFrame:
        """As `sessions.by_user`."""

    def bands(self, edges: Sequence[int]) -> pl.DataFrame:
        """Sessions by how many of some durations they last: `at` (Int32), `sessions, users, ms, pages`."""


def reductions(tables: Sequence[str], silence: int) -> dict[str, Query]:
    """The reductions that some tables take: `days`, `stays` or both."""
    with_pages = [_WITH_SESSIONS[name] for name in tables if name in _WITH_SESSIONS]
    by_name: dict[str, Query] = {}
    if with_pages:
        by_name["stays"] = sessions.SESSIONS_BY_DAY.given(whole=any(with_pages), silence=silence)
    if not with_pages or "users" in tables:
        by_name["days"] = sessions.active_days
    return by_name


@dataclass(frozen=True, slots=True)
class HeldUse:
    """Use of which every user's days are here."""

    usage: Usage

    def by_period(self, first_day: int, period_of_day: Ints) -> ByPeriod | None:
        """As `Use.by_period`."""
        usage, count = self.usage, int(period_of_day[-1]) + 1
        if usage.days.is_empty():
            return None
        users, days = sorted_user_days(usage.days)
        period_numbers = period_of_day[days - first_day]
        is_first = np.ones(len(users), bool)
        is_first[1:] = users[1:] != users[:-1]
        period_step = np.diff(period_numbers, prepend=period_numbers[:1])
        is_first_in_period = is_first | (period_step != 0)  # a user's first day in a period
        active, new, returning = (
            np.bincount(period_numbers[is_counted], minlength=count)
            for is_counted in (is_first_in_period, is_first, ~is_first & (period_step == 1))
        )
        time_source = usage.days if usage.timed else usage.sessions
        events, counts, spent = (
            _sums_by_period(frame, expression, first_day, period_of_day)
            for frame, expression in (
                (usage.days, pl.col("events").sum()),
                (usage.sessions, pl.len()),
                (time_source, pl.col("ms").sum()),
            )
        )
        return active, new, returning, events, counts, spent

    def recent(self, month: int, week: int) -> pl.DataFrame:
        """As `Use.recent`."""
        recent = self.usage.days.filter(pl.col("day") > month)
        return (
            pl.DataFrame({"user": user_hashes(recent), "day": recent["day"]})
            .unique()
            .group_by("user")
            .agg(days=pl.len().cast(pl.Int64), last=(pl.col("day") > week).sum().cast(pl.Int64))
            .group_by("days", "last")
            .agg(users=pl.len().cast(pl.Int64))
        )

    def by_user(self) -> pl.DataFrame:
        """As `Use.by_user`."""
        return sessions.by_user(self.usage)

    def bands(self, edges: Sequence[int]) -> pl.DataFrame:
        """As `Use.bands`."""
        stays = self.usage.sessions if self.usage.sessions is not None else pl.DataFrame()
        at = pl.sum_horizontal((pl.col("ms") >= edge).cast(pl.Int32) for edge in edges)
        return stays.group_by(at.alias("at")).agg(
            sessions=pl.len().cast(pl.Int64),
            users=pl.col("user").n_unique().cast(pl.Int64),
            ms=pl.col("ms").sum(),
            pages=pl.col("pages").sum(),
        )


def _sums_by_period(
    frame: pl.DataFrame | None, expression: pl.Expr, first_day: int, period_of_day: Ints
) -> Ints:
    """A sum by period, from one by day."""
    if frame is None:
        return _by_period(None, "sum", first_day, period_of_day)
    by_day = frame.group_by("day").agg(expression.cast(pl.Int64).alias("sum"))
    return _by_period(by_day, "sum", first_day, period_of_day)


def _by_period(
    by_day: pl.DataFrame | None, column: str, first_day: int, period_of_day: Ints
) -> Ints:
    """The same from a frame that has a row a day."""
    sums = np.zeros(int(period_of_day[-1]) + 1, np.int64)
    if by_day is not None:
        at = period_of_day[by_day["day"].to_numpy() - first_day]
        np.add.at(sums, at, by_day[column].to_numpy())
    return sums


@dataclass(frozen=True, slots=True)
class LargeUse:
    """Use that another engine works out where the events are, from which little comes here."""

    ask: Callable[[Sequence[Query]], list[pl.DataFrame]]
    silence: int
    period: Period
    week_start: str

    def by_period(self, first_day: int, period_of_day: Ints) -> ByPeriod | None:
        """As `Use.by_period`."""
        days, stays = self.ask(
            [
                large_use.SUMMED_DAYS.given(period=self.period, week_start=self.week_start),
                large_use.SUMMED_SESSIONS.given(silence=self.silence),
            ]
        )
        if days.is_empty():
            return None
        sources = [(days, name) for name in ("active", "new", "returning", "events")]
        sources += [(stays, "sessions"), (days if "ms" in days.columns else stays, "ms")]
        active, new, returning, events, counts, spent = (
            _by_period(frame, name, first_day, period_of_day) for frame, name in sources
        )
        return active, new, returning, events, counts, spent

    def recent(self, month: int, week: int) -> pl.DataFrame:
        """As `Use.recent`."""
        return self.ask([large_use.RECENT.given(since=month, last=week)])[0]

    def by_user(self) -> pl.DataFrame:
        """As `Use.by_user`."""
        return self.ask([large_use.BY_USER.given(silence=self.silence)])[0]

    def bands(self, edges: Sequence[int]) -> pl.DataFrame:
        """As `Use.bands`."""
        bands = large_use.BANDS.given(edges=tuple(edges), silence=self.silence)
        return self.ask([bands])[0]
