"""Purchase intervals: how often each user buys in each category, and how much users differ.

What the words mean stands in `replenishment`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import polars as pl

from userops.analyses.repurchase.purchases import UNIT, UserPurchases
from userops.stats.quantiles import count_by_group, quantiles

Ints = np.ndarray[Any, np.dtype[Any]]

# Logs in whole ten-thousandths, so that their sums are exact and don't depend on an order.
LOG = 10_000


@dataclass(frozen=True, slots=True)
class PurchaseIntervals:
    """How often things are bought.

    `pairs`: a row per user and category: `row` (the user's, among the customers), `code` (the
    category's place among the categories), `purchases, last_day, units` (of the last day, in
    thousandths), `intervals` and `total` (how many, and the sum of their logs). `categories`:
    a row per category, by it: the table's columns, `centre` (median days per unit), `within`
    and `between` (variances of logs). `users`: the customers' ids. `nameless`: purchases
    without a category, left out.
    """

    pairs: pl.DataFrame
    categories: pl.DataFrame
    users: pl.Series
    nameless: int


def purchase_intervals(
    purchases: UserPurchases,
    users: pl.Series,
    grain: Literal["day", "order"] = "day",
    *,
    per_unit: bool = True,
) -> PurchaseIntervals:
    """The intervals between purchases, by user and category, and by category.

    Args:
        purchases: purchases by user and category.
        users: the customers' ids, in their rows.
        grain: what a purchase is in the columns up to p75_days: a day, or an order by itself.
        per_unit: whether to reckon by units bought.
    """
    code, starts, day, units = purchases.codes, purchases.starts, purchases.days, purchases.units
    units_known = np.zeros(len(purchases.names), bool)
    if units is not None and per_unit:
        codes_with_units = np.repeat(code, np.diff(starts))[units > 0]
        units_known = np.bincount(codes_with_units, minlength=len(units_known)) > 0
        units = np.where(units > 0, units, UNIT)
    if not units_known.any():
        units = None
    quartiles = None
    if grain == "order":
        quartiles = _quartiles(code, starts, _gap_counts(code, _gaps_of(day, units, starts)))
    day, units, starts = _merge_days(day, units, starts)
    if units is not None:  # where none of a category's are known, a day is one
        units[~np.repeat(units_known[code], np.diff(starts))] = UNIT
    gaps = _gaps_of(day, units, starts)
    gap_counts = _gap_counts(code, gaps)
    if quartiles is None:
        quartiles = _quartiles(code, starts, gap_counts)
    pairs = _pairs(purchases, gaps, day, units, starts)
    categories = (
        pl.DataFrame({"category": purchases.names, "known": units_known})
        .with_row_index("code")
        .with_columns(pl.col("code").cast(pl.Int64))
        .join(quartiles, on="code", how="left", maintain_order="left")
        .join(
            _median_days_per_unit(code, gaps, gap_counts),
            on="code",
            how="left",
            maintain_order="left",
        )
        .join(_log_variances(pairs), on="code", how="left", maintain_order="left")
        .with_columns(days_per_unit=pl.when("known").then("centre"))
    )
    return PurchaseIntervals(pairs, categories, users, purchases.nameless)


def _pairs(
    purchases: UserPurchases, gaps: _Gaps, day: Ints, units: Ints | None, starts: Ints
) -> pl.DataFrame:
    """`PurchaseIntervals.pairs`, with the sum of squared logs; from purchase days and gaps."""
    last = starts[1:] - 1
    logs = gaps.logs
    return pl.DataFrame(
        {
            "row": purchases.rows,
            "code": purchases.codes,
            "purchases": np.diff(starts),
            "last_day": day[last].astype(np.int32),
            "units": np.full(len(last), UNIT) if units is None else units[last],
            "intervals": np.diff(starts) - 1,
            # Sums of whole numbers, each far below 2^53: exact.
            "total": np.bincount(gaps.pair, logs, len(last)).astype(np.int64),
            "squares": np.bincount(gaps.pair, logs * logs, len(last)).astype(np.int64),
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


@dataclass(frozen=True, slots=True)
class _Gaps:
    """From a purchase to the pair's next: its place among pairs, the days, the units bought before."""

    pair: Ints
    days: Ints
    units: Ints | None

    @property
    def logs(self) -> Ints:
        """Logs of the days that a unit lasted."""
        logs: Ints
        if self.units is not None:
            logs = np.rint(np.log(self.days * (UNIT / self.units)) * LOG)
        else:
            whole_days = np.arange(1, int(self.days.max(initial=0)) + 1)  # purchases are days apart
            logs = np.rint(np.log(whole_days) * LOG)[self.days - 1]
        return logs


def _gaps_of(day: Ints, units: Ints | None, starts: Ints) -> _Gaps:
    pair = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    same_pair = pair[1:] == pair[:-1]
    units_before = None if units is None else units[:-1][same_pair]
    return _Gaps(pair[:-1][same_pair], np.diff(day)[same_pair], units_before)


def _gap_counts(code: Ints, gaps: _Gaps) -> pl.DataFrame:
    """`code, days, count`: how often it was so many days to the next purchase."""
    counts = count_by_group(code[gaps.pair], gaps.days)
    return pl.DataFrame(dict(zip(("code", "days", "count"), counts, strict=True)))


def _median_days_per_unit(code: Ints, gaps: _Gaps, lengths: pl.DataFrame) -> pl.DataFrame:
    """`code, centre`: the median of days per unit."""
    if gaps.units is None:
        values = lengths.with_columns(value=pl.col("days").cast(pl.Float64))
    else:
        values = (
            pl.DataFrame({"code": code[gaps.pair], "days": gaps.days, "units": gaps.units})
            .group_by("code", "days", "units")
            .agg(count=pl.len())
            .with_columns(value=pl.col("days") * UNIT / pl.col("units"))
        )
    return quantiles(values, ["code"], "value", "count", {"centre": Fraction(1, 2)})


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


def _log_variances(pairs: pl.DataFrame) -> pl.DataFrame:
    """`code, within, between`: variances of logs, by analysis of variance.

    Searle, Casella and McCulloch (1992), chapter 3: the 1-way classification, unbalanced.
    """
    n, total = pl.col("intervals"), pl.col("total")
    sums = (
        pairs.filter(n > 0)
        .group_by("code")
        .agg(
            users=pl.len(),
            count=n.sum(),
            squared_counts=(n * n).sum(),
            total=total.sum(),
            squares=pl.col("squares").sum(),
            by_user=(total * total // n).sum(),
        )
    )
    count, users = pl.col("count"), pl.col("users").cast(pl.Int64)
    unit_square = float(LOG**2)
    between_sum = pl.col("by_user") - pl.col("total").cast(pl.Float64) ** 2 / count
    within = (pl.col("squares") - pl.col("by_user")) / (count - users)
    between = (between_sum - (users - 1) * within) / (count - pl.col("squared_counts") / count)
    is_known = (count > users) & (users > 1)
    return sums.select(
        "code",
        within=pl.when(count > users).then(within).otherwise(0.0) / unit_square,
        between=pl.when(is_known).then(between.clip(0)).otherwise(0.0) / unit_square,
    )
