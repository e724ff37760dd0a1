"""Cuts that never split ties: the best part of some users."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import polars as pl


@dataclass(frozen=True, slots=True)
class Cut:
    """Of how many users k are the best, and the k-th best value; None without any user."""

    eligible: int
    k: int
    value: float | int | None


def best(values: pl.Series, share: float, *, lowest: bool = False) -> Cut:
    """The cut of the best `share` of values, the highest or the lowest; nulls aren't eligible.

    >>> best(pl.Series([5, 3, 3, 1, 0]), 0.4)
    Cut(eligible=5, k=2, value=3)
    """
    known = values.drop_nulls().sort(descending=not lowest)
    k = share_of(len(known), share)
    return Cut(len(known), k, known[k - 1] if k else None)


def share_of(count: int, share: float) -> int:
    """So many of a count, rounded up: .2 means a fifth and not the float beside it.

    >>> share_of(15, 0.2), share_of(23_570, 0.2)
    (3, 4714)
    """
    return ceil(Fraction(str(share)) * count)


def within(value: pl.Expr, cut: Cut, *, lowest: bool = False) -> pl.Expr:
    """Whether a value is as good as the cut; an unknown one isn't."""
    if cut.value is None:
        return pl.lit(value=False)
    return (value <= cut.value if lowest else value >= cut.value).fill_null(value=False)
