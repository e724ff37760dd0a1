"""How long something lives or counts, in the words of the settings: `12 months`, `inactivity 1 year`, `never`."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Unit = Literal["day", "month"]
_NUMBER_FIRST = re.compile(r"(\d+) *(day|month|year)s?")
_UNIT_FIRST = re.compile(r"(day|month|year)s? *(\d+)")
_MOST = {"day": 36_500, "month": 1_200, "year": 100}
FORMS = "12 months, 1 year, 365 days, inactivity 12 months or never"


@dataclass(frozen=True, slots=True)
class Validity:
    """So many days or calendar months from the day something came, or last happened; else for ever."""

    count: int | None = None
    unit: Unit = "month"
    inactivity: bool = False

    def last_day(self, day: date, end_of: str | None = None) -> date | None:
        """The last day on which something of a day can be used; None for ever.

        `end_of` a "month", "quarter" or "year" puts it there. Without activity the last day is the
        one before the time is over, for then it's over.

        >>> Validity(1).last_day(date(2025, 1, 31))
        datetime.date(2025, 2, 28)
        """
        if self.count is None:
            return None
        last = (
            day + timedelta(days=min(self.count, (date.max - day).days))
            if self.unit == "day"
            else within_calendar(day, self.count)
        )
        if self.inactivity:
            last -= timedelta(days=1)
        return period_end(last, end_of) if end_of else last


def parse_validity(text: str) -> Validity:
    """What a text says.

    Raises:
        ValueError: it says nothing of the kind.
    """
    words = " ".join(text.casefold().split())
    if words == "never":
        return Validity()
    inactivity = words.startswith("inactivity ")
    span = words.removeprefix("inactivity ")
    if found := _NUMBER_FIRST.fullmatch(span):
        count, unit = int(found[1]), found[2]
    elif found := _UNIT_FIRST.fullmatch(span):
        count, unit = int(found[2]), found[1]
    else:
        raise ValueError(f"must be {FORMS}")
    if not 1 <= count <= _MOST[unit]:
        raise ValueError(f"must be from 1 to {_MOST[unit]} {unit}s")
    if unit == "year":
        return Validity(12 * count, "month", inactivity)
    return Validity(count, "day" if unit == "day" else "month", inactivity)


def months_later(day: date, months: int) -> date:
    """A day some calendar months on, or back, clamped: 29 Feb 2024 + 12 is 28 Feb 2025."""
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def within_calendar(day: date, months: int) -> date:
    """As `months_later`; the calendar's last day stands for all behind it.

    >>> within_calendar(date(9999, 6, 1), 12)
    datetime.date(9999, 12, 31)
    """
    is_behind = day.year * 12 + day.month + months > date.max.year * 12 + date.max.month
    return date.max if is_behind else months_later(day, months)


def period_end(day: date, period: str) -> date:
    """The last day of the month, quarter or year that a day lies in."""
    length = {"month": 1, "quarter": 3, "year": 12}[period]
    month = (day.month - 1) // length * length + length
    return date(day.year, month, calendar.monthrange(day.year, month)[1])


@dataclass(frozen=True, slots=True)
class Window:
    """Of which time something counts: so many months up to a day, its calendar year, or ever."""

    kind: Literal["rolling", "calendar year", "lifetime"]
    months: int = 0


WINDOW_FORMS = "rolling 12 months, calendar year or lifetime"


def parse_window(text: str) -> Window:
    """What a text says.

    >>> parse_window("rolling 12 months")
    Window(kind='rolling', months=12)

    Raises:
        ValueError: it says nothing of the kind.
    """
    words = " ".join(text.casefold().split())
    if words == "calendar year":
        return Window("calendar year")
    if words == "lifetime":
        return Window("lifetime")
    rolling, _, span = words.partition(" ")
    if rolling == "rolling" and span:
        validity = parse_validity(span)
        if validity.count is not None and validity.unit == "month" and not validity.inactivity:
            return Window("rolling", validity.count)
    raise ValueError(f"must be {WINDOW_FORMS}")
