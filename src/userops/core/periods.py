"""Days, weeks and months as numbers, so that periods are counted by integer arithmetic.

A period's number grows by one from each to the next. Days count from 1970-01-01, weeks
from the one that holds it, months are those of the calendar.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from userops.core.dates import FIRST_DAY, WEEKDAYS, to_date

if TYPE_CHECKING:  # functions import it where they need it: not every command does
    import numpy as np

    Ints = np.ndarray[Any, np.dtype[Any]]


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
        case Period.MONTH:
            return _by_table(_months, days)


# From so many values on a table of all between them is quicker.
_MANY = 100_000


def _by_table(function: Callable[[Ints], Ints], values: Ints) -> Ints:
    """What a function gives of each of some whole numbers that aren't far apart."""
    import numpy as np

    if values.size <= _MANY:
        return function(values)
    low = int(values.min())
    table = function(np.arange(low, int(values.max()) + 1, dtype=values.dtype))
    results: Ints = table[values - low]
    return results


def _months(days: Ints) -> Ints:
    numbers: Ints = days.astype("datetime64[D]").astype("datetime64[M]").astype(days.dtype)
    return numbers


def _first_days(months: Ints) -> Ints:
    days: Ints = months.astype("datetime64[M]").astype("datetime64[D]").astype(months.dtype)
    return days


def arithmetic(day: Any, period: Period, week_start: str = "monday") -> Any:
    """The number of the period of a day, from an expression for one, by whole-number arithmetic.

    For engines whose dates can't be made of numbers, or differ.
    """
    match period:
        case Period.DAY:
            return day
        case Period.WEEK:
            return (day - week_zero(week_start)) // 7
        case Period.MONTH:
            # Quarters of days, of centuries and then of years; years that begin in March end with
            # the odd day. Each step names the one before it once or twice at most: engines write
            # out all that a name stands for. Neri & Schneider (2023), "Euclidean affine functions
            # and their application to calendar algorithms", section 5.
            quarters = 4 * (day + 719_468) + 3
            century = quarters // 146_097
            of_century = 4 * (quarters % 146_097 // 4) + 3
            of_year = of_century % 1_461 // 4
            year = 100 * century + of_century // 1_461
            return (year - 1970) * 12 + (5 * of_year + 2) // 153 + 2


def first_day(numbers: Ints, period: Period, week_start: str = "monday") -> Ints:
    """The first day of each period; the last one's is the day before the next one's."""
    match period:
        case Period.DAY:
            return numbers
        case Period.WEEK:
            return numbers * 7 + week_zero(week_start)
        case Period.MONTH:
            return _by_table(_first_days, numbers)


def number_of(day: int, period: Period, week_start: str = "monday") -> int:
    """The number of the period that a day falls into."""
    import numpy as np

    return int(number(np.array([day]), period, week_start)[0])


def last_whole(as_of: int, period: Period, week_start: str = "monday") -> int:
    """The number of the last period that as_of doesn't cut short."""
    return number_of(as_of + 1, period, week_start) - 1


def label(numbered: int, period: Period, week_start: str = "monday") -> str:
    """A period as text: its month, or its first day."""
    import numpy as np

    # A week may begin before the first day that has a date.
    first = max(int(first_day(np.array([numbered]), period, week_start)[0]), FIRST_DAY)
    text = to_date(first).isoformat()
    return text[:7] if period is Period.MONTH else text


def week_zero(week_start: str) -> int:
    """The first day of the week that holds 1970-01-01, a Thursday."""
    since = (3 - WEEKDAYS.index(week_start)) % 7
    return -since
