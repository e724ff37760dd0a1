"""What reading assumed, or found odd, in words: nothing is guessed in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import polars as pl

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


def odd_dates(rows: pl.DataFrame) -> Iterator[str]:
    """Dates that are likely none: before 1990, or after a long silence."""
    name = next((name for name in rows.columns if name in ("order_time", "event_time")), None)
    if name is None:
        return
    days = rows[name].dt.date().cast(pl.Int32).drop_nulls()
    old = int((days < _OLD).sum())
    if old:
        yield f"{old:,} rows have dates before 1990, the first {to_date(int(str(days.min())))}: is that so?"
    recent = days.filter(days >= _OLD).unique().sort()
    jumps = recent.diff().fill_null(0) > _SILENCE
    if jumps.any():
        start = recent.filter(jumps).item(-1)
        late = int((days >= start).sum())
        if late * 100 < len(days):
            yield (
                f"{late:,} rows have dates from {to_date(start)} on, more than a year after all others; "
                "an earlier --as-of leaves them out"
            )
