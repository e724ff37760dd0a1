"""The days a result speaks of, and the calendar arithmetic over them.

A day is an integer: days since 1970-01-01 in the shop's time zone. Weeks start on
Monday unless told otherwise. Nothing here reads the clock: a relative `--as-of`
(`today`, `yesterday`) is resolved against a date that the caller hands in.

as_of : date
    The last day that counts, whole, in the shop's time zone: what came later is left out. The
    last day of the data, or what `--as-of` says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from userops.core.errors import UsageError

EPOCH = date(1970, 1, 1)
FIRST_DAY = (date.min - EPOCH).days  # that has a date


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


def parse_as_of(text: str | None, today: date, option: str = "--as-of") -> date | None:
    """`YYYY-MM-DD`, `today` or `yesterday` as a date; None stays None (what the option's default is)."""
    if text is None:
        return None
    if text in ("today", "yesterday"):
        return today - timedelta(days=text == "yesterday")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{option} {text} is not a day", mend="write YYYY-MM-DD, today or yesterday"
        ) from None
