"""Intervals that hold however often one looks: a confidence sequence.

With n users of both arms together and rho^2 chosen so that it's narrowest at n*, g = n rho^2 + 1:
half width = se sqrt(n) sqrt(2 g / (n rho)^2 ln(sqrt(g) / alpha)).

Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2023), Time-uniform central limit theory
and asymptotic confidence sequences, theorem 2.2 and eq. 5.
"""

from __future__ import annotations

import math

from userops.stats.estimate import Estimate
from userops.stats.intervals import LEVEL


def always_valid_factor(n: int, narrowest_at: int, level: float = LEVEL) -> float:
    """The half width in standard errors at n users of both arms, narrowest at `narrowest_at`."""
    scale, g = _scale(n, narrowest_at, level)
    return math.sqrt(2 * g / (n * scale) * math.log(math.sqrt(g) / (1 - level)))


def always_valid(
    value: float, se: float, n: int, narrowest_at: int, level: float = LEVEL
) -> Estimate:
    """A difference with an interval that holds at every look.

    Args:
        value: the difference.
        se: its standard error.
        n: users of both arms.
        narrowest_at: the users expected in the end.
        level: of the interval.
    """
    half = always_valid_factor(n, narrowest_at, level) * se
    return Estimate(value, value - half, value + half)


def always_valid_p(z: float, n: int, narrowest_at: int, level: float = LEVEL) -> float:
    """The p-value that holds at every look, of a difference in standard errors."""
    scale, g = _scale(n, narrowest_at, level)
    return min(1.0, math.sqrt(g) * math.exp(-scale * n * z * z / (2 * g)))


def _scale(n: int, narrowest_at: int, level: float) -> tuple[float, float]:
    """rho^2 and g."""
    log = -2 * math.log(1 - level)
    scale = (log + math.log(1 + log)) / narrowest_at
    return scale, n * scale + 1
