"""Whether many rows or numbers differ, and which don't."""

from __future__ import annotations

from itertools import pairwise

import polars as pl


def pairs_differ(rows: pl.DataFrame, one: str, other: str) -> bool:
    """Whether no two rows have the same values in both columns, for sure: told by hashes."""
    pairs = rows.select(pl.col(one).hash() ^ pl.col(other).hash(1)).to_series()
    return pairs.n_unique() == rows.height


def rise(keys: pl.Series) -> bool:
    """Whether each key is larger than the one before, as ids are that count up; none may be null."""
    chunks = [one for one in keys.get_chunks() if len(one)]
    within = all((one[1:] > one[:-1]).all() for one in chunks)
    return within and all(one[-1] < other[0] for one, other in pairwise(chunks))


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
