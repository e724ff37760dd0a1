"""Limits of slump and churn by each user's own rhythm.

What the words mean stands in `lifecycle`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from userops.core.dates import to_date
from userops.core.messages import Note
from userops.customers.params import LifecycleParams
from userops.ledger.timeline import Timeline
from userops.stats import hazards
from userops.stats.hazards import FROM, PART, Hazards, groups_of, relative_lengths
from userops.stats.rhythm import (
    LOG,
    Floats,
    Ints,
    Rhythm,
    log_variances,
    logs_of,
    sums,
    totals_before,
)

# Of those called churned, at most this share may come back; and so many of the waits that ended
# are shorter than the limits.
_RETURN = 0.2
_SLUMP, _CHURN = 80, 90
# By how much limits may be longer than the percentile, so that few enough come back.
_STRETCHES = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 8.0)
_ENOUGH = 30  # users called churned that show how many come back


@dataclass(frozen=True, slots=True)
class OwnLimits:
    """Days of silence until slump and churn, of each user, in the timeline's order.

    `before` is the churn limit that held at the user's last purchase. Nobody's who hadn't bought.
    """

    slump: Floats
    churn: Floats
    before: Floats
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class _Waits:
    """Purchase days up to a day, of the users `rows` of a timeline who had bought by then."""

    rows: Ints
    starts: Ints
    days: Ints

    @classmethod
    def until(cls, timeline: Timeline, day: int) -> _Waits:
        purchases = timeline.by_day
        keep = purchases.days <= day
        counts = np.diff(np.concatenate(([0], np.cumsum(keep)))[purchases.starts])
        rows = np.flatnonzero(counts)
        starts = np.concatenate(([0], np.cumsum(counts[rows])))
        return cls(rows, starts, purchases.days[keep].astype(np.int64))

    @property
    def last_days(self) -> Ints:
        last: Ints = self.days[self.starts[1:] - 1]
        return last


@dataclass(frozen=True, slots=True)
class _Learned:
    """What waits up to a day tell: rhythms by group, hazards, and relative limits by group.

    `earlier` and `totals` are of each user's ended waits (how many, the sum of their logs),
    `last_log` that of the last one, and `silent` the days since the last purchase; `watched` how
    many days there have been since the first purchase of all.
    """

    rhythm: Rhythm
    hazards: Hazards
    slump: Floats
    churn: Floats
    earlier: Ints
    totals: Ints
    last_log: Ints
    silent: Ints
    watched: int

    def limits(self, horizon: int) -> tuple[Floats, Floats, Floats]:
        """Days until slump and churn, and until churn before the last purchase."""
        group, expected = self._expected(self.earlier, self.totals)
        before = np.maximum(self.earlier - 1, 0)
        group_before, expected_before = self._expected(before, self.totals - self.last_log)
        churn = self._churn(group, expected, horizon)
        return (
            self.slump[group] * expected,
            churn[group] * expected,
            churn[group_before] * expected_before,
        )

    def _expected(self, earlier: Ints, totals: Ints) -> tuple[Ints, Floats]:
        group = groups_of(earlier)
        return group, self.rhythm.expected(group, earlier, totals)

    def _churn(self, group: Ints, expected: Floats, horizon: int) -> Floats:
        """Relative limits beyond which few enough come back as long after, and in `horizon` days."""
        found = self.churn.copy()
        length = self.silent / expected
        for one in range(len(FROM)):
            for stretch in _STRETCHES:
                found[one] = self.churn[one] * stretch
                gone = (group == one) & (length > found[one])
                if int(gone.sum()) < _ENOUGH:
                    break
                # As long after, as far as anyone has been watched.
                seen = np.minimum(found[one], self.watched / expected[gone] - length[gone])
                ahead = np.maximum(seen, horizon / expected[gone])
                kind = np.zeros(len(ahead), np.int64)
                back = self.hazards.chance(kind, group[gone], length[gone], ahead)
                if float(np.mean(np.sort(back))) <= _RETURN:
                    break
        return found


def own_limits(timeline: Timeline, day: int, params: LifecycleParams) -> OwnLimits | None:
    """Limits learned from the purchases up to a day; None where they're too few."""
    waits = _Waits.until(timeline, day)
    learned = _learn(waits, day, params)
    if learned is None:
        return None
    stretch, tested = _backtest(timeline, day, params)
    users = len(timeline.users)
    found = []
    for limits in learned.limits(params.churn_days):
        spread = np.full(users, np.nan)
        spread[waits.rows] = limits
        found.append(spread)
    slump, churn, before = found
    churn, before = churn * stretch, before * stretch
    return OwnLimits(slump, churn, before, (_range(slump, churn), *tested))


