"""Finds duplicates among many numbers."""

from __future__ import annotations

import polars as pl


def duplicated(keys: pl.Series) -> pl.Series:
    """The numbers that occur more than once, each once, ascending.

    None of the keys may be null.
    """
    # Few passes come here, and loading NumPy takes longer than many a run.
    import numpy as np

    from userops.engines import parallel

    # Sorting takes half of what hashing all takes.
    ordered = keys.to_numpy(writable=True)
    parallel.sort(ordered)
    again = ordered[1:][ordered[1:] == ordered[:-1]]
    return pl.Series(keys.name, np.unique(again), dtype=keys.dtype)
