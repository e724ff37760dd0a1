"""Balances of users whose lots are queues, all at once: sums, and a running maximum; see `point_balances`."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from userops.customers.point_lots import EARN, FOREVER, KINDS, REDEEM, RESTORE, REVERSE
from userops.engines.parallel import Ints
from userops.readers.fast.expressions import DoubtError

RANK = {kind: rank for rank, kind in enumerate(KINDS)}


def ends(starts: Ints, count: int) -> Ints:
    """The last entry of each user, of so many entries in all."""
    return np.append(starts[1:], count) - 1


def out_of_order(of: Ints, kind: Ints, points: Ints, time: Ints, last: Ints) -> Ints:
    """Entries that make a user's lots no queue, or that count before the one that they stand behind."""
    earns = kind == RANK[EARN]
    odd = _ODD[kind]
    before = (of[1:] == of[:-1]) & (time[1:] == time[:-1]) & (kind[1:] < kind[:-1])
    lot = np.flatnonzero(earns)
    sooner = (of[lot[1:]] == of[lot[:-1]]) & (last[lot[1:]] < last[lot[:-1]])
    return np.concatenate((np.flatnonzero(odd), np.flatnonzero(before), lot[1:][sooner]))


_DAYS = 1 << 32
_ODD = ~np.isin(np.arange(len(KINDS)), [RANK[one] for one in (EARN, REDEEM, REVERSE, RESTORE)])


