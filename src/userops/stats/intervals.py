"""Intervals around what was counted.

low, high : proportion
    Wilson's interval of a proportion at 95 % (Wilson 1927; Brown, Cai and DasGupta 2001).
    Of a difference of two: Newcombe (1998), method 10.
"""

from __future__ import annotations

from statistics import NormalDist

import polars as pl

from userops.stats.estimate import Estimate

LEVEL = 0.95


def wilson_low(successes: pl.Expr, trials: pl.Expr, level: float = LEVEL) -> pl.Expr:
    """The lower end of Wilson's interval; null where there are no trials."""
    centre, half = _wilson(successes, trials, level)
    # At no success the two are equal; rounding mustn't tell them apart.
    return pl.when(trials > 0).then(
        pl.when(successes > 0).then((centre - half).clip(0, 1)).otherwise(0.0)
    )


def wilson_high(successes: pl.Expr, trials: pl.Expr, level: float = LEVEL) -> pl.Expr:
    """The upper end of Wilson's interval; null where there are no trials."""
    centre, half = _wilson(successes, trials, level)
    return pl.when(trials > 0).then(
        pl.when(successes < trials).then((centre + half).clip(0, 1)).otherwise(1.0)
    )


def wilson(successes: int, trials: int, level: float = LEVEL) -> tuple[float, float]:
    """Wilson's interval of one proportion, of at least one trial."""
    counts = pl.DataFrame({"successes": [successes], "trials": [trials]})
    low, high = counts.select(
        wilson_low(pl.col("successes"), pl.col("trials"), level).alias("low"),
        wilson_high(pl.col("successes"), pl.col("trials"), level).alias("high"),
    ).row(0)
    return low, high


def _wilson(successes: pl.Expr, trials: pl.Expr, level: float) -> tuple[pl.Expr, pl.Expr]:
    """Centre and half width: Wilson (1927); Brown, Cai and DasGupta (2001), eq. 4."""
    z2 = NormalDist().inv_cdf(0.5 + level / 2) ** 2
    n, x = trials.cast(pl.Float64), successes.cast(pl.Float64)
    centre = (x + z2 / 2) / (n + z2)
    half = (z2 * (x * (n - x) / n + z2 / 4)).sqrt() / (n + z2)
    return centre, half


def newcombe(
    x1: pl.Expr, n1: pl.Expr, x2: pl.Expr, n2: pl.Expr, level: float = LEVEL
) -> tuple[pl.Expr, pl.Expr]:
    """Both ends of the interval of a difference of two independent proportions: Newcombe (1998), method 10."""
    p1, p2 = x1 / n1, x2 / n2
    below = ((p1 - wilson_low(x1, n1, level)) ** 2 + (wilson_high(x2, n2, level) - p2) ** 2).sqrt()
    above = ((wilson_high(x1, n1, level) - p1) ** 2 + (p2 - wilson_low(x2, n2, level)) ** 2).sqrt()
    return p1 - p2 - below, p1 - p2 + above


def difference(x1: int, n1: int, x2: int, n2: int, level: float = LEVEL) -> Estimate:
    """x1/n1 - x2/n2 with `newcombe`'s interval, of two groups with somebody in each.

    >>> difference(56, 70, 48, 80).value
    0.20000000000000007
    """
    counts = pl.DataFrame({"x1": [x1], "n1": [n1], "x2": [x2], "n2": [n2]})
    ends = newcombe(pl.col("x1"), pl.col("n1"), pl.col("x2"), pl.col("n2"), level)
    low, high = counts.select(low=ends[0], high=ends[1]).row(0)
    return Estimate(x1 / n1 - x2 / n2, low, high)


def difference_from_whole(
    x: pl.Expr, n: pl.Expr, all_x: pl.Expr, all_n: pl.Expr, level: float = LEVEL
) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """A part's proportion less that of the whole which it's a part of, and both ends of its interval.

    It's (1 - n / all_n) x the difference to all others, whose interval is Newcombe's: exact, for the
    part weighs n / all_n in the whole. Null where the part or the others are empty.
    """
    others_x, others_n = all_x - x, all_n - n
    low, high = newcombe(x, n, others_x, others_n, level)
    weight = others_n / all_n
    known = pl.when((n > 0) & (others_n > 0))
    return known.then(x / n - all_x / all_n), known.then(low * weight), known.then(high * weight)
