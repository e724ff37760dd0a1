"""How much more one group changed than another, within strata (Card and Krueger 1994; Abadie 2005).

sum n_s (D_t,s - D_c,s) / sum n_s over strata with both, n_s the first group's users, D the mean of
a user's value after less that before.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from userops.stats.estimate import Estimate
from userops.stats.intervals import LEVEL
from userops.stats.means import Sums
from userops.stats.tails import two_sided_quantile


@dataclass(frozen=True, slots=True)
class Matched:
    """The difference, and how many of the first group's users had anyone to compare them with."""

    difference: Estimate
    users: int
    strata: int


def difference_in_differences(
    strata: Sequence[tuple[Sums, Sums]], level: float = LEVEL
) -> Matched | None:
    """The first group's change less the second's, with the first's weights.

    Args:
        strata: of each, the sums of users' changes (after less before) in both groups.
        level: of the interval.

    Returns:
        None where no stratum has two users of each group. Those with fewer don't count.
    """
    both = [(first, second) for first, second in strata if min(first.n, second.n) >= 2]
    users = sum(first.n for first, _ in both)
    if not both:
        return None
    value = math.fsum(a.n * (a.mean - b.mean) for a, b in both) / users
    error = math.fsum((a.n / users) ** 2 * (a.error + b.error) for a, b in both)
    half = two_sided_quantile(level) * math.sqrt(error)
    return Matched(Estimate(value, value - half, value + half), users, len(both))
