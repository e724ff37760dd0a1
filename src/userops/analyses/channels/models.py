"""Models of attribution: the credit that each touch of a path has for the orders it led to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from userops.analyses.channels.paths import Paths
from userops.stats.markov import Floats, removal_effects

Ints = np.ndarray[Any, np.dtype[np.int64]]
# Of the first and the last touch, and of those between them together.
_ENDS, _MIDDLE = 0.4, 0.2


def summed(cells: Ints, values: Ints | Floats, size: int) -> Floats:
    """Sums of values by cell, added in their order."""
    return np.bincount(cells, weights=values, minlength=size).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Credits:
    """Parts of paths' orders: `path`, `channel` and how much of it, which sum to 1 over a path."""

    path: Ints
    channel: Ints
    part: Floats


def _lengths(paths: Paths) -> Ints:
    """How many touches the path of each touch has."""
    return np.diff(paths.starts)[paths.path]


def _positions(paths: Paths) -> Ints:
    """Each touch's place in its path, from 0."""
    return np.arange(len(paths.path)) - paths.starts[paths.path]


def first(paths: Paths) -> Credits:
    """All to the first touch."""
    return _whole(paths, paths.starts[:-1])


def last(paths: Paths) -> Credits:
    """All to the last touch."""
    return _whole(paths, paths.starts[1:] - 1)


def _whole(paths: Paths, touches: Ints) -> Credits:
    return Credits(paths.path[touches], paths.channel[touches], np.ones(len(touches)))


def linear(paths: Paths) -> Credits:
    """The same to each touch."""
    return Credits(paths.path, paths.channel, 1 / _lengths(paths))


def position(paths: Paths) -> Credits:
    """40 % to the first touch, 40 % to the last, 20 % to those between; of two touches half each."""
    lengths, positions = _lengths(paths), _positions(paths)
    is_end = (positions == 0) | (positions == lengths - 1)
    between = _MIDDLE / np.maximum(lengths - 2, 1)
    part = np.where(lengths <= 2, 1 / lengths, np.where(is_end, _ENDS, between))
    return Credits(paths.path, paths.channel, part)


def time_decay(paths: Paths, half_life: float) -> Credits:
    """In proportion to 2^(-days before the order / half life)."""
    # Counted from the last touch, so that nothing is too small to be told from 0.
    since_last = paths.days - paths.days[paths.starts[1:] - 1][paths.path]
    weight = 2.0 ** (-since_last / half_life)
    whole = np.bincount(paths.path, weights=weight, minlength=len(paths.users))
    return Credits(paths.path, paths.channel, weight / whole[paths.path])


def shapley(paths: Paths) -> Credits:
    """The same to each channel of the path: the Shapley value where only all of them together sell."""
    pairs = np.unique(paths.path * len(paths.channels) + paths.channel)
    path, channel = np.divmod(pairs, len(paths.channels))
    distinct = np.bincount(path, minlength=len(paths.users))
    return Credits(path, channel, 1 / distinct[path])


BY_PATH: dict[str, Callable[[Paths, float], Credits]] = {
    "first": lambda paths, _: first(paths),
    "last": lambda paths, _: last(paths),
    "linear": lambda paths, _: linear(paths),
    "position": lambda paths, _: position(paths),
    "time_decay": time_decay,
    "shapley": lambda paths, _: shapley(paths),
}


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps of paths from one channel to the next: their user, from where, to where, how many.

    0 is the start and i + 1 channel i where a step begins; where it ends i is channel i, and after
    the last channel come an order and nothing. Repeats of a channel are one.
    """

    users: Ints
    origin: Ints
    target: Ints
    count: Ints

    @classmethod
    def of(cls, paths: Paths) -> Steps:
        """All steps of paths that led to orders, and of those that were lost."""
        is_first = np.ones(len(paths.path), bool)
        is_first[1:] = np.diff(paths.path) != 0
        is_new = is_first.copy()
        is_new[1:] |= np.diff(paths.channel) != 0
        path, channel = paths.path[is_new], paths.channel[is_new]
        origin = np.zeros(len(path), np.int64)
        origin[1:] = channel[:-1] + 1
        origin[is_first[is_new]] = 0
        last_channel = channel[np.flatnonzero(np.diff(path, append=-1))]
        count = np.maximum(paths.orders, 1)
        size = len(paths.channels)
        return cls(
            np.concatenate([paths.users[path], paths.users]),
            np.concatenate([origin, last_channel + 1]),
            np.concatenate([channel, np.where(paths.orders > 0, size, size + 1)]),
            np.concatenate([count[path], count]),
        )

    def counts(self, channels: int) -> Floats:
        """How many there are from each place to each."""
        cells = self.origin * (channels + 2) + self.target
        size = (channels + 1) * (channels + 2)
        return summed(cells, self.count, size).reshape(channels + 1, channels + 2)


def markov_shares(counts: Floats) -> Floats:
    """Each channel's part of all orders: in proportion to its removal effect."""
    _, effects = removal_effects(counts)
    whole = effects.sum(axis=-1, keepdims=True)
    shares: Floats = np.divide(effects, whole, out=np.zeros_like(effects), where=whole > 0)
    return shares
