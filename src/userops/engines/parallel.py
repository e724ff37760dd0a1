"""Sorting and other work on arrays of whole numbers, on all cores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import polars as pl

Ints = np.ndarray[Any, np.dtype[Any]]
T = TypeVar("T")
# Of fewer numbers one part is done before a second thread would be; of more, what's made of a part
# on the way takes new memory every time, which takes longer than the work.
_A_PART = 500_000
_PIECES = 256  # of each of which every part takes some


def split_between_groups(keys: Ints, low: int) -> list[Ints]:
    """Ascending whole numbers in parts of some size, none of which end within those alike but for `low` bits."""
    near = keys[np.arange(1, len(keys) // _A_PART) * _A_PART]
    of_user = ~np.uint64((1 << low) - 1)
    return np.split(keys, np.unique(np.searchsorted(keys, near & of_user)))


def pieces_of(frame: pl.DataFrame) -> list[dict[str, Ints]]:
    """A frame's columns as arrays, some thousand rows at a time, where they are.

    Copied into one array each, columns would take new memory, which takes longer than the work on it.
    """
    chunks = [len(chunk) for chunk in frame.to_series().get_chunks()]
    if len(chunks) > _PIECES:
        frame = frame.rechunk()
        chunks = [-(-len(frame) // _PIECES)] * _PIECES
    starts = np.cumsum([0, *chunks]).tolist()
    pieces = [frame.slice(start, rows) for start, rows in zip(starts, chunks, strict=False)]
    return [{one.name: one.to_numpy() for one in piece} for piece in pieces if len(piece)]


def split_by(pieces: Sequence[Ints]) -> list[tuple[Ints, ...]]:
    """The places of whole numbers in parts of some size, the smallest numbers first.

    The numbers are given in pieces, and a part has the places within each of these. Alike ones are in one part, and
    in their order.
    """
    if not pieces:
        return []
    low, high = (int(edge(list(map(edge, pieces)))) for edge in (np.min, np.max))
    shift = max((high - low).bit_length() - 8, 0)

    def heaped(numbers: Ints) -> tuple[Ints, Ints]:
        """Places by heaps of near numbers, and where each heap ends."""
        of = numbers.dtype.type
        heap = ((numbers - of(low)) >> of(shift)).astype(np.uint8)
        return np.argsort(heap, kind="stable"), np.cumsum(np.bincount(heap, minlength=256))

    heaps = in_threads(heaped, pieces)
    ends = np.sum([own for _, own in heaps], axis=0)
    near: Ints = np.arange(1, ends[-1] // _A_PART) * _A_PART
    last = np.unique(np.append(np.searchsorted(ends, near), 255))  # the heaps that parts end with
    last = last[np.diff(ends[last], prepend=0) > 0]
    cut = [np.split(places, own[last[:-1]]) for places, own in heaps]
    return list(zip(*cut, strict=True))


def gathered(pieces: Sequence[Mapping[str, Ints]], places: Sequence[Ints]) -> dict[str, Ints]:
    """What stands at some places in each piece, one behind another."""
    ends = np.cumsum([0, *map(len, places)]).tolist()
    found = {name: np.empty(ends[-1], column.dtype) for name, column in pieces[0].items()}
    for piece, at, start, end in zip(pieces, places, ends, ends[1:], strict=False):
        for name, column in piece.items():
            column.take(at, out=found[name][start:end], mode="clip")  # others write by a copy
    return found


def ascending(numbers: Ints) -> Ints:
    """The places of whole numbers from the smallest on, alike ones as they stand: told by 16 bits at a time."""
    numbers = numbers - numbers.min()
    places = np.arange(len(numbers))
    for low in range(0, int(numbers.max()).bit_length(), 16):
        bits = (numbers[places] >> numbers.dtype.type(low)).astype(np.uint16)
        places = places[np.argsort(bits, kind="stable")]
    return places


def in_order(numbers: Ints) -> Ints:
    """Whole numbers from the smallest on, to be read: Polars sorts in half the time of NumPy on all cores."""
    ordered: Ints = pl.Series(numbers).sort().to_numpy()
    return ordered


def in_threads(function: Callable[..., T], *of: Iterable[Any]) -> list[T]:
    """The function's results of parts, in threads: NumPy's work on arrays goes on beside that of others."""
    given = list(zip(*of, strict=True))
    if len(given) < 2:
        return [function(*one) for one in given]
    with ThreadPoolExecutor(min(len(given), pl.thread_pool_size())) as pool:
        return [done.result() for done in [pool.submit(function, *one) for one in given]]
