"""What days to come will bring, from what their weekdays have brought.

Each series is a row: several are told at once from the same days. A day is its weekday's mean, times
how the last weeks compare with that (the level), plus noise of its weekday's own variance. The noise
of means and level is carried along, each past day by its own part in the sum that is predicted.

Source: Satterthwaite (1946) for the degrees of freedom of a sum of variances.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[Any]]
_WEEK = 7


@dataclass(frozen=True, slots=True)
class Ahead:
    """The sum of days to come of each series: `total`, its `variance` with `df` degrees of freedom."""

    total: Floats
    variance: Floats
    df: Floats


@dataclass(frozen=True, slots=True)
class Weekdays:
    """What days were like: `means` and `variances` by series and weekday, the `level` by series.

    `days` are how many of each weekday they were, `recent` how many of these the level is of.
    """

    means: Floats
    variances: Floats
    level: Floats
    days: Ints
    recent: Ints

    @classmethod
    def of(cls, values: Floats, weekday: Ints, recent: Ints) -> Weekdays | None:
        """What some days were like; None where a weekday isn't there twice, and once recently.

        Args:
            values: of each series on each day.
            weekday: of each day, 0 to 6.
            recent: whether a day is one of the last, which say how high the level is.
        """
        is_weekday = weekday[:, None] == np.arange(_WEEK)
        days, recently = is_weekday.sum(0), is_weekday[recent].sum(0)
        if days.min(initial=len(weekday)) < 2 or recently.min() < 1:
            return None
        means = values @ is_weekday / days
        squares = (values - means[:, weekday]) ** 2 @ is_weekday
        usual, seen = (means * recently).sum(1), values[:, recent].sum(1)
        level = np.divide(seen, usual, out=np.ones(len(values)), where=usual > 0)
        return cls(means, squares / (days - 1), np.maximum(level, 0), days, recently)

    def expected(self, weekday: Ints) -> Floats:
        """What each series is expected to bring on each of some days."""
        expected: Floats = self.level[:, None] * self.means[:, weekday]
        return expected

    def ahead(self, times: Floats, noise: Floats) -> Ahead:
        """The sum of days to come.

        Args:
            times: by series and weekday, how many days are added up: one that's known to bring
                three times as much counts as three.
            noise: how many times a day's own variance they have between them.
        """
        usual = (self.means * self.recent).sum(1)
        plain = (self.means * times).sum(1)
        ratio = np.divide(plain, usual, out=np.zeros(len(plain)), where=usual > 0)[:, None]
        # What a past day adds to the sum for each unit it brings: through its weekday's mean,
        # and if it's recent through the level.
        by_mean = self.level[:, None] * (times - ratio * self.recent) / self.days
        parts = self.variances * (
            noise
            + self.recent * (by_mean + ratio) ** 2
            + (self.days - self.recent) * by_mean**2
        )  # fmt: skip
        variance = parts.sum(1)
        uncertain = (parts**2 / (self.days - 1)).sum(1)
        df = np.divide(variance**2, uncertain, out=np.ones(len(variance)), where=uncertain > 0)
        return Ahead(self.level * plain, variance, df)
