"""Exports that begin in the middle of a shop's life.

begins midway
    Of all first orders, so many fall into the export's first 30 days that these users can't have come
    then: at least three times as many as into the next 30 days, and as into 30 days as a rule (the
    median). They had ordered before the export begins, so they're no cohort, and not new.
"""

from __future__ import annotations

from collections import Counter

import polars as pl

from userops.core.dates import to_date
from userops.core.messages import Note

_DAYS, _TIMES, _FEW = 30, 3, 50


def begins_midway(
    first_days: pl.Series, as_of: int, users: pl.Series | None = None
) -> tuple[Note, ...]:
    """What to say of an export that begins in the middle of a shop's life; nothing of others.

    Args:
        first_days: of each user, days since 1970-01-01.
        as_of: the last day that counts.
        users: how many have each of these days, where it isn't one.
    """
    first = first_days.min()
    if not isinstance(first, int):
        return ()
    whole = (as_of - first + 1) // _DAYS
    if whole < 4:
        return ()
    parts = (first_days - first) // _DAYS
    if users is None:
        counted = Counter(dict(parts.value_counts().iter_rows()))
    else:
        by_part = pl.DataFrame({"part": parts, "users": users}).group_by("part").sum()
        counted = Counter(dict(by_part.iter_rows()))
    counts = pl.Series([counted[number] for number in range(whole)])
    typical = counts[1:].median()
    assert isinstance(typical, float)
    usual = max(typical, float(counts[1]))
    if counts[0] < max(_TIMES * usual, _FEW):
        return ()
    return (
        Note(
            "{count:user has|users have} the first order in the first {days} days of the orders, {times:.1f} times as "
            "many as is usual later: the export seems to begin in the middle of the shop's life. They "
            "aren't new then; cohorts --since-start {day} leaves them out",
            count=int(counts[0]),
            days=_DAYS,
            times=counts[0] / max(usual, 1.0),
            day=to_date(first + _DAYS),
        ),
    )
