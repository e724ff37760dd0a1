"""The chain ladder: what cohorts come to in the end, by how older ones grew from age to age.

Source: Mack (1993), "Distribution-free calculation of the standard error of chain ladder reserve
estimates", ASTIN Bulletin 23.
"""

from __future__ import annotations

from collections.abc import Sequence


def factors(triangle: Sequence[Sequence[float]]) -> list[float]:
    """By how much all cohorts together grow from each age to the next (Mack 1993, eq. 3).

    Args:
        triangle: of each cohort what it had come to at each age, as far as it's been observed.

    Returns:
        A factor an age but the last; 1 where nobody had anything yet.

    >>> factors([[100, 150, 165], [200, 310], [80]])
    [1.5333333333333334, 1.1]
    """
    ages = max(map(len, triangle), default=0)
    found = []
    for age in range(ages - 1):
        both = [cohort for cohort in triangle if len(cohort) > age + 1]
        before = sum(cohort[age] for cohort in both)
        after = sum(cohort[age + 1] for cohort in both)
        found.append(after / before if before else 1.0)
    return found


def ultimates(triangle: Sequence[Sequence[float]]) -> list[float | None]:
    """What each cohort comes to at the oldest age that's known; None for those not observed yet.

    >>> ultimates([[100, 150, 165], [200, 310], []])
    [165.0, 341.0, None]
    """
    growth = factors(triangle)
    found: list[float | None] = []
    for cohort in triangle:
        if not cohort:
            found.append(None)
            continue
        value = float(cohort[-1])
        for factor in growth[len(cohort) - 1 :]:
            value *= factor
        found.append(value)
    return found
