"""Who joined, each beside one who didn't and had been buying alike."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from userops.analyses.community.sources import Community
from userops.stats.hash_draw import hash_numbers

Ints = np.ndarray[Any, np.dtype[Any]]
_SALT = "community-lift"
# How long somebody has been a customer, in days: whoever falls between the same two limits is alike.
_TENURES = (0, 1, 31, 91, 181, 366)
_NEVER = 2**30
# So many users are looked at for one who is like a joiner: in large shops the first few are.
_LOOKS = 5_000
_PARTS = (50, 500)  # of these so many at once, as mostly one is found soon


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
        rows = (
            orders.group_by("user_id", "day")
            .agg(pl.col("amount").sum(), pl.col("orders").sum().cast(pl.Int64))
            .sort("user_id", "day")
        )
        users = rows.group_by("user_id", maintain_order=True).agg(
            rows=pl.len(), first=pl.col("day").filter(pl.col("orders") > 0).min()
        )
        return cls(
            users["user_id"],
            np.concatenate(([0], np.cumsum(users["rows"].to_numpy()))).astype(np.int64),
            rows["day"].to_numpy().astype(np.int64),
            _running(rows["amount"].to_numpy()),
            _running(rows["orders"].to_numpy()),
            users["first"].fill_null(_NEVER).to_numpy().astype(np.int64),
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
    sums: Ints = np.concatenate(([0], np.cumsum(values.astype(np.int64))))
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
    pool = _Pool(histories, draws, others, _channels(found, histories))
    taken = np.zeros(len(histories.users), bool)
    pairs: list[Pair] = []
    for user in joiners.tolist():
        day = int(entries[user])
        other = pool.like(user, day, taken)
        if other is not None:
            taken[other] = True
            pairs.append(Pair(day, user, other))
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


class _Pool:
    """Customers who never were members, in the order of their draw."""

    def __init__(self, histories: Histories, draws: Ints, others: Ints, channels: Ints) -> None:
        self._histories, self._draws, self._channels = histories, draws, channels
        order = np.lexsort((np.arange(len(draws)), draws))
        order = order[others[order]]
        self._by_channel: Mapping[int, Ints] = {
            int(channel): order[channels[order] == channel] for channel in np.unique(channels)
        }
        place = np.full(len(draws), -1, np.int64)
        place[order] = np.arange(len(order))
        self._place, self._drawn = place, draws[order]
        user = np.repeat(np.arange(len(draws)), np.diff(histories.starts))
        ordered = (np.diff(histories.bought) > 0) & others[user]
        rows = np.flatnonzero(ordered)
        rows = rows[np.lexsort((place[user[rows]], histories.days[rows]))]
        self._days, self._buyers = histories.days[rows], user[rows]

    def like(self, user: int, day: int, taken: Ints) -> int | None:
        """The first by draw, after the joiner's, who is like a joiner on a day.

        Whoever ordered on the day is compared with such as did, too. `taken` says of each user
        whether somebody else is compared with that one.
        """
        bought = self._histories.bought_on(user, day)
        channel, firsts = self._channels[user], self._histories.firsts
        earliest, latest = _alike(day, int(firsts[user]))
        candidates = self._on(day) if bought else self._by_channel[int(channel)]
        for part in self._from(candidates, user):
            first = firsts[part]
            fits = (first >= earliest) & (first <= latest) & ~taken[part]
            fits &= self._channels[part] == channel
            for other in part[fits].tolist():
                if bought or not self._histories.bought_on(other, day):
                    return int(other)
        return None

    def _on(self, day: int) -> Ints:
        """Who of them ordered on a day."""
        low, high = np.searchsorted(self._days, [day, day + 1])
        return self._buyers[low:high]

    def _from(self, candidates: Ints, user: int) -> Iterator[Ints]:
        """Candidates from a user's draw on, around to those before it, a part at a time; not all of very many."""
        following = int(np.searchsorted(self._drawn, self._draws[user]))
        start = bisect_left(candidates, following, key=self._place.__getitem__)
        low, most = 0, min(len(candidates), _LOOKS)
        for high in (*_PARTS, most):
            if low < min(high, most):
                yield candidates.take(np.arange(start + low, start + min(high, most)), mode="wrap")
                low = high


def _alike(day: int, first: int) -> tuple[int, int]:
    """Between which days those ordered first who have been customers about as long as somebody, on a day."""
    after = bisect_right(_TENURES, day - first)
    earliest = day - _TENURES[after] + 1 if after < len(_TENURES) else -_NEVER
    return earliest, day - _TENURES[after - 1] if after else _NEVER
