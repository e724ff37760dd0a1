"""Detects duplicate events: rows with the same id or, without ids, the same in all columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from userops.engines import query as engine
from userops.engines.duplicates import duplicated
from userops.readers.exports import Export
from userops.readers.fast import event_expressions
from userops.readers.options import ReadOptions

# How far a witness looks back. Where times ascend and never so many more are the same, that's all
# the way to any row of the same time.
_NEAR = 3
# Rows are filtered by shared moments where fewer than one in so many is shared, else all are hashed.
_RARE = 20


class DuplicateSearch:
    """Detects duplicate events in a pass.

    Events without ids are duplicates where all columns are the same, which only a user's events
    at one time can be. Where times ascend and hardly any are the same, duplicates are near each
    other, and a look at each row's neighbours tells that there are none. Else a number for each
    user and time is sorted, and rows that share one are compared whole.

    `wanted` are further queries for the pass; none where columns can be read by themselves, for
    a result of all rows makes a pass hold its input.
    """

    def __init__(
        self, exports: Sequence[Export], options: ReadOptions, whole: pl.LazyFrame
    ) -> None:
        self._exports = exports
        self._options = options
        self._by_id = all("event_id" in export.taken for export in exports)
        self._keys = whole.select("event_key" if self._by_id else "moment")
        apart = all(export.by_column for export in exports)
        # Where neighbours wouldn't decide it, nobody looks at them.
        self._undecided = self._by_id or any(map(_are_scattered, exports))
        self.wanted = [self._keys] if self._undecided and not apart else []

    def witness(self) -> list[pl.Expr]:
        """What the pass has to look at: whether rows alone can't rule out duplicates."""
        if self._undecided:
            return [pl.lit(True).alias("undecided")]
        # In whatever order rows come: if times ascend in it, equal ones stand together.
        time, moment = pl.col("event_time").to_physical(), pl.col("moment")
        scattered = (time < time.shift()) | (time == time.shift(_NEAR + 1))
        for near in range(1, _NEAR + 1):
            scattered |= moment == moment.shift(near)
        return [scattered.any().alias("undecided")]

    def are_there(self, witness: Mapping[str, Any], frames: Sequence[pl.DataFrame]) -> bool:
        """Whether there are duplicates, from what the pass saw and the results of `wanted`."""
        if not witness["undecided"]:
            return False
        keys = (frames[0] if frames else engine.collect(self._keys)).to_series()
        if keys.has_nulls():
            return True
        shared = duplicated(keys)
        if self._by_id or shared.is_empty():
            return not shared.is_empty()
        near = shared if len(shared) * _RARE < len(keys) else None
        rows = pl.concat([_rows(export, self._options, near) for export in self._exports])
        return not duplicated(engine.collect(rows).to_series()).is_empty()


def _rows(export: Export, options: ReadOptions, moments: pl.Series | None) -> pl.LazyFrame:
    """A number for each row of some moments, or of any."""
    rows = export.fast
    assert rows is not None
    if moments is not None:
        rows = rows.filter(event_expressions.moment(export, options).is_in(moments.implode()))
    return rows.select(row=export.row_key(rows.collect_schema()))


def _are_scattered(export: Export) -> bool:
    """Whether times don't ascend, or some are the same, in the first rows."""
    times = export.sample["event_time"]
    return not times.is_sorted() or times.is_duplicated().any()
