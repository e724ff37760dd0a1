"""How often each user buys in each category, and how users' rhythms differ.

What `replenishment` reads: see there for what the words mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import polars as pl

from userops.quantiles import quantiles

ALL = "all"
Ints = np.ndarray[Any, np.dtype[Any]]

# A purchase in one whole number, so that sorting it sorts by day: its day, then in 40 bits its
# units in thousandths (0: not known).
UNIT, _BITS = 1000, 40
_ROOM = 1 << _BITS
# Logs in whole ten-thousandths, so that their sums are exact and don't depend on an order.
LOG = 10_000


def purchases(lines: pl.LazyFrame) -> pl.LazyFrame:
    """A step over line items: `user_id, category, bought`, sorted; `bought` is a day with units."""
    schema = lines.collect_schema()
    valid = lines.filter(pl.col("orders") > 0)
    category = pl.col("category") if "category" in schema else pl.lit(None, pl.String)
    units = pl.lit(0, pl.Int64)
    if "quantity" in schema:
        read = (pl.col("quantity") * UNIT).round().clip(0, _ROOM - 1)
        units = read.fill_nan(0).fill_null(0).cast(pl.Int64)
    rows = valid.select(
        "user_id",
        category.alias("category"),
        "day",
        units.alias("units"),
        *(["order"] if "order" in schema else []),
    )
    if "order" in schema:  # several items of a category in one order are one purchase
        rows = (
            rows.group_by("order", "category")
            .agg(pl.col("user_id").first(), pl.col("day").min(), pl.col("units").sum())
            .with_columns(pl.col("units").clip(upper_bound=_ROOM - 1))
        )
    bought = pl.col("day").cast(pl.Int64) * _ROOM + pl.col("units")
    return rows.select("user_id", "category", bought=bought).sort("user_id", "category", "bought")


@dataclass(frozen=True, slots=True)
class Rhythms:
    """How often things are bought.

    `pairs`: a row per user and category, by these: `user_id, category, purchases, last_day,
    units` (of the last day, in thousandths), `intervals` and `total` (how many, and the sum of
    their logs). `categories`: a row per category, by it: the table's columns, `centre` (median
    days per unit), `within` and `between` (variances of logs). `nameless`: purchases without a
    category, left out.
    """

    pairs: pl.DataFrame
    categories: pl.DataFrame
    nameless: int


def rhythms(
    bought: pl.DataFrame, grain: Literal["day", "order"] = "day", *, per_unit: bool = True
) -> Rhythms:
    """What the step `purchases` gives, as rhythms.

    Args:
        bought: `user_id, category, bought`, sorted.
        grain: what a purchase is in the columns up to p75_days: a day, or an order by itself.
        per_unit: whether to reckon by units bought.
    """
    nameless = bought["category"].null_count()
    if nameless == len(bought):
        bought, nameless = bought.with_columns(category=pl.lit(ALL)), 0
    elif nameless:
        bought = bought.filter(pl.col("category").is_not_null())
    names = bought["category"].unique().sort()
    ids, starts = _pairs(bought, names)
    each = bought["bought"].to_numpy()
    day, units = each >> _BITS, each & (_ROOM - 1)
    code = ids["code"].to_numpy()
    told = np.repeat(code, np.diff(starts))[(units > 0) & per_unit]
    known = np.bincount(told, minlength=len(names)) > 0
    units[(units == 0) | (not per_unit)] = UNIT
    by_order = _intervals(day, units, starts) if grain == "order" else None
    counted = _counted(code, starts, by_order) if by_order else None
    day, units, starts = _by_day(day, units, starts)
    gaps = _intervals(day, units, starts)
    if counted is None:
        counted = _counted(code, starts, gaps)
    logs = np.rint(np.log(gaps.days * (UNIT / gaps.units)) * LOG)
    pairs = ids.with_columns(
        purchases=pl.Series(np.diff(starts), dtype=pl.Int64),
        last_day=pl.Series(day[starts[1:] - 1], dtype=pl.Int32),
        units=pl.Series(units[starts[1:] - 1], dtype=pl.Int64),
        intervals=pl.Series(np.diff(starts) - 1, dtype=pl.Int64),
        # Sums of whole numbers, each far below 2^53: exact.
        total=pl.Series(np.bincount(gaps.pair, logs, len(ids)), dtype=pl.Int64),
        squares=pl.Series(np.bincount(gaps.pair, logs * logs, len(ids)), dtype=pl.Int64),
    )
    centre = quantiles(
        pl.DataFrame({"code": code[gaps.pair], "days": gaps.days, "units": gaps.units})
        .group_by("code", "days", "units")
        .agg(count=pl.len())
        .with_columns(value=pl.col("days") * UNIT / pl.col("units")),
        ["code"],
        "value",
        "count",
        {"centre": Fraction(1, 2)},
    )
    categories = (
        pl.DataFrame({"category": names, "known": known})
        .with_row_index("code")
        .join(counted, on="code", how="left", maintain_order="left")
        .join(centre, on="code", how="left", maintain_order="left")
        .join(_variances(pairs), on="code", how="left", maintain_order="left")
        .with_columns(days_per_unit=pl.when("known").then("centre"))
    )
    return Rhythms(pairs, categories, nameless)


def _pairs(bought: pl.DataFrame, names: pl.Series) -> tuple[pl.DataFrame, Ints]:
    """Users and categories, `code` being the category's place in `names`; where each begins."""
    user, category = pl.col("user_id"), pl.col("category")
    new = bought.select(
        ((user != user.shift()) | (category != category.shift())).fill_null(value=True)
    ).to_series()
    codes = pl.col("category").cast(pl.Enum(names)).to_physical().cast(pl.UInt32)
    ids = bought.filter(new).select("user_id", "category", code=codes)
    return ids, np.append(np.flatnonzero(new.to_numpy()), len(bought))