def _learn(waits: _Waits, day: int, params: LifecycleParams) -> _Learned | None:
    """What waits up to a day tell; None where too few of them have ended."""
    counts = np.diff(waits.starts)
    if int((counts - 1).sum()) < params.min_gaps:
        return None
    number = np.arange(len(waits.days)) - np.repeat(waits.starts[:-1], counts)
    ended = np.ones(len(waits.days), bool)
    ended[waits.starts[1:] - 1] = False
    lengths = np.where(ended, np.diff(waits.days, append=day), day - waits.days)
    logs = np.zeros(len(lengths), np.int64)
    logs[ended] = logs_of(lengths[ended])
    totals, group = totals_before(logs, waits.starts), groups_of(number)
    rhythm = _rhythm(logs, ended, number, totals, counts)
    expected = rhythm.expected(group, number, totals)
    relative = relative_lengths(lengths, expected)
    learned = hazards.hazards(np.zeros_like(group), group, relative, ended, 1)
    slump, churn = (
        _percentiles(relative, group, ended, percent, params.min_gaps)
        for percent in (_SLUMP, _CHURN)
    )
    last = waits.starts[1:] - 1
    last_log = np.where(counts > 1, logs[np.maximum(last - 1, 0)], 0)
    return _Learned(
        rhythm,
        learned,
        slump,
        churn,
        counts - 1,
        totals[last],
        last_log,
        lengths[last],
        day - int(waits.days.min()),
    )


def _rhythm(logs: Ints, ended: Ints, number: Ints, totals: Ints, counts: Ints) -> Rhythm:
    """Centres of users with as many waits: what they had shown when the next one began."""
    starts = np.concatenate(([0], np.cumsum(counts)))
    variances = log_variances(
        pl.DataFrame(
            {
                "code": np.zeros(len(counts), np.int64),
                "intervals": (counts - 1).astype(np.int64),
                "total": sums(logs, starts),
                "squares": sums(logs * logs, starts),
            }
        )
    )
    within, between = variances.select("within", "between").row(0)
    # Whoever has shown nothing yet is like others at their first wait.
    shown = np.where(number > 0, totals // np.maximum(number, 1), logs)
    counted = (number > 0) | ended
    group = groups_of(number)[counted]
    size = np.bincount(group, minlength=len(FROM))
    mean = np.bincount(group, shown[counted], len(FROM)) / np.maximum(size, 1)
    known = np.flatnonzero(size)
    nearest = known[np.abs(np.arange(len(FROM))[:, None] - known[None, :]).argmin(axis=1)]
    groups = len(FROM)
    return Rhythm(np.exp(mean[nearest] / LOG), np.full(groups, within), np.full(groups, between))


def _percentiles(relative: Ints, group: Ints, ended: Ints, percent: int, least: int) -> Floats:
    """By group, a percentile of the waits that ended; of all, where a group has fewer than `least`."""
    everything = float(np.percentile(relative[ended], percent))
    found = np.full(len(FROM), everything)
    for one in range(len(FROM)):
        values = relative[ended & (group == one)]
        if len(values) >= least:
            found[one] = float(np.percentile(values, percent))
    return found / PART


def _backtest(
    timeline: Timeline, day: int, params: LifecycleParams
) -> tuple[float, tuple[Note, ...]]:
    """By how much limits must be longer so that few enough came back the last time; and the note on it."""
    then = day - params.churn_days
    waits = _Waits.until(timeline, then)
    learned = _learn(waits, then, params) if len(waits.rows) else None
    if learned is None:
        return 1.0, ()
    _, churn, _ = learned.limits(params.churn_days)
    silent = then - waits.last_days
    now = _Waits.until(timeline, day)
    last_now = np.zeros(len(timeline.users), np.int64)
    last_now[now.rows] = now.last_days
    came_back = last_now[waits.rows] > then
    for stretch in _STRETCHES:
        gone = silent > churn * stretch
        called, returned = int(gone.sum()), int((gone & came_back).sum())
        if called < _ENOUGH or returned <= _RETURN * called:
            break
    if not called:
        return stretch, ()
    note = Note(
        "of {called:user|users} who would have been called churned on {day}, {returned:,} ({share:.0%}) "
        "bought in the {days:day|days} after",
        called=called,
        day=to_date(then),
        returned=returned,
        share=returned / called,
        days=params.churn_days,
    )
    return stretch, (note,)


def _range(slump: Floats, churn: Floats) -> Note:
    """Between which days four of five users' limits lie."""
    ends = [
        float(end)
        for limits in (slump, churn)
        for end in np.nanpercentile(limits, (10, 90)).round()
    ]
    return Note(
        "limits are each user's own: for four of five slump begins after {a:g} to {b:g} days, churn "
        "after {c:g} to {d:g}",
        a=ends[0],
        b=ends[1],
        c=ends[2],
        d=ends[3],
    )
