"""What each model gives to each channel: orders, money, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from userops.analyses.channels.models import BY_PATH, Credits, Steps, markov_shares, summed
from userops.analyses.channels.paths import Ints, Paths
from userops.stats.bootstrap import percentile_interval, times_drawn
from userops.stats.largest_remainder import share_out
from userops.stats.markov import Floats

RESAMPLES = 200
# Users are resampled one by one up to so many, else in as many groups of equal size: the spread of
# sums is the same, and known from so many groups to 2 %.
MOST_UNITS = 4096
_SALT = "channels"
# Of units and what's summed by them, so many are held at a time.
_MOST_CELLS = 4_000_000
# Parts are summed as whole multiples of this, which every order of adding sums alike.
_GRAIN = 2.0**-26
# Amounts' parts are fractions of no more than this, so that thirds are thirds, and equal.
_PARTS = 10_000


@dataclass(frozen=True, slots=True)
class Credit:
    """What a model gives: by channel, and last what no touch came before.

    `orders` (parts of orders add up), `amounts` in minor units, `share` of all orders with its
    interval, which is empty (NaN) where there are none.
    """

    model: str
    orders: Floats
    amounts: list[int]
    share: Floats
    low: Floats
    high: Floats


def credits_of(paths: Paths, models: Sequence[str], half_life: float) -> list[Credit]:
    """What each of some models gives."""
    sold, drawn = paths.sold(), _Drawn.of(paths)
    return [
        _markov(paths, sold, drawn)
        if model == "markov"
        else _by_path(model, sold, BY_PATH[model](sold, half_life), drawn)
        for model in models
    ]


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Resamples: the place of each user among all, `times` each unit is drawn; all and untouched orders."""

    places: Ints
    times: Floats
    orders: Floats
    untouched: Floats

    @classmethod
    def of(cls, paths: Paths) -> _Drawn:
        owners = (paths.users, paths.untouched[0])
        is_there = np.zeros(
            1 + max((int(one.max()) for one in owners if len(one)), default=0), bool
        )
        for one in owners:
            is_there[one] = True
        users, places = int(is_there.sum()), np.cumsum(is_there) - 1
        units = min(users, MOST_UNITS)
        times = times_drawn(units, RESAMPLES, _SALT) if units else np.zeros((RESAMPLES, 0))
        counted = cls(places, times.astype(float), np.zeros(0), np.zeros(0))
        untouched, touched = (
            counted.sums(owners, np.zeros(len(owners), int), orders, 1)[:, 0]
            for owners, orders in (paths.untouched[:2], (paths.users, paths.orders))
        )
        return cls(places, counted.times, untouched + touched, untouched)

    def sums(self, users: Ints, cells: Ints, values: Ints | Floats, size: int) -> Floats:
        """Sums of values by resample and cell, of so many cells."""
        units = self.times.shape[1]
        unit = self.places[users] % max(units, 1)
        found = np.empty((RESAMPLES, size))
        a_part = max(_MOST_CELLS // max(units, 1), 1)
        for low in range(0, size, a_part):
            high = min(low + a_part, size)
            part = slice(None) if high - low == size else (cells >= low) & (cells < high)
            place = unit[part] * (high - low) + cells[part] - low
            by_unit = summed(place, values[part], units * (high - low)).reshape(units, high - low)
            found[:, low:high] = self.times @ (np.rint(by_unit / _GRAIN) * _GRAIN)
        return found

    def interval(self, orders: Floats) -> tuple[Floats, Floats]:
        """The interval of shares from orders by resample and channel; resamples without orders say nothing."""
        has_orders = self.orders > 0
        if not has_orders.any():
            nothing = np.full(orders.shape[1], np.nan)
            return nothing, nothing
        return percentile_interval(orders[has_orders] / self.orders[has_orders, None])


def _by_path(model: str, sold: Paths, credits: Credits, drawn: _Drawn) -> Credit:
    """What a model gives that shares out each path by itself."""
    size = len(sold.channels)
    parts = credits.part * sold.orders[credits.path]
    amounts = credits.part * sold.amounts[credits.path]
    resampled = drawn.sums(sold.users[credits.path], credits.channel, parts, size)
    return _credit(
        model,
        sold,
        summed(credits.channel, parts, size),
        summed(credits.channel, amounts, size),
        resampled,
        drawn,
    )


def _markov(paths: Paths, sold: Paths, drawn: _Drawn) -> Credit:
    """What the chain gives: all orders in proportion to channels' removal effects."""
    size = len(paths.channels)
    steps = Steps.of(paths)
    share = markov_shares(steps.counts(size))
    cells = steps.origin * (size + 2) + steps.target
    counts = drawn.sums(steps.users, cells, steps.count, (size + 1) * (size + 2))
    counts = counts.reshape(-1, size + 1, size + 2)
    touched = drawn.orders - drawn.untouched
    resampled = markov_shares(counts) * touched[:, None]
    orders, amount = float(sold.orders.sum()), float(sold.amounts.sum())
    return _credit("markov", sold, share * orders, share * amount, resampled, drawn)


def _credit(
    model: str, sold: Paths, orders: Floats, amounts: Floats, resampled: Floats, drawn: _Drawn
) -> Credit:
    _, untouched_orders, untouched_amounts = sold.untouched
    whole = sold.conversions
    all_orders = np.append(orders, untouched_orders.sum())
    low, high = drawn.interval(np.column_stack([resampled, drawn.untouched]))
    weights = [Fraction(float(amount)).limit_denominator(_PARTS) for amount in amounts]
    return Credit(
        model,
        all_orders,
        [*share_out(int(sold.amounts.sum()), weights), int(untouched_amounts.sum())],
        all_orders / whole if whole else np.full(len(all_orders), np.nan),
        low,
        high,
    )
