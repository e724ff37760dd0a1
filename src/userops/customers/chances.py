"""The chance that a purchase comes within some days: of users and categories.

What the words mean stands in `replenishment`.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from userops.customers.purchase_intervals import PurchaseIntervals, units_effect
from userops.customers.purchases import UNIT
from userops.stats import hazards
from userops.stats.hazards import Hazards, groups_of, relative_lengths
from userops.stats.rhythm import LOG, Floats, Ints, Rhythm, logs_of, totals_before


def expected_days(
    intervals: PurchaseIntervals, code: Ints, n: Ints, total: Ints, units: Ints | None
) -> Floats:
    """Days that purchases last, by the category, the user's earlier waits there, and what was bought."""
    columns = (intervals.categories[name] for name in ("centre", "within", "between"))
    rhythm = Rhythm(*(column.fill_null(0.0).to_numpy() for column in columns))
    days = rhythm.expected(code, n, total)
    return days if units is None else days * units_effect(units, intervals.elasticities[code])


def chances(
    intervals: PurchaseIntervals, pairs: pl.DataFrame, kept: Ints, as_of: int, within: int
) -> Floats:
    """That users buy in the `within` days after as_of, in categories that are `kept`.

    Args:
        intervals: of everything bought up to as_of.
        pairs: those of them in kept categories, with `expected`.
        kept: whether a category, by its code, is among them.
        as_of: the last day that counts.
        within: days after it.
    """
    if not len(pairs):
        return np.zeros(0)
    places = np.cumsum(kept) - 1
    learned = _hazards(intervals, kept, places, as_of)
    columns = ("code", "intervals", "last_day", "expected")
    code, n, last_day, expected = (pairs[name].to_numpy() for name in columns)
    silent = as_of - last_day.astype(np.int64)
    return learned.chance(places[code], groups_of(n), silent / expected, within / expected)


def _hazards(intervals: PurchaseIntervals, kept: Ints, places: Ints, as_of: int) -> Hazards:
    """Hazards learned from every wait in some categories: every purchase begins one."""
    starts, days, units = intervals.starts, intervals.days.astype(np.int64), intervals.units
    counts = np.diff(starts)
    code = np.repeat(intervals.pairs["code"].to_numpy(), counts)
    earlier = np.arange(len(days)) - np.repeat(starts[:-1], counts)
    ended = np.ones(len(days), bool)
    ended[starts[1:] - 1] = False
    lengths = np.where(ended, np.diff(days, append=as_of), as_of - days)
    logs = np.zeros(len(days), np.int64)
    logs[ended] = logs_of(lengths[ended])
    if units is not None:
        of_units = np.rint(np.log(units[ended] / UNIT) * LOG)
        logs[ended] -= np.rint(intervals.elasticities[code[ended]] * of_units).astype(np.int64)
    expected = expected_days(intervals, code, earlier, totals_before(logs, starts), units)
    chosen = kept[code] & (expected > 0)
    return hazards.hazards(
        places[code[chosen]],
        groups_of(earlier[chosen]),
        relative_lengths(lengths[chosen], expected[chosen]),
        ended[chosen],
        int(kept.sum()),
    )
