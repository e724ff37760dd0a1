"""How new users, orders and revenue of a period go: what each of its days is expected to bring.

Special days (`calendar`) are no measure of ordinary ones. What one of them brings beside an
ordinary day is told by the same days of earlier years, where it was beyond their noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from userops.customers.calendar import Special
from userops.customers.measures import OrderMeasures
from userops.stats.tails import t_quantile
from userops.stats.weekdays import Ahead, Floats, Ints, Weekdays

SERIES = ("new", "orders", "revenue")  # in the rows of what follows; revenue in minor units
WEEKS, FEWEST_WEEKS = 8, 4
_WEEK, _RECENT = 7, 28
_THURSDAY = 3  # 1970-01-01
_BEYOND = 0.99  # what an ordinary day lies within, where a special one doesn't


@dataclass(frozen=True, slots=True)
class Course:
    """A period's days: what each was `expected` to bring beside the others, by series and day.

    `ahead` is the sum of those after as_of, `unknown` the special ones that no earlier year tells of.
    """

    expected: Floats
    level: Floats
    ahead: Ahead
    unknown: tuple[str, ...]

    def share(self, series: int, days: int) -> float | None:
        """The part of what a series is expected to bring that falls on the first days; None for 0."""
        whole = float(self.expected[series].sum())
        return float(self.expected[series, :days].sum()) / whole if whole > 0 else None


@dataclass(frozen=True)
class Outlook:
    """What days have brought up to as_of, and what days to come are expected to."""

    measures: OrderMeasures
    first_day: int
    as_of: int
    special: dict[int, Special]

    @cached_property
    def _values(self) -> Floats:
        """Of each series on each day."""
        by_day = self.measures.by_day(self.first_day, self.as_of)
        return np.stack([by_day[name] for name in SERIES]).astype(np.float64)

    def values(self, first: int, last: int) -> Floats:
        """What days from one to another brought; 0 before the first day of all."""
        by_day = self.measures.by_day(first, last)
        return np.stack([by_day[name] for name in SERIES]).astype(np.float64)

    def course(self, first: int, last: int) -> Course | None:
        """A period's days; None where there are too few weeks to tell weekdays apart."""
        weekdays = self._weekdays(self.as_of)
        if weekdays is None:
            return None
        days = np.arange(first, last + 1)
        times = np.ones((len(SERIES), len(days)))
        noise = np.ones_like(times)
        unknown: dict[str, None] = {}
        for place, day in enumerate(days.tolist()):
            if day in self.special and (told := self._beside_ordinary(day)):
                times[:, place], basis = told
                usual = weekdays.expected(weekday_of(days[place : place + 1]))[:, 0]
                added = np.divide(usual, basis, out=np.zeros(len(basis)), where=basis > 0)
                noise[:, place] = times[:, place] * (1 + added)
            elif day in self.special:
                unknown.setdefault(self.special[day].name)
        weekday = weekday_of(days)
        to_come = (days > self.as_of)[:, None] & (weekday[:, None] == np.arange(_WEEK))
        ahead = weekdays.ahead(times @ to_come, noise @ to_come)
        return Course(weekdays.means[:, weekday] * times, weekdays.level, ahead, tuple(unknown))

    def _weekdays(self, day: int) -> Weekdays | None:
        """What ordinary days of up to eight whole weeks were like, at the end of a day."""
        weeks = min(WEEKS, (day - self.first_day + 1) // _WEEK)
        if weeks < FEWEST_WEEKS:
            return None
        days = np.arange(day - weeks * _WEEK + 1, day + 1)
        days = days[[one not in self.special for one in days.tolist()]]
        return Weekdays.of(
            self._values[:, days - self.first_day], weekday_of(days), days > day - _RECENT
        )

    def _beside_ordinary(self, day: int) -> tuple[Floats, Floats] | None:
        """How many ordinary days a special one is worth, and what that was measured by.

        None where it isn't in the data of earlier years.
        """
        earlier = [
            one for one, what in self.special.items() if what == self.special[day] and one < day
        ]
        brought, usual, variance, df = (np.zeros(len(SERIES)) for _ in range(4))
        told = False
        for one in sorted(earlier):
            weekdays = self._weekdays(one - 1) if one <= self.as_of else None
            if weekdays is None:
                continue
            weekday = weekday_of(np.array([one]))
            once = np.tile(weekday[:, None] == np.arange(_WEEK), (len(SERIES), 1)).astype(float)
            ordinary = weekdays.ahead(once, once)
            brought += self._values[:, one - self.first_day]
            usual += ordinary.total
            variance += ordinary.variance
            df += ordinary.df
            told = True
        if not told:
            return None
        within = np.array([t_quantile(_BEYOND, one) for one in df.tolist()]) * np.sqrt(variance)
        beyond = (np.abs(brought - usual) > within) & (usual > 0)
        times = np.divide(brought, usual, out=np.ones(len(SERIES)), where=beyond)
        return np.maximum(times, 0), usual


def weekday_of(days: Ints) -> Ints:
    """Monday is 0."""
    weekdays: Ints = (days + _THURSDAY) % _WEEK
    return weekdays
