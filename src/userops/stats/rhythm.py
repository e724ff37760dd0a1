"""How long a wait is expected to last, from the waits before it.

Waits differ within a user, and rhythms (the means of their logs) between users. What is expected
of a user's next wait lies between their own mean and that of users like them: the more was seen of
a user, and the more users differ, the more it's their own.

Source: Bühlmann and Straub (1970), credibility; Searle, Casella and McCulloch (1992), chapter
3, variance components of the 1-way classification with unbalanced data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

Ints = np.ndarray[Any, np.dtype[Any]]
Floats = np.ndarray[Any, np.dtype[np.float64]]

# Logs in whole millionths, so that their sums are exact and don't depend on an order.
LOG = 1_000_000


def logs_of(days: Ints) -> Ints:
    """Logs of whole days, none of them 0."""
    whole_days = np.arange(1, int(days.max(initial=0)) + 1)
    logs: Ints = np.rint(np.log(whole_days) * LOG).astype(np.int64)[days - 1]
    return logs


def sums(values: Ints, starts: Ints) -> Ints:
    """The sum of each row's values: whole numbers, row `i` from `starts[i]` up to `starts[i + 1]`."""
    # Running totals may pass 63 bits; their differences are right all the same.
    running = np.concatenate(([0], np.cumsum(values, dtype=np.int64)))
    totals: Ints = running[starts[1:]] - running[starts[:-1]]
    return totals


def totals_before(logs: Ints, starts: Ints) -> Ints:
    """At each purchase, the sum of logs of the waits before it of the same row.

    Args:
        logs: of the wait that each purchase begins, 0 for one that's still open.
        starts: where each row's purchases begin, and the end.
    """
    before = np.cumsum(logs) - logs
    totals: Ints = before - np.repeat(before[starts[:-1]], np.diff(starts))
    return totals


@dataclass(frozen=True, slots=True)
class Rhythm:
    """By group: `centre` (days; 0: not known), and variances of logs within and between users."""

    centre: Floats
    within: Floats
    between: Floats

    def expected(self, group: Ints, n: Ints, total: Ints) -> Floats:
        """Days that waits are expected to last.

        Args:
            group: of each.
            n: the user's waits that have ended before.
            total: the sum of their logs.
        """
        centre, within, between = self.centre[group], self.within[group], self.between[group]
        log_centre = np.log(np.where(centre > 0, centre, 1.0))
        deviation = np.where(n > 0, total / LOG / np.maximum(n, 1) - log_centre, 0.0)
        variance = n * between + within
        weight = np.divide(n * between, variance, out=np.zeros(len(n)), where=variance > 0)
        expected: Floats = centre * np.exp(weight * deviation)
        return expected


def log_variances(rows: pl.DataFrame) -> pl.DataFrame:
    """`code, within, between`: variances of logs, by analysis of variance.

    Args:
        rows: a row a user and group: `code` (the group), `intervals` (waits that ended), and of
            their logs `total` (the sum) and `squares` (that of their squares).
    """
    n, total = pl.col("intervals"), pl.col("total")
    sums = (
        rows.filter(n > 0)
        .group_by("code")
        .agg(
            users=pl.len(),
            count=n.sum(),
            squared_counts=(n * n).sum(),
            total=total.sum(),
            squares=pl.col("squares").cast(pl.Int128).sum(),
            by_user=(total.cast(pl.Int128) * total // n).sum(),
        )
        .with_columns(pl.col("squares", "by_user").cast(pl.Float64))
    )
    count, users = pl.col("count"), pl.col("users").cast(pl.Int64)
    unit_square = float(LOG**2)
    between_sum = pl.col("by_user") - pl.col("total").cast(pl.Float64) ** 2 / count
    within = (pl.col("squares") - pl.col("by_user")) / (count - users)
    between = (between_sum - (users - 1) * within) / (count - pl.col("squared_counts") / count)
    is_known = (count > users) & (users > 1)
    return sums.select(
        "code",
        within=pl.when(count > users).then(within).otherwise(0.0) / unit_square,
        between=pl.when(is_known).then(between.clip(0)).otherwise(0.0) / unit_square,
    )
