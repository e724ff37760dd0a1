"""Who came in which period, one after another: where numbers stand for the ids.

One whole number of each order, sorted, as in a timeline, but of periods in place of days: then no
grouping by user is needed, which takes most of what bits take.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from userops import periods, timeline
from userops.periods import Period
from userops.timeline import Ints


def marks(bought: pl.LazyFrame, numbers: Ints, first: int) -> pl.LazyFrame:
    """One column, `own`, a row an order; `numbers` are those of the periods of all days from `first` on."""
    places = pl.Series(numbers.astype(np.int32))
    number = pl.lit(places).gather(pl.col("day") - first, null_on_oob=True)
    return bought.select(timeline.own(number))


@dataclass(frozen=True, slots=True)
class Runs:
    """Who came when: `numbers[starts[i]:starts[i + 1]]` are the periods that user `users[i]` came in.

    Users are numbers and ascend, and so do a user's periods, each once.
    """

    users: Ints
    starts: Ints
    numbers: Ints

    @classmethod
    def of(cls, marked: pl.DataFrame, begin: int, end: int) -> Self | None:
        """Of what `marks` gave, in periods from one number to another; None for too many of these."""
        found = timeline.based(marked["own"], begin, end)
        if found is None:
            return None
        keys, base = found
        keys.sort()
        fresh = np.ones(len(keys), bool)
        np.not_equal(keys[1:], keys[:-1], out=fresh[1:])
        keys = keys[fresh]
        numbers = keys.astype(np.int32)  # the low bits; the others are cut off
        numbers &= timeline.SPAN - 1
        numbers += np.int32(base)
        keys >>= np.uint64(timeline.BITS)
        starts = timeline.starts_of(keys) if len(keys) else np.zeros(1, np.int64)
        return cls(keys[starts[:-1]], starts, numbers)

    def customers(self, period: Period, week_start: str) -> pl.DataFrame:
        """`user_id, first_day` (of the first period with an order), by user_id."""
        first = periods.first_day(self.first, period, week_start)
        return pl.DataFrame(
            {"user_id": self.users, "first_day": first},
            schema={"user_id": pl.UInt64, "first_day": pl.Int32},
        )

    @property
    def first(self) -> Ints:
        """Of each user the first period's number."""
        return self.numbers[self.starts[:-1]]

    @property
    def begin(self) -> int:
        """The number of the first period in which anyone came; 0 for nobody."""
        return int(self.numbers.min()) if len(self.numbers) else 0

    def heads(self, groups: Ints, count: int, begin: int, end: int) -> Ints:
        """How many users of each group came in each of the periods from number `begin` to `end`.

        `groups` numbers each user's, below `count`; who is in none has -1.
        """
        wide = end - begin + 1
        cells = np.repeat((groups * wide - begin).astype(np.int64), np.diff(self.starts))
        cells += self.numbers
        least, most = self.numbers.min(initial=end), self.numbers.max(initial=begin)
        if least < begin or most > end or groups.min(initial=0) < 0:
            inside = (self.numbers >= begin) & (self.numbers <= end)
            cells = cells[inside & np.repeat(groups >= 0, np.diff(self.starts))]
        return np.bincount(cells, minlength=count * wide).reshape(count, wide)

    def totals(self, end: int) -> tuple[Ints, Ints, Ints]:
        """How many came, came for the first time, and had come in the period before.

        Of each period from the first one's number to `end`.
        """
        begin = self.begin
        number = self.numbers - begin
        again = np.zeros(len(number), bool)
        np.equal(number[1:] - number[:-1], 1, out=again[1:])
        again[self.starts[:-1]] = False
        found = (number, self.first - begin, number[again])
        came, new, stayed = (np.bincount(one, minlength=end - begin + 1) for one in found)
        return came, new, stayed
