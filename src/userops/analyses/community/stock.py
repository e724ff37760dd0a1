"""How many members there were, came and went, by group and period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from userops.analyses.community.calendar import Calendar

Ints = np.ndarray[Any, np.dtype[Any]]
# Days before and after all others: of members who were in before, and of those who are in still.
BEFORE, AFTER = -(2**30), 2**30
ALL = ""  # stands for all groups


def with_edges(stays: pl.DataFrame) -> pl.DataFrame:
    """Stays with `start` and `end`, days that are never null."""
    return stays.with_columns(
        start=pl.col("joined_day").fill_null(BEFORE).cast(pl.Int64),
        end=pl.col("left_day").fill_null(AFTER).cast(pl.Int64),
    )


def together(stays: pl.DataFrame, unit: str | None = None) -> pl.DataFrame:
    """Stays in any group, or in any of a unit, as one: never without a group at a day's end.

    Args:
        stays: `group_id, person, start, end, founding, reason`, and the unit.
        unit: the column that groups are put together by; None for all of them.
    """
    key = [*([unit] if unit else []), "person"]
    # In their order a stay's neighbours tell whose it is: grouping by texts takes many times as long.
    ordered = stays.sort(*key, "start", "end", "group_id")
    new = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in key)
    ordered = ordered.with_columns((new | (pl.int_range(pl.len()) == 0)).alias("new"))
    reach = pl.col("end").cum_max().shift().over(pl.col("new").cum_sum())
    apart = pl.col("new") | (pl.col("start") > reach)
    runs = ordered.with_columns(run=apart.cum_sum()).with_columns(
        begins=pl.col("start") == pl.col("start").min().over("run"),
        ends=pl.col("end") == pl.col("end").max().over("run"),
    )
    first, last = pl.when("begins"), pl.when("ends")
    return (
        runs.group_by("run", maintain_order=True)
        .agg(
            *(pl.col(name).first() for name in key),
            pl.col("start").min(),
            pl.col("end").max(),
            joined=first.then("joined").min(),
            left=last.then("left").max(),
            founding=first.then("founding").any(),
            reason=last.then("reason").min(),
            silent=(pl.col("ends") & pl.col("reason").is_null()).any(),
        )
        # A stay that ended then without a reason leaves the whole without one.
        .with_columns(
            (pl.col(unit) if unit else pl.lit(ALL)).alias("unit"),
            reason=pl.when(~pl.col("silent")).then("reason"),
        )
        .drop("run", "silent")
    )


@dataclass(frozen=True, slots=True)
class Stock:
    """Counts by unit (rows, as `units` name them) and period (columns)."""

    units: Sequence[str]
    start: Ints
    joined: Ints
    left: Ints
    gained: Ints
    lost: Ints
    rejoined: Ints
    founding: Ints
    dissolved: Ints
    end: Ints
    present: Ints  # members at any time in the period

    def frame(self, calendar: Calendar) -> pl.DataFrame:
        """A row a unit and period: `unit, place`, and the counts."""
        count = len(calendar)
        names = ("joined", "left", "gained", "lost", "rejoined", "founding", "dissolved", "present")
        counts = {name: getattr(self, name).ravel() for name in names}
        return pl.DataFrame(
            {
                "unit": np.repeat(np.array(self.units, dtype=object), count),
                "place": np.tile(np.arange(count), len(self.units)),
                "members_start": self.start.ravel(),
                **counts,
                "members_end": self.end.ravel(),
            },
            schema_overrides={"unit": pl.String},
        )


def stock(stays: pl.DataFrame, calendar: Calendar) -> Stock:
    """Count the stays of units, as `together` gives them; a person's in a unit don't overlap.

    Both identities hold by construction: every stay that counts at the end and not at the start has
    begun in between.
    """
    ordered = stays.sort("unit", "person", "start", "end")
    names = ordered["unit"].unique().sort()
    unit = ordered["unit"].rle_id().cast(pl.Int64).to_numpy()
    shape = (len(names), len(calendar))
    came, went = (calendar.places(ordered[name]) for name in ("start", "end"))
    same = _same_person_before(ordered)

    def events(places: Ints, chosen: Ints) -> Ints:
        within = chosen & (places >= 0) & (places < shape[1])
        return _counted(unit[within], places[within], shape)

    every = np.ones(len(ordered), bool)
    # A stay covers an edge where it has begun by that day and doesn't end by it.
    first = np.searchsorted(calendar.edges, ordered["start"].to_numpy(), side="left")
    last = np.searchsorted(calendar.edges, ordered["end"].to_numpy(), side="left") - 1
    at_edges = _ranges(unit, first, last, (shape[0], shape[1] + 1))
    kept = _ranges(unit, first, last - 1, shape) + _handed_on(unit, first, last, same, shape)
    start, end = at_edges[:, :-1], at_edges[:, 1:]
    return Stock(
        names.to_list(),
        start,
        events(came, every),
        events(went, every),
        end - kept,
        start - kept,
        events(came, same),
        events(came, ordered["founding"].fill_null(False).to_numpy()),
        events(went, ordered["reason"].eq_missing("dissolved").to_numpy()),
        end,
        _present(unit, came, went, same, shape),
    )


def _same_person_before(ordered: pl.DataFrame) -> Ints:
    """Whether the stay before is the same person's, in the same unit."""
    same: Ints = ordered.select(
        (
            pl.col("unit").eq_missing(pl.col("unit").shift())
            & pl.col("person").eq_missing(pl.col("person").shift())
        ).fill_null(False)
    ).to_series().to_numpy()  # fmt: skip
    if len(same):
        same = same.copy()
        same[0] = False
    return same


def _ranges(unit: Ints, first: Ints, last: Ints, shape: tuple[int, int]) -> Ints:
    """How many ranges cover each place."""
    low, high = np.maximum(first, 0), np.minimum(last, shape[1] - 1)
    some, wide = low <= high, (shape[0], shape[1] + 1)
    steps = _counted(unit[some], low[some], wide) - _counted(unit[some], high[some] + 1, wide)
    counts: Ints = steps.cumsum(axis=1)[:, :-1]
    return counts


def _counted(unit: Ints, place: Ints, shape: tuple[int, int]) -> Ints:
    """How often each place of each unit is named."""
    return np.bincount(unit * shape[1] + place, minlength=shape[0] * shape[1]).reshape(shape)


def _handed_on(unit: Ints, first: Ints, last: Ints, same: Ints, shape: tuple[int, int]) -> Ints:
    """Persons at both ends of a period who left and came back within it."""
    # The last stay before that covered any edge, by the same person.
    covers = np.flatnonzero(last >= first)
    person = np.cumsum(~same)
    before, after = covers[:-1], covers[1:]
    meets = (person[before] == person[after]) & (last[before] + 1 == first[after])
    place = last[before][meets]
    within = (place >= 0) & (place < shape[1])
    return _counted(unit[after][meets][within], place[within], shape)


def _present(unit: Ints, came: Ints, went: Ints, same: Ints, shape: tuple[int, int]) -> Ints:
    """Members at any time in each period, each once."""
    first, last = came.copy(), went
    # Of the same person's next stay only what the ones before haven't reached.
    reached = np.where(same, np.append(-1, last[:-1])[: len(last)], -2)
    first = np.maximum(first, reached + 1)
    return _ranges(unit, first, last, shape)
