"""Sorting and other work on arrays of whole numbers, on all cores."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import polars as pl

Ints = np.ndarray[Any, np.dtype[Any]]
T = TypeVar("T")
# Of fewer numbers one part is done before a second thread would be; of more, what's made of a part
# on the way takes new memory every time, which takes longer than the work.
_A_PART = 500_000


def split_between_groups(keys: Ints, low: int) -> list[Ints]:
    """Ascending whole numbers in parts of some size, none of which end within those alike but for `low` bits."""
    near = keys[np.arange(1, len(keys) // _A_PART) * _A_PART]
    of_user = ~np.uint64((1 << low) - 1)
    return np.split(keys, np.unique(np.searchsorted(keys, near & of_user)))


def sort(keys: Ints) -> None:
    """Sort whole numbers in place, in parts of about a size, one a core."""
    parts = max(min(pl.thread_pool_size(), len(keys) // _A_PART), 1)
    cuts: Ints = np.arange(1, parts) * len(keys) // parts
    if len(cuts):
        keys.partition(cuts)  # less than half of sorting, which then goes on in parts
    in_threads(np.ndarray.sort, np.split(keys, cuts))


def in_threads(function: Callable[..., T], *of: Iterable[Any]) -> list[T]:
    """The function's results of parts, in threads: NumPy's work on arrays goes on beside that of others."""
    given = list(zip(*of, strict=True))
    if len(given) < 2:
        return [function(*one) for one in given]
    with ThreadPoolExecutor(min(len(given), pl.thread_pool_size())) as pool:
        return [done.result() for done in [pool.submit(function, *one) for one in given]]
