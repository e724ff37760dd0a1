"""Days, weeks and months as numbers, so that periods are counted by integer arithmetic.

A period's number grows by one from each to the next. Days count from 1970-01-01, weeks
from the one that holds it, months are those of the calendar.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import numpy as np

from userops.window import to_date

Ints = np.ndarray[Any, np.dtype[Any]]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Period(StrEnum):
    """How long a period is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def number(days: Ints, period: Period, week_start: str = "monday") -> Ints:
    """The number of the period that each day falls into."""
    match period:
        case Period.DAY:
            return days
        case Period.WEEK:
            return (days - week_zero(week_start)) // 7
        case Period.MONTH if days.size > _MANY:
            low = int(days.min())
            table: Ints = _months(np.arange(low, int(days.max()) + 1, dtype=days.dtype))
            found: Ints = table[days - low]
            return found
        case Period.MONTH:
            return _months(days)


_FIRST_DATE = -719_162  # 0001-01-01
# From so many days on a table of all days between them is quicker.
_MANY = 100_000


def _months(days: Ints) -> Ints:
    numbers: Ints = days.astype("datetime64[D]").astype("datetime64[M]").astype(days.dtype)
    return numbers


def first_day(numbers: Ints, period: Period, week_start: str = "monday") -> Ints:
    """The first day of each period; the last one's is the day before the next one's."""
    match period:
        case Period.DAY:
            return numbers
        case Period.WEEK:
            return numbers * 7 + week_zero(week_start)
        case Period.MONTH:
            return numbers.astype("datetime64[M]").astype("datetime64[D]").astype(numbers.dtype)


def number_of(day: int, period: Period, week_start: str = "monday") -> int:
    """The number of the period that a day falls into."""
    return int(number(np.array([day]), period, week_start)[0])


def last_whole(as_of: int, period: Period, week_start: str = "monday") -> int:
    """The number of the last period that as_of doesn't cut short."""
    return number_of(as_of + 1, period, week_start) - 1


def label(numbered: int, period: Period, week_start: str = "monday") -> str:
    """A period as text: its month, or its first day."""
    # A week may begin before the first day that has a date.
    first = max(int(first_day(np.array([numbered]), period, week_start)[0]), _FIRST_DATE)
    text = to_date(first).isoformat()
    return text[:7] if period is Period.MONTH else text


def week_zero(week_start: str) -> int:
    """The first day of the week that holds 1970-01-01, a Thursday."""
    since = (3 - WEEKDAYS.index(week_start)) % 7
    return -since
