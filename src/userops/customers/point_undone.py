"""What was taken back or undone in queues of points, as if it had been otherwise from the start.

What's taken back of a lot makes the lot smaller, as much of it as is left; of a lot that's gone, what expired
of it counts; the rest is spent from the queue's front, as a redemption is. What's undone of the last redemption makes
that smaller. The sums of all that follows are the same. Of every user the first such entry is settled, then the
second, and so on, since each asks what those before it left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from userops.customers.point_lots import EARN, REDEEM, REVERSE
from userops.customers.point_sums import RANK, Queues
from userops.engines.parallel import Ints

_NONE, _SEVERAL = -1, -2  # lots that an entry names
_MOST = 32  # entries of a user that are settled: with as many rounds, over all entries of those who have so many


def undo(queues: Queues, time: Ints, order: Ints) -> Ints:
    """Settle all that was taken back or undone; the entries of users for whom it can't be told so.

    Args:
        queues: whose `size` and `spent` are made such that their sums tell the balances.
        time: of each entry.
        order: a number for the order that each names; 0 for none.
    """
    if not len(queues.undoing):
        return queues.undoing
    theirs = np.zeros(len(queues.starts), bool)
    theirs[queues.of[queues.undoing]] = True
    at, part = queues.of_users(theirs)
    odd = _Undoing.of(part, _tied(part, time[at]), order[at]).settled()
    queues.size[at], queues.spent[at] = part.size, part.spent
    return at[odd]


@dataclass(slots=True)
class _Undoing:
    """Entries that take back or undo, by user and in time: with the lot or the redemption that each is about."""

    queues: Queues
    entry: Ints
    lot: Ints
    source: Ints  # the last redemption before, where it's of the same order
    unsure: Ints  # whether the books may have that elsewhere among others of its kind and time
    excused: Ints  # by lot: what expired of it, and counts as taken back

    @classmethod
    def of(cls, queues: Queues, tied: Ints, order: Ints) -> _Undoing:
        """Those of all users; `order` is a number for what each entry names, `tied` see `_tied`."""
        entry = queues.undoing
        last = np.where(queues.kind == RANK[REDEEM], np.arange(len(order)), -1)
        source = np.maximum.accumulate(last)[entry]
        its = (queues.of[source] == queues.of[entry]) & (order[source] == order[entry])
        source = np.where((source >= 0) & its & (order[entry] != 0), source, -1)
        lot = _lots_of(queues, entry, order)
        # Of what undoes at one time it's all the same which goes first.
        unsure = ((lot >= 0) & tied[lot]) | ((source >= 0) & tied[source])
        return cls(queues, entry, lot, source, unsure, np.zeros(len(order), np.int64))

    def settled(self) -> Ints:
        """Settle all; the entries of users of whom one can't be."""
        whose = self.queues.of[self.entry]
        starts = np.flatnonzero(np.append(True, whose[1:] != whose[:-1]))
        count = np.diff(np.append(starts, len(whose)))
        turn = np.arange(len(whose)) - np.repeat(starts, count)
        odd = np.zeros(len(self.queues.starts), bool)
        odd[whose[starts[count > _MOST]]] = True
        odd[whose[self.unsure | (self.lot == _SEVERAL)]] = True
        for number in range(min(int(count.max()), _MOST)):
            now = np.flatnonzero((turn == number) & ~odd[whose])
            if len(now):
                failed = self._settle(now)
                odd[whose[now[failed]]] = True
        return np.flatnonzero(odd[self.queues.of])

    def _settle(self, now: Ints) -> Ints:
        """Settle some entries, one a user; those which can't be."""
        theirs = np.zeros(len(self.queues.starts), bool)
        theirs[self.queues.of[self.entry[now]]] = True
        at, part = self.queues.of_users(theirs)
        entry = np.searchsorted(at, self.entry[now])
        backs = part.kind[entry] == RANK[REVERSE]
        self._take_back(part, at, entry[backs], self.lot[now[backs]])
        restores, source = entry[~backs], self.source[now[~backs]]
        there = np.searchsorted(at, source)
        went = np.cumsum(part.spent)
        # What was spent since, as of lots that were taken back, would come from other lots now.
        plain = (source >= 0) & (went[restores] == went[there])
        plain &= part.points[restores] <= part.spent[there]
        part.spent[there[plain]] -= part.points[restores[plain]]
        self.queues.size[at], self.queues.spent[at] = part.size, part.spent
        failed: Ints = np.flatnonzero(~backs)[~plain]
        return failed

    def _take_back(self, part: Queues, at: Ints, backs: Ints, named: Ints) -> None:
        """Take back of the lots that are named what's left of them, and the rest from the queue's front.

        Args:
            part: the queues of users, of whom each has one such entry at most.
            at: where their entries stand among all.
            backs: the entries, among theirs.
            named: the lot of each, among all.
        """
        lot, is_named = np.searchsorted(at, named), named >= 0
        came, went, of = np.cumsum(part.size), np.cumsum(part.spent), part.of[backs]
        gone = part.gone()
        taken = went[backs] - part.before(went)[of] + gone.by(of, part.day[backs])
        end = came[lot] - part.before(came)[of]
        late = is_named & part.expires & (part.last[lot] < part.day[backs])
        left = np.maximum(end - np.maximum(end - part.size[lot], taken), 0)
        wanted = -part.points[backs]
        own = np.minimum(np.where(is_named & ~late, left, 0), wanted)
        over = gone.of_lots(lot) - self.excused[named]
        excused = np.where(late, np.minimum(over, wanted), 0)
        np.subtract.at(part.size, lot[is_named], own[is_named])
        np.add.at(self.excused, named[is_named], excused[is_named])
        part.spent[backs] = wanted - own - excused


def _tied(queues: Queues, time: Ints) -> Ints:
    """Whether others of the user's have an entry's kind and time: the books go on to sort these by their orders."""
    of, kind = queues.of, queues.kind
    alike = (time[1:] == time[:-1]) & (of[1:] == of[:-1]) & (kind[1:] == kind[:-1])
    tied: Ints = np.append(alike, False) | np.append(False, alike)
    return tied


def _lots_of(queues: Queues, entries: Ints, order: Ints) -> Ints:
    """The lot of the order of each entry that takes back, of those that came before it."""
    backs = np.flatnonzero(queues.kind[entries] == RANK[REVERSE])
    at = entries[backs]
    lots = np.flatnonzero((queues.kind == RANK[EARN]) & (order != 0))
    asking = pl.DataFrame({"of": queues.of[at], "order": order[at], "at": at, "back": backs})
    there = pl.DataFrame({"of": queues.of[lots], "order": order[lots], "lot": lots})
    pairs = (
        asking.join(there, on=["of", "order"])
        .filter(pl.col("lot") < pl.col("at"))
        .group_by("back")
        .agg(pl.col("lot").max(), several=pl.len() > 1)
    )
    found = np.full(len(entries), _NONE, np.int64)
    lot = pairs.select(pl.when("several").then(_SEVERAL).otherwise("lot")).to_series()
    found[pairs["back"].to_numpy()] = lot.to_numpy()
    return found
