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
    # Sorting takes a fourth of what hashing all takes.
    ordered = keys.sort()
    again = ordered.slice(1).filter(ordered.slice(1) == ordered.slice(0, max(len(ordered) - 1, 0)))
    return again.unique().sort()