def _by_day(day: Ints, units: Ints, starts: Ints) -> tuple[Ints, Ints, Ints]:
    """Purchases of one day as one, their units summed."""
    new = np.zeros(len(day), bool)
    new[starts[:-1]] = True
    new[1:] |= day[1:] != day[:-1]
    before = np.concatenate(([0], np.cumsum(new)))
    summed = np.add.reduceat(units, np.flatnonzero(new)) if len(day) else units
    return day[new], summed, before[starts]


@dataclass(frozen=True, slots=True)
class _Intervals:
    """From a purchase to the pair's next: its place among pairs, the days, the units bought before."""

    pair: Ints
    days: Ints
    units: Ints


def _intervals(day: Ints, units: Ints, starts: Ints) -> _Intervals:
    pair = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    same = pair[1:] == pair[:-1]
    return _Intervals(pair[:-1][same], np.diff(day)[same], units[:-1][same])


def _counted(code: Ints, starts: Ints, gaps: _Intervals) -> pl.DataFrame:
    """`code, buyers, repeat_buyers` and the quartiles of days between purchases."""
    many = pl.DataFrame({"code": code, "bought": np.diff(starts)})
    users = many.group_by("code").agg(
        buyers=pl.len().cast(pl.Int64),
        repeat_buyers=(pl.col("bought") > 1).sum().cast(pl.Int64),
    )
    spread = quantiles(
        pl.DataFrame({"code": code[gaps.pair], "days": gaps.days})
        .group_by("code", "days")
        .agg(count=pl.len()),
        ["code"],
        "days",
        "count",
        {"p25_days": Fraction(1, 4), "median_days": Fraction(1, 2), "p75_days": Fraction(3, 4)},
    )
    return users.join(spread, on="code", how="left")


def _variances(pairs: pl.DataFrame) -> pl.DataFrame:
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
    unit = float(LOG**2)
    among = pl.col("by_user") - pl.col("total").cast(pl.Float64) ** 2 / count
    within = (pl.col("squares") - pl.col("by_user")) / (count - users)
    between = (among - (users - 1) * within) / (count - pl.col("squared_counts") / count)
    told = (count > users) & (users > 1)
    return sums.select(
        "code",
        within=pl.when(count > users).then(within).otherwise(0.0) / unit,
        between=pl.when(told).then(between.clip(0)).otherwise(0.0) / unit,
    )
