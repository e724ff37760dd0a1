"""How many users it takes, and what so many can show.

Source: Fleiss, Levin and Paik (2003), 4.2, as R's `power.prop.test`; of means the noncentral t, as
`power.t.test`.
"""

from __future__ import annotations

import math

import numpy as np

from userops.stats.intervals import LEVEL
from userops.stats.tails import (
    bisect,
    normal_below,
    normal_quantile,
    t_quantile,
    two_sided_quantile,
)

POWER = 0.8


def users_per_arm(p1: float, p2: float, power: float = POWER, level: float = LEVEL) -> float:
    """Users of each of two equal arms that tell two shares apart; not rounded.

    >>> round(users_per_arm(0.5, 0.75, power=0.9), 3)
    76.707
    """
    same, apart = _spreads(p1, p2)
    z, z_power = two_sided_quantile(level), normal_quantile(power)
    return ((z * same + z_power * apart) / (p1 - p2)) ** 2


def power_of_shares(n: float, p1: float, p2: float, level: float = LEVEL) -> float:
    """The chance that `n` users an arm tell two shares apart.

    >>> round(power_of_shares(550, 0.015, 0.001), 5)
    0.74156
    """
    same, apart = _spreads(p1, p2)
    if apart == 0:
        return 1.0 if p1 != p2 else 0.0
    return normal_below((math.sqrt(n) * abs(p1 - p2) - two_sided_quantile(level) * same) / apart)


def _spreads(p1: float, p2: float) -> tuple[float, float]:
    """The square roots of twice the pooled variance, and of the sum of both."""
    mean = (p1 + p2) / 2
    return math.sqrt(2 * mean * (1 - mean)), math.sqrt(p1 * (1 - p1) + p2 * (1 - p2))


def least_share(n: float, base: float, power: float = POWER, level: float = LEVEL) -> float | None:
    """The smallest rise above a share that `n` users an arm show; None where 1 isn't enough."""
    if n <= 0 or base >= 1 or power_of_shares(n, base, 1.0, level) < power:
        return None
    return bisect(lambda p: power - power_of_shares(n, base, p, level), base, 1.0) - base


def power_of_means(n: float, difference: float, sd: float, level: float = LEVEL) -> float:
    """The chance that `n` users an arm (at least 2) tell two means apart.

    >>> round(power_of_means(20, 1, 1), 7)
    0.8689528
    """
    df = 2 * (n - 1)
    return _noncentral_t_above(t_quantile(level, df), df, math.sqrt(n / 2) * abs(difference) / sd)


def _noncentral_t_above(t: float, df: float, centre: float) -> float:
    """The chance that (Z + centre) / s is above t, s^2 being a chi-square over its df."""
    # Over s, which lies within 12 standard deviations (about 1 / sqrt(2 df)) of 1.
    width = 12 / math.sqrt(2 * df)
    s = np.linspace(max(1e-9, 1 - width), 1 + width, 4001)
    log_density = (df - 1) * np.log(s) - df * s * s / 2
    density = np.exp(log_density - log_density.max())
    above = np.array([normal_below(centre - t * float(value)) for value in s])
    return float(np.trapezoid(density * above) / np.trapezoid(density))


def least_difference(
    error: float, power: float = POWER, level: float = LEVEL, half: float | None = None
) -> float:
    """The smallest difference that a comparison with this standard error shows.

    `half` is the half width of its interval, where that isn't the usual one of `level`.
    """
    half = two_sided_quantile(level) * error if half is None else half
    return half + normal_quantile(power) * error
