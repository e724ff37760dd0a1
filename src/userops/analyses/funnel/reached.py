"""How far along the path each entrant comes, and when."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from userops.analyses.funnel.path import FollowedPath
from userops.ledger.event_reductions import DAY


def covered_entrants(path: FollowedPath) -> tuple[pl.DataFrame, int]:
    """Entrants since everything is covered, and how many came before."""
    if path.first_covered_day is None:
        return path.entrants, 0
    covered = path.entrants.filter(day_of("entered") >= path.first_covered_day)
    return covered, len(path.entrants) - len(covered)


def day_of(time: str) -> pl.Expr:
    """The day, since 1970-01-01, of a column of times in microseconds."""
    return pl.col(time).floordiv(DAY)


def reached_times_of(
    path: FollowedPath, steps: Sequence[str], entrants: pl.DataFrame, days: int
) -> pl.DataFrame:
    """Entrants with the time of each step, `at0, at1, ...`; null from the first not reached."""
    sources = dict(zip(path.steps, path.sources, strict=True))
    reached = entrants.rename({"entered": "at0"})
    for number, step in enumerate(steps[1:], start=1):
        previous, column = f"at{number - 1}", f"at{number}"
        same_source = [
            earlier for earlier in range(number) if sources[steps[earlier]] == sources[step]
        ]
        later = pl.col("time") >= pl.col(previous)
        if same_source:
            later &= pl.col("time") > pl.col(f"at{same_source[-1]}")
        so_far = reached.filter(pl.col(previous).is_not_null())
        columns = {"row", "at0", previous, *(f"at{earlier}" for earlier in same_source)}
        step_times = (
            path.times[step]
            .lazy()
            .join(so_far.lazy().select(sorted(columns)), on="row")
            .filter(later & (day_of("time") - day_of("at0") <= days))
            .group_by("row")
            .agg(pl.col("time").min().alias(column))
        )
        reached = reached.lazy().join(step_times, on="row", how="left").collect()
    return reached
