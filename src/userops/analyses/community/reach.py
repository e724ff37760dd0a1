"""Which days messages and orders tell of: of all others nothing is known, and that isn't 0."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from userops.analyses.community.calendar import Calendar, Days, Ints
from userops.core.dates import to_date
from userops.core.messages import Note

# Over so many days before the last row is seen how long it may be quiet.
_RECENT = 90


def reach(days: pl.Series, as_of: int) -> Days | None:
    """The first and the last day that rows of some days tell of; None without any.

    They tell of all days to as_of where it has been quiet as long before; else they end with the
    last row, for nobody knows whether it's quiet since, or the export ends there.

    >>> reach(pl.Series([1, 2, 3, 4]), 5), reach(pl.Series([1, 4, 5, 8]), 10)
    ((1, 4), (1, 10))
    """
    known = days.drop_nulls().unique().sort()
    if known.is_empty():
        return None
    first, last = int(known[0]), int(known[-1])
    gaps = np.diff(known.filter(known >= last - _RECENT).to_numpy(), prepend=last - 1)[1:]
    quiet = int(gaps.max()) - 1 if len(gaps) else 0
    return first, as_of if as_of - last <= quiet else last


def partly(calendar: Calendar, reaches: Sequence[Days | None]) -> Ints:
    """Of each period, whether only some of its days are told of by any of some exports."""
    found = np.zeros(len(calendar), bool)
    for days in reaches:
        if days is None:
            continue
        low, high = calendar.edges[:-1] + 1, calendar.edges[1:]
        overlaps = (low <= days[1]) & (high >= days[0])
        found |= overlaps & ((low < days[0]) | (high > days[1]))
    return found


def talk_notes(days: Days | None, first: int, as_of: int, untold: int) -> Iterator[Note]:
    """What to say of days and groups that messages tell nothing of."""
    if days is not None and not _covers(days, first, as_of):
        yield Note(
            "messages tell of {first} to {last} alone: who wrote is of those days, and empty elsewhere",
            first=to_date(days[0]),
            last=to_date(days[1]),
        )
    if untold:
        yield Note(
            "{count:group has|groups have} no message in the exports: whether anybody wrote there isn't "
            "known",
            count=untold,
        )


def order_notes(days: Days | None, first: int, as_of: int) -> Iterator[Note]:
    """What to say of days that orders tell nothing of."""
    if days is not None and not _covers(days, first, as_of):
        yield Note(
            "orders tell of {first} to {last} alone: what members bought is of those days, and empty "
            "elsewhere",
            first=to_date(days[0]),
            last=to_date(days[1]),
        )


def _covers(days: Days, first: int, as_of: int) -> bool:
    return days[0] <= first and as_of <= days[1]
