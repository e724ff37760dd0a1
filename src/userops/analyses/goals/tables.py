"""The tables of `userops goals`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import numpy as np
import polars as pl

from userops.analyses.goals.outlook import FEWEST_WEEKS, WEEKS, Outlook
from userops.analyses.goals.params import Goal, GoalMetric
from userops.analyses.goals.progress import Progress, expected_by_day, year_before
from userops.core.dates import Window, to_day
from userops.core.messages import Note, Word
from userops.core.table import Currency, Kind, Table, Varied
from userops.customers.measures import PERIODS_KINDS

GOALS: dict[str, Kind] = {
    "goal": Kind.WORD,
    "goal_from": Kind.DATE,
    "goal_to": Kind.DATE,
    "weight": Kind.RATE,
    "target": Kind.NUMBER,
    "actual": Kind.NUMBER,
    "achieved": Kind.RATE,
    "score": Kind.RATE,
    "elapsed": Kind.RATE,
    "expected": Kind.RATE,
    "pace": Kind.RATE,
    "projected": Kind.NUMBER,
    "projected_low": Kind.NUMBER,
    "projected_high": Kind.NUMBER,
    "chance": Kind.RATE,
    "needed_per_day": Kind.NUMBER,
    "status": Kind.WORD,
}
DAYS: dict[str, Kind] = {
    "goal": Kind.WORD,
    "day": Kind.DATE,
    "special": Kind.WORD,
    "due": Kind.NUMBER,
    "actual": Kind.NUMBER,
    "projected": Kind.NUMBER,
    "due_to_date": Kind.NUMBER,
    "actual_to_date": Kind.NUMBER,
    "projected_to_date": Kind.NUMBER,
}
# What a goal's numbers are.
KINDS = PERIODS_KINDS | dict.fromkeys(("cac",), Kind.MONEY)
_TYPES = {Kind.DATE: pl.Date, Kind.NUMBER: pl.Float64, Kind.RATE: pl.Float64}
ALL = "all"
_ROUNDED = 0.005  # weights of a third each are written as .333


def goals(
    set_goals: Mapping[GoalMetric, Goal],
    goal_progress: Sequence[Progress],
    window: Window,
    currency: Currency,
) -> Table:
    """A row a goal, in the order of the settings, and their score in a last row."""
    weights = _weights(set_goals, goal_progress)
    rows = [_row(one, weights[one.metric]) for one in goal_progress]
    score = _score(goal_progress, weights)
    rows.append(dict.fromkeys(GOALS) | {"goal": ALL, "weight": None if score is None else 1.0, "score": score})  # fmt: skip
    notes = (
        *_target_notes(set_goals, goal_progress, window),
        *_score_notes(set_goals, goal_progress),
        *_pace_notes(goal_progress),
    )
    return Table(
        "goals",
        pl.DataFrame(rows if goal_progress else [], schema=_schema(GOALS)),
        GOALS,
        window,
        currency,
        notes,
        varied=_varied(GOALS),
        keeps=(
            "status",
            "achieved",
            "actual",
            "target",
            "score",
            "projected",
            "pace",
        ),
    )


def days(
    goal_progress: Sequence[Progress], outlook: Outlook | None, window: Window, currency: Currency
) -> Table:
    """A row a goal and day of its period, of goals that add up day by day."""
    rows = [
        row
        for one in goal_progress
        if outlook is not None and one.series is not None
        for row in _day_rows(one, one.series, outlook)
    ]
    frame = pl.DataFrame(rows, schema=_schema(DAYS), orient="row")
    return Table(
        "days",
        frame,
        DAYS,
        window,
        currency,
        varied=_varied(DAYS),
        keeps=(
            "day",
            "actual",
            "due",
            "actual_to_date",
            "due_to_date",
        ),
    )


def _varied(columns: Mapping[str, Kind]) -> dict[str, Varied]:
    """Columns of numbers, each as its row's goal is counted."""
    numbers = [name for name, kind in columns.items() if kind is Kind.NUMBER]
    return dict.fromkeys(numbers, Varied("goal", KINDS))


def _schema(columns: Mapping[str, Kind]) -> dict[str, type[pl.DataType]]:
    return {name: _TYPES.get(kind, pl.String) for name, kind in columns.items()}


def _weights(
    set_goals: Mapping[GoalMetric, Goal], goal_progress: Sequence[Progress]
) -> dict[GoalMetric, float | None]:
    """Each goal's part of the score; None for one that has no value, or no weight among others' weights."""
    any_set = any(goal.weight is not None for goal in set_goals.values())
    plain = {
        one.metric: set_goals[one.metric].weight if any_set else 1.0
        for one in goal_progress
        if one.score is not None
    }
    whole = sum(weight for weight in plain.values() if weight is not None)
    found: dict[GoalMetric, float | None] = {}
    for one in goal_progress:
        weight = plain.get(one.metric)
        found[one.metric] = weight / whole if weight is not None and whole else None
    return found


def _score(
    goal_progress: Sequence[Progress], weights: Mapping[GoalMetric, float | None]
) -> float | None:
    """The goals' scores by their weights."""
    parts = [
        weight * one.score
        for one in goal_progress
        if (weight := weights[one.metric]) is not None and one.score is not None
    ]
    return sum(parts) if parts else None


