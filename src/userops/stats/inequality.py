"""How unequally something is spread: the Gini coefficient (Gini 1912; Dixon et al. 1987)."""

from __future__ import annotations

import polars as pl


def gini(values: pl.Series) -> float | None:
    """0 where all have the same, toward 1 where one has all; None where the sum isn't above 0.

    Args:
        values: numbers of at least 0; whole ones are summed exactly.

    >>> round(gini(pl.Series([1, 3, 2, 1, 1, 1, 4])), 7)
    0.3076923
    """
    ordered = values.drop_nulls().sort()
    n = len(ordered)
    if ordered.dtype.is_integer():
        # Ranks times money in minor units pass 63 bits.
        ordered = ordered.cast(pl.Int128)
    total = ordered.sum()
    if n == 0 or total <= 0:
        return None
    ranks = pl.int_range(1, n + 1, eager=True, dtype=pl.Int64).cast(ordered.dtype)
    weighted = float((ranks * ordered).sum()) / float(total)
    return 2 * weighted / n - (n + 1) / n
