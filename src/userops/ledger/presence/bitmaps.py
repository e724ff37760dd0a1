"""Who came in which period, a bit each: what one grouping by user gives.

It takes the first day and, in a word or two, a bit for every period with an order: hardly more
than the first day alone takes, where putting all orders in order takes twice that. A word has 64
bits, so the bits begin anew after 64 months or 128 weeks; who asks for more than that at once
needs a timeline.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl

from userops.core import periods
from userops.core.periods import Period
from userops.engines import query as engine
from userops.engines.parallel import Ints

_BITS = 64
_WORDS = {Period.MONTH: 1, Period.WEEK: 2}
PERIODS = frozenset(_WORDS)  # days are too many


def enough(period: Period, begin: int, end: int) -> bool:
    """Whether every period from one number to another has a bit of its own."""
    return end - begin < _WORDS[period] * _BITS


def by_user(bought: pl.LazyFrame, numbers: Ints, first: int, period: Period) -> pl.LazyFrame:
    """`user_id, first_day` of who bought, and words of bits, `word_0, ...`; in no order.

    `numbers` are those of the periods of all days from `first` on.
    """
    place = pl.col("day") - first
    words = {
        f"word_{number}": pl.lit(word).gather(place, null_on_oob=True)
        for number, word in enumerate(_words(numbers, period))
    }
    return (
        bought.select("user_id", "day", **words)
        .group_by("user_id")
        .agg(pl.col("day").min().alias("first_day"), pl.col("^word_.*$").bitwise_or())
    )


def elsewhere(x: Any, bought: Any, period: Period, week_start: str) -> pl.LazyFrame:
    """The same on another engine."""
    number = periods.arithmetic(x.col("day"), period, week_start)
    placed = bought.select("user_id", "day", place=number)
    words: pl.LazyFrame = engine.bits(placed, _WORDS[period], _BITS)
    return words


def _words(numbers: Ints, period: Period) -> list[pl.Series]:
    """For each word, what a day sets in it."""
    count = _WORDS[period]
    word, bit = np.divmod(numbers % (_BITS * count), _BITS)
    values = np.left_shift(np.uint64(1), bit.astype(np.uint64))
    return [pl.Series(np.where(word == one, values, np.uint64(0))) for one in range(count)]


# Every eighth bit: added up, each is a counter of its own in a byte, for as many words as a
# byte counts.
_LANES, _LANE, _FULL = np.uint64(0x0101_0101_0101_0101), 8, 255


def _bits(words: Ints, starts: Ints) -> Ints:
    """How many words of each run have each bit, a row a run, a column a bit.

    Runs begin at `starts`. A byte's counters are added up eight bits at a time, which takes an
    eighth of what looking at each bit by itself takes.
    """
    ends = np.append(starts[1:], len(words))
    pieces = -(-(ends - starts) // _FULL)  # of at most so many words
    run = np.repeat(np.arange(len(starts)), pieces)
    number = np.arange(len(run)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    begin = starts[run] + number * _FULL
    counts = np.zeros((len(starts), _BITS), np.int64)
    for bit in range(_LANE):
        sums = np.add.reduceat((words >> np.uint64(bit)) & _LANES, begin) if len(begin) else begin
        lanes = sums.astype("<u8").view(np.uint8).reshape(len(run), _BITS // _LANE)
        np.add.at(counts[:, bit::_LANE], run, lanes)
    return counts


@dataclass(frozen=True, slots=True)
class Bitmaps:
    """Who came when. Of each user, in the rows' order: `words` of bits, and the `first` period's number."""

    words: pl.DataFrame
    first: Ints

    @classmethod
    def of(cls, customers: pl.DataFrame, period: Period, week_start: str = "monday") -> Self:
        """Of customers as `by_user` gives them."""
        first = periods.number(customers["first_day"].to_numpy(), period, week_start)
        # Other engines' words are signed.
        words = customers.select(pl.col("^word_.*$").reinterpret(signed=False))
        return cls(words, first.astype(np.int64))

    @property
    def begin(self) -> int:
        """The number of the first period in which anyone came; 0 for nobody."""
        return int(self.first.min(initial=np.iinfo(np.int64).max)) if len(self.first) else 0

    def heads(self, groups: Ints, count: int, begin: int, end: int) -> Ints:
        """How many users of each group came in each of the periods from number `begin` to `end`.

        `groups` numbers each user's, below `count`; who is in none has -1.
        """
        # Small numbers are sorted by counting.
        short = groups.astype(np.int16 if count < 2**15 else np.int64)
        order = np.argsort(short, kind="stable")
        ends = np.cumsum(np.bincount(short + 1, minlength=count + 1))  # of -1, 0, 1, ...
        order, ends = order[ends[0] :], ends - ends[0]
        of = np.flatnonzero(np.diff(ends))
        starts = ends[of]
        bits = np.hstack(
            [_bits(word.to_numpy()[order], starts) for word in self.words.iter_columns()]
        )
        heads = np.zeros((count, end - begin + 1), np.int64)
        first = max(begin, self.begin)  # bits of earlier periods are those of later ones
        places = np.arange(first, end + 1) % bits.shape[1]
        heads[of, first - begin :] = bits[:, places]
        return heads

    def totals(self, end: int) -> tuple[Ints, Ints, Ints]:
        """How many came, came for the first time, and had come in the period before.

        Of each period from the first one's number to `end`.
        """
        begin = self.begin
        came = [self._came(number).sum().alias(str(number)) for number in range(begin, end + 1)]
        stayed = [
            (self._came(number) & self._came(number - 1)).sum().alias(f"stayed {number}")
            for number in range(begin + 1, end + 1)
        ]
        counts = engine.collect(self.words.lazy().select(*came, *stayed)).to_numpy()[0]
        return (
            counts[: len(came)],
            np.bincount(self.first - begin, minlength=len(came)),
            np.concatenate(([0], counts[len(came) :])),
        )

    def _came(self, number: int) -> pl.Expr:
        """Whether a user came in a period."""
        word, bit = divmod(number % (self.words.width * _BITS), _BITS)
        return (pl.col(f"word_{word}") & pl.lit(1 << bit, pl.UInt64)).ne(0)
