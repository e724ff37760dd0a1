"""Intervals hold as often as they say, from 30 users to 30,000, and nothing works by chance too often."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.stats import skellam

from userops.analyses.campaigns.effects import Arm, Effect, effect, verdict
from userops.analyses.campaigns.params import CampaignParams
from userops.stats.always_valid import always_valid_factor
from userops.stats.cuped import Pairs, adjusted_difference
from userops.stats.difference_in_differences import difference_in_differences
from userops.stats.intervals import difference_from_whole, newcombe, wilson_high, wilson_low
from userops.stats.means import Sums, lift, welch
from userops.stats.multiple_tests import holm
from userops.stats.pooling import chained, pool
from userops.stats.proportions import differ, ratio
from userops.stats.reached import effect_on_reached
from userops.stats.tails import two_sided_quantile

SIZES = (30, 300, 3000, 30_000)
RUNS = 1000


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
def test_a_part_beside_the_whole(n):
    """Of the whole the part is a fifth; the others convert as 0.22, so the whole as 0.236."""
    chance = np.random.default_rng(n)
    part, others = chance.binomial(n, 0.3, 20_000), chance.binomial(4 * n, 0.22, 20_000)
    frame = pl.DataFrame({"x": part, "all": part + others})
    _, low, high = difference_from_whole(pl.col("x"), pl.lit(n), pl.col("all"), pl.lit(5 * n))
    found = frame.select(low=low, high=high)
    held(((found["low"] <= 0.064) & (found["high"] >= 0.064)).to_numpy())


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


@pytest.mark.parametrize("n", SIZES)
def test_wilson(n):
    chance = np.random.default_rng(n)
    p = chance.uniform(0.1, 0.5, 20_000)
    x, trials = pl.Series("x", chance.binomial(n, p)), pl.lit(n)
    found = pl.select(low=wilson_low(pl.lit(x), trials), high=wilson_high(pl.lit(x), trials))
    held(((found["low"] <= p) & (found["high"] >= p)).to_numpy())


@pytest.mark.parametrize("n", SIZES)
def test_effect_on_those_reached(n):
    """Most are reached, and they buy more often: 0.15 where it reached them."""
    chance = np.random.default_rng(n)
    reached = chance.binomial(n, 0.8, RUNS)
    of_reached = chance.binomial(reached, 0.35)
    bought = of_reached + chance.binomial(n - reached, 0.2)
    control = chance.binomial(n, 0.2, RUNS)
    share, mean, other = reached / n, bought / n, control / n
    variance = (mean * (1 - mean) + other * (1 - other)) / (n - 1)
    together = (of_reached / n - share * mean) / (n - 1)
    columns = (mean - other, variance, share, share * (1 - share) / (n - 1), together)
    found = [effect_on_reached(*map(float, one)) for one in zip(*columns, strict=True)]
    held([one.low <= 0.15 <= one.high for one in found])


@pytest.mark.parametrize("n", SIZES)
def test_versions_pooled_and_chained(n):
    """Three versions with a lift of .2 each: together the same, one after the other 1.2^3 - 1."""
    chance = np.random.default_rng(n)
    runs = min(500, 20_000_000 // n)
    error = np.sqrt((1 / 0.36 + 1 / 0.3) / n)  # of the logs of such lifts
    lifts = np.expm1(chance.normal(np.log(1.2), error, (runs, 3)))
    z = two_sided_quantile(0.95)
    pooled = [pool(np.log1p(one).tolist(), [error**2] * 3) for one in lifts]
    ends = [(one.random - z * one.error, one.random + z * one.error) for one in pooled]
    assert np.mean([low <= np.log(1.2) <= high for low, high in ends]) >= 0.93
    chains = [chained(one.tolist(), [error] * 3) for one in lifts]
    held([one.low <= 1.2**3 - 1 <= one.high for one in chains])


@pytest.mark.parametrize("n", SIZES)
def test_cuped_and_difference_in_differences(n):
    chance = np.random.default_rng(n)
    x1, x2 = (chance.gamma(2, 5.0, (min(600, 15_000_000 // n), n)) for _ in range(2))
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


@pytest.mark.parametrize("n", SIZES)
def test_difference_in_differences_over_strata(n):
    """Three strata of other sizes, levels and effects; the whole's is what recipients had on average."""
    chance, values = np.random.default_rng(n), np.arange(-60, 61)
    strata, sizes, effects = [], [n // 2, 3 * n // 10, n // 5], (0.4, 0.1, 1.5)
    for size, level, more in zip(sizes, (1, 3, 8), effects, strict=True):
        arms = []
        for users, rate in ((size, level + more), (2 * n - size, level)):
            # Purchases after less those before, of each how many users have it.
            changes = chance.multinomial(users, skellam.pmf(values, rate, level), 2 * RUNS)
            moments = zip(changes @ values, changes @ values**2, strict=True)
            arms.append([Sums(users, int(total), int(squares)) for total, squares in moments])
        strata.append(list(zip(*arms, strict=True)))
    found = [difference_in_differences(list(one)).difference for one in zip(*strata, strict=True)]
    truth = np.average(effects, weights=sizes)
    held([one.low <= truth <= one.high for one in found])


@pytest.mark.parametrize("n", SIZES[1:])
def test_money_of_whom_a_tenth_bought(n):
    """From 30 buyers in the smaller group on, of which there's a check: of ten it holds in some 92 %."""
    chance = np.random.default_rng(n)
    runs = min(RUNS, 30_000_000 // n)
    sent, control = (
        [
            Sums(9 * n if more else n, total, squares)
            for total, squares in _of_buyers(chance, 9 * n if more else n, 0.1 + more, runs)
        ]
        for more in (0.02, 0.0)
    )
    pairs = list(zip(sent, control, strict=True))
    held([(found := welch(a, b).difference).low <= 0.2 <= found.high for a, b in pairs])
    held([(found := lift(a, b)).low <= 0.2 <= found.high for a, b in pairs])


def _of_buyers(chance: np.random.Generator, n: int, p: float, runs: int):
    """Sums and sums of squares of what so many paid, 10 a buyer in the mean, run by run."""
    for buyers in chance.binomial(n, p, runs):
        paid = chance.gamma(2, 5.0, buyers)
        yield paid.sum(), (paid**2).sum()


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
        if metric == "conversion":
            counts = [(int(arm.row["converted"]), 400) for arm in (control, *rows.values())]
            if min(differ(*one, *counts[0]).p for one in counts[1:]) >= 0.05:
                verdicts.append(["can't tell"] * arms)  # which takes no interval
                continue
        found = [effect(arm, control, metric, params, 0) for arm in rows.values()]
        adjusted = holm([one.p for one in found])
        verdicts.append(
            [verdict(one, p, [1.0], early=False) for one, p in zip(found, adjusted, strict=True)]
        )
    assert np.mean(["works" in said for said in verdicts]) <= 0.05
    assert np.mean([said != ["can't tell"] * arms for said in verdicts]) <= 0.08


def arm_of(users: int, total: int, squares: int) -> Arm:
    """An arm by the sums of what its users paid."""
    row = {"users": users}
    for name in ("converted", "orders", "revenue"):
        row |= {name: total, f"{name}_squares": squares, f"{name}_products": 0}
        row |= {f"pre_{name}": 0, f"pre_{name}_squares": 0, f"{name}_of_reached": 0}
    return Arm(row)


@pytest.mark.parametrize("what", ["peeking", "overlaps", "late refunds"])
def test_nothing_works_by_chance_however_often_one_looks(what):
    """50 users a day in each arm, a look a day from the third on; nothing has an effect.

    In another campaign at the time half of them buy more; or a fifth of the orders is given back ten
    days later, when earlier looks have counted them.
    """
    chance = np.random.default_rng(len(what))
    runs, days, a_day = 400, 60, 50
    size, looks = (runs, days, a_day), np.arange(2, days)
    users = a_day * (looks + 1)
    arms = []
    for _ in range(2):
        p = 0.2 + (0.2 * (chance.random(size) < 0.5) if what == "overlaps" else 0)
        paid = (chance.random(size) < p) * chance.integers(100, 9000, size)
        at_look = np.array([paid.sum(axis=2), (paid**2).sum(axis=2)]).cumsum(axis=2)[:, :, looks]
        if what == "late refunds":
            back = paid * (chance.random(size) < 0.2)
            gone = np.array([back.sum(axis=2), (back**2).sum(axis=2)]).cumsum(axis=2)
            old = looks - 10
            at_look = at_look - np.where(old >= 0, gone[:, :, np.maximum(old, 0)], 0)
        arms.append(at_look)
    means = [total / users for total, _ in arms]
    errors = [
        (squares / users - mean**2) / (users - 1)
        for (_, squares), mean in zip(arms, means, strict=True)
    ]
    planned = 2 * a_day * 15
    factor = np.array([always_valid_factor(2 * int(n), planned) for n in users])
    beyond = (means[0] - means[1]) / np.sqrt(errors[0] + errors[1]) > factor
    assert np.mean(beyond.any(axis=1)) <= 0.05
    # That's what the verdicts say: of each run at some look, and wherever something shows.
    asked = {(run, int(chance.integers(len(looks)))) for run in range(0, runs, 4)}
    params = CampaignParams(metric="revenue", peeking=True)
    for run, look in sorted(asked | set(map(tuple, np.argwhere(beyond)[:50].tolist()))):
        sent, control = (arm_of(int(users[look]), *map(int, one[:, run, look])) for one in arms)
        found = effect(sent, control, "revenue", params, planned)
        said = verdict(found, found.p, [1.0], early=False)
        assert (said == "works") == beyond[run, look]


def test_nothing_is_said_without_an_effect():
    assert verdict(Effect(), None, [1.0], early=False) == "can't tell"
    assert verdict(Effect(), None, [0.0005], early=True) == "unfair"
    assert verdict(Effect(), None, [0.5], early=True) == "too early"
