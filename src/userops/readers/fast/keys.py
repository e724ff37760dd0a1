"""Whether all rows of a pass differ.

Where a row stands twice, the fast way gives up: what becomes of it is for the strict one (of orders `strict/netting.py`).
"""

from __future__ import annotations

from threading import Lock

import polars as pl

from userops.engines import query as engine
from userops.engines.duplicates import duplicated, rise


class Keys:
    """Whether all keys of a pass differ, heard batch by batch and in order.

    A result of all rows would make the pass hold its input. As long as each key is larger
    than the one before, as ids are that count up, nothing is held but the last.
    """

    def __init__(self, keys: pl.LazyFrame) -> None:
        self._keys = keys
        self._held: list[pl.Series] = []
        self._first = self._last = -1
        self._passed = False  # keys that rose are gone
        self._rises = True
        self._lock = Lock()  # whichever thread has a batch calls

    def watch(self) -> pl.LazyFrame:
        """The query that hears the keys; its result holds nothing."""
        query = self._keys.sink_batches(self._hear, lazy=True)
        assert query is not None
        return query

    def _hear(self, batch: pl.DataFrame) -> None:
        keys = batch.to_series()
        with self._lock:
            if self._rises and len(keys):
                self._rises = not keys.has_nulls() and keys[0] > self._last and rise(keys)
                if self._rises:
                    self._first = self._first if self._passed else keys[0]
                    self._last, self._passed = keys[-1], True
            if not self._rises and not self._passed:
                self._held.append(keys)

    @property
    def span(self) -> tuple[int, int] | None:
        """The least and the largest key where all rose; after the pass."""
        return (self._first, self._last) if self._rises else None

    def differ(self) -> bool:
        """Whether no key is missing and no two are equal; after the pass."""
        if self._rises:
            return True
        keys = engine.collect(self._keys).to_series() if self._passed else pl.concat(self._held)
        return not keys.has_nulls() and duplicated(keys).is_empty()
