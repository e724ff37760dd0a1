"""Less noise by what was known before: CUPED (Deng, Xu, Kohavi and Walker 2013).

The difference of the arms' means of y - theta (x - mean of x), x being each user's value before.
With theta from within the arms it equals the coefficient of the arm in an OLS of y on arm and x.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from userops.stats.estimate import Estimate
from userops.stats.intervals import LEVEL
from userops.stats.means import Sums
from userops.stats.tails import t_quantile, t_two_sided


@dataclass(frozen=True, slots=True)
class Pairs:
    """An arm's sums: of x (before) and y (after), and of their products."""

    x: Sums
    y: Sums
    products: float

    @property
    def together(self) -> float:
        """The sum of (x - mean)(y - mean)."""
        return float(
            Fraction(self.products) - Fraction(self.x.total) * Fraction(self.y.total) / self.x.n
        )

    @property
    def spread(self) -> float:
        """The sum of (x - mean)^2."""
        return self.x.variance * (self.x.n - 1)


@dataclass(frozen=True, slots=True)
class Adjusted:
    """The adjusted difference, its standard error and p, theta, and the share of variance saved."""

    difference: Estimate
    error: float
    p: float
    theta: float
    saved: float


def theta(arms: Sequence[Pairs]) -> float | None:
    """The slope of y on x within the arms, pooled; None where x doesn't vary.

    >>> xs, ys = [0.3, 0.5, 0.9, 22], [2, 1, 5, 3]
    >>> sums = [Sums(4, sum(v), sum(a * a for a in v)) for v in (xs, ys)]
    >>> round(theta([Pairs(*sums, sum(a * b for a, b in zip(xs, ys)))]), 5)
    0.01864
    """
    spread = math.fsum(arm.spread for arm in arms)
    return math.fsum(arm.together for arm in arms) / spread if spread > 0 else None


def adjusted_difference(first: Pairs, second: Pairs, level: float = LEVEL) -> Adjusted | None:
    """The first arm less the second, adjusted; None where x or y doesn't vary, or an arm has no two."""
    if min(first.x.n, second.x.n) < 2 or (slope := theta([first, second])) is None:
        return None
    value = first.y.mean - second.y.mean - slope * (first.x.mean - second.x.mean)
    e1, e2 = _error(first, slope), _error(second, slope)
    before = first.y.error + second.y.error
    if e1 + e2 <= 0 or before <= 0:
        return None
    df = (e1 + e2) ** 2 / (e1 * e1 / (first.x.n - 1) + e2 * e2 / (second.x.n - 1))
    se = math.sqrt(e1 + e2)
    half = t_quantile(level, df) * se
    return Adjusted(
        Estimate(value, value - half, value + half),
        se,
        t_two_sided(value / se, df),
        slope,
        1 - (e1 + e2) / before,
    )


def _error(arm: Pairs, slope: float) -> float:
    """The variance of the mean of y - slope x."""
    n = arm.x.n
    residual = arm.y.variance * (n - 1) - 2 * slope * arm.together + slope**2 * arm.spread
    return max(0.0, residual) / (n - 1) / n
