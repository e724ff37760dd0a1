"""What stands twice among many numbers."""

from __future__ import annotations

import polars as pl


def repeats(keys: pl.Series) -> pl.Series:
    """The numbers that stand more than once, each once and in order; none is null."""
    import numpy as np  # few passes come here, and loading it takes longer than many a run

    # Sorting takes half of what hashing all takes.
    ordered = np.sort(keys.to_numpy())
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    return pl.Series(keys.name, np.unique(again), dtype=keys.dtype)
