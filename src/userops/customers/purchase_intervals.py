"""Purchase intervals: how often each user buys in each category, and how much users differ.

What the words mean stands in `replenishment`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal

import numpy as np
import polars as pl

from userops.customers.purchases import UNIT, UserPurchases
from userops.stats.quantiles import count_by_group, quantiles
from userops.stats.rhythm import LOG, Floats, Ints, log_variances, logs_of, sums


@dataclass(frozen=True, slots=True)
class PurchaseIntervals:
    """How often things are bought.

    `pairs`: a row per user and category: `row` (the user's, among the customers), `code` (the
    category's place among the categories), `purchases, last_day, units` (of the last day, in
    thousandths), `intervals` and `total` (how many, and the sum of their logs). `categories`:
    a row per category, by it: the table's columns, `gaps` (purchases after the first), `centre`
    (median days that a unit lasts), `within` and `between` (variances of logs). `users`: the
    customers' ids. `nameless`: purchases without a category, left out. `days` are the pairs'
    purchase days, `starts` where each pair's begin, and the end; `units` go with them, or nothing
    where none are known. `seconds` are, of each pair, the day of the first purchase and the days to
    the second (-1: none), in the grain asked for.
    """

    pairs: pl.DataFrame
    categories: pl.DataFrame
    users: pl.Series
    nameless: int
    days: Ints
    starts: Ints
    units: Ints | None
    seconds: tuple[Ints, Ints]

    @property
    def elasticities(self) -> Floats:
        """Of each category, by its code."""
        return self.categories["elasticity"].fill_null(0.0).to_numpy()


def purchase_intervals(
    purchases: UserPurchases, users: pl.Series, grain: Literal["day", "order"] = "day"
) -> PurchaseIntervals:
    """The intervals between purchases, by user and category, and by category.

    Args:
        purchases: purchases by user and category.
        users: the customers' ids, in their rows.
        grain: what a purchase is in the columns up to p75_days: a day, or an order by itself.
    """
    code, starts, day, units = purchases.codes, purchases.starts, purchases.days, purchases.units
    units_known = np.zeros(len(purchases.names), bool)
    if units is not None:
        codes_with_units = np.repeat(code, np.diff(starts))[units > 0]
        units_known = np.bincount(codes_with_units, minlength=len(units_known)) > 0
        units = np.where(units > 0, units, UNIT)
    if not units_known.any():
        units = None
    quartiles, seconds = None, _seconds(day, starts)
    if grain == "order":
        quartiles = _quartiles(code, starts, _gap_counts(code, _gaps_of(day, units, starts)))
    day, units, starts = _merge_days(day, units, starts)
    if grain == "day":
        seconds = _seconds(day, starts)
    if units is not None:  # where none of a category's are known, a day is one
        units[~np.repeat(units_known[code], np.diff(starts))] = UNIT
    gaps = _gaps_of(day, units, starts)
    gap_counts = _gap_counts(code, gaps)
    if quartiles is None:
        quartiles = _quartiles(code, starts, gap_counts)
    elasticity = _elasticities(code, gaps, len(purchases.names))
    pairs = _pairs(purchases, gaps, elasticity, day, units, starts)
    by_code = [
        quartiles,
        _median_days_per_unit(code, gaps, gap_counts, elasticity),
        log_variances(pairs),
    ]
    categories = pl.DataFrame(
        {"category": purchases.names, "known": units_known, "elasticity": elasticity}
    ).with_row_index("code")
    categories = categories.with_columns(pl.col("code").cast(pl.Int64))
    for columns in by_code:
        categories = categories.join(columns, on="code", how="left", maintain_order="left")
    categories = categories.with_columns(
        elasticity=pl.when("known").then("elasticity"),
        days_per_unit=pl.when("known").then("centre"),
        gaps=pl.Series(np.bincount(code[gaps.pair], minlength=len(categories)), dtype=pl.Int64),
    )
    return PurchaseIntervals(
        pairs, categories, users, purchases.nameless, day, starts, units, seconds
    )


def _seconds(day: Ints, starts: Ints) -> tuple[Ints, Ints]:
    """Of each pair the day of the first purchase, and the days to the second; -1 where there's none."""
    first, has_second = starts[:-1], np.diff(starts) > 1
    days_to_second = np.full(len(first), -1, np.int64)
    days_to_second[has_second] = day[first[has_second] + 1] - day[first[has_second]]
    return day[first], days_to_second