@dataclass(slots=True)
class Queues:
    """Lots of users as queues: entries by user and in time, `of` the user's place, `starts` of each.

    What's taken back of a lot that nothing has come of yet makes the lot smaller from the start, and what's
    undone of the last redemption makes that smaller: the sums are the same. `undo` tells for whom it
    isn't so.
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
    spent: Ints = field(init=False)  # of redemptions, less what's undone
    lots: Ints = field(init=False)
    redeems: Ints = field(init=False)

    def __post_init__(self) -> None:
        is_lot, redeems = self.kind == RANK[EARN], self.kind == RANK[REDEEM]
        self.lots, self.redeems = np.flatnonzero(is_lot), np.flatnonzero(redeems)
        self.size = np.where(is_lot, self.points, 0)
        self.spent = np.where(redeems, -self.points, 0)

    @property
    def undoing(self) -> Ints:
        """Entries that take back or undo."""
        return np.flatnonzero((self.kind == RANK[REVERSE]) | (self.kind == RANK[RESTORE]))

    def of_those_who_undo(self) -> Ints:
        """All entries of users who have such."""
        theirs = np.zeros(len(self.starts), bool)
        theirs[self.of[self.undoing]] = True
        return np.flatnonzero(theirs[self.of])

    def undo(self, at: Ints, order: Ints) -> Ints:
        """Take back and undo what's named; entries for whose users that's another thing.

        Args:
            at: all entries `of_those_who_undo`.
            order: a number for the order that each of them names; 0 for none.
        """
        if not len(at):
            return at
        whose = self.of[at]
        of = np.cumsum(np.append(0, whose[1:] != whose[:-1]))
        starts = np.flatnonzero(np.append(True, of[1:] != of[:-1]))
        part = Queues(starts, of, self.day[at], self.kind[at], self.points[at], self.last[at],
                       self.as_of, self.expires)  # fmt: skip
        odd = part._undo(order)
        self.size[at], self.spent[at] = part.size, part.spent
        return at[odd]

    def _undo(self, order: Ints) -> Ints:
        undoing = self.undoing
        reverses = self.kind[undoing] == RANK[REVERSE]
        backs, restores = undoing[reverses], undoing[~reverses]
        lots = self._lots_of(backs, order)
        redeems = np.where(self.kind == RANK[REDEEM], np.arange(len(order)), -1)
        source = np.maximum.accumulate(redeems)[restores]
        mine = (
            (source >= 0)
            & (self.of[source] == self.of[restores])
            & (order[source] == order[restores])
            & (order[restores] != 0)
        )
        odd = [backs[lots < 0], restores[~mine]]
        backs, lots = backs[lots >= 0], lots[lots >= 0]
        restores, source = restores[mine], source[mine]
        spent = np.cumsum(self.spent - np.where(self.kind == RANK[RESTORE], self.points, 0))
        np.add.at(self.size, lots, self.points[backs])
        np.subtract.at(self.spent, source, self.points[restores])
        came, expired = np.cumsum(self.size), self._expired_by(self.of, self.day)
        taken = spent - self._before(spent) + expired
        before = self._before(came)
        touched = taken[backs] > came[lots] - self.size[lots] - before[backs]
        late = self.last[lots] < self.day[backs]
        owing = np.flatnonzero(taken > came - before)
        negative = np.flatnonzero((self.size < 0) | (self.spent < 0))
        return np.concatenate((*odd, backs[touched | late], owing, negative))

    def _before(self, sums: Ints) -> Ints:
        """Of each entry the running sum before its user's first."""
        return np.append(0, sums)[self.starts][self.of]

    def _lots_of(self, backs: Ints, order: Ints) -> Ints:
        """The lot of the order of each entry that takes back, where it's the only one and comes before; else -1."""
        theirs = np.zeros(len(self.starts), bool)
        theirs[self.of[backs]] = True
        lots = np.flatnonzero((self.kind == RANK[EARN]) & theirs[self.of])
        asking = pl.DataFrame(
            {"of": self.of[backs], "order": order[backs], "back": np.arange(len(backs))}
        )
        there = pl.DataFrame({"of": self.of[lots], "order": order[lots], "lot": lots})
        pairs = (
            asking.join(there, on=["of", "order"])
            .group_by("back")
            .agg(pl.col("lot").max(), several=pl.len())
        )
        alone = pairs.filter(pl.col("several") == 1)
        found = np.full(len(backs), -1, np.int64)
        found[alone["back"].to_numpy()] = alone["lot"].to_numpy()
        return np.where((found < backs) & (order[backs] != 0), found, -1)

    def _gone(self) -> tuple[Ints, Ints, Ints]:
        """Of lots that are gone at as_of whose they are, their last days, and how much of all had expired then.

        The running maximum: what had come with the lots that are gone, less what was redeemed in their time.
        """
        whose, last = self.of[self.lots], self.last[self.lots]
        gone = np.flatnonzero(last < self.as_of) if self.expires else whose[:0]
        mine, over_on = whose[gone], last[gone]
        if not len(gone):
            return mine, over_on, gone
        users = np.arange(len(self.starts))
        came = np.append(0, np.cumsum(self.size[self.lots]))
        went = np.append(0, np.cumsum(self.spent[self.redeems]))
        spending = self.of[self.redeems]
        by_then = np.searchsorted(
            spending * _DAYS + self.day[self.redeems], mine * _DAYS + over_on, "right"
        )
        before = came[np.searchsorted(whose, users)] - went[np.searchsorted(spending, users)]
        over = np.maximum(came[gone + 1] - went[by_then] - before[mine], 0)
        step = int(over.max()) + 1
        if step * len(users) >= 2**62:
            raise DoubtError
        return mine, over_on, np.maximum.accumulate(over + mine * step) - mine * step

    def _expired_by(self, of: Ints, day: Ints) -> Ints:
        """What had expired of a user's lots by the start of a day."""
        whose, last, expired = self._gone()
        if not len(whose):
            return np.zeros(len(of), np.int64)
        at = np.searchsorted(whose * _DAYS + last, of * _DAYS + day, "left") - 1
        return np.where((at >= 0) & (whose[at] == of), expired[at], 0)

    def told(self) -> dict[str, Ints | pl.Series]:
        """By user: the columns of `BALANCES`."""
        users = np.arange(len(self.starts))
        lot, whose = self.lots, self.of[self.lots]
        size = self.size[lot]
        came = np.append(0, np.cumsum(size))
        at = np.searchsorted(whose, np.arange(len(users) + 1))
        edges, of_user = came[at], np.diff(at)
        held = np.diff(edges)
        redeemed = np.add.reduceat(self.spent, self.starts)
        takes_back = np.where(self.kind == RANK[REVERSE], -self.points, 0)
        back = np.add.reduceat(takes_back, self.starts)
        expired = self._expired_by(users, np.full(len(users), self.as_of))
        taken = expired + redeemed
        debt = np.maximum(taken - held, 0)
        left = np.clip(came[1:] - np.repeat(edges[:-1] + taken, of_user), 0, size)
        last = self.last[lot]
        ahead = (left > 0) & (last != FOREVER) & (last >= self.as_of)
        whose, left, last = whose[ahead], left[ahead], last[ahead]
        first = np.flatnonzero(np.append(True, whose[1:] != whose[:-1])[: len(whose)])
        next_day = np.full(len(users), FOREVER)
        next_day[whose[first]] = last[first]
        then = last == next_day[whose]
        points = np.zeros(len(users), np.int64)
        np.add.at(points, whose[then], left[then])
        some = pl.col("day") != FOREVER
        ahead_of = pl.DataFrame({"day": next_day, "points": points}).select(
            pl.when(some).then("day").alias("day"), pl.when(some).then("points").alias("points")
        )
        return {
            "earned": held + back,
            "redeemed": redeemed - debt,
            "expired": expired,
            "reversed": back,
            "outstanding": np.maximum(held - taken, 0),
            "debt": debt,
            "next_expiry": ahead_of["day"],
            "next_points": ahead_of["points"],
        }
