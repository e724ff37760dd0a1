"""Paths: the touches that came before each order, and those that no order followed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from userops.analyses.channels.sequence import Purchases, Touches

Ints = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
DIRECT = ("direct", "(direct)", "直接访问", "直接流量", "直达")


@dataclass(frozen=True, slots=True)
class Paths:
    """Touches in the order of users, paths and time.

    Of each touch `path` (ascending, no number left out), `channel` (a place in `channels`) and
    `days` before its order. Of each path `users`, the `orders` it led to (0: it was lost) and their
    `amounts`. Orders that no touch came before are `untouched`, with the same three.
    """

    channels: tuple[str, ...]
    path: Ints
    channel: Ints
    days: Ints
    users: Ints
    orders: Ints
    amounts: Ints
    untouched: tuple[Ints, Ints, Ints]
    open: int = 0  # paths without an order that one may still follow, counted nowhere else

    @property
    def starts(self) -> Ints:
        """Where each path begins, and the end."""
        return np.flatnonzero(np.diff(self.path, prepend=-1, append=len(self.users)))

    @property
    def conversions(self) -> int:
        """Orders, with a touch before them or not."""
        return int(self.orders.sum() + self.untouched[1].sum())

    @property
    def revenue(self) -> int:
        """Net revenue of all orders."""
        return int(self.amounts.sum() + self.untouched[2].sum())

    def sold(self) -> Paths:
        """Those alone that led to orders."""
        return self.only(self.orders > 0)

    def only(self, kept: Flags) -> Paths:
        """Some of the paths."""
        of_touches = kept[self.path]
        numbers = np.cumsum(kept) - 1
        return Paths(
            self.channels,
            numbers[self.path[of_touches]],
            self.channel[of_touches],
            self.days[of_touches],
            self.users[kept],
            self.orders[kept],
            self.amounts[kept],
            self.untouched,
            self.open,
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """Which orders and touches count: days from `first` to `last`, `lookback` days before.

    Orders are known up to `as_of`.
    """

    first: int
    last: int
    as_of: int
    lookback: int
    only_first: bool  # of each user the first order alone


def paths_of(
    purchases: Purchases, touches: Touches, channels: Sequence[str], asked: Asked
) -> Paths:
    """The paths of orders in the period, and lost ones whose last touch lies in it.

    One is lost when the lookback of its last touch is over without an order.
    """
    converts = (purchases.days >= asked.first) & (purchases.days <= asked.last)
    following = np.searchsorted(purchases.keys, touches.keys)
    if asked.only_first:
        converts &= np.diff(purchases.users, prepend=-1) != 0
        # Who has bought has been won: later touches lead to no first order, and lose none.
        before_any = ~_bought_before(purchases, touches, following)
        touches, following = touches.only(before_any), following[before_any]
    days, leads = _days_before(purchases, touches, following, asked.lookback)
    path = _path_numbers(touches.users, following, leads)
    ends = np.flatnonzero(np.diff(path, append=-1))
    sold, order = leads[ends], following[ends]
    last_days = touches.days[ends]
    counted = (last_days >= asked.first) & (last_days <= asked.last)
    is_open = counted & ~sold & (last_days + asked.lookback > asked.as_of)
    counted &= ~is_open
    counted[sold] = converts[order[sold]]
    untouched = converts.copy()
    untouched[order[sold]] = False
    found = Paths(
        tuple(channels),
        path,
        touches.channels,
        days,
        touches.users[ends],
        _of_orders(purchases.orders, order, sold),
        _of_orders(purchases.amounts, order, sold),
        (purchases.users[untouched], purchases.orders[untouched], purchases.amounts[untouched]),
        int(is_open.sum()),
    )
    return _direct_alone(found.only(counted))


def _of_orders(values: Ints, order: Ints, sold: Flags) -> Ints:
    """What paths' orders have, 0 for lost paths."""
    of_paths = np.zeros(len(order), np.int64)
    of_paths[sold] = values[order[sold]]
    return of_paths


def _days_before(
    purchases: Purchases, touches: Touches, following: Ints, lookback: int
) -> tuple[Ints, Flags]:
    """Days from each touch to its user's next order, 0 without one; and whether it leads to it."""
    has_next = following < len(purchases.keys)
    has_next[has_next] = purchases.users[following[has_next]] == touches.users[has_next]
    days = np.zeros(len(touches.keys), np.int64)
    days[has_next] = purchases.days[following[has_next]] - touches.days[has_next]
    return days, has_next & (days <= lookback)


def _bought_before(purchases: Purchases, touches: Touches, following: Ints) -> Flags:
    """Whether the user of a touch had an order before it."""
    before = following - 1
    has_before = before >= 0
    has_before[has_before] = purchases.users[before[has_before]] == touches.users[has_before]
    return has_before


def _path_numbers(users: Ints, following: Ints, leads: Flags) -> Ints:
    """The path of each touch: those of a user before one order, near it or lost."""
    is_new = np.zeros(len(users), bool)
    is_new[:1] = True
    for values in (users, following, leads):
        is_new[1:] |= values[1:] != values[:-1]
    return np.cumsum(is_new) - 1


def _direct_alone(paths: Paths) -> Paths:
    """Paths without touches that came by no channel, where another stands beside them."""
    names = [name.strip().casefold() in DIRECT for name in paths.channels]
    is_direct = np.array(names, bool)[paths.channel]
    if not is_direct.any():
        return paths
    others = np.bincount(paths.path, weights=~is_direct, minlength=len(paths.users)) > 0
    kept = ~(is_direct & others[paths.path])
    return Paths(
        paths.channels, paths.path[kept], paths.channel[kept], paths.days[kept], paths.users,
        paths.orders, paths.amounts, paths.untouched, paths.open,
    )  # fmt: skip