def _pairs(
    purchases: UserPurchases,
    gaps: _Gaps,
    elasticity: Floats,
    day: Ints,
    units: Ints | None,
    starts: Ints,
) -> pl.DataFrame:
    """`PurchaseIntervals.pairs`, with the sum of squared logs; from purchase days and gaps."""
    last = starts[1:] - 1
    gap_starts = np.concatenate(([0], np.cumsum(np.diff(starts) - 1)))
    logs = gaps.logs_per_unit(elasticity, purchases.codes)
    return pl.DataFrame(
        {
            "row": purchases.rows,
            "code": purchases.codes,
            "purchases": np.diff(starts),
            "last_day": day[last].astype(np.int32),
            "units": np.full(len(last), UNIT) if units is None else units[last],
            "intervals": np.diff(starts) - 1,
            "total": sums(logs, gap_starts),
            "squares": sums(logs * logs, gap_starts),
        }
    )


def _merge_days(day: Ints, units: Ints | None, starts: Ints) -> tuple[Ints, Ints | None, Ints]:
    """Purchases of one day as one, their units summed."""
    opens_day = np.zeros(len(day), bool)
    opens_day[starts[:-1]] = True
    opens_day[1:] |= day[1:] != day[:-1]
    days_before = np.concatenate(([0], np.cumsum(opens_day)))
    day_units = units
    if units is not None and len(day):
        day_units = np.add.reduceat(units, np.flatnonzero(opens_day))
    return day[opens_day], day_units, days_before[starts]


@dataclass(frozen=True)
class _Gaps:
    """From a purchase to the pair's next: its place among pairs, the days, the units bought before."""

    pair: Ints
    days: Ints
    units: Ints | None

    @cached_property
    def logs(self) -> Ints:
        """Logs of the days."""
        return logs_of(self.days)  # purchases are days apart

    @cached_property
    def unit_logs(self) -> Ints:
        """Logs of the units."""
        if self.units is None:
            return np.zeros(len(self.days), np.int64)
        logs: Ints = np.rint(np.log(self.units / UNIT) * LOG).astype(np.int64)
        return logs

    def logs_per_unit(self, elasticity: Floats, codes: Ints) -> Ints:
        """Logs of the days that a unit lasted, by the elasticity of its pair's category."""
        if self.units is None:
            return self.logs
        of_units = np.rint(elasticity[codes[self.pair]] * self.unit_logs).astype(np.int64)
        return self.logs - of_units


def _gaps_of(day: Ints, units: Ints | None, starts: Ints) -> _Gaps:
    pair = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    same_pair = pair[1:] == pair[:-1]
    units_before = None if units is None else units[:-1][same_pair]
    return _Gaps(pair[:-1][same_pair], np.diff(day)[same_pair], units_before)


# What is believed of an elasticity before anything is seen: that it's 0, give or take this; and of
# the variance of logs about the line, as if so many gaps had been seen besides.
_ELASTICITY_SD = 0.5
_PRIOR_VARIANCE, _PRIOR_GAPS = 0.25, 4
_LEAST = LOG**2 // 10_000  # quantities that hardly differ tell nothing


