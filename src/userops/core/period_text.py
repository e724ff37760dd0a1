"""Days and months as people write them, such as 2024-05 or 2024年5月: their first and last day."""

from __future__ import annotations

import calendar
import re
from datetime import date

from userops.core.dates import to_date, to_day

_PERIOD = re.compile(
    r"(?P<year>\d{4})\s*[-/.年]?\s*(?P<month>\d{1,2})(?:\s*[-/.月]?\s*(?P<day>\d{1,2})\s*日?)?"
    r"月?(?:[T ]00:00(?::00(?:\.0+)?)?)?"
)
_COMPACT = re.compile(r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)?")


def span_of(text: str) -> tuple[int, int] | None:
    """The first and last day of a day or a month; None for neither."""
    parts = _COMPACT.fullmatch(text.strip()) or _PERIOD.fullmatch(text.strip())
    if parts is None:
        return None
    try:
        day = date(int(parts["year"]), int(parts["month"]), int(parts["day"] or 1))
    except ValueError:
        return None
    return (to_day(day), to_day(day) if parts["day"] else month_end(day))


def month_start(day: int) -> int:
    """The first day of a day's month."""
    return to_day(to_date(day).replace(day=1))


def month_end(day: date) -> int:
    """The last day of a date's month."""
    return to_day(day.replace(day=calendar.monthrange(day.year, day.month)[1]))
