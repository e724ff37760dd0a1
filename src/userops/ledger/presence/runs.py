"""Who came in which period, one after another: where integers stand for the ids.

One whole number of each order, sorted, as in a timeline, but of periods in place of days: then no
grouping by user is needed, which takes most of what bits take.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from userops.core import periods
from userops.core.periods import Period
from userops.engines.parallel import Ints, in_threads
from userops.ledger import sort_keys


@dataclass(frozen=True, slots=True)
class _Part:
    """Some users, and when each came: `numbers[starts[i]:starts[i + 1]]` are the periods of `users[i]`.

    Users are numbers and ascend, and so do a user's periods, each once.
    """

    users: Ints
    starts: Ints
    numbers: Ints

    @classmethod
    def of(cls, keys: Ints, base: int) -> Self:
        """From ascending sort keys whose low bits count from a period."""
        fresh = np.ones(len(keys), bool)
        np.not_equal(keys[1:], keys[:-1], out=fresh[1:])
        # Half the time of indexing.
        return cls(*sort_keys.split_keys(keys.compress(fresh), base))

    @property
    def first(self) -> Ints:
        return self.numbers[self.starts[:-1]]

    def cells(self, groups: Ints, begin: int, end: int) -> Ints:
        """The cell of each user's coming that has one: a row a group, a column a period."""
        wide = end - begin + 1
        cells = np.repeat((groups * wide - begin).astype(np.int64), np.diff(self.starts))
        cells += self.numbers
        least, most = self.numbers.min(initial=end), self.numbers.max(initial=begin)
        if least < begin or most > end or groups.min(initial=0) < 0:
            inside = (self.numbers >= begin) & (self.numbers <= end)
            cells = cells[inside & np.repeat(groups >= 0, np.diff(self.starts))]
        return cells

    def totals(self, begin: int, end: int) -> Ints:
        number = self.numbers - begin
        again = np.zeros(len(number), bool)
        np.equal(number[1:] - number[:-1], 1, out=again[1:])
        again[self.starts[:-1]] = False
        periods_of = (number, self.first - begin, number[again])
        return np.stack([np.bincount(one, minlength=end - begin + 1) for one in periods_of])


@dataclass(frozen=True, slots=True)
class Runs:
    """Who came when, in parts of users that follow each other."""

    parts: tuple[_Part, ...]

    @classmethod
    def of(cls, frame: pl.DataFrame, begin: int, end: int) -> Self | None:
        """Of what `marked` gave, in periods from one number to another; None for too many of these."""
        base = sort_keys.base_of(begin, end)
        if base is None:
            return None
        keys = sort_keys.ascending(frame["id_key"], base)
        return cls(tuple(in_threads(lambda part: _Part.of(part, base), keys)))

    def customers(self, period: Period, week_start: str) -> pl.DataFrame:
        """`user_id, first_day` (of the first period with an order), by user_id."""
        users = np.concatenate([part.users for part in self.parts])
        first = periods.first_day(self.first, period, week_start)
        return pl.DataFrame(
            {"user_id": users, "first_day": first},
            schema={"user_id": pl.UInt64, "first_day": pl.Int32},
        )

    @property
    def first(self) -> Ints:
        """Of each user the first period's number."""
        return np.concatenate([part.first for part in self.parts])

    @property
    def begin(self) -> int:
        """The number of the first period in which anyone came; 0 for nobody."""
        return min((int(part.numbers.min()) for part in self.parts if len(part.numbers)), default=0)

    def heads(self, groups: Ints, count: int, begin: int, end: int) -> Ints:
        """How many users of each group came in each of the periods from number `begin` to `end`.

        `groups` numbers each user's, below `count`; who is in none has -1.
        """
        ends = np.cumsum([len(part.users) for part in self.parts])
        groups_of_parts = np.split(groups, ends[:-1])
        wide = end - begin + 1
        heads = sort_keys.sums_by_cell(
            lambda part, groups: (part.cells(groups, begin, end), None),
            count * wide,
            self.parts,
            groups_of_parts,
        )
        return heads.reshape(count, wide)

    def totals(self, end: int) -> tuple[Ints, Ints, Ints]:
        """How many came, came for the first time, and had come in the period before.

        Of each period from the first one's number to `end`.
        """
        begin = self.begin
        parts = in_threads(lambda part: part.totals(begin, end), self.parts)
        came, new, stayed = np.sum(parts, axis=0)
        return came, new, stayed
