"""Levels of members: what growth values make of them, day by day.

growth value : growth
    What `[[members.rules]]` grant in the `window`: `rolling 12 months` up to a day, so that what came on
    15 April 2024 counts through 14 April 2025; the `calendar year`; or `lifetime`. What a refund takes
    back leaves the window with what the order had granted.
member level : word
    The highest of `[[members.ladder]]` whose threshold the growth value has reached, on the day on which
    it's reached. It holds until `valid_until`, that day and `valid`, anew with each rise. On that
    day, or `grace_days` later, it's judged: whoever's value reaches it keeps it for as long again; others fall
    to the level of their value (`downgrade = "value"`), by `"one"` step, or `"never"`. With
    `refund = "at once"` a level also falls on the day of a refund that leaves the value too low.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from typing import Literal

import polars as pl

from userops.core.dates import to_date, to_day
from userops.core.errors import UsageError
from userops.core.validity import Validity, Window, within_calendar
from userops.customers.point_lots import FOREVER
from userops.engines.runs import summed

Downgrade = Literal["value", "one", "never"]
NONE = -1  # no level: the lowest threshold isn't reached


@dataclass(frozen=True, slots=True)
class Ladder:
    """Levels from the lowest on, with the growth values that they begin at."""

    names: tuple[str, ...]
    thresholds: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.names:
            raise UsageError("no levels", mend="write [[members.ladder]] with name and threshold")
        if len(set(self.names)) < len(self.names):
            raise UsageError("two levels of one name", mend="name each of [[members.ladder]] once")
        steps = zip(self.thresholds, self.thresholds[1:], strict=False)
        if any(low >= high for low, high in steps):
            raise UsageError(
                "thresholds of levels must ascend",
                mend="order [[members.ladder]] from the lowest on",
            )

    def of(self, value: int) -> int:
        """The place of the level of a value; -1 below the lowest."""
        return bisect_right(self.thresholds, value) - 1

    def levels_of(self, value: str) -> pl.Expr:
        """The same of the values in a column."""
        reached = [(pl.col(value) >= threshold).cast(pl.Int64) for threshold in self.thresholds]
        return pl.sum_horizontal(reached) - 1

    def threshold_of(self, level: pl.Expr) -> pl.Expr:
        """The growth value that levels begin at."""
        return pl.lit(pl.Series(self.thresholds, dtype=pl.Int64)).gather(level)

    def name_of(self, level: pl.Expr, column: str = "level") -> pl.Expr:
        """A column of what levels are called; null for none."""
        names = pl.lit(pl.Series(self.names, dtype=pl.String))
        return pl.when(level >= 0).then(names.gather(level.clip(0))).alias(column)

    def name(self, level: int) -> str | None:
        """What a level is called; None for none."""
        return self.names[level] if level >= 0 else None


@dataclass(frozen=True, slots=True)
class LevelRules:
    """How levels rise and fall."""

    ladder: Ladder
    window: Window
    valid: Validity
    downgrade: Downgrade = "value"
    at_once: bool = False
    grace_days: int = 0

    def counts_before(self, day: int) -> int:
        """The first day on which what was granted on a day doesn't count any more."""
        granted = to_date(day)
        match self.window.kind:
            case "rolling":
                return to_day(within_calendar(granted, self.window.months))
            case "calendar year":
                return to_day(date(granted.year, 12, 31)) + 1
            case _:
                return FOREVER

    def holds_until(self, day: int) -> int:
        """When a level that's reached on a day is judged."""
        last = self.valid.last_day(to_date(day))
        # A day later at least: a level that's judged on the day on which it was reached is judged for ever.
        return FOREVER if last is None else max(to_day(last), day + 1)


@dataclass(frozen=True, slots=True)
class Grant:
    """So much growth, which counts from `day` on and before `until`; below 0 what was taken back."""

    day: int
    until: int
    points: int


@dataclass(frozen=True, slots=True)
class Change:
    """A level that began on a day, or was kept on it; `why` is rise, keep, fall or refund."""

    day: int
    level: int
    until: int
    why: str


