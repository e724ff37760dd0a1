"""Whether some events of a pass stand twice: those with one id, or rows that are alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from userops.engines import query as engine
from userops.engines.duplicates import duplicated
from userops.readers.exports import Export
from userops.readers.fast import event_expressions
from userops.readers.options import Reading

# How far a witness looks back. Where times ascend and never so many more are the same, that's all
# the way to any row of the same time.
_NEAR = 3
# Rows are filtered by shared moments where fewer than one in so many is shared, else all are hashed.
_RARE = 20


class Twins:
    """Whether some events of a pass stand twice.

    Events without ids do where all columns are alike. Only a user's events at one time can be.
    Where times ascend and hardly any are the same, those stand near each other, and a pass'
    witness tells that there are none; else the numbers of all users' times do, of which most
    stand once.

    `wanted` is what the pass had better give; nothing where columns are read apart at no cost,
    for a result of all rows makes a pass hold its input.
    """

    def __init__(self, exports: Sequence[Export], how: Reading, whole: pl.LazyFrame) -> None:
        self._exports = exports
        self._how = how
        self._by_id = all("event_id" in export.taken for export in exports)
        self._marks = whole.select("event_key" if self._by_id else "moment")
        apart = all(export.by_column for export in exports)
        # What a witness wouldn't decide, it needn't look at.
        self._unseen = self._by_id or any(map(_are_scattered, exports))
        self.wanted = [self._marks] if self._unseen and not apart else []

    def witness(self) -> list[pl.Expr]:
        """What the pass is to see."""
        if self._unseen:
            return [pl.lit(True).alias("undecided")]
        # In whatever order rows come: if times ascend in it, equal ones stand together.
        time, moment = pl.col("event_time").to_physical(), pl.col("moment")
        scattered = (time < time.shift()) | (time == time.shift(_NEAR + 1))
        for near in range(1, _NEAR + 1):
            scattered |= moment == moment.shift(near)
        return [scattered.any().alias("undecided")]

    def are_there(self, witness: Mapping[str, Any], given: Sequence[pl.DataFrame]) -> bool:
        """The answer, of what the pass saw and gave."""
        if not witness["undecided"]:
            return False
        marks = (given[0] if given else engine.collect(self._marks)).to_series()
        if marks.has_nulls():
            return True
        shared = duplicated(marks)
        if self._by_id or shared.is_empty():
            return not shared.is_empty()
        near = shared if len(shared) * _RARE < len(marks) else None
        rows = pl.concat([_rows(export, self._how, near) for export in self._exports])
        return not duplicated(engine.collect(rows).to_series()).is_empty()


def _rows(export: Export, how: Reading, moments: pl.Series | None) -> pl.LazyFrame:
    """A number for each row of some moments, or of any."""
    rows = export.fast
    assert rows is not None
    if moments is not None:
        rows = rows.filter(event_expressions.moment(export, how).is_in(moments.implode()))
    return rows.select(row=export.row_key(rows.collect_schema()))


def _are_scattered(export: Export) -> bool:
    """Whether times don't ascend, or some are the same, in the first rows."""
    times = export.sample["event_time"]
    return not times.is_sorted() or times.is_duplicated().any()
