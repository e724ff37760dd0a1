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


def out_of_order(of: Ints, kind: Ints, day: Ints, time: Ints, last: Ints) -> Ints:
    """Entries that make a user's lots no queue, or that count before the one that they stand behind."""
    earns = kind == RANK[EARN]
    odd = _ODD[kind]
    before = (of[1:] == of[:-1]) & (time[1:] == time[:-1]) & (kind[1:] < kind[:-1])
    lot = np.flatnonzero(earns)
    sooner = (of[lot[1:]] == of[lot[:-1]]) & (last[lot[1:]] < last[lot[:-1]])
    over = last[lot] < day[lot]  # before they came: they pay what's owed all the same
    return np.concatenate((np.flatnonzero(odd), np.flatnonzero(before), lot[1:][sooner], lot[over]))


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
    size: Ints = field(init=False)  # of lots, less what's taken back
    spent: Ints = field(init=False)  # from the queue's front, less what's undone
    lots: Ints = field(init=False)

    def __post_init__(self) -> None:
        is_lot = self.kind == RANK[EARN]
        self.lots = np.flatnonzero(is_lot)
        self.size = np.where(is_lot, self.points, 0)
        takes = self.kind >= RANK[REDEEM]  # or lets expire
        self.spent = np.where(takes, -self.points, 0)

    @property
    def undoing(self) -> Ints:
        """Entries that take back or undo."""
        return np.flatnonzero((self.kind == RANK[REVERSE]) | (self.kind == RANK[RESTORE]))

    def of_users(self, theirs: Ints) -> tuple[Ints, Queues]:
        """All entries of some users, who are marked, and the queues of these."""
        at = np.flatnonzero(theirs[self.of])
        whose = self.of[at]
        starts = np.flatnonzero(np.append(True, whose[1:] != whose[:-1])[: len(whose)])
        of = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(at))))
        part = Queues(starts, of, self.day[at], self.kind[at], self.points[at], self.last[at],
                      self.as_of, self.expires)  # fmt: skip
        part.size, part.spent = self.size[at], self.spent[at]
        return at, part

    def before(self, sums: Ints) -> Ints:
        """Of each user a running sum before the first entry."""
        return np.append(0, sums)[self.starts]

    def gone(self) -> Gone:
        """The lots that are gone at as_of, and how much had expired with each: a running maximum.

        Of what had come with the lots until then, less what was spent in their time.
        """
        whose, last = self.of[self.lots], self.last[self.lots]
        gone = np.flatnonzero(last < self.as_of) if self.expires else whose[:0]
        mine, over_on = whose[gone], last[gone]
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
        lot, whose = self.lots, self.of[self.lots]
        size = self.size[lot]
        came = np.append(0, np.cumsum(size))
        at = np.searchsorted(whose, np.arange(len(users) + 1))
        edges, of_user = came[at], np.diff(at)
        held = np.diff(edges)
        earned = np.diff(np.append(0, np.cumsum(self.points[lot]))[at])
        spent = np.add.reduceat(self.spent, self.starts)
        expired = self.gone().by(users, np.full(len(users), self.as_of))
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
        whose, left, last = self.of[self.lots[ahead]], left[ahead], last[ahead]
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
