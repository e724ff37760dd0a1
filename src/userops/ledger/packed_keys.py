"""Sort keys packed with what was paid, in ascending order: for sums of every user's, in time.

Where user, place in time and value fit into 64 bits, as they do of most numbers that stand for ids,
one whole number of all three is sorted: that takes a fifth of what sorting pairs takes, and half
of the memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, TypeVar

import numpy as np
import polars as pl

from userops.engines import parallel
from userops.engines.parallel import Ints
from userops.ledger import sort_keys
from userops.ledger.sort_keys import BITS, SPAN

T = TypeVar("T")
_WORD = 64


def in_parts(
    keys: pl.Series,
    values: pl.Series,
    base: int,
    ends: tuple[int, int],
    make: Callable[[Ints, Ints], T],
) -> list[T]:
    """What `make` gives from sorted keys and their values, of some users after others.

    Args:
        keys: sort keys, in any order.
        values: a whole number of each.
        base: the place in time that keys are to be counted from.
        ends: the first and the last that there may be.
        make: is given parts, no user in two of them; equal keys come in any order.
    """
    if not len(keys):
        return [make(keys.to_numpy(), values.to_numpy())]
    packed = _Packed.of(keys, values, base, ends)
    if packed is not None:
        return parallel.in_threads(lambda part: make(*packed.split_keys(part)), packed.parts)
    ordered, ordered_values = sort_keys.in_order(
        sort_keys.counted_from(keys.to_numpy(), base), values
    )
    parts = parallel.split_between_groups(ordered, BITS)
    cuts = np.cumsum([len(part) for part in parts[:-1]])
    return parallel.in_threads(make, parts, np.split(ordered_values, cuts))


@dataclass(frozen=True, slots=True)
class _Packed:
    """From the high bits down: a user, `low` bits of a place in time from the `first`, `bits` of a value from the `least`."""

    parts: list[Ints]
    low: int
    bits: int
    first: int  # counted from the base
    least: int

    @classmethod
    def of(
        cls, keys: pl.Series, values: pl.Series, base: int, ends: tuple[int, int]
    ) -> Self | None:
        """Packs keys and values, and sorts them; None where they don't fit."""
        least, most, users = values.min(), values.max(), keys.max()
        assert isinstance(least, int)
        assert isinstance(most, int)
        assert isinstance(users, int)
        low, bits = (ends[1] - ends[0]).bit_length(), (most - least).bit_length()
        if (users >> BITS).bit_length() + low + bits > _WORD:
            return None
        words, paid = keys.to_numpy(writable=True), values.to_numpy()
        turn = np.uint64(ends[0] % SPAN)

        def pack(part: Ints, paid: Ints) -> None:
            places = (part - turn) & np.uint64(SPAN - 1)
            part >>= np.uint64(BITS)
            part <<= np.uint64(low)
            part |= places
            part <<= np.uint64(bits)
            part |= (paid - least).astype(np.uint64)

        parallel.in_threads(pack, parallel.split_evenly(words), parallel.split_evenly(paid))
        parallel.sort(words)
        return cls(
            parallel.split_between_groups(words, low + bits), low, bits, ends[0] - base, least
        )

    def split_keys(self, part: Ints) -> tuple[Ints, Ints]:
        """Keys and values again."""
        values = (part & np.uint64((1 << self.bits) - 1)).astype(np.int64) + self.least
        rest = part >> np.uint64(self.bits)
        places = (rest & np.uint64((1 << self.low) - 1)) + np.uint64(self.first)
        return ((rest >> np.uint64(self.low)) << np.uint64(BITS)) | places, values
