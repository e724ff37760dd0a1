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


def split_by(numbers: Ints) -> list[Ints]:
    """The places of whole numbers in parts of some size, the smallest numbers first.

    Alike ones are in one part, and in their order.
    """
    if not len(numbers):
        return []
    low, high = int(numbers.min()), int(numbers.max())
    shift = max((high - low).bit_length() - 8, 0)
    heap = ((numbers - numbers.dtype.type(low)) >> numbers.dtype.type(shift)).astype(np.uint8)
    places = np.argsort(heap, kind="stable")
    counted = np.array_split(heap, -(-len(heap) // _A_PART))
    ends = np.cumsum(np.sum([np.bincount(part, minlength=256) for part in counted], axis=0))
    near: Ints = np.arange(1, len(numbers) // _A_PART) * _A_PART
    cuts = np.unique(ends[np.searchsorted(ends, near)])
    return np.split(places, cuts[cuts < len(places)])


def ascending(numbers: Ints) -> Ints:
    """The places of whole numbers from the smallest on, alike ones as they stand: told by 16 bits at a time."""
    numbers = numbers - numbers.min()
    places = np.arange(len(numbers))
    for low in range(0, int(numbers.max()).bit_length(), 16):
        bits = (numbers[places] >> numbers.dtype.type(low)).astype(np.uint16)
        places = places[np.argsort(bits, kind="stable")]
    return places


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