def _row(one: Progress, weight: float | None) -> dict[str, object]:
    projection = one.projection
    return {
        "goal": one.metric,
        "goal_from": one.first,
        "goal_to": one.last,
        "weight": weight,
        "target": one.target,
        "actual": one.actual,
        "achieved": one.achieved,
        "score": one.score,
        "elapsed": one.elapsed_days / one.days,
        "expected": one.share,
        "pace": one.pace,
        "projected": projection.value if projection else None,
        "projected_low": projection.low if projection else None,
        "projected_high": projection.high if projection else None,
        "chance": projection.chance if projection else None,
        "needed_per_day": one.needed_per_day,
        "status": one.status,
    }


def _target_notes(
    set_goals: Mapping[GoalMetric, Goal], goal_progress: Sequence[Progress], window: Window
) -> Iterator[Note]:
    """Which goals have no target or no value, or are of a time that the orders don't wholly tell of."""
    for one in goal_progress:
        metric, period = Word(one.metric), set_goals[one.metric].period
        if one.target is None:
            before, _ = year_before(one.first, period)
            is_there = window.first_day is not None and before >= window.first_day
            if is_there:
                yield Note(
                    "{metric}: nothing in the same {period} of the year before to grow from",
                    metric=metric,
                    period=Word(period),
                )
            else:
                yield Note(
                    "{metric}: no whole {period} of the year before to grow from",
                    metric=metric,
                    period=Word(period),
                )
        target = set_goals[one.metric].target
        if target is not None and target < 1 and PERIODS_KINDS.get(one.metric) is not Kind.RATE:
            yield Note(
                "{metric}: the target is {target}, money of less than one; a share is said of growth alone, "
                "in userops.toml",
                metric=metric,
                target=f"{target:g}",
            )
        if one.metric == "cac" and one.actual is None:
            yield Note(
                "{metric}: no costs known of its days, or no new users: --costs FILE", metric=metric
            )
    begun = tuple(
        Word(one.metric)
        for one in goal_progress
        if window.first_day is not None and one.first < window.first_day
    )
    if begun:
        yield Note(
            "the orders begin on {first}, after the period of these goals did: what came before isn't "
            "counted ({goals})",
            first=window.first_day,
            goals=begun,
        )


def _score_notes(
    set_goals: Mapping[GoalMetric, Goal], goal_progress: Sequence[Progress]
) -> Iterator[Note]:
    """What the score is made from, where that isn't all goals by the weights as they're written."""
    set_weights = [goal.weight for goal in set_goals.values() if goal.weight is not None]
    whole = sum(set_weights)
    if set_weights and not any(math.isclose(whole, right, rel_tol=_ROUNDED) for right in (1, 100)):
        yield Note(
            "the weights add up to {whole}, not to 100%: each counts as its part of that",
            whole=f"{whole:.0%}" if max(set_weights) <= 1 else f"{whole:g}",
        )
    none = tuple(Word(one.metric) for one in goal_progress if one.score is None)
    if none and len(none) < len(goal_progress):
        yield Note("no value, so that the others have their weight: {goals}", goals=none)
    idle = tuple(Word(one.metric) for one in goal_progress if set_goals[one.metric].weight is None)
    if idle and len(idle) < len(goal_progress):
        yield Note("no weight set, so not in the score: {goals}", goals=idle)


def _pace_notes(goal_progress: Sequence[Progress]) -> Iterator[Note]:
    adding = [one for one in goal_progress if one.series is not None]
    if any(one.course is None for one in adding):
        yield Note(
            "fewer than {weeks} whole weeks of orders, or of ordinary days in them: pace and projection go by days alone, "
            "without an interval",
            weeks=FEWEST_WEEKS,
        )
    idle = tuple(
        Word(one.metric)
        for one in adding
        if one.course is not None and one.course.share(one.series or 0, one.elapsed_days) is None
    )
    if idle:
        yield Note(
            "nothing in the last {weeks} weeks to tell by: pace and projection go by days alone, without an "
            "interval ({goals})",
            weeks=WEEKS,
            goals=idle,
        )
    names = {name: None for one in adding if one.course for name in one.course.unknown}
    if names:
        yield Note(
            "not in the data of an earlier year, so expected to be as ordinary days: {names}",
            names=tuple(Word(name) for name in names),
        )


def _day_rows(one: Progress, series: int, outlook: Outlook) -> Iterator[tuple[object, ...]]:
    first = to_day(one.first)
    brought = outlook.values(first, to_day(one.last))[series] / one.scale
    shares = expected_by_day(one)
    meant = None if one.target is None else one.target - one.before
    to_come = _to_come(one, series)
    due_to_date, to_date = one.before, one.before
    for place in range(one.days):
        day, is_over = one.first + timedelta(days=place), place < one.elapsed_days
        due = None if meant is None else float(meant * shares[place])
        due_to_date += due or 0.0
        ahead = None if is_over else float(to_come[place])
        to_date += float(brought[place]) if ahead is None else ahead
        special = outlook.special.get(first + place)
        yield (
            one.metric,
            day,
            special.name if special else None,
            due,
            float(brought[place]) if is_over else None,
            ahead,
            None if due is None else due_to_date,
            to_date if is_over else None,
            None if is_over else to_date,
        )


def _to_come(one: Progress, series: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """What each day is projected to bring, were it to come."""
    course = one.course
    if course is not None and course.expected[series].sum() > 0:
        by_day: np.ndarray[tuple[int], np.dtype[np.float64]] = (
            course.level[series] * course.expected[series] / one.scale
        )
        return by_day
    so_far = 0.0 if one.actual is None else (one.actual - one.before) / one.elapsed_days
    return np.full(one.days, so_far)
