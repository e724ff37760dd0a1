"""The chance that a wait ends within some time, given how long it has lasted.

A wait's length is measured in that which was expected of it (`rhythm`). How many waits ended, of
those that had lasted so many times the expected, is the hazard there. Open waits count as long as
they've lasted, so whoever never comes back shows in it. Hazards are constant between `EDGES`, and
drawn to those of larger groups: of a kind to those of all kinds, and these to those of all waits.

Source: Friedman (1982), Piecewise exponential models for survival data with covariates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from userops.stats.rhythm import Floats, Ints

# Relative lengths are whole thousandths, so that their sums are exact and don't depend on an order.
PART = 1000
_LONGEST = 4000 * PART
# From an eighth of the expected to 256 times it, a third of an octave each.
EDGES = np.concatenate(([0], np.rint(2.0 ** (np.arange(-9, 25) / 3) * PART))).astype(np.int64)
# Waits are told apart by how many of the user's have ended before: 0, 1, 2-3, 4-7, 8 or more.
FROM = np.array([0, 1, 2, 4, 8])
# What a hazard is drawn to counts as much as so many events.
_PRIOR = 10.0


def groups_of(earlier: Ints) -> Ints:
    """The group of a number of earlier waits."""
    return np.searchsorted(FROM, earlier, "right") - 1


def relative_lengths(days: Ints, expected: Floats) -> Ints:
    """Waits in thousandths of what was expected of them."""
    return np.minimum(np.rint(days * PART / expected), _LONGEST).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Hazards:
    """Hazards between `EDGES`, and their sums up to each, by kind and group: shape (kinds, groups, edges)."""

    rates: Floats
    sums: Floats

    def chance(self, kind: Ints, group: Ints, length: Floats, ahead: Floats) -> Floats:
        """That a wait which has lasted `length` ends in the `ahead` after, both relative."""
        chance: Floats = -np.expm1(
            self._until(kind, group, length) - self._until(kind, group, length + ahead)
        )
        return chance

    def _until(self, kind: Ints, group: Ints, length: Floats) -> Floats:
        edge = np.searchsorted(EDGES / PART, length, "right") - 1
        passed: Floats = self.sums[kind, group, edge]
        return passed + self.rates[kind, group, edge] * (length - EDGES[edge] / PART)


def hazards(kind: Ints, group: Ints, relative: Ints, ended: Ints, kinds: int) -> Hazards:
    """Hazards of waits.

    Args:
        kind: of each wait, such as a category; 0, 1, ...
        group: of each wait: `groups_of` the user's earlier ones.
        relative: its length, as `relative_lengths` gives it.
        ended: whether it did, or is still open.
        kinds: how many there are.
    """
    events, time = _counted(kind, group, relative, ended, kinds)
    everywhere = _along(events.sum(axis=(0, 1)), time.sum(axis=(0, 1)))
    by_group = _drawn(events.sum(axis=0), time.sum(axis=0), everywhere[None, :])
    rates = _drawn(events, time, by_group[None, :, :])
    passed = rates[..., :-1] * np.diff(EDGES) / PART
    sums = np.concatenate((np.zeros((*rates.shape[:-1], 1)), passed.cumsum(axis=-1)), axis=-1)
    return Hazards(rates, sums)


def _counted(
    kind: Ints, group: Ints, relative: Ints, ended: Ints, kinds: int
) -> tuple[Floats, Floats]:
    """Ends and time waited (in relative lengths) by kind, group and edge."""
    shape = (kinds, len(FROM), len(EDGES))
    # A wait that ends on an edge has passed the part below it.
    part = np.maximum(np.searchsorted(EDGES, relative, "left") - 1, 0)
    cell = (kind * len(FROM) + group) * len(EDGES) + part
    size = kinds * len(FROM) * len(EDGES)
    waits = np.bincount(cell, minlength=size).reshape(shape)
    lengths = np.bincount(cell, relative, size).reshape(shape)
    events = np.bincount(cell[ended], minlength=size).reshape(shape)
    beyond = waits[..., ::-1].cumsum(axis=-1)[..., ::-1] - waits
    widths = np.append(np.diff(EDGES), 0)
    time = (beyond * widths + lengths - waits * EDGES) / PART
    return events.astype(np.float64), time


def _along(events: Floats, time: Floats) -> Floats:
    """Hazards of all waits; each drawn to the one before, which goes on where nobody was watched."""
    rates = np.zeros(len(events))
    for place, (count, waited) in enumerate(zip(events, time, strict=True)):
        before = rates[place - 1] if place else 0.0
        if before > 0:
            rates[place] = (count + _PRIOR) / (waited + _PRIOR / before)
        elif waited > 0:
            rates[place] = count / waited
    return rates


def _drawn(events: Floats, time: Floats, to: Floats) -> Floats:
    """Hazards drawn to others; 0 where these are."""
    known = to > 0
    prior_time = _PRIOR / np.where(known, to, 1.0)
    drawn: Floats = np.where(known, (events + _PRIOR) / (time + prior_time), 0.0)
    return drawn
