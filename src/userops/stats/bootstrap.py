"""Resamples of units drawn with replacement, and the interval that they give.

The draws come from SHA-256 of `salt|number`, so that they're the same on every machine, however
many threads there are. Source: Efron (1979); the percentile interval, Efron and Tibshirani (1993),
ch. 13.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from userops.stats.intervals import LEVEL

Ints = np.ndarray[Any, np.dtype[np.int64]]
Floats = np.ndarray[Any, np.dtype[np.float64]]
_DRAWS = 8  # of 32 bits, in a hash


def times_drawn(units: int, resamples: int, salt: str) -> Ints:
    """How often each unit is drawn, a row a resample: as many draws as there are units.

    >>> times_drawn(3, 2, "x").sum(axis=1).tolist()
    [3, 3]
    """
    hashes = -(-units * resamples // _DRAWS)
    digests = b"".join(
        hashlib.sha256(f"{salt}|{number}".encode()).digest() for number in range(hashes)
    )
    draws = np.frombuffer(digests, dtype=">u4")[: units * resamples].astype(np.uint64)
    chosen = (draws * np.uint64(units) >> np.uint64(32)).astype(np.int64)
    cells = chosen + np.repeat(np.arange(resamples) * units, units)
    return np.bincount(cells, minlength=units * resamples).reshape(resamples, units)


def percentile_interval(values: Floats, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Both ends of the middle part of the resamples' values (their first axis), by type 7."""
    tail = 50 * (1 - level)
    low, high = np.percentile(values, [tail, 100 - tail], axis=0)
    return low, high
