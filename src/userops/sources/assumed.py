"""What reading assumed, or found odd, in words: nothing is guessed in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from userops.sources.rows import ABSURD, ABSURD_FROM, NEGATIVE, ROUNDED
from userops.sources.times import EPOCH, GAP, OFFSET, SERIAL
from userops.window import to_date

# Systems write 1900 and 1970 where they have no date; no shop exports orders from before this.
_OLD = 7305  # 1990-01-01
# The last days are odd when the shop was silent so long before them.
_SILENCE = 366
# A shop's orders don't span so many days.
_SPAN = 40 * 366


def notes(name: str, seen: Counter[tuple[str, str]], timezone: str | None) -> Iterator[str]:
    """What reading an export's values assumed, with counts."""
    offsets: dict[str, list[str]] = {}
    with_offset: Counter[str] = Counter()
    clock = f"on the clock of {timezone}" if timezone else ""
    for (what, column), rows in sorted(seen.items()):
        if not rows:
            continue
        here = f"{name}: {column!r}: {rows:,}"
        if what == EPOCH:
            told = clock or "in UTC; --tz gives the shop's clock"
            yield f"{here} times are counts since 1970, {told}"
        elif what == SERIAL:
            yield f"{here} times are a spreadsheet's day numbers"
        elif what == GAP:
            yield f"{here} times fall where the clock was put forward; taken as written"
        elif what == ROUNDED:
            yield f"{here} amounts were rounded to the currency's smallest unit, half to even"
        elif what == NEGATIVE:
            yield f"{here} negative amounts were taken as refunds"
        elif what == ABSURD:
            yield f"{here} amounts of {ABSURD_FROM:,} or more: is that so?"
        elif what.startswith(OFFSET):
            offsets.setdefault(column, []).append(f"{what.removeprefix(OFFSET)} ({rows:,})")
            with_offset[column] += rows
    for column, kinds in offsets.items():
        told = clock or "taken as written; --tz puts them on one clock"
        shown = ", ".join(kinds[:5]) + (", ..." if len(kinds) > 5 else "")
        yield f"{name}: {column!r}: {with_offset[column]:,} times have an offset, {told}: {shown}"


def is_odd(first: int | None, last: int | None) -> bool:
    """Whether days between two can't be right without a word."""
    return first is not None and last is not None and (first < _OLD or last - first > _SPAN)


def odd_dates(days: Counter[int]) -> Iterator[str]:
    """Dates that are likely none: before 1990, or after a long silence. `days`: with their rows."""
    old = sum(rows for day, rows in days.items() if day < _OLD)
    if old:
        first = to_date(min(days))
        yield f"{old:,} rows have dates before 1990, the first {first}: is that so?"
    recent = sorted(day for day in days if day >= _OLD)
    starts = [day for before, day in pairwise(recent) if day - before > _SILENCE]
    if starts:
        late = sum(days[day] for day in recent if day >= starts[-1])
        if late * 100 < days.total():
            yield (
                f"{late:,} rows have dates from {to_date(starts[-1])} on, more than a year after "
                "all others; an earlier --as-of leaves them out"
            )
