"""Goals: what was meant to be reached by the end of a period, and how it goes.

goal : a measure
    `users`, `active`, `new`, `orders`, `revenue`, `aov` or `repurchase_rate`, as a report's
    headline defines them, over the week, month, quarter or year that as_of lies in.
goal_from, goal_to : date
    The period's first and last day.
target : number
    What is to be reached; money in whole currency units. With `growth`, the value of the same
    days a year before, whole, and that much more.
actual : number
    The value so far.
achieved : proportion
    actual / target.
elapsed : proportion
    Days of the period up to as_of / all its days.
pace : proportion
    achieved / elapsed, of what adds up day by day (new, orders, revenue), and for users what
    was added so far / what is to be added / elapsed: 100 % is just in time. Empty for others.
projected : number
    The value at the period's end if the days to come are like those so far. Empty where
    there's no pace.
status : word
    `reached`; `on pace` (pace >= 1), `nearly` (pace >= 0.9), `behind`; at the period's end, or
    where there's no pace, `reached`, or `missed` and `not yet`.

Tables: `goals` (a row a goal).
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from userops.analyses.kpis.measures import KINDS, OrderMeasures, Span, Value
from userops.analyses.kpis.params import Goal, GoalMetric, GoalPeriod
from userops.core.dates import WEEKDAYS, Window, to_day
from userops.core.messages import Note, Word
from userops.core.table import Currency, Kind, Table

_ADDS_UP = frozenset({"new", "orders", "revenue"})
NEARLY = 0.9

COLUMNS: dict[str, Kind] = {
    "goal": Kind.WORD,
    "goal_from": Kind.DATE,
    "goal_to": Kind.DATE,
    "target": Kind.NUMBER,
    "actual": Kind.NUMBER,
    "achieved": Kind.RATE,
    "elapsed": Kind.RATE,
    "pace": Kind.RATE,
    "projected": Kind.NUMBER,
    "status": Kind.WORD,
}


def table(
    goals: Mapping[GoalMetric, Goal],
    measures: OrderMeasures,
    window: Window,
    currency: Currency | None = None,
    week_start: str = "monday",
) -> Table:
    """The table `goals`, in the order of the settings."""
    money = currency or Currency()
    rows, notes = [], []
    if window.as_of is not None and window.first_day is not None:
        for metric, goal in goals.items():
            first, last = bounds(window.as_of, goal.period, week_start)
            target = _target(metric, goal, measures, first, last, window, money)
            if target is None:
                notes.append(
                    Note(
                        "{metric}: no whole {period} of the year before to grow from",
                        metric=Word(metric),
                        period=Word(goal.period),
                    )
                )
            rows.append(_row(metric, measures, first, last, window.as_of, target, money))
    schema = {name: _TYPES.get(kind, pl.String) for name, kind in COLUMNS.items()}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return Table("goals", frame, COLUMNS, window, money, tuple(notes))


_TYPES = {Kind.DATE: pl.Date, Kind.NUMBER: pl.Float64, Kind.RATE: pl.Float64}


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
    metric: GoalMetric,
    goal: Goal,
    measures: OrderMeasures,
    first: date,
    last: date,
    window: Window,
    money: Currency,
) -> float | None:
    if goal.growth is None:
        return goal.target
    year_ago, year_ago_end = _year_ago(first), _year_ago(last)
    if window.first_day is None or year_ago < window.first_day:
        return None
    value = _value(metric, measures, Span(to_day(year_ago), to_day(year_ago_end)), money)
    return value * (1 + goal.growth) if value is not None else None


def _year_ago(day: date) -> date:
    year = day.year - 1
    return day.replace(year=year, day=min(day.day, calendar.monthrange(year, day.month)[1]))


def _value(
    metric: GoalMetric, measures: OrderMeasures, span: Span, money: Currency
) -> float | None:
    value: Value = measures.measure(span)[metric]
    if value is None:
        return None
    return value / 10**money.places if KINDS[metric] is Kind.MONEY else float(value)


def _row(
    metric: GoalMetric,
    measures: OrderMeasures,
    first: date,
    last: date,
    as_of: date,
    target: float | None,
    money: Currency,
) -> tuple[object, ...]:
    actual = _value(metric, measures, Span(to_day(first), to_day(as_of)), money)
    elapsed = ((as_of - first).days + 1) / ((last - first).days + 1)
    achieved = actual / target if actual is not None and target else None
    pace, projected = None, None
    if actual is not None and metric in _ADDS_UP:
        pace = achieved / elapsed if achieved is not None else None
        projected = actual / elapsed
    elif actual is not None and metric == "users":
        users_before = (
            _value(metric, measures, Span(to_day(first) - 1, to_day(first) - 1), money) or 0.0
        )
        if target is not None and target > users_before:
            pace = (actual - users_before) / (target - users_before) / elapsed
        projected = users_before + (actual - users_before) / elapsed
    status = _status(achieved, pace, over=as_of >= last)
    return (metric, first, last, target, actual, achieved, elapsed, pace, projected, status)


def _status(achieved: float | None, pace: float | None, *, over: bool) -> str | None:
    if achieved is None:
        return None
    if achieved >= 1:
        return "reached"
    if over:
        return "missed"
    if pace is None:
        return "not yet"
    return "on pace" if pace >= 1 else "nearly" if pace >= NEARLY else "behind"