def _elasticities(code: Ints, gaps: _Gaps, categories: int) -> Floats:
    """By code, how the log of a gap goes with the log of the units before it, within a user.

    Users who always buy the same quantity tell nothing: that they buy more may be why they come
    as often. Least squares about each user's means, drawn to 0 by its own uncertainty; between 0
    and 1.
    """
    if gaps.units is None or not len(gaps.pair):
        return np.zeros(categories)
    pairs = int(gaps.pair[-1]) + 1
    x, y = gaps.unit_logs, gaps.logs
    n = np.bincount(gaps.pair, minlength=pairs)

    gap_starts = np.concatenate(([0], np.cumsum(n)))

    def within(product: Ints, one: Ints, other: Ints) -> pl.Series:
        means = pl.Series(one).cast(pl.Int128) * pl.Series(other) // pl.Series(np.maximum(n, 1))
        return pl.Series(sums(product, gap_starts)).cast(pl.Int128) - means

    sum_x, sum_y = sums(x, gap_starts), sums(y, gap_starts)
    frame = pl.DataFrame(
        {
            "code": code[:pairs],
            "n": pl.Series(n, dtype=pl.Int64),
            "xx": within(x * x, sum_x, sum_x),
            "xy": within(x * y, sum_x, sum_y),
            "yy": within(y * y, sum_y, sum_y),
        }
    ).filter(pl.col("n") > 1)
    totals = (
        frame.group_by("code")
        .agg(pl.len().alias("k"), pl.col("n", "xx", "xy", "yy").sum())
        .filter(pl.col("xx") >= _LEAST)
    )
    found = np.zeros(categories)
    square = float(LOG**2)
    xx, xy, yy = (totals[name].cast(pl.Float64).to_numpy() / square for name in ("xx", "xy", "yy"))
    freedom = np.maximum(totals["n"].to_numpy() - totals["k"].cast(pl.Int64).to_numpy() - 1, 0)
    left_over = np.maximum(yy - xy * xy / xx, 0.0) + _PRIOR_GAPS * _PRIOR_VARIANCE
    squared_error = left_over / (freedom + _PRIOR_GAPS) / xx
    prior = _ELASTICITY_SD**2
    slope = xy / xx * prior / (prior + squared_error)
    found[totals["code"].to_numpy()] = np.rint(np.clip(slope, 0.0, 1.0) * LOG) / LOG
    return found


def _gap_counts(code: Ints, gaps: _Gaps) -> pl.DataFrame:
    """`code, days, count`: how often it was so many days to the next purchase."""
    counts = count_by_group(code[gaps.pair], gaps.days)
    return pl.DataFrame(dict(zip(("code", "days", "count"), counts, strict=True)))


def _median_days_per_unit(
    code: Ints, gaps: _Gaps, lengths: pl.DataFrame, elasticity: Floats
) -> pl.DataFrame:
    """`code, centre`: the median of days that a unit lasts."""
    if gaps.units is None:
        values = lengths.with_columns(value=pl.col("days").cast(pl.Float64))
    else:
        values = (
            pl.DataFrame({"code": code[gaps.pair], "days": gaps.days, "units": gaps.units})
            .group_by("code", "days", "units")
            .agg(count=pl.len())
        )
        days, units, codes = (values[name].to_numpy() for name in ("days", "units", "code"))
        lasted = days / units_effect(units, elasticity[codes])
        values = values.with_columns(value=pl.Series(lasted, dtype=pl.Float64))
    return quantiles(values, ["code"], "value", "count", {"centre": Fraction(1, 2)})


def units_effect(units: Ints, elasticity: Floats) -> Floats:
    """How many times as long as one unit some units last."""
    effect: Floats = np.power(units / UNIT, elasticity)
    return effect


def _quartiles(code: Ints, starts: Ints, lengths: pl.DataFrame) -> pl.DataFrame:
    """`code, buyers, repeat_buyers` and the quartiles of days between purchases."""
    per_pair = pl.DataFrame({"code": code, "bought": np.diff(starts)})
    users = per_pair.group_by("code").agg(
        buyers=pl.len().cast(pl.Int64),
        repeat_buyers=(pl.col("bought") > 1).sum().cast(pl.Int64),
    )
    quartiles = {
        "p25_days": Fraction(1, 4),
        "median_days": Fraction(1, 2),
        "p75_days": Fraction(3, 4),
    }
    day_quartiles = quantiles(lengths, ["code"], "days", "count", quartiles)
    return users.join(day_quartiles, on="code", how="left")
