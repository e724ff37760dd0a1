"""Whole parts of a whole number that sum to it: the largest remainder (Hamilton; Hare 1859)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction


def share_out(total: int, weights: Sequence[float | Fraction]) -> list[int]:
    """Parts of `total` in proportion to weights, exact, in the order of the weights.

    Each part is its quota rounded down or up. What's left after rounding down goes one by one to
    the largest remainders, of equal ones to the first: give the weights in an order that stands
    for itself, as by name. A negative total is shared like a positive one. All weights 0: all 0.

    >>> share_out(80, [473, 311, 216]), share_out(80, [1, 1, 1]), share_out(1000, [1, 1, 1])
    ([38, 25, 17], [27, 27, 26], [334, 333, 333])
    """
    exact = [Fraction(weight) for weight in weights]
    whole = sum(exact)
    if whole == 0:
        return [0] * len(exact)
    quotas = [abs(total) * weight / whole for weight in exact]
    parts = [math.floor(quota) for quota in quotas]
    left = abs(total) - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda i: parts[i] - quotas[i])
    for index in by_remainder[:left]:
        parts[index] += 1
    return parts if total >= 0 else [-part for part in parts]
