"""Many p-values at once.

Source: Holm (1979), the chance of any false finding; Benjamini and Hochberg (1995), the share of
false ones among the findings.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values in the given order.

    >>> [round(p, 9) for p in holm([0.01, 0.04, 0.03, 0.005, 0.55, 0.6])]
    [0.05, 0.12, 0.12, 0.03, 1.0, 1.0]
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for place, index in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - place) * p_values[index]))
        adjusted[index] = highest
    return adjusted


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values in the given order.

    >>> [round(p, 4) for p in benjamini_hochberg([0.898, 0.138, 0.007])]
    [0.898, 0.207, 0.021]
    """
    values = np.asarray(p_values, float)
    order = np.argsort(values, kind="stable")
    by_rank = values[order] * len(order) / np.arange(1, len(order) + 1)
    adjusted = np.empty(len(order))
    # From the largest down: none is adjusted to more than a larger one.
    adjusted[order[::-1]] = np.minimum.accumulate(np.minimum(by_rank[::-1], 1.0))
    return list(adjusted.tolist())