class Growth:
    """A member's growth value on any day, from what was granted."""

    def __init__(self, grants: Sequence[Grant]) -> None:
        counting = [grant for grant in grants if grant.day < grant.until]
        self._begins, self._came = _sums((grant.day, grant.points) for grant in counting)
        self._ends, self._went = _sums((grant.until, grant.points) for grant in counting)

    def on(self, day: int) -> int:
        """The value on a day: what came up to it, less what doesn't count any more."""
        came = self._came[bisect_right(self._begins, day)]
        return came - self._went[bisect_right(self._ends, day)]


def _sums(dated: Iterable[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Days, ascending, and what had come before the first, and up to each."""
    ordered = sorted(dated)
    return [day for day, _ in ordered], [0, *accumulate(points for _, points in ordered)]


@dataclass(slots=True)
class Standing:
    """One member: `since` when the level holds, `until` when it's judged, and how it came to that."""

    level: int
    since: int
    growth: Growth
    until: int = FOREVER
    changes: list[Change] = field(default_factory=list)
    grants: Sequence[Grant] = ()

    def value(self, day: int) -> int:
        """The growth value on a day."""
        return self.growth.on(day)


def standing_of(grants: Sequence[Grant], joined: int, rules: LevelRules, as_of: int) -> Standing:
    """What became of a member until a day.

    Args:
        grants: what was granted, in the order of days.
        joined: the first day on which the member is known.
        rules: how levels rise and fall.
        as_of: the last day that counts.
    """
    base = rules.ladder.of(0)
    standing = Standing(base, joined, Growth(grants), grants=grants)
    falls = {grant.day for grant in grants if grant.points < 0} if rules.at_once else set()
    days = sorted({grant.day for grant in grants if grant.day <= as_of})
    at = 0
    while True:
        judged = standing.until + rules.grace_days if standing.until < FOREVER else FOREVER
        day = days[at] if at < len(days) else FOREVER
        if min(day, judged) > as_of:
            return standing
        if day <= judged:
            at += 1
            _granted(standing, day, rules, back=day in falls)
        else:
            _judge(standing, judged, rules, base)
        if day == judged and standing.until + rules.grace_days == judged:
            _judge(standing, judged, rules, base)


def _granted(standing: Standing, day: int, rules: LevelRules, *, back: bool) -> None:
    reached = rules.ladder.of(standing.value(day))
    if reached > standing.level:
        _set(standing, reached, day, rules, "rise")
    elif back and reached < standing.level and rules.downgrade != "never":
        lower = standing.level - 1 if rules.downgrade == "one" else reached
        _set(standing, lower, day, rules, "refund")


def _judge(standing: Standing, day: int, rules: LevelRules, base: int) -> None:
    reached = rules.ladder.of(standing.value(day))
    if reached >= standing.level or rules.downgrade == "never":
        standing.until = rules.holds_until(standing.until)
        standing.changes.append(Change(day, standing.level, standing.until, "keep"))
        return
    lower = standing.level - 1 if rules.downgrade == "one" else reached
    _set(standing, max(lower, base), day, rules, "fall")


def _set(standing: Standing, level: int, day: int, rules: LevelRules, why: str) -> None:
    standing.level, standing.since = level, day
    lowest = level <= rules.ladder.of(0)  # which nobody can lose
    standing.until = FOREVER if lowest else rules.holds_until(day)
    standing.changes.append(Change(day, level, standing.until, why))


def grants_of(granted: pl.DataFrame, rules: LevelRules) -> pl.DataFrame:
    """What rules granted each user: `user_id, day, until, points`, by user and day, what was taken back after the rest.

    Args:
        granted: entries as `granting.granted` gives them.
        rules: how long they count.
    """
    rows = granted.filter(pl.col("points") != 0).select(
        "user_id", "day", "points", granted="granted_day", back=pl.col("points") < 0
    )
    days = summed(rows, "user_id", "day", "granted", "back")
    since = days["granted"].unique()
    until = pl.DataFrame(
        {"granted": since, "until": [rules.counts_before(day) for day in since]},
        schema_overrides={"until": pl.Int32},
    )
    return days.join(until, on="granted", how="left", maintain_order="left").select(
        "user_id", "day", "until", "points"
    )
