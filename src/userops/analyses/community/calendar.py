"""The periods that are told of, as days between which they lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from userops.core import periods
from userops.core.periods import Period

Ints = np.ndarray[Any, np.dtype[Any]]


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

    def places(self, days: pl.Series) -> Ints:
        """The place of the period that each day falls into: -1 before all, their number after them."""
        found: Ints = np.searchsorted(self.edges, days.to_numpy(), side="left") - 1
        return found
