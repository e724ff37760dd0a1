"""Balances of users whose lots are queues, all at once: sums, and a running maximum; see `point_balances`."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from userops.customers.point_lots import (
    ADJUST,
    EARN,
    EXPIRE,
    FOREVER,
    KINDS,
    REDEEM,
    RESTORE,
    REVERSE,
)  # fmt: skip
from userops.engines.parallel import Ints
from userops.readers.fast.expressions import DoubtError

RANK = {kind: rank for rank, kind in enumerate(KINDS)}


def ends(starts: Ints, count: int) -> Ints:
    """The last entry of each user, of so many entries in all."""
    return np.append(starts[1:], count) - 1


_DAYS = 1 << 32
_ODD = np.arange(len(KINDS)) == RANK[ADJUST]


@dataclass(slots=True)
class Queues:
    """Lots of users as queues: entries by user and in time, `of` the user's place, `starts` of each.

    What the ledger's own entries let expire goes from the front, as redemptions do. What was taken back or
    undone counts for nothing until `point_undone` makes `size` and `spent` such that
    the sums are the same.
    """

    starts: Ints
    of: Ints
    day: Ints
    kind: Ints
    points: Ints
    last: Ints
    as_of: int
    expires: bool
    size: Ints  # of lots, less what's taken back
    spent: Ints  # from the queue's front, less what's undone
    lots: Ints = field(init=False)
    whose: Ints = field(init=False)  # lots

    def __post_init__(self) -> None:
        self.lots = np.flatnonzero(self.kind == RANK[EARN])
        self.whose = self.of[self.lots]

    @classmethod
    def of_ledger(
        cls,
        starts: Ints,
        of: Ints,
        day: Ints,
        kind: Ints,
        points: Ints,
        last: Ints,
        as_of: int,
        *,
        expires: bool,
    ) -> Queues:
        """Queues before anything is taken back or undone."""
        size = points * (kind == RANK[EARN])
        spent = -points * (kind >= RANK[REDEEM])  # or lets expire
        return cls(starts, of, day, kind, points, last, as_of, expires, size, spent)

    @property
    def undoing(self) -> Ints:
        """Entries that take back or undo."""
        return np.flatnonzero((self.kind == RANK[REVERSE]) | (self.kind == RANK[RESTORE]))

    def out_of_order(self, time: Ints) -> Ints:
        """Entries that make a user's lots no queue, or that count before the one that they stand behind."""
        odd = np.flatnonzero(_ODD.take(self.kind))
        at_once = (self.of[1:] == self.of[:-1]) & (time[1:] == time[:-1])
        before = np.flatnonzero(at_once & (self.kind[1:] < self.kind[:-1]))
        last = self.last[self.lots]
        sooner = (self.whose[1:] == self.whose[:-1]) & (last[1:] < last[:-1])
        over = last < self.day[self.lots]  # before they came: they pay what's owed all the same
        return np.concatenate((odd, before, self.lots[1:][sooner], self.lots[over]))

    def of_users(self, theirs: Ints) -> tuple[Ints, Queues]:
        """All entries of some users, who are marked, and the queues of these."""
        at = np.flatnonzero(theirs[self.of])
        whose = self.of[at]
        starts = np.flatnonzero(np.append(True, whose[1:] != whose[:-1])[: len(whose)])
        of = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(at))))
        day, kind, points, last, size, spent = (
            column.take(at)
            for column in (self.day, self.kind, self.points, self.last, self.size, self.spent)
        )
        part = Queues(starts, of, day, kind, points, last, self.as_of, self.expires, size, spent)
        return at, part

    def before(self, sums: Ints) -> Ints:
        """Of each user a running sum before the first entry."""
        return np.append(0, sums)[self.starts]

    def gone(self) -> Gone:
        """The lots that are gone at as_of, and how much had expired with each: a running maximum.

        Of what had come with the lots until then, less what was spent in their time.
        """
        last = self.last[self.lots]
        gone = np.flatnonzero(last < self.as_of) if self.expires else self.lots[:0]
        mine, over_on = self.whose[gone], last[gone]
        if not len(gone):
            return Gone(gone, mine, over_on, gone)
        came = np.append(0, np.cumsum(self.size[self.lots]))
        spends = np.flatnonzero(self.spent)
        went = np.append(0, np.cumsum(self.spent[spends]))
        spent_on = self.of[spends] * _DAYS + self.day[spends]
        by_then = np.searchsorted(spent_on, mine * _DAYS + over_on, "right")
        before = (
            came[np.searchsorted(self.lots, self.starts)]
            - went[np.searchsorted(spends, self.starts)]
        )
        over = np.maximum(came[gone + 1] - went[by_then] - before[mine], 0)
        step = int(over.max()) + 1
        if step * len(self.starts) >= 2**62:
            raise DoubtError
        expired = np.maximum.accumulate(over + mine * step) - mine * step
        return Gone(self.lots[gone], mine, over_on, expired)

    def told(self) -> dict[str, Ints | pl.Series]:
        """By user: the columns of `BALANCES`."""
        users = np.arange(len(self.starts))
        lot = self.lots
        size = self.size[lot]
        came = np.append(0, np.cumsum(size))
        at = np.searchsorted(self.whose, np.arange(len(users) + 1))
        edges, of_user = came[at], np.diff(at)
        held = np.diff(edges)
        earned = np.diff(np.append(0, np.cumsum(self.points[lot]))[at])
        spent = np.add.reduceat(self.spent, self.starts)
        gone = self.gone()
        expired = np.zeros(len(users), np.int64)
        expired[gone.of] = gone.expired  # the last of each, that is
        taken = expired + spent
        debt = np.maximum(taken - held, 0)
        back, owed_back = self._spent_by(REVERSE, debt)
        booked, owed_booked = self._spent_by(EXPIRE, debt)
        left = np.clip(came[1:] - np.repeat(edges[:-1] + taken, of_user), 0, size)
        next_day, next_points = self._next(left)
        return {
            "earned": earned,
            "redeemed": spent - back - booked - (debt - owed_back - owed_booked),
            "expired": expired + booked - owed_booked,
            "reversed": earned - held + back - owed_back,
            "outstanding": np.maximum(held - taken, 0),
            "debt": debt,
            "next_expiry": next_day,
            "next_points": next_points,
        }

    def _spent_by(self, kind: str, debt: Ints) -> tuple[Ints, Ints]:
        """Of each user what entries of a kind took from the queue's front, and how much of that is owed still.

        A debt is what was spent last, since what comes pays the oldest first.
        """
        both = np.zeros((2, len(self.starts)), np.int64)
        takes = np.flatnonzero((self.kind == RANK[kind]) & (self.spent > 0))
        if len(takes):
            of, spent = self.of[takes], np.cumsum(self.spent)
            since = spent[ends(self.starts, len(self.of))][of] - spent[takes]
            np.add.at(both[0], of, self.spent[takes])
            np.add.at(both[1], of, np.clip(debt[of] - since, 0, self.spent[takes]))
        return both[0], both[1]

    def _next(self, left: Ints) -> tuple[pl.Series, pl.Series]:
        """By user the first last day ahead, and the points that go then; null where there's none."""
        last = self.last[self.lots]
        ahead = np.flatnonzero((left > 0) & (last != FOREVER) & (last >= self.as_of))
        whose, left, last = self.whose[ahead], left[ahead], last[ahead]
        first = np.flatnonzero(np.append(True, whose[1:] != whose[:-1])[: len(whose)])
        day = np.full(len(self.starts), FOREVER)
        day[whose[first]] = last[first]
        then = last == day[whose]
        points = np.zeros(len(day), np.int64)
        np.add.at(points, whose[then], left[then])
        some = pl.col("day") != FOREVER
        found = pl.DataFrame({"day": day, "points": points}).select(
            pl.when(some).then("day").alias("day"), pl.when(some).then("points").alias("points")
        )
        return found["day"], found["points"]


@dataclass(frozen=True, slots=True)
class Gone:
    """Lots that are gone, by user and last day: the entries, whose they are, and what had `expired` with each."""

    lot: Ints
    of: Ints
    last: Ints
    expired: Ints

    def by(self, of: Ints, day: Ints) -> Ints:
        """What had expired of users' lots by the start of a day."""
        if not len(self.lot):
            return np.zeros(len(of), np.int64)
        at = np.searchsorted(self.of * _DAYS + self.last, of * _DAYS + day, "left") - 1
        return np.where((at >= 0) & (self.of[at] == of), self.expired[at], 0)

    def of_lots(self, lots: Ints) -> Ints:
        """What expired of lots; 0 of those that aren't gone."""
        if not len(self.lot):
            return np.zeros(len(lots), np.int64)
        at = np.minimum(np.searchsorted(self.lot, lots), len(self.lot) - 1)
        before = np.where((at > 0) & (self.of[at - 1] == self.of[at]), self.expired[at - 1], 0)
        return np.where(self.lot[at] == lots, self.expired[at] - before, 0)
