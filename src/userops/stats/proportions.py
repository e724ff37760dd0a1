"""Two shares, or several: their ratio, and whether they differ.

Intervals of a difference are in `intervals`.

Source: Koopman (1984) and Nam (1995), the score interval of a ratio; Fagerland, Lydersen and Laake
(2017), Fisher's mid-p; Pearson (1900).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from userops.stats.estimate import Estimate
from userops.stats.intervals import LEVEL
from userops.stats.tails import bisect, chi_square_tail, normal_two_sided, two_sided_quantile

# Below this expected count the normal's p isn't trusted.
_FEW = 5


@dataclass(frozen=True, slots=True)
class Tested:
    """A p-value, and whether it's exact (Fisher's mid-p) as few were expected in a cell."""

    p: float
    exact: bool


def ratio(x1: int, n1: int, x2: int, n2: int, level: float = LEVEL) -> Estimate | None:
    """(x1/n1) / (x2/n2) with Koopman's score interval; None where neither has a success.

    >>> found = ratio(7, 34, 1, 34)
    >>> round(found.low, 4), round(found.high, 4)
    (1.2209, 42.5757)
    """
    if n1 == 0 or n2 == 0 or x1 + x2 == 0:
        return None
    limit = two_sided_quantile(level) ** 2
    value = (x1 / n1) / (x2 / n2) if x2 else math.inf

    def beyond(log: float) -> float:
        return _score(math.exp(log), x1, n1, x2, n2) - limit

    # exp(+-60): no ratio of counts lies farther out.
    # Without a failure on either side there's still a place inside the interval: the ratio itself.
    middle = math.log(value) if 0 < value < math.inf else (-60.0 if x1 == 0 else 60.0)
    low = 0.0 if x1 == 0 else math.exp(bisect(beyond, -60.0, middle))
    high = math.inf if x2 == 0 else math.exp(bisect(beyond, middle, 60.0))
    return Estimate(value, low, high)


def _score(theta: float, x1: int, n1: int, x2: int, n2: int) -> float:
    """The squared score of a ratio, at the shares that are likeliest under it: Nam (1995)."""
    linear = theta * (n1 + x2) + x1 + n2
    root = math.sqrt(max(0.0, linear * linear - 4 * theta * (n1 + n2) * (x1 + x2)))
    # The smaller root, in the form that doesn't cancel.
    p1 = 2 * theta * (x1 + x2) / (linear + root)
    p2 = p1 / theta
    variance = p1 * (1 - p1) / n1 + theta * theta * p2 * (1 - p2) / n2
    apart = x1 / n1 - theta * x2 / n2
    if variance <= 0:
        return 0.0 if apart == 0 else math.inf
    return apart * apart / variance


def differ(x1: int, n1: int, x2: int, n2: int) -> Tested | None:
    """Whether two shares differ, by the pooled z without a correction.

    Where fewer than 5 are expected in a cell, by Fisher's mid-p. None where nothing can be told: a
    group is empty, all succeed, or none.
    """
    total, successes = n1 + n2, x1 + x2
    if n1 == 0 or n2 == 0 or successes in (0, total):
        return None
    if min(n1, n2) * min(successes, total - successes) < _FEW * total:
        return Tested(_fisher_mid_p(x1, n1, x2, n2), exact=True)
    pooled = successes / total
    z = (x1 / n1 - x2 / n2) / math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    return Tested(normal_two_sided(z), exact=False)


def _fisher_mid_p(x1: int, n1: int, x2: int, n2: int) -> float:
    """Fisher's exact p less half of the observed table's chance."""
    successes, total = x1 + x2, n1 + n2
    lowest, highest = max(0, successes - n2), min(successes, n1)
    whole = _log_choose(total, successes)
    chances = [
        math.exp(_log_choose(n1, x) + _log_choose(n2, successes - x) - whole)
        for x in range(lowest, highest + 1)
    ]
    observed = chances[x1 - lowest]
    # Tables as likely as the observed one count as such, whatever the last bits say.
    p = math.fsum(chance for chance in chances if chance <= observed * (1 + 1e-7))
    return min(1.0, max(0.0, p - observed / 2))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


@dataclass(frozen=True, slots=True)
class ChiSquare:
    """Pearson's chi-square, its degrees of freedom, and the chance of as much or more."""

    chi_square: float
    df: int
    p: float


def several_differ(successes: Sequence[int], trials: Sequence[int]) -> ChiSquare | None:
    """Whether several shares differ; None where all or none succeed.

    >>> found = several_differ([83, 90, 129, 70], [86, 93, 136, 82])
    >>> round(found.chi_square, 3), found.df, round(found.p, 6)
    (12.6, 3, 0.005585)
    """
    groups = [(x, n) for x, n in zip(successes, trials, strict=True) if n]
    total = sum(n for _, n in groups)
    pooled = sum(x for x, _ in groups) / total if total else 0.0
    if not 0 < pooled < 1:
        return None
    terms = [(x - n * pooled) ** 2 / (n * pooled * (1 - pooled)) for x, n in groups]
    value, df = math.fsum(terms), len(groups) - 1
    return ChiSquare(value, df, chi_square_tail(value, df) if df else 1.0)


def sample_ratio(counts: Sequence[int], shares: Sequence[float]) -> ChiSquare:
    """Whether groups have the sizes that they were to have.

    Args:
        counts: users of each group.
        shares: what each was to have of all, in any unit.

    >>> f"{sample_ratio([1000, 1200], [1, 1]).p:.9f}"
    '0.000020079'
    """
    total, whole = sum(counts), math.fsum(shares)
    expected = [total * share / whole for share in shares]
    value = math.fsum(
        (count - due) ** 2 / due for count, due in zip(counts, expected, strict=True) if due
    )
    return ChiSquare(value, len(counts) - 1, chi_square_tail(value, len(counts) - 1))
