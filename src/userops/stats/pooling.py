"""Several estimates of one thing: pooled, compared, chained, drawn to their mean.

Source: Cochran (1954), Q; DerSimonian and Laird (1986); Efron and Morris (1975), shrinkage.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from userops.stats.estimate import Estimate
from userops.stats.intervals import LEVEL
from userops.stats.tails import chi_square_tail, two_sided_quantile


@dataclass(frozen=True, slots=True)
class Pooled:
    """`fixed` takes all for the same; `q` (df, p) says whether they are; `random` lets them vary.

    `between` is the variance of what they estimate (tau^2), `error` the standard error of `random`.
    """

    fixed: float
    fixed_error: float
    q: float
    df: int
    p: float
    between: float
    random: float
    error: float


def pool(values: Sequence[float], variances: Sequence[float]) -> Pooled:
    """Pools at least one estimate; each variance is above 0.

    >>> found = pool([0.1, 0.3], [0.01, 0.01])
    >>> round(found.fixed, 3), round(found.q, 3), round(found.between, 3)
    (0.2, 2.0, 0.01)
    """
    weights = [1 / variance for variance in variances]
    fixed = _mean(values, weights)
    q = math.fsum(w * (y - fixed) ** 2 for y, w in zip(values, weights, strict=True))
    df = len(values) - 1
    total = math.fsum(weights)
    scale = total - math.fsum(w * w for w in weights) / total
    between = max(0.0, (q - df) / scale) if df else 0.0
    varying = [1 / (variance + between) for variance in variances]
    return Pooled(
        fixed,
        math.sqrt(1 / total),
        q,
        df,
        chi_square_tail(q, df) if df else 1.0,
        between,
        _mean(values, varying),
        math.sqrt(1 / math.fsum(varying)),
    )


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    products = (y * w for y, w in zip(values, weights, strict=True))
    return math.fsum(products) / math.fsum(weights)


def shrunk(value: float, variance: float, pooled: Pooled) -> float:
    """An estimate drawn to the pooled one: winners are partly lucky."""
    total = pooled.between + variance
    return value * pooled.between / total + pooled.random * variance / total


def chained(lifts: Sequence[float], log_errors: Sequence[float], level: float = LEVEL) -> Estimate:
    """One lift after another: logs add, and so do their variances.

    Args:
        lifts: as shares: .1 is + 10 %.
        log_errors: the standard error of the log of 1 + each.
        level: of the interval.

    >>> found = chained([0.1, 0.05], [0.04, 0.03])
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.155, 0.047, 0.274)
    """
    log = math.fsum(math.log1p(lift) for lift in lifts)
    half = two_sided_quantile(level) * math.sqrt(math.fsum(e * e for e in log_errors))
    return Estimate(math.expm1(log), math.expm1(log - half), math.expm1(log + half))
