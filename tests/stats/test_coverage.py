"""Intervals hold as often as they say, from 30 users to 30,000, and nothing works by chance too often."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from userops.analyses.campaigns.effects import Arm, Effect, effect, verdict
from userops.analyses.campaigns.params import CampaignParams
from userops.stats.always_valid import always_valid_factor
from userops.stats.cuped import Pairs, adjusted_difference
from userops.stats.difference_in_differences import difference_in_differences
from userops.stats.intervals import newcombe
from userops.stats.means import Sums, lift, welch
from userops.stats.multiple_tests import holm
from userops.stats.proportions import ratio

SIZES = (30, 300, 3000, 30_000)
RUNS = 1500


def held(covered) -> None:
    """Between 93 and 97 % of the runs."""
    assert 0.93 <= np.mean(covered) <= 0.97


def sums(values: np.ndarray) -> list[Sums]:
    """Of each row."""
    n = values.shape[1]
    return [
        Sums(n, total, squares)
        for total, squares in zip(values.sum(axis=1), (values**2).sum(axis=1), strict=True)
    ]


def spend(chance: np.random.Generator, n: int, scale: float) -> np.ndarray:
    """Skewed amounts, in fewer runs where they are many; the mean is 2 scale."""
    return chance.gamma(2, scale, (min(RUNS, 20_000_000 // n), n))


@pytest.mark.parametrize("n", SIZES)
def test_newcombe(n):
    chance = np.random.default_rng(n)
    frame = pl.DataFrame(
        {"x1": chance.binomial(n, 0.3, 20_000), "x2": chance.binomial(2 * n, 0.22, 20_000)}
    )
    low, high = newcombe(pl.col("x1"), pl.lit(n), pl.col("x2"), pl.lit(2 * n))
    found = frame.select(low=low, high=high)
    held(((found["low"] <= 0.08) & (found["high"] >= 0.08)).to_numpy())


@pytest.mark.parametrize("n", SIZES)
def test_koopman(n):
    chance = np.random.default_rng(n)
    pairs = zip(chance.binomial(n, 0.3, RUNS), chance.binomial(n, 0.2, RUNS), strict=True)
    found = [ratio(int(x1), n, int(x2), n) for x1, x2 in pairs]
    held([one.low <= 1.5 <= one.high for one in found])


@pytest.mark.parametrize("n", SIZES)
def test_means_and_lifts(n):
    chance = np.random.default_rng(n)
    pairs = list(zip(sums(spend(chance, n, 6.0)), sums(spend(chance, n, 5.0)), strict=True))
    held([(found := welch(a, b).difference).low <= 2 <= found.high for a, b in pairs])
    held([(found := lift(a, b)).low <= 0.2 <= found.high for a, b in pairs])


@pytest.mark.parametrize("n", SIZES[:3])
def test_cuped_and_difference_in_differences(n):
    chance = np.random.default_rng(n)
    x1, x2 = (chance.gamma(2, 5.0, (600, n)) for _ in range(2))
    y1, y2 = (0.6 * x + chance.gamma(2, 4.0, x.shape) for x in (x1, x2))
    y1 += 1.5
    arms = [
        [Pairs(before, after, product) for before, after, product in zip(sums(x), sums(y), (x * y).sum(axis=1), strict=True)]
        for x, y in ((x1, y1), (x2, y2))
    ]  # fmt: skip
    found = [adjusted_difference(a, b).difference for a, b in zip(*arms, strict=True)]
    held([one.low <= 1.5 <= one.high for one in found])
    changes = [sums(y - x) for x, y in ((x1, y1), (x2, y2))]
    both = [
        difference_in_differences([pair, pair]).difference for pair in zip(*changes, strict=True)
    ]
    # Two strata of the same users are twice as sure as they may be: of one they hold.
    assert np.mean([one.low <= 1.5 <= one.high for one in both]) < 0.9
    alone = [difference_in_differences([pair]).difference for pair in zip(*changes, strict=True)]
    held([one.low <= 1.5 <= one.high for one in alone])


@pytest.mark.parametrize("a_day", [20, 200])
def test_always_valid_holds_at_every_daily_look(a_day):
    chance = np.random.default_rng(a_day)
    days, runs, p = 60, 4000, 0.2
    counts = [chance.binomial(a_day, p, (runs, days)).cumsum(axis=1) for _ in range(2)]
    n = a_day * np.arange(1, days + 1)
    shares = [count / n for count in counts]
    error = np.sqrt(sum(share * (1 - share) for share in shares) / n)
    factor = np.array([always_valid_factor(2 * int(one), 2 * int(n[-1])) for one in n])
    beyond = np.abs(shares[0] - shares[1]) > factor * error
    # Where nobody or everybody bought there is no error yet, and no look.
    assert np.mean((beyond & (error > 0)).any(axis=1)) <= 0.05
    # The usual interval doesn't.
    assert np.mean((np.abs(shares[0] - shares[1]) > 1.96 * error).any(axis=1)) > 0.15


@pytest.mark.parametrize(("arms", "metric"), [(1, "conversion"), (3, "conversion"), (1, "revenue")])
def test_nothing_works_by_chance_too_often(arms, metric):
    chance = np.random.default_rng(arms)
    params = CampaignParams(metric=metric)
    verdicts = []
    for _ in range(400):
        rows = {}
        for place in range(arms + 1):
            bought = chance.binomial(1, 0.1, 400)
            paid = bought * chance.integers(100, 20_000, 400)
            values = {"converted": bought, "orders": bought, "revenue": paid}
            row = {"users": 400}
            for name, value in values.items():
                row |= {
                    name: int(value.sum()), f"{name}_squares": int((value * value).sum()),
                    f"pre_{name}": 0, f"pre_{name}_squares": 0, f"{name}_products": 0, f"{name}_of_reached": 0,
                }  # fmt: skip
            rows[str(place)] = Arm(row)
        control = rows.pop("0")
        found = [effect(arm, control, metric, params, 0) for arm in rows.values()]
        adjusted = holm([one.p for one in found])
        verdicts.append(
            [verdict(one, p, [1.0], early=False) for one, p in zip(found, adjusted, strict=True)]
        )
    assert np.mean(["works" in said for said in verdicts]) <= 0.05
    assert np.mean([said != ["can't tell"] * arms for said in verdicts]) <= 0.08


def test_nothing_is_said_without_an_effect():
    assert verdict(Effect(), None, [1.0], early=False) == "can't tell"
    assert verdict(Effect(), None, [0.0005], early=True) == "unfair"
    assert verdict(Effect(), None, [0.5], early=True) == "too early"
