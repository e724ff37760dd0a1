"""Days to come by their weekdays: intervals hold as often as they say, whatever the days' noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from userops.stats.tails import t_two_sided
from userops.stats.weekdays import Floats, Weekdays

SERIES = 2_500
SHAPE = np.array([90, 90, 90, 100, 110, 140, 130]) / 107


def _poisson(chance: np.random.Generator, means: Floats) -> Floats:
    return chance.poisson(means * 6).astype(float)


def _spent(chance: np.random.Generator, means: Floats) -> Floats:
    """Amounts of some orders: their sum has long tails."""
    orders = chance.poisson(means * 20)
    return chance.gamma(np.maximum(orders, 1) * 1.5, 80.0) * (orders > 0)


def _uneven(chance: np.random.Generator, means: Floats) -> Floats:
    """Weekends vary more than other days."""
    return chance.normal(means * 1000, np.where(means > 1.1, 300, 60))


def learned(
    weeks: int, ahead: int, draw: Callable[..., Floats], seed: int
) -> tuple[Floats, Floats, Floats]:
    """The truth about some days to come, what was predicted, and how likely it's that far off."""
    chance = np.random.default_rng(seed)
    weekday = np.arange(weeks * 7 + ahead) % 7
    values = draw(chance, np.tile(SHAPE[weekday], (SERIES, 1)))
    before = values[:, : weeks * 7]
    days = weekday[: weeks * 7]
    told = Weekdays.of(before, days, np.arange(len(days)) >= len(days) - 28)
    assert told is not None
    times = np.tile(np.bincount(weekday[weeks * 7 :], minlength=7).astype(float), (SERIES, 1))
    sums = told.ahead(times, times)
    truth = values[:, weeks * 7 :].sum(1)
    off = np.abs(truth - sums.total) / np.sqrt(sums.variance)
    chance_of = [t_two_sided(t, df) for t, df in zip(off.tolist(), sums.df.tolist(), strict=True)]
    return truth, sums.total, np.array(chance_of)


@pytest.mark.parametrize("draw", [_poisson, _spent, _uneven])
@pytest.mark.parametrize(("weeks", "ahead"), [(8, 23), (8, 9), (5, 16), (4, 3)])
def test_95_percent_of_intervals_hold(weeks: int, ahead: int, draw: Callable[..., Floats]) -> None:
    truth, total, off = learned(weeks, ahead, draw, seed=weeks * 100 + ahead)
    assert 0.93 <= np.mean(off >= 0.05) <= 0.97
    assert total.mean() == pytest.approx(truth.mean(), rel=0.01)


def test_a_day_thrice_as_large_counts_as_three() -> None:
    values = np.tile(np.arange(1.0, 8), (1, 8)) + np.random.default_rng(1).normal(size=(1, 56))
    told = Weekdays.of(values, np.arange(56) % 7, np.arange(56) >= 28)
    assert told is not None
    once, thrice = np.eye(7)[:1], np.eye(7)[:1] * 3
    assert told.ahead(thrice, once).total == pytest.approx(3 * told.ahead(once, once).total)
    assert told.ahead(once, once).total == pytest.approx(told.expected(np.array([0]))[:, 0])


def test_growth_is_followed_by_the_level() -> None:
    growing = (np.repeat(np.arange(8.0), 7) + 10)[None]
    told = Weekdays.of(growing, np.arange(56) % 7, np.arange(56) >= 28)
    assert told is not None
    # The last four weeks' mean is 15.5 a day.
    assert told.ahead(np.ones((1, 7)), np.ones((1, 7))).total == pytest.approx(7 * 15.5)


def test_a_weekday_that_is_not_there_tells_nothing() -> None:
    days = np.arange(56)[np.arange(56) % 7 != 3]
    assert Weekdays.of(np.ones((1, len(days))), days % 7, days >= 28) is None
    nothing = Weekdays.of(np.zeros((2, 56)), np.arange(56) % 7, np.arange(56) >= 28)
    assert nothing is not None
    assert nothing.ahead(np.ones((2, 7)), np.ones((2, 7))).total.tolist() == [0, 0]
