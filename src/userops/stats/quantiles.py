"""Quantiles of counted values, exact: linear interpolation, Hyndman & Fan (1996), type 7."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl

Ints = np.ndarray[Any, np.dtype[Any]]
_COUNT, _BELOW, _LAST = "_count", "_below", "_last"


def quantiles(
    counts: pl.DataFrame,
    groups: Sequence[str],
    value: str,
    count: str,
    positions: Mapping[str, Fraction],
) -> pl.DataFrame:
    """One row per group, a column per quantile; nulls among the values don't count.

    Args:
        counts: a row per group and value, with how often it occurs.
        groups: columns that tell groups apart.
        value: the column of values.
        count: the column of counts, whole numbers.
        positions: name of a quantile to its place between 0 and 1.
    """
    if counts.is_empty():
        return counts.select(*groups, *(pl.lit(None, pl.Float64).alias(name) for name in positions))
    ordered = (
        counts.filter(pl.col(value).is_not_null() & (pl.col(count) > 0))
        .sort(*groups, value)
        .with_columns(pl.col(count).cast(pl.Int64).alias(_COUNT))
        .with_columns(
            (pl.col(_COUNT).cum_sum().over(groups) - pl.col(_COUNT)).alias(_BELOW),
            (pl.col(_COUNT).sum().over(groups) - 1).alias(_LAST),
        )
    )
    values = ordered.group_by(groups, maintain_order=True).agg(
        _interpolate(pl.col(value), position).alias(name) for name, position in positions.items()
    )
    # Polars divides by a constant as it multiplies by its inverse, which is off by a bit.
    return values.with_columns(
        pl.Series(name, values[name].to_numpy() / position.denominator, pl.Float64)
        for name, position in positions.items()
    )


def _interpolate(value: pl.Expr, position: Fraction) -> pl.Expr:
    """The quantile, times its place's denominator."""
    # The place among n values, 0 to n - 1, as a whole number and a rest over the denominator.
    denominator = position.denominator
    scaled = pl.col(_LAST).first() * position.numerator
    low = _nth(value, scaled // denominator)
    high = _nth(value, (scaled // denominator + 1).clip(upper_bound=pl.col(_LAST).first()))
    return low * denominator + (high - low) * (scaled % denominator)


def _nth(value: pl.Expr, place: pl.Expr) -> pl.Expr:
    """The value at a place among all, counted from 0: values ascend."""
    return value.filter(pl.col(_BELOW) <= place).last()


def count_by_group(group: Ints, value: Ints) -> tuple[Ints, Ints, Ints]:
    """How often each value, from 0 on, occurs in each group, a number from 0 on: group, value, count."""
    # One number for both: most groups' values are small, so that a table is quicker than sorting.
    width = int(value.max(initial=0)) + 1
    codes = group.astype(np.int64) * width
    codes += value
    if len(codes) and int(codes.max()) < len(codes) + 2**20:
        counts = np.bincount(codes)
        codes = np.flatnonzero(counts)
        counts = counts[codes]
    else:
        codes, counts = np.unique(codes, return_counts=True)
    return codes // width, (codes % width).astype(value.dtype), counts
