"""Rows put together by keys with a text among them.

In their order a row's neighbours tell which are alike. Sorting takes little where rows are nearly in
order, as what comes by user is, and otherwise less than grouping by texts, and sorting the groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from userops.engines.parallel import Ints


def changes(values: pl.Series) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which values are others than those before them; the first is."""
    new = values.ne_missing(values.shift()).to_numpy().copy()
    new[:1] = True
    return new


def summed(rows: pl.DataFrame, *keys: str, least: Sequence[str] = ()) -> pl.DataFrame:
    """A row for each combination of keys, in their order, with sums of the other columns, whole numbers, as Int64.

    Of columns in `least`, which have no gaps, it's the smallest value in place of a sum.

    >>> summed(pl.DataFrame({"user_id": ["b", "a", "b"], "orders": [1, 2, 3]}), "user_id").rows()
    [('a', 2), ('b', 4)]
    """
    ordered = rows.sort(keys)
    assert not any(ordered[name].has_nulls() for name in least)
    begins: Ints = np.flatnonzero(np.logical_or.reduce([changes(ordered[key]) for key in keys]))
    values = {
        name: (np.minimum if name in least else np.add).reduceat(
            ordered[name].cast(pl.Int64).fill_null(0).to_numpy(), begins
        )
        for name in rows.columns
        if name not in keys
    }
    return ordered.select(keys)[begins].with_columns(pl.Series(*one) for one in values.items())
