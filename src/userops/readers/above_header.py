"""What the lines above a header say of all rows below it: the days that an export of costs is of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

import polars as pl

from userops.readers.values import times
from userops.readers.values.times import TimeStyle

# Between two dates; a lone `-` has blanks around it, for dates are written with it, too.
_TO = re.compile(r"\s+[-–—]\s+|\s*[–—~～至到]\s*|\s+(?:to|until|bis|au|al|a)\s+", re.IGNORECASE)
_CLOCK = re.compile(r"\d:\d\d\b")
_LABEL = re.compile(r"^[^:：\d]{1,40}[:：]\s*")


def span(lines: Sequence[str]) -> dict[str, str]:
    """The only range of dates among some lines, as the fields `from` and `to`; nothing where there's none.

    Examples:
        >>> span(["Campaign report", "January 1, 2025 - January 31, 2025"])
        {'from': '2025-01-01', 'to': '2025-01-31'}
        >>> span(["01/02/2025 - 03/02/2025"])  # days or months first?
        {}
        >>> span(["2025-01-01 00:00:00 - 2025-02-01 00:00:00"])  # with February's first day?
        {}
    """
    found = {pair for line in lines for pair in _pairs(line)}
    if len(found) != 1:
        return {}
    ((first, last),) = found
    return {"from": first.isoformat(), "to": last.isoformat()}


def _pairs(line: str) -> Iterator[tuple[date, date]]:
    """The range of dates that a line says, where it can be read one way alone."""
    parts = _TO.split(_LABEL.sub("", line.strip()))
    # Where there's a clock, the last day may be within the range, or just behind it.
    if len(parts) != 2 or _CLOCK.search(line):
        return
    read = {
        tuple(value.date() if value else None for value in values)
        for day_first in (True, False)
        for values in [times.read_times(pl.Series(parts), TimeStyle(day_first=day_first)).values]
    }
    ranges = [(first, last) for first, last in read if first and last and first <= last]
    if len(ranges) == 1:
        yield ranges[0]
