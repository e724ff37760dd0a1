"""Whose purchases run out when: users and categories that wait for a next purchase.

What the words mean stands in `replenishment`.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import polars as pl

from userops.customers.chances import chances, expected_days
from userops.customers.purchase_intervals import PurchaseIntervals
from userops.stats.rhythm import Ints


class Stock(Protocol):
    """What tells which categories run out, and who waits no longer: `[replenishment]`."""

    @property
    def within(self) -> int:
        """Days after as_of in which a purchase is due."""

    @property
    def lapsed_after(self) -> float:
        """Expected intervals of silence after which no one waits."""

    @property
    def min_gaps(self) -> int:
        """Repeat purchases that a category needs."""

    @property
    def leave_out(self) -> tuple[str, ...]:
        """Words in the names of categories that nobody runs out of."""


def waiting(intervals: PurchaseIntervals, as_of: int, params: Stock) -> pl.DataFrame:
    """Users and categories that can be listed: the pairs, and what's known of the next purchase.

    Besides their columns: `expected` days, `lasts` (to the nearest day), `chance`, whether
    they're due and `lapsed`, else `listed`.
    """
    kept = kept_categories(intervals, params)
    pairs = intervals.pairs.filter(pl.Series(kept[intervals.pairs["code"].to_numpy()], dtype=pl.Boolean))  # fmt: skip
    columns = ("code", "intervals", "total", "units", "last_day")
    code, n, total, units, last_day = (pairs[name].to_numpy() for name in columns)
    expected = expected_days(intervals, code, n, total, units)
    silent = as_of - last_day.astype(np.int64)
    pairs = pairs.with_columns(expected=pl.Series(expected, dtype=pl.Float64))
    chance = chances(intervals, pairs, kept, as_of, params.within)
    lasts = np.floor(expected + 0.5)  # halves go up, whatever the day's parity
    is_due = lasts - silent <= params.within
    lapsed = is_due & (silent > params.lapsed_after * expected)
    return pairs.with_columns(
        lasts=pl.Series(lasts, dtype=pl.Float64),
        chance=pl.Series(chance, dtype=pl.Float64),
        lapsed=pl.Series(lapsed, dtype=pl.Boolean),
        listed=pl.Series(is_due & ~lapsed, dtype=pl.Boolean),
    )


def kept_categories(intervals: PurchaseIntervals, params: Stock) -> Ints:
    """Whether a category, by its code, has enough repeat purchases, and is no gift."""
    enough = (intervals.categories["gaps"] >= params.min_gaps).to_numpy()
    kept: Ints = enough & ~gifts(intervals, params)
    return kept


def gifts(intervals: PurchaseIntervals, params: Stock) -> Ints:
    """Whether a category, by its code, is one that nobody runs out of."""
    words = [word.casefold() for word in params.leave_out if word]
    names = intervals.categories["category"].to_list()
    return np.array([any(word in name.casefold() for word in words) for name in names], dtype=bool)
