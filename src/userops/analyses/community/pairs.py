"""Who joined, each beside one who didn't and had been buying alike."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import polars as pl

from userops.analyses.community import stock
from userops.analyses.community.sources import Community
from userops.stats.hash_draw import hash_number

_SALT = "community-lift"
# How long somebody has been a customer, in days: whoever falls between the same two limits is alike.
_TENURES = (0, 1, 31, 91, 181, 366)
_NEVER = 2**30


@dataclass(slots=True)
class History:
    """What a user bought: days of valid orders, and of all amounts with their running sum."""

    first: int
    order_days: list[int] = field(default_factory=list)
    days: list[int] = field(default_factory=list)
    sums: list[int] = field(default_factory=lambda: [0])

    def orders(self, low: int, high: int) -> int:
        """Orders from one day to another, both whole."""
        return bisect_right(self.order_days, high) - bisect_left(self.order_days, low)

    def spent(self, low: int, high: int) -> int:
        """What was spent from one day to another, both whole, in minor units."""
        return self.sums[bisect_right(self.days, high)] - self.sums[bisect_left(self.days, low)]


@dataclass(frozen=True, slots=True)
class Pair:
    """A user who joined on a day, and one who didn't."""

    day: int
    joiner: History
    other: History


@dataclass(frozen=True, slots=True)
class Joined:
    """Who joined in the days that are told of, with as many days before and after as are compared.

    `joiners` are their days and histories, `pairs` those with somebody to compare with. `others` are
    the histories of whoever never was a member.
    """

    joiners: Sequence[tuple[int, History]]
    pairs: Sequence[Pair]
    others: Sequence[History]


def joined(found: Community, days: int) -> Joined:
    """Pair whoever joined with somebody who didn't, for comparing so many days before and after."""
    assert found.orders is not None
    histories = _histories(found.orders)
    first_order = found.orders["day"].min()
    begin = int(str(first_order)) if first_order is not None else found.as_of
    entries = _first_joinings(found)
    members = {user: day for user, day in entries.items() if user in histories}
    joiners = sorted(
        (day, hash_number(_SALT, user), user)
        for user, day in members.items()
        if max(found.first, begin + days) <= day <= found.as_of - days
    )
    channels = _channels(found)
    pool = _Pool(histories, entries, channels)
    taken: set[str] = set()
    pairs: list[Pair] = []
    for day, draw, user in joiners:
        other = pool.like(user, day, draw, taken)
        if other is not None:
            taken.add(other)
            pairs.append(Pair(day, histories[user], histories[other]))
    others = [one for user, one in sorted(histories.items()) if user not in entries]
    return Joined([(day, histories[user]) for day, _, user in joiners], pairs, others)


def _histories(orders: pl.DataFrame) -> dict[str, History]:
    """What each customer of the shop bought."""
    users: dict[str, History] = {}
    amounts: dict[str, list[int]] = defaultdict(list)
    rows = orders.select("user_id", "day", "amount", "orders").sort(
        "user_id", "day", "amount", "orders"
    )
    for user, day, amount, count in rows.iter_rows():
        one = users.setdefault(user, History(_NEVER))
        if count > 0:
            one.first = min(one.first, day)
            one.order_days.append(day)
        one.days.append(day)
        amounts[user].append(amount)
    for user, one in users.items():
        one.sums = [0, *accumulate(amounts[user])]
    return users


def _first_joinings(found: Community) -> dict[str, int]:
    """The first day in any group of each shop user who ever was a member; `BEFORE` where unknown."""
    starts = found.stays.join(found.persons.filter("matched"), on="person")
    days = starts.group_by("user_id").agg(pl.col("start").min()).sort("user_id")
    return {user: max(day, stock.BEFORE) for user, day in days.iter_rows()}


def _channels(found: Community) -> Mapping[str, str]:
    if found.channels is None:
        return {}
    return {user: channel for user, channel in found.channels.iter_rows() if channel}


class _Pool:
    """Customers who never were members, in the order of their draw."""

    def __init__(
        self,
        histories: Mapping[str, History],
        entries: Mapping[str, int],
        channels: Mapping[str, str],
    ) -> None:
        self._histories, self._channels = histories, channels
        drawn: dict[str | None, list[tuple[int, str]]] = defaultdict(list)
        buyers: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for user, one in histories.items():
            draw = (hash_number(_SALT, user), user)
            if user in entries:
                continue
            drawn[channels.get(user)].append(draw)
            for day in dict.fromkeys(one.order_days):
                buyers[day].append(draw)
        self._drawn = {channel: sorted(users) for channel, users in drawn.items()}
        self._buyers = {day: sorted(users) for day, users in buyers.items()}

    def like(self, user: str, day: int, draw: int, taken: set[str]) -> str | None:
        """The first by draw, after the joiner's, who is like a joiner on a day.

        Whoever ordered on the day is compared with such as did, too.
        """
        me, channel = self._histories[user], self._channels.get(user)
        bought = me.orders(day, day) > 0
        candidates = self._buyers.get(day, ()) if bought else self._drawn.get(channel, ())
        tenure = _tenure(me, day)
        for other in _from(candidates, draw):
            one = self._histories[other]
            if (
                other not in taken
                and self._channels.get(other) == channel
                and _tenure(one, day) == tenure
                and (one.orders(day, day) > 0) == bought
            ):
                return other
        return None


def _from(candidates: Sequence[tuple[int, str]], draw: int) -> Iterator[str]:
    """Candidates from a draw on, around to those before it."""
    start = bisect_left(candidates, (draw, ""))
    for place in range(len(candidates)):
        yield candidates[(start + place) % len(candidates)][1]


def _tenure(one: History, day: int) -> int:
    """Between which limits the days since the first order lie; -1 before it."""
    return bisect_right(_TENURES, day - one.first) - 1
