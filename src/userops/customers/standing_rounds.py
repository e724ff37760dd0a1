"""Levels of all members at once: the first day of each on which a level can change, the second, and so on.

The same as `growth_levels.standing_of` gives member by member, over arrays with a row a member.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from userops.customers.growth_levels import LevelRules
from userops.customers.point_lots import FOREVER
from userops.engines.parallel import Ints
from userops.engines.runs import summed

STANDINGS = {
    "user_id": pl.String,
    "level": pl.Int64,
    "since": pl.Int32,
    "until": pl.Int32,
    "value": pl.Int64,
}


def standings(
    grants: pl.DataFrame, joined: pl.DataFrame, rules: LevelRules, as_of: int
) -> pl.DataFrame:
    """What became of every member who's known by a day, by user.

    `user_id`, `level` (-1 for none), `since` when it holds, `until` when it's judged (`FOREVER` for
    never), and the growth `value` on the day.

    Args:
        grants: `user_id, day, until, points`, as `growth_levels.grants_of` gives them.
        joined: `user_id, day`, of everyone the first day, by user.
        rules: how levels rise and fall.
        as_of: the last day that counts.
    """
    known = joined.filter(pl.col("day") <= as_of)
    rows = grants.join(
        known.select("user_id").with_row_index("row"), on="user_id", maintain_order="left"
    )
    growth = _Growth.of(rows)
    rounds = _Rounds.of(rows, known["day"].to_numpy(), growth, rules, as_of)
    rounds.run()
    value = growth.on(np.arange(len(known)), np.full(len(known), as_of))
    return pl.DataFrame(
        {
            "user_id": known["user_id"],
            "level": rounds.level,
            "since": rounds.since,
            "until": rounds.until,
            "value": value,
        },
        schema_overrides=STANDINGS,
    )


def _key(rows: Ints, days: Ints) -> Ints:
    """One number for a row and a day, which sorts as both do."""
    return rows * 2**32 + days + 2**31


@dataclass(frozen=True, slots=True)
class _Growth:
    """The growth value of any member on any day: running sums of what came, and of what counts no more."""

    begins: Ints
    came: Ints
    ends: Ints
    went: Ints

    @classmethod
    def of(cls, grants: pl.DataFrame) -> _Growth:
        """From `row, day, until, points`."""
        counting = grants.filter(pl.col("day") < pl.col("until"))
        row, day, until, points = (
            counting[name].cast(pl.Int64).to_numpy() for name in ("row", "day", "until", "points")
        )
        begins, ends = _key(row, day), _key(row, until)
        by_begin, by_end = (np.argsort(one, kind="stable") for one in (begins, ends))
        return cls(
            begins[by_begin], _running(points[by_begin]), ends[by_end], _running(points[by_end])
        )

    def on(self, rows: Ints, days: Ints) -> Ints:
        """The values of some on days: what came up to them, less what doesn't count any more.

        What members before them were granted is in both sums alike.
        """
        keys = _key(rows, days)
        value: Ints = (
            self.came[np.searchsorted(self.begins, keys, side="right")]
            - self.went[np.searchsorted(self.ends, keys, side="right")]
        )
        return value


def _running(points: Ints) -> Ints:
    return np.concatenate(([0], np.cumsum(points)))


@dataclass(slots=True)
class _Rounds:
    """Members in rows; `days` are those on which any was granted something, from `at` to `stop` of each.

    `back` says on which of them something was taken back; `holds` until when a level holds, by the day on which
    it's reached.
    """

    rules: LevelRules
    as_of: int
    growth: _Growth
    days: Ints
    back: Ints
    at: Ints
    stop: Ints
    level: Ints
    since: Ints
    until: Ints
    holds: dict[int, int]

    @classmethod
    def of(
        cls, grants: pl.DataFrame, joined: Ints, growth: _Growth, rules: LevelRules, as_of: int
    ) -> _Rounds:
        """Before anything happened, each since the day on which they joined."""
        rows = grants.filter(pl.col("day") <= as_of)
        steps = summed(rows.select("row", "day", back=pl.col("points") < 0), "row", "day")
        days = steps["day"].to_numpy().astype(np.int64)
        ends = np.searchsorted(steps["row"].to_numpy(), np.arange(len(joined) + 1))
        return cls(
            rules, as_of, growth, days, steps["back"].to_numpy() > 0, ends[:-1].copy(), ends[1:],
            level=np.full(len(joined), rules.ladder.of(0)),
            since=joined.astype(np.int64),
            until=np.full(len(joined), FOREVER, np.int64),
            holds={},
        )  # fmt: skip

    def run(self) -> None:
        """Go on until nothing more happens to anyone up to the last day."""
        rows = np.arange(len(self.level))
        while len(rows):
            day, judged = self._next_day(rows), self._judged(rows)
            there = np.minimum(day, judged) <= self.as_of
            rows, day, judged = rows[there], day[there], judged[there]
            granted = day <= judged
            self._grant(rows[granted], day[granted])
            due = ~granted | ((day == judged) & (self._judged(rows) == judged))
            self._judge(rows[due], judged[due])

    def _next_day(self, rows: Ints) -> Ints:
        """The next day on which something was granted, of each."""
        at = self.at[rows]
        some = at < self.stop[rows]
        day = np.full(len(rows), FOREVER, np.int64)
        day[some] = self.days[at[some]]
        return day

    def _judged(self, rows: Ints) -> Ints:
        """When the level of each is judged."""
        until = self.until[rows]
        return np.where(until < FOREVER, until + self.rules.grace_days, FOREVER)

    def _grant(self, rows: Ints, day: Ints) -> None:
        """A level rises to that of the value; or falls to it where something was taken back, if it's to."""
        back = self.back[self.at[rows]]
        self.at[rows] += 1
        reached, level = self._reached(rows, day), self.level[rows]
        rises = reached > level
        self._set(rows[rises], reached[rises], day[rises])
        if self.rules.at_once and self.rules.downgrade != "never":
            falls = back & (reached < level)
            lower = level - 1 if self.rules.downgrade == "one" else reached
            self._set(rows[falls], lower[falls], day[falls])

    def _judge(self, rows: Ints, day: Ints) -> None:
        """A level is kept if the value reaches it, or falls."""
        reached, level = self._reached(rows, day), self.level[rows]
        keeps = (reached >= level) | (self.rules.downgrade == "never")
        self.until[rows[keeps]] = self._holds_until(self.until[rows[keeps]])
        lower = level - 1 if self.rules.downgrade == "one" else reached
        lower = np.maximum(lower, self.rules.ladder.of(0))
        self._set(rows[~keeps], lower[~keeps], day[~keeps])

    def _reached(self, rows: Ints, day: Ints) -> Ints:
        """The level of the value of each on a day."""
        thresholds = self.rules.ladder.thresholds
        return np.searchsorted(thresholds, self.growth.on(rows, day), side="right") - 1

    def _set(self, rows: Ints, level: Ints, day: Ints) -> None:
        self.level[rows], self.since[rows] = level, day
        lowest = level <= self.rules.ladder.of(0)  # which nobody can lose
        self.until[rows] = np.where(lowest, FOREVER, self._holds_until(day))

    def _holds_until(self, days: Ints) -> Ints:
        """Until when levels hold that are reached on some days; each day is worked out once."""
        asked, place = np.unique(days, return_inverse=True)
        for day in asked.tolist():
            if day not in self.holds:
                self.holds[day] = self.rules.holds_until(day)
        return np.array([self.holds[day] for day in asked.tolist()], np.int64)[place]
