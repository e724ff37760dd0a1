"""A goal's progress: what was meant, what there is, what is to come."""

from __future__ import annotations

import calendar
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from userops.analyses.goals.outlook import SERIES, Course, Outlook
from userops.analyses.goals.params import Goal, GoalMetric, GoalPeriod
from userops.core.dates import WEEKDAYS, to_day
from userops.customers.measures import Span
from userops.stats.tails import t_quantile, t_two_sided

LEVEL = 0.95
MOST = 1.2  # of a target, that counts in the score
NEARLY = 0.9
LOWER_IS_BETTER = frozenset({"cac"})
# What can still be lost again before a period's end.
FALLS_BACK = frozenset({"aov", "repurchase_rate", "cac"})
# What adds up day by day, and of which series.
ADDS_UP = {"new": "new", "orders": "orders", "revenue": "revenue", "users": "new"}

Value = Callable[[GoalMetric, Span], float | None]  # of a measure, money in whole currency units


@dataclass(frozen=True, slots=True)
class Projection:
    """What a goal comes to at its period's end, its interval, and the chance that that will do."""

    value: float
    low: float | None = None
    high: float | None = None
    chance: float | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """One goal at the end of as_of. `before` is what counted before its period began."""

    metric: GoalMetric
    first: date
    last: date
    as_of: date
    target: float | None
    actual: float | None
    before: float
    course: Course | None
    scale: float  # minor units of a currency unit, of money

    @property
    def elapsed_days(self) -> int:
        """Days of the period up to as_of."""
        return (self.as_of - self.first).days + 1

    @property
    def days(self) -> int:
        """All its days."""
        return (self.last - self.first).days + 1

    @property
    def series(self) -> int | None:
        """The row of what adds up day by day, where it does."""
        name = ADDS_UP.get(self.metric)
        return None if name is None else SERIES.index(name)

    @property
    def achieved(self) -> float | None:
        """Actual / target, or where lower is better 2 - actual / target."""
        if self.actual is None or not self.target:
            return None
        ratio = self.actual / self.target
        return 2 - ratio if self.metric in LOWER_IS_BETTER else ratio

    @property
    def score(self) -> float | None:
        """What it counts for in the score."""
        return None if self.achieved is None else min(max(self.achieved, 0.0), MOST)

    @property
    def share(self) -> float | None:
        """The part of the period's sum that was expected by now."""
        if self.series is None:
            return None
        told = self.course.share(self.series, self.elapsed_days) if self.course else None
        return self.elapsed_days / self.days if told is None else told

    @property
    def pace(self) -> float | None:
        """What there is of what was expected by now."""
        if self.actual is None or self.target is None or not self.share:
            return None
        meant = self.target - self.before
        return (self.actual - self.before) / meant / self.share if meant > 0 else None

    @property
    def projection(self) -> Projection | None:
        """What the period's end will bring; without weeks to tell by as the days so far."""
        if self.actual is None or self.series is None:
            return None
        if self.course is None or self.course.share(self.series, self.elapsed_days) is None:
            so_far = (self.actual - self.before) * self.days / self.elapsed_days
            return Projection(self.before + so_far)
        ahead, row = self.course.ahead, self.series
        value = self.actual + float(ahead.total[row]) / self.scale
        error = math.sqrt(float(ahead.variance[row])) / self.scale
        df = float(ahead.df[row])
        half = t_quantile(LEVEL, df) * error if error else 0.0
        low = value - half
        if self.metric != "revenue":  # what was counted isn't taken back
            low = max(low, self.actual)
        return Projection(value, low, value + half, self._chance(value, error, df))

    def _chance(self, value: float, error: float, df: float) -> float | None:
        """Of reaching the target, by the same noise."""
        if self.target is None:
            return None
        missing = self.target - value
        reached = self.actual is not None and self.actual >= self.target
        if not error or (reached and self.metric != "revenue"):
            return 1.0 if missing <= 0 or reached else 0.0
        beyond = t_two_sided(missing / error, df) / 2
        return beyond if missing > 0 else 1 - beyond

    @property
    def needed_per_day(self) -> float | None:
        """What each day that's left has to bring."""
        left = self.days - self.elapsed_days
        if self.series is None or self.target is None or self.actual is None or left <= 0:
            return None
        return max(self.target - self.actual, 0.0) / left

    @property
    def status(self) -> str | None:
        """How it stands, in a word."""
        if self.achieved is None:
            return None
        if self.achieved >= 1:
            is_safe = self.metric not in FALLS_BACK or self.as_of >= self.last
            return "reached" if is_safe else "on pace"
        if self.as_of >= self.last:
            return "missed"
        if self.pace is None:
            return "not yet"
        return "on pace" if self.pace >= 1 else "nearly" if self.pace >= NEARLY else "behind"


def progress(
    metric: GoalMetric,
    goal: Goal,
    value: Value,
    outlook: Outlook,
    as_of: date,
    scale: float,
    week_start: str = "monday",
) -> Progress:
    """How a goal stands. `target` is None where there's no whole period to grow from."""
    first, last = bounds(as_of, goal.period, week_start)
    day_before = to_day(first) - 1
    before = value(metric, Span(day_before, day_before)) if metric == "users" else 0.0
    course = outlook.course(to_day(first), to_day(last)) if metric in ADDS_UP else None
    return Progress(
        metric,
        first,
        last,
        as_of,
        _target(
            metric, goal, value, year_before(first, goal.period, week_start), outlook.first_day
        ),
        value(metric, Span(to_day(first), to_day(as_of))),
        before or 0.0,
        course,
        scale if metric == "revenue" else 1,
    )


def bounds(day: date, length: GoalPeriod, week_start: str = "monday") -> tuple[date, date]:
    """The first and the last day of the period that a day lies in."""
    if length == "week":
        first = day - timedelta(days=(day.weekday() - WEEKDAYS.index(week_start)) % 7)
        return first, first + timedelta(days=6)
    months = {"month": 1, "quarter": 3, "year": 12}[length]
    first_month = (day.month - 1) // months * months + 1
    last_month = first_month + months - 1
    return day.replace(month=first_month, day=1), day.replace(
        month=last_month, day=calendar.monthrange(day.year, last_month)[1]
    )


def _target(
    metric: GoalMetric, goal: Goal, value: Value, before: tuple[date, date], first_day: int
) -> float | None:
    """What is to be reached; with growth, of a period a year `before` that's wholly in the data.

    From nothing, or less than that, nothing grows.
    """
    if goal.growth is None:
        return goal.target
    first, last = map(to_day, before)
    if first < first_day:
        return None
    base = value(metric, Span(first, last))
    return base * (1 + goal.growth) if base is not None and base > 0 else None


def year_before(first: date, length: GoalPeriod, week_start: str = "monday") -> tuple[date, date]:
    """The first and the last day of the same period a year before, whole.

    A week's is 52 weeks earlier, with the same weekdays; February's has its 29th if it had one.

    >>> year_before(date(2025, 2, 1), "month")
    (datetime.date(2024, 2, 1), datetime.date(2024, 2, 29))
    """
    if length == "week":
        return first - timedelta(weeks=52), first - timedelta(weeks=52, days=-6)
    return bounds(first.replace(year=first.year - 1), length, week_start)


def expected_by_day(one: Progress) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Of each of a goal's days the part of its period's sum that's expected on it."""
    if one.course is not None and one.series is not None:
        parts = one.course.expected[one.series]
        if parts.sum() > 0:
            shares: np.ndarray[tuple[int], np.dtype[np.float64]] = parts / parts.sum()
            return shares
    return np.full(one.days, 1 / one.days)
