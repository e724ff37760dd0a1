"""The effect on those whom a campaign reached, where lots decided whom it was sent to.

The difference of all assigned, divided by that of the shares reached (Wald 1940; Bloom 1984): it
holds if being assigned does nothing to those who weren't reached. Interval: Fieller (1954).
"""

from __future__ import annotations

import math

from userops.stats.estimate import Estimate
from userops.stats.intervals import LEVEL
from userops.stats.tails import two_sided_quantile


def effect_on_reached(
    difference: float,
    variance: float,
    reached: float,
    reached_variance: float,
    covariance: float = 0.0,
    level: float = LEVEL,
) -> Estimate | None:
    """The difference by the share reached; None where nobody was reached; unbounded where too few were.

    Args:
        difference: of all assigned, and its `variance`.
        variance: of the difference.
        reached: the share reached, less that of the control.
        reached_variance: of that share.
        covariance: of the two.
        level: of the interval.

    >>> found = effect_on_reached(46 / 12094 - 74 / 11588, 8.6e-7, 9675 / 12094, 1.3e-5)
    >>> round(found.value, 4)
    -0.0032
    """
    if reached == 0:
        return None
    q2 = two_sided_quantile(level) ** 2
    # (difference - theta reached)^2 <= q^2 (variance - 2 theta covariance + theta^2 reached_variance)
    a = reached * reached - q2 * reached_variance
    b = difference * reached - q2 * covariance
    c = difference * difference - q2 * variance
    root = b * b - a * c
    if a <= 0 or root < 0:
        return Estimate(difference / reached, -math.inf, math.inf)
    half = math.sqrt(root)
    return Estimate(difference / reached, (b - half) / a, (b + half) / a)
