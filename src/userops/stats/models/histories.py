"""Purchase histories (x, t_x, T), with equal ones counted instead of repeated.

Per user: `x` repeat purchases (purchase days - 1), `t_x` the time from the first purchase to
the last (0 where x = 0), `T` the time from the first purchase to the end of observation,
both in one unit. The likelihoods see nothing else of a user, so millions of users are some
hundred thousand distinct rows with a weight; and what predictions find expensive
depends on the still fewer pairs (x, T) and (x, t_x).

Times that lie on a grid of days, whether given in days or in weeks, are found out and
sorted as integers; any other times work too, only slower.
"""

# ruff: noqa: N803, N806

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from userops.stats.models.special import Floats, Integers

# Steps per unit of time that are tried for a grid: whole days given in days, in weeks.
_GRIDS = (1, 7)
_BITS = 63  # of a whole number that isn't negative


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """Distinct rows in ascending order of (x, T, t_x), each with the number of its users."""

    x: Integers
    t_x: Floats
    T: Floats
    weight: Floats
    users: int

    def sample(self, size: int) -> Histories:
        """A systematic sample of about `size` users, the same for any order of the rows."""
        if self.users <= size:
            return self
        ends = np.cumsum(self.weight)
        picks = (np.arange(size) + 0.5) * (self.users / size)
        weight = np.bincount(np.searchsorted(ends, picks), minlength=len(ends)).astype(np.float64)
        keep = weight > 0.0
        return Histories(self.x[keep], self.t_x[keep], self.T[keep], weight[keep], size)


def checked(x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> tuple[Integers, Floats, Floats]:
    """The three as equally long 1-D arrays; ValueError where they can't be histories."""
    counts = np.atleast_1d(np.asarray(x))
    last = np.atleast_1d(np.asarray(t_x))
    ends = np.atleast_1d(np.asarray(T))
    counts, last, ends = np.broadcast_arrays(counts, last, ends)
    if counts.ndim != 1:
        raise ValueError(f"histories are one-dimensional, not {counts.ndim}-dimensional")
    if counts.size == 0:
        raise ValueError("no histories")
    x_int = counts.astype(np.int64, copy=False)
    if counts.dtype.kind == "f" and not np.array_equal(x_int, counts):
        raise ValueError("x must be whole numbers")
    if x_int.min() < 0:
        raise ValueError("x must not be negative")
    t_float = last.astype(np.float64, copy=False)
    T_float = ends.astype(np.float64, copy=False)
    if not (np.isfinite(T_float.max()) and np.isfinite(T_float.min())):
        raise ValueError("T must be finite")
    if not (t_float.min() >= 0.0 and bool((t_float <= T_float).all())):
        raise ValueError("t_x must lie between 0 and T")
    if t_float[x_int == 0].any():
        raise ValueError("t_x must be 0 where x is 0")
    return x_int, t_float, T_float


def histories(x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> Histories:
    """Count equal histories. Arrays of one length; raises ValueError where they can't be one."""
    return distinct_histories(x, t_x, T)[0]


def distinct_histories(x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> tuple[Histories, Integers]:
    """The same, and for each user the index of the row."""
    keyed = _Keys.of(*checked(x, t_x, T))
    distinct, place = distinct_keys(keyed.keys, keyed.size)
    return keyed.rows(distinct, np.bincount(place)), place


def distinct_pairs(x: Integers, t: Floats) -> tuple[Integers, Floats, Integers]:
    """Distinct (x, t) in ascending order, and for each row the index of its pair."""
    t_code, t_values = _codes(t)
    distinct, place = distinct_keys(x * len(t_values) + t_code, (int(x.max()) + 1) * len(t_values))
    x_pair, t_pair = np.divmod(distinct, len(t_values))
    return x_pair, t_values[t_pair], place


@dataclass(frozen=True, slots=True, eq=False)
class _Keys:
    """One integer below `size` per user, ascending as (x, T, t_x)."""

    keys: Integers
    size: int
    t_values: Floats
    T_values: Floats

    @classmethod
    def of(cls, x: Integers, t_x: Floats, T: Floats) -> _Keys:
        t_code, t_values = _codes(t_x)
        T_code, T_values = _codes(T)
        keys = (x * len(T_values) + T_code) * len(t_values) + t_code
        size = (int(x.max()) + 1) * len(T_values) * len(t_values)
        return cls(keys, size, t_values, T_values)

    def rows(self, distinct: Integers, weight: Integers) -> Histories:
        """The histories that the keys stand for."""
        pair, t_row = np.divmod(distinct, len(self.t_values))
        x, T_row = np.divmod(pair, len(self.T_values))
        t_x, T = self.t_values[t_row], self.T_values[T_row]
        return Histories(x, t_x, T, weight.astype(np.float64), int(weight.sum()))


def _codes(t: Floats) -> tuple[Integers, Floats]:
    """Integers that sort and compare as the times do, and the time of each integer."""
    for steps in _GRIDS:
        if not _on_grid(t[:1000], steps) or not _on_grid(t, steps):
            continue
        steps_of_t = np.rint(t * steps).astype(np.int64)
        low, high = int(steps_of_t.min()), int(steps_of_t.max())
        if high - low < 2**22:
            return steps_of_t - low, np.arange(low, high + 1) / float(steps)
    values, codes = np.unique(t, return_inverse=True)
    return codes.astype(np.int64), values


def _on_grid(t: Floats, steps: int) -> bool:
    scaled = t * steps
    return bool((np.abs(scaled - np.rint(scaled)) <= 1e-6).all())


def distinct_keys(keys: Integers, size: int) -> tuple[Integers, Integers]:
    """Distinct keys in ascending order, and for each key its index among them.

    Args:
        keys: whole numbers from 0 up to `size`.
        size: more than the largest of them.
    """
    if size > 4 * len(keys) + 2**20:
        return _by_sorting(keys, size)
    present = np.zeros(size, dtype=bool)
    present[keys] = True
    distinct = np.flatnonzero(present)
    index = np.empty(size, dtype=np.int64)
    index[distinct] = np.arange(len(distinct))
    return distinct, index[keys]


def _by_sorting(keys: Integers, size: int) -> tuple[Integers, Integers]:
    """The same of sparse keys: sorted together with their places, which takes a third of an argsort."""
    bits = len(keys).bit_length()
    if size.bit_length() + bits > _BITS:
        distinct, place = np.unique(keys, return_inverse=True)
        return distinct, place
    both = pl.Series((keys << bits) | np.arange(len(keys))).sort().to_numpy()
    ordered = both >> bits
    is_first = np.ones(len(keys), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    place = np.empty(len(keys), dtype=np.int64)
    place[both & ((1 << bits) - 1)] = np.cumsum(is_first) - 1
    return ordered[is_first], place
