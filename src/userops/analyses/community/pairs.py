"""Who joined, each beside one who didn't and had been buying alike."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from userops.analyses.community.sources import Community
from userops.engines.runs import changes, summed
from userops.stats.hash_draw import hash_numbers

Ints = np.ndarray[Any, np.dtype[Any]]
_SALT = "community-lift"
# How long somebody has been a customer, in days: whoever falls between the same two limits is alike.
_TENURES = (0, 1, 31, 91, 181, 366)
_NEVER = 2**30
# So many users are looked at for one who is like a joiner: in large shops the first few are.
_LOOKS = 5_000
_FEW = 500  # of these so many at once, as mostly one is found soon


@dataclass(frozen=True)
class Histories:
    """What each user of the shop bought, users by number in the order of their ids.

    `days[starts[u]:starts[u + 1]]` are a user's days with an order or a refund; `spent` and `bought`
    the running sums of amounts (minor units) and orders before each of them, over all users. `firsts`
    are days of first orders.
    """

    users: pl.Series
    starts: Ints
    days: Ints
    spent: Ints
    bought: Ints
    firsts: Ints

    @classmethod
    def of(cls, orders: pl.DataFrame) -> Histories:
        """Of `user_id, day, amount, orders`."""
        rows = summed(orders.select("user_id", "day", "amount", "orders"), "user_id", "day")
        first_rows = np.flatnonzero(changes(rows["user_id"]))
        days = rows["day"].to_numpy().astype(np.int64)
        ordered = np.where(rows["orders"].to_numpy() > 0, days, _NEVER)
        return cls(
            rows["user_id"][first_rows],
            np.append(first_rows, len(rows)),
            days,
            _running(rows["amount"].to_numpy()),
            _running(rows["orders"].to_numpy()),
            np.minimum.reduceat(ordered, first_rows),
        )

    def sums(self, running: Ints, users: Ints, low: Ints, high: Ints) -> Ints:
        """Each user's sum from one day to another, both whole."""
        first = np.searchsorted(self._keys, _key(users, low), side="left")
        found: Ints = (
            running[np.searchsorted(self._keys, _key(users, high), side="right")] - running[first]
        )
        return found

    def bought_on(self, user: int, day: int) -> bool:
        """Whether a user ordered on a day."""
        begin, end = int(self.starts[user]), int(self.starts[user + 1])
        row = bisect_left(self.days, day, begin, end)
        return row < end and self.days[row] == day and self.bought[row + 1] > self.bought[row]

    @cached_property
    def _keys(self) -> Ints:
        """A number for each row, by user and day."""
        return _key(np.repeat(np.arange(len(self.users)), np.diff(self.starts)), self.days)


def _key(users: Ints, days: Ints) -> Ints:
    return users * 2**32 + days + 2**31


def _running(values: Ints) -> Ints:
    sums: Ints = np.concatenate(([0], np.cumsum(values)))
    return sums


@dataclass(frozen=True, slots=True)
class Pair:
    """A user who joined on a day, and one who didn't, by number."""

    day: int
    joiner: int
    other: int


@dataclass(frozen=True, slots=True)
class Joined:
    """Who joined in the days that are told of, with as many days before and after as are compared.

    `people` are all who joined then, `matched` those of them whose shop user is known. `joiners` are
    days and users of those who were customers by then, `pairs` those with somebody to compare with. `others` says of each
    user whether nobody known to be a member is that one; so many as `unknown` of the groups' people aren't
    matched and may be among them.
    """

    histories: Histories
    people: int
    matched: int
    unknown: int
    joiners: Sequence[tuple[int, int]]
    pairs: Sequence[Pair]
    others: Ints


def joined(found: Community, days: int) -> Joined:
    """Pair whoever joined with somebody who didn't, for comparing so many days before and after."""
    assert found.orders is not None
    histories = Histories.of(found.orders)
    first, last = found.order_days or (found.as_of, found.as_of)
    low, high = max(found.first, first + days), min(found.as_of, last) - days
    people = _people(found)
    came = people.filter(pl.col("start").is_between(low, high))
    entries = _entries(people, histories)
    others = entries == _NEVER
    # Who buys for the first time after joining can't be compared: of others one would have to know
    # who is about to.
    within = (entries >= low) & (entries <= high) & (histories.firsts <= entries)
    draws = hash_numbers(_SALT, histories.users).to_numpy()
    joiners = np.flatnonzero(within)
    joiners = joiners[np.lexsort((joiners, draws[joiners], entries[joiners]))]
    pool = Pool(histories, draws, others, _channels(found, histories))
    pairs = pool.pairs(joiners, entries[joiners].astype(np.int64))
    return Joined(
        histories,
        len(came),
        int(came["matched"].sum()),
        int((~people["matched"]).sum()),
        [(int(entries[user]), user) for user in joiners.tolist()],
        pairs,
        others,
    )


def _people(found: Community) -> pl.DataFrame:
    """`person, start, user_id, matched`: everyone who ever was in a group, and the first day."""
    starts = found.stays.group_by("person").agg(pl.col("start").min())
    return starts.join(found.persons, on="person").sort("person")


