"""The periods that are told of, as days between which they lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from userops.core import periods
from userops.core.periods import Period

Ints = np.ndarray[Any, np.dtype[Any]]
Days = tuple[int, int]  # the first and the last, both whole


@dataclass(frozen=True, slots=True)
class Calendar:
    """Periods one after the other.

    `firsts` are their first days as they're shown; `edges` one day more than there are periods: the
    day before the first, then the last day of each that counts. `whole` says of each whether as_of
    is its last day or later.
    """

    firsts: Ints
    edges: Ints
    whole: Ints

    def __len__(self) -> int:
        return len(self.firsts)

    @classmethod
    def of(cls, first: int, as_of: int, period: Period, week_start: str) -> Calendar:
        """The periods from that of a day to that of as_of."""
        low, high = (periods.number_of(day, period, week_start) for day in (first, as_of))
        numbers = np.arange(low, high + 1)
        firsts = periods.first_day(numbers, period, week_start)
        ends = np.append(firsts[1:] - 1, as_of)
        whole = numbers <= periods.last_whole(as_of, period, week_start)
        return cls(firsts, np.append(firsts[0] - 1, ends), whole)

    @classmethod
    def one(cls, first: int, as_of: int) -> Calendar:
        """All days from one to as_of as one period."""
        first = min(first, as_of)
        return cls(np.array([first]), np.array([first - 1, as_of]), np.array([True]))

    def within(self, days: Days | None) -> tuple[Calendar, int] | None:
        """The parts of periods that lie within some days, and the place of the first; None if none do.

        >>> Calendar.of(0, 20, Period.WEEK, "thursday").within((5, 8))[0].edges
        array([4, 6, 8])
        """
        if days is None:
            return None
        first, last = max(days[0], int(self.edges[0]) + 1), min(days[1], int(self.edges[-1]))
        if first > last:
            return None
        low, high = (
            int(np.searchsorted(self.edges, day, side="left")) - 1 for day in (first, last)
        )
        edges = self.edges[low : high + 2].copy()
        edges[0], edges[-1] = first - 1, last
        return Calendar(self.firsts[low : high + 1], edges, self.whole[low : high + 1]), low

    def places(self, days: pl.Series) -> Ints:
        """The place of the period that each day falls into: -1 before all, their number after them."""
        found: Ints = np.searchsorted(self.edges, days.to_numpy(), side="left") - 1
        return found
