"""The days a result speaks of, and the calendar arithmetic over them.

A day is an integer: days since 1970-01-01 in the shop's time zone. Weeks start on
Monday unless told otherwise. Nothing here reads the clock: a relative `--as-of`
(`today`, `yesterday`) is resolved against a date that the caller hands in.

as_of : date
    The last day that counts, whole, in the shop's time zone: what came later is left out. The
    last day of the data, or what `--as-of` says. By default any row that is read can give it, also one
    of a cancelled order: the shop was there that day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from userops.core.errors import UsageError

WeekStart = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[str, ...] = get_args(WeekStart)
EPOCH = date(1970, 1, 1)
FIRST_DAY, LAST_DAY = (date.min - EPOCH).days, (date.max - EPOCH).days  # that have a date


def to_day(value: date) -> int:
    """Days since 1970-01-01."""
    return (value - EPOCH).days


def to_date(day: int) -> date:
    """The date of a day number."""
    return EPOCH + timedelta(days=day)


@dataclass(frozen=True, slots=True)
class Window:
    """What a result covers.

    `first_day` and `as_of` are the first and the last day that count, both whole;
    None where the data is empty.
    """

    first_day: date | None
    as_of: date | None
    timezone: str | None = None

    @property
    def ends(self) -> tuple[int, int]:
        """The first and the last day as numbers, 0 for none."""
        first, last = self.first_day, self.as_of
        return to_day(first) if first else 0, to_day(last) if last else 0


DAY_FORMS = "YYYY-MM-DD, today or yesterday"
_AGO = {"today": 0, "yesterday": 1}


def day_text(value: object) -> object:
    """A day as text: a date's, or that of a time's date; anything else as it is.

    Raises:
        ValueError: it's text, and no day.
    """
    if isinstance(value, date):
        return (value.date() if isinstance(value, datetime) else value).isoformat()
    if isinstance(value, str) and value not in _AGO:
        date.fromisoformat(value)
    return value


def parse_as_of(
    day: str | date | None, today: Callable[[], date], name: str = "--as-of"
) -> date | None:
    """A date, or `YYYY-MM-DD`, `today` or `yesterday`, as a date; None stays None (what the default is).

    Raises:
        UsageError: it's no day; says what was told by that `name`.
    """
    if day is None:
        return None
    try:
        text = str(day_text(day))
    except ValueError:
        raise UsageError(f"{name} {day} is not a day", mend=f"write {DAY_FORMS}") from None
    return today() - timedelta(days=_AGO[text]) if text in _AGO else date.fromisoformat(text)