def _entries(people: pl.DataFrame, histories: Histories) -> Ints:
    """The first day in any group of each user; before all days where that's unknown, else never."""
    days = people.filter("matched").select("user_id", "start")
    every = histories.users.to_frame("user_id").join(
        days, on="user_id", how="left", maintain_order="left"
    )
    entries: Ints = every["start"].fill_null(_NEVER).to_numpy()
    return entries


def _channels(found: Community, histories: Histories) -> Ints:
    """Of each user a number of the channel; one for all where none is known."""
    if found.channels is None:
        return np.zeros(len(histories.users), np.int64)
    every = histories.users.to_frame("user_id").join(
        found.channels, on="user_id", how="left", maintain_order="left"
    )
    numbers: Ints = every["channel"].fill_null("").rank("dense").to_numpy().astype(np.int64)
    return numbers


@dataclass(frozen=True, slots=True)
class _Line:
    """Customers who never were members, group after group, in each by their draw.

    `firsts` are their days of first orders; `keys` tell the group and the place in the draw, and rise.
    """

    users: Ints
    firsts: Ints
    channels: Ints
    keys: Ints

    def spans(self, groups: Ints, places: Ints) -> tuple[Ints, Ints, Ints]:
        """Where some groups begin, where their customers from a place in the draw on do, where they end."""
        begin, start, end = (
            np.searchsorted(self.keys, groups * 2**32 + at) for at in (0, places, 2**32)
        )
        return begin, start, end


class _Sought(NamedTuple):
    """Who is like a joiner: in which days the first order was, and where to look in the line.

    Where the joiner `bought` on the day that's the line of those who did.
    """

    joiner: int
    day: int
    bought: bool
    earliest: int
    latest: int
    begin: int
    start: int
    end: int


class Pool:
    """Customers who never were members: by their channels, and by the days on which they ordered."""

    def __init__(self, histories: Histories, draws: Ints, others: Ints, channels: Ints) -> None:
        self._histories, self._draws, self._channels = histories, draws, channels
        order = np.lexsort((np.arange(len(draws)), draws))
        order = order[others[order]]
        self._drawn = draws[order]
        self._place = np.zeros(len(draws), np.int64)
        self._place[order] = np.arange(len(order))
        user = np.repeat(np.arange(len(draws)), np.diff(histories.starts))
        ordered = (np.diff(histories.bought) > 0) & others[user]
        self._of_channels = self._line(order, channels[order])
        self._on_days = self._line(user[ordered], histories.days[ordered])

    def _line(self, users: Ints, groups: Ints) -> _Line:
        keys = groups * 2**32 + self._place[users]
        by_key = np.argsort(keys)
        users = users[by_key]
        return _Line(users, self._histories.firsts[users], self._channels[users], keys[by_key])

    def pairs(self, joiners: Ints, days: Ints) -> list[Pair]:
        """Joiners in their order, each with the first by draw, after the joiner's, who is like him on his day.

        Whoever ordered on the day is compared with such as did, too. Nobody is compared with two, and
        whom nobody left is like has no pair.
        """
        histories = self._histories
        bought = histories.sums(histories.bought, joiners, days, days) > 0
        places = np.searchsorted(self._drawn, self._draws[joiners])
        spans = np.where(
            bought,
            self._on_days.spans(days, places),
            self._of_channels.spans(self._channels[joiners], places),
        )
        earliest, latest = _alike(days, histories.firsts[joiners])
        columns = joiners, days, bought, earliest, latest, *spans
        taken = np.zeros(len(self._draws), bool)
        pairs = []
        for sought in map(_Sought, *(column.tolist() for column in columns)):
            other = self._like(sought, taken)
            if other is not None:
                taken[other] = True
                pairs.append(Pair(sought.day, sought.joiner, other))
        return pairs

    def _like(self, sought: _Sought, taken: Ints) -> int | None:
        """The first who is like a joiner and isn't taken."""
        line = self._on_days if sought.bought else self._of_channels
        for part in _parts(sought.begin, sought.start, sought.end):
            users, first = line.users[part], line.firsts[part]
            fits = (first >= sought.earliest) & (first <= sought.latest) & ~taken[users]
            fits &= line.channels[part] == self._channels[sought.joiner]
            for other in users[fits].tolist():
                if sought.bought or not self._histories.bought_on(other, sought.day):
                    return int(other)
        return None


def _parts(begin: int, start: int, end: int) -> Iterator[slice]:
    """Places of a span from `start` on, around to those before it: a few first, and not all of very many."""
    few, last = min(start + _FEW, end), min(start + _LOOKS, end)
    around = min(begin + _LOOKS - (last - start), start)
    for low, high in ((start, few), (few, last), (begin, around)):
        if low < high:
            yield slice(low, high)


def _alike(days: Ints, firsts: Ints) -> tuple[Ints, Ints]:
    """Between which days those ordered first who have been customers on a day about as long as somebody."""
    after = np.searchsorted(_TENURES, days - firsts, side="right")
    limits = np.array([*_TENURES, _NEVER])
    return days - limits[after] + 1, days - limits[after - 1]
