"""Days that a run is told, as numbers. The one place that reads the clock."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from userops.core.dates import parse_as_of, to_day


def today(timezone: str | None) -> date:
    """Today in the shop's time zone."""
    return datetime.now(ZoneInfo(timezone) if timezone else None).date()


def day_of(day: str | date | None, timezone: str | None, name: str) -> int | None:
    """A date, or its text in the words of `--as-of`, as the number that reductions take.

    Raises:
        UsageError: it's no day; says what was told by that `name`.
    """
    parsed = parse_as_of(day, lambda: today(timezone), name)
    return to_day(parsed) if parsed else None
