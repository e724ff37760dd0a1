"""Days that aren't like others: sales and festivals, which are no measure of ordinary days.

calendar : days by name
    618: 1 and 16 to 18 June. double 11: 1 and 9 to 12 November. double 12: 11 and 12 December.
    spring festival: from the eve of the lunar new year, eight days. qingming: that day. labour day: 1
    to 3 May. national day: 1 to 7 October. Days of one's own, or other days for one of these, are
    named in `[calendar]`: 2025-09-08 for that day, 09-08 for that of every year, two with ..
    between for all from one to the other (12-30..01-02 over the new year). A name without days is switched off.

Source: Hong Kong Observatory, Gregorian-Lunar Calendar Conversion Table (2015 to 2035).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from userops.core.dates import to_day
from userops.core.errors import UsageError

# The first day of the lunar year.
SPRING_FESTIVAL = {
    2015: (2, 19), 2016: (2, 8), 2017: (1, 28), 2018: (2, 16), 2019: (2, 5), 2020: (1, 25),
    2021: (2, 12), 2022: (2, 1), 2023: (1, 22), 2024: (2, 10), 2025: (1, 29), 2026: (2, 17),
    2027: (2, 6), 2028: (1, 26), 2029: (2, 13), 2030: (2, 3), 2031: (1, 23), 2032: (2, 11),
    2033: (1, 31), 2034: (2, 19), 2035: (2, 8),
}  # fmt: skip
# In April.
QINGMING = {
    2015: 5, 2016: 4, 2017: 4, 2018: 5, 2019: 5, 2020: 4, 2021: 4, 2022: 5, 2023: 5, 2024: 4, 2025: 4,
    2026: 5, 2027: 5, 2028: 4, 2029: 4, 2030: 5, 2031: 5, 2032: 4, 2033: 4, 2034: 5, 2035: 5,
}  # fmt: skip
# Month and day, of every year.
EVERY_YEAR: Mapping[str, tuple[str, ...]] = {
    "618": ("06-01", "06-16..06-18"),
    "double 11": ("11-01", "11-09..11-12"),
    "double 12": ("12-11..12-12",),
    "labour day": ("05-01..05-03",),
    "national day": ("10-01..10-07",),
}
SPRING, TOMB_SWEEPING = "spring festival", "qingming"
KNOWN = (*EVERY_YEAR, SPRING, TOMB_SWEEPING)
_FESTIVAL_DAYS = 8
_MONTH_AND_DAY = "09-08"


@dataclass(frozen=True, slots=True)
class Special:
    """A special day: the name of its occasion, and which of its year's days it is, from 0."""

    name: str
    place: int


def special_days(own: Mapping[str, Sequence[str]], first: date, last: date) -> dict[int, Special]:
    """Special days between two, by day number; of a day with two names the first counts.

    Args:
        own: the days of names, as `[calendar]` has them.
        first: the first day.
        last: the last day.

    Raises:
        UsageError: what's written for a name are no days.
    """
    found: dict[int, Special] = {}
    for name in dict.fromkeys((*own, *KNOWN)):
        for year in range(first.year - 1, last.year + 2):
            days = _days_of(own[name], name, year) if name in own else _known_days(name, year)
            for place, day in enumerate(sorted(set(days))):
                if first <= day <= last:
                    found.setdefault(to_day(day), Special(name, place))
    return found


def _known_days(name: str, year: int) -> list[date]:
    """The days of an occasion that's known, in a year; none where its date isn't."""
    if name in EVERY_YEAR:
        return _days_of(EVERY_YEAR[name], name, year)
    if name == TOMB_SWEEPING:
        return [date(year, 4, QINGMING[year])] if year in QINGMING else []
    if year not in SPRING_FESTIVAL:
        return []
    eve = date(year, *SPRING_FESTIVAL[year]) - timedelta(days=1)
    return [eve + timedelta(days=number) for number in range(_FESTIVAL_DAYS)]


def _days_of(texts: Sequence[str], name: str, year: int) -> list[date]:
    """The days of a year that texts name: of that year, or of every year."""
    days: list[date] = []
    for text in texts:
        first, _, last = (part.strip() for part in text.partition(".."))
        try:
            start, end = _day(first, year), _day(last or first, year)
        except ValueError:
            raise UsageError(
                f"calendar {name}: {text} is not a day",
                mend="write 2025-09-08, 09-08 for every year, or 09-08..09-10",
            ) from None
        if start is None or end is None:
            continue
        if end < start and len(first) == len(last) == len(_MONTH_AND_DAY):  # over the new year
            days += _between(date(year, 1, 1), end, name, text)
            end = date(year, 12, 31)
        days += _between(start, end, name, text)
    return [day for day in days if day.year == year]


def _between(start: date, end: date, name: str, text: str) -> Iterator[date]:
    if end < start:
        raise UsageError(
            f"calendar {name}: {text} ends before it begins", mend="write the first day first"
        )
    yield from (start + timedelta(days=number) for number in range((end - start).days + 1))


def _day(text: str, year: int) -> date | None:
    """A day that's written whole, or as month and day: of a year, None where that has no such day.

    Raises:
        ValueError: it's no day.
    """
    if len(text) != len(_MONTH_AND_DAY):
        return date.fromisoformat(text)
    date.fromisoformat(f"2024-{text}")  # which has all there are
    try:
        return date.fromisoformat(f"{year:04}-{text}")
    except ValueError:
        return None
