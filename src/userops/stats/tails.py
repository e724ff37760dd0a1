"""How far out a value lies: tails of the normal, t, chi-square, Poisson and binomial distributions.

Source: Abramowitz and Stegun (1964), chapter 26; Press et al. (2007), Numerical Recipes, 6.4 (the
incomplete beta's continued fraction); Hill (1970), Algorithm 395 (Student's t for many degrees of
freedom).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from statistics import NormalDist

_SMALLEST = 1e-300
_EXACT = 3e-16
# From here on Hill's expansion errs by less than the logs of gamma functions do.
_MANY_DF = 1_000
# The exponential of more than this is 0.
_MOST_EXPONENT = 700.0
_MOST_STEPS = 100


def normal_quantile(p: float) -> float:
    """The value that a standard normal stays below with a chance of `p`, of (0, 1)."""
    return NormalDist().inv_cdf(p)


def two_sided_quantile(level: float) -> float:
    """The half width of a normal interval, in standard errors: 1.96 at .95."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def normal_below(z: float) -> float:
    """The chance of a standard normal at or below a value."""
    return math.erfc(-z / math.sqrt(2)) / 2


def normal_two_sided(z: float) -> float:
    """The chance of a standard normal as far from 0 or farther."""
    return math.erfc(abs(z) / math.sqrt(2))


def chi_square_tail(x: float, df: int) -> float:
    """The chance of a chi-square at or above a value: closed form for whole `df` (A&S 26.4.4, 26.4.5).

    >>> round(chi_square_tail(12.6, 3), 4)
    0.0056
    """
    if x <= 0:
        return 1.0
    half, is_odd = x / 2, df % 2
    first = math.erfc(math.sqrt(half)) if is_odd else 0.0
    places = [place + is_odd / 2 for place in range(df // 2)]
    if half > _MOST_EXPONENT:
        terms = [math.exp(i * math.log(half) - half - math.lgamma(i + 1)) for i in places]
        return min(1.0, first + math.fsum(terms))
    term = math.exp(-half) * (math.sqrt(half) / math.gamma(1.5) if is_odd else 1.0)
    total = first
    for place in places:
        total += term
        term *= half / (place + 1)
    return min(1.0, total)


def t_two_sided(t: float, df: float) -> float:
    """The chance of Student's t as far from 0 or farther; `df` needn't be whole.

    >>> round(t_two_sided(-1.8608, 17.776), 4)
    0.0794
    """
    if df > _MANY_DF:
        return normal_two_sided(_normal_of_t(abs(t), df))
    return incomplete_beta(df / (df + t * t), df / 2, 0.5)


@lru_cache(maxsize=1_000)
def t_quantile(level: float, df: float) -> float:
    """The half width of a t interval, in standard errors: within it lies `level` of t.

    >>> round(t_quantile(0.95, 10), 4)
    2.2281
    """
    z = two_sided_quantile(level)
    # Below the quantile (A&S 26.7.5, its first term), from where Newton's steps only rise.
    t = z * (1 + (z * z + 1) / (4 * df))
    log_scale = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - math.log(df * math.pi) / 2
    for _ in range(_MOST_STEPS):
        density = math.exp(log_scale - (df + 1) / 2 * math.log1p(t * t / df))
        step = (t_two_sided(t, df) - (1 - level)) / (2 * density)
        t += step
        if abs(step) <= _EXACT * t:
            break
    return t


def poisson_at_least(count: int, mean: float) -> float:
    """The chance of `count` or more, where `mean` are expected.

    >>> round(poisson_at_least(3, 1.0), 6)
    0.080301
    """
    if count <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    if count <= mean:
        return 1 - chi_square_tail(2 * mean, 2 * count)
    term = math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))
    total, place = 0.0, count
    while term > total * _EXACT:
        total += term
        place += 1
        term *= mean / place
    return min(1.0, total)


def binomial_at_least(successes: int, trials: int, p: float) -> float:
    """The chance of `successes` or more in `trials`, each with a chance of `p`.

    >>> round(binomial_at_least(8, 10, 0.5), 4)
    0.0547
    """
    if successes <= 0:
        return 1.0
    if successes > trials:
        return 0.0
    return incomplete_beta(p, successes, trials - successes + 1)


def incomplete_beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b)."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    logs = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(logs + a * math.log(x) + b * math.log1p(-x))
    # The fraction converges fast on this side of the mean only.
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(x, a, b) / a
    return 1 - front * _beta_fraction(1 - x, b, a) / b


def bisect(of: Callable[[float], float], low: float, high: float) -> float:
    """Where a monotone function crosses 0 between two ends that lie on both sides of it."""
    falls = of(low) > 0
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return middle
        if (of(middle) > 0) == falls:
            low = middle
        else:
            high = middle


def _beta_fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of A&S 26.5.8, by Lentz's method."""
    c, d = 1.0, 1 / _apart(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, 100_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for part in (even, odd):
            d = 1 / _apart(1 + part * d)
            c = _apart(1 + part / c)
            value *= d * c
        if abs(d * c - 1) < _EXACT:
            break
    return value


def _apart(value: float) -> float:
    """A divisor kept from being 0."""
    return value if abs(value) > _SMALLEST else _SMALLEST


def _normal_of_t(t: float, df: float) -> float:
    """The normal value with the same tail as a t of many degrees of freedom: Hill (1970)."""
    a = df - 0.5
    b = 48 * a * a
    z = math.sqrt(a * math.log1p(t * t / df))
    second = (((4 * z * z + 33) * z * z + 240) * z * z + 855) * z
    return z + (z**3 + 3 * z) / b - second / (10 * b * (b + 0.8 * z**4 + 100))
