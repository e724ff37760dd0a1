"""Which periods each user came in, a bit each: what counting heads by period needs of the orders.

One grouping by user takes the first day and, in a word or two, a bit for every period with an
order: hardly more than the first day alone takes, where putting all orders in order takes twice
that. A word has 64 bits, so the bits begin anew after 64 months or 128 weeks; who asks for more
than that at once needs a timeline.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl

from userops import engine, periods
from userops.periods import Period
from userops.window import Window, to_day

Ints = np.ndarray[Any, np.dtype[Any]]
_BITS = 64
_WORDS = {Period.MONTH: 1, Period.WEEK: 2}
PERIODS = frozenset(_WORDS)  # days are too many
# Days that have a bit: 1900-01-01 to 2299-12-31.
_FIRST, _LAST = -25_567, 120_529


def can_tell(period: Period, window: Window, week_start: str = "monday") -> bool:
    """Whether every period of the window has a bit of its own."""
    if window.first_day is None or window.as_of is None:
        return True  # nobody came
    first, last = to_day(window.first_day), to_day(window.as_of)
    begin, end = (periods.number_of(day, period, week_start) for day in (first, last))
    return first >= _FIRST and last <= _LAST and end - begin < _WORDS[period] * _BITS


def attended(orders: pl.LazyFrame, period: Period, week_start: str = "monday") -> pl.LazyFrame:
    """A step: `user_id, first_day` of who bought, and words of bits, `word_0, ...`; in no order."""
    words = _words(period, week_start)
    place = pl.col("day") - _FIRST
    return (
        orders.filter(pl.col("orders") > 0)
        .select(
            "user_id",
            "day",
            **{
                f"word_{number}": pl.lit(word).gather(place, null_on_oob=True)
                for number, word in enumerate(words)
            },
        )
        .group_by("user_id")
        .agg(pl.col("day").min().alias("first_day"), pl.col("^word_.*$").bitwise_or())
    )


def _words(period: Period, week_start: str) -> list[pl.Series]:
    """For each word, what a day sets in it."""
    numbers = periods.number(np.arange(_FIRST, _LAST + 1), period, week_start)
    count = _WORDS[period]
    word, bit = np.divmod(numbers % (_BITS * count), _BITS)
    values = np.left_shift(np.uint64(1), bit.astype(np.uint64))
    return [pl.Series(np.where(word == one, values, np.uint64(0))) for one in range(count)]


@dataclass(frozen=True, slots=True)
class Attendance:
    """Words of bits, a row a user, in the rows' order of `customers`; `begin` is the first period."""

    words: pl.DataFrame
    begin: int

    @classmethod
    def of(cls, customers: pl.DataFrame, period: Period, week_start: str = "monday") -> Self:
        """Of customers as `attended` gives them."""
        first = customers.select(pl.col("first_day").min()).item()
        begin = periods.number_of(first, period, week_start) if first is not None else 0
        return cls(customers.select(pl.col("^word_.*$")), begin)

    def heads(self, groups: Ints, count: int, begin: int, end: int) -> Ints:
        """How many users of each group came in each of the periods from number `begin` to `end`.

        `groups` numbers each user's, below `count`; who is in none has -1.
        """
        bits = self.words.width * _BITS
        words = self.words.columns
        came = {}
        first = max(begin, self.begin)  # bits of earlier periods are those of later ones
        for number in range(first, end + 1):
            word, bit = divmod(number % bits, _BITS)
            one = pl.lit(1 << bit, pl.UInt64)
            came[str(number)] = (pl.col(words[word]) & one).ne(0).sum().cast(pl.Int64)
        found = engine.collect(
            self.words.lazy()
            .with_columns(pl.Series("group", groups))
            .filter(pl.col("group") >= 0)
            .group_by("group")
            .agg(**came)
        )
        heads = np.zeros((count, end - begin + 1), np.int64)
        if came:
            heads[found["group"].to_numpy(), first - begin :] = found.select(came.keys()).to_numpy()
        return heads
