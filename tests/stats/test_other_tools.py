"""Comparisons are what statsmodels and tea-tasting compute on random data, to 1e-9."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
import tea_tasting
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestIndPower
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    proportion_confint,
    proportions_chisquare,
    proportions_ztest,
)
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from userops.stats.cuped import Pairs, adjusted_difference
from userops.stats.intervals import difference, wilson
from userops.stats.means import Sums, lift, welch
from userops.stats.multiple_tests import benjamini_hochberg, holm
from userops.stats.pooling import pool
from userops.stats.proportions import differ, ratio, sample_ratio, several_differ
from userops.stats.sample_size import power_of_means


def close(found: float) -> object:
    return pytest.approx(found, rel=1e-9, abs=1e-9)


def sums(values: np.ndarray) -> Sums:
    """Exact, as money's are: of whole numbers."""
    return Sums(len(values), sum(map(int, values)), sum(int(one) ** 2 for one in values))


def money(chance: np.random.Generator, n: int) -> np.ndarray:
    """What users spent, in cents: most nothing."""
    return chance.binomial(1, 0.3, n) * chance.gamma(2, 5000, n).astype(np.int64)


@pytest.mark.parametrize("seed", range(8))
def test_shares(seed):
    chance = np.random.default_rng(seed)
    n1, n2 = (int(n) for n in chance.integers(60, 30_000, 2))
    x1, x2 = (int(chance.binomial(n, p)) for n, p in ((n1, 0.3), (n2, 0.2)))
    found = difference(x1, n1, x2, n2)
    assert (found.low, found.high) == close(
        confint_proportions_2indep(x1, n1, x2, n2, compare="diff", method="newcomb")
    )
    found = ratio(x1, n1, x2, n2)
    assert (found.low, found.high) == close(
        confint_proportions_2indep(
            x1, n1, x2, n2, compare="ratio", method="score", correction=False
        )
    )
    assert differ(x1, n1, x2, n2).p == close(proportions_ztest([x1, x2], [n1, n2])[1])
    assert wilson(x1, n1) == close(proportion_confint(x1, n1, method="wilson"))
    counts = [x1, x2, int(chance.binomial(500, 0.25))]
    chi_square, p, _ = proportions_chisquare(counts, [n1, n2, 500])
    several = several_differ(counts, [n1, n2, 500])
    assert (several.chi_square, several.p) == close((chi_square, p))


@pytest.mark.parametrize("seed", range(8))
def test_means(seed):
    chance = np.random.default_rng(seed)
    treated, control = (money(chance, int(chance.integers(30, 5000))) for _ in range(2))
    found, unequal = welch(sums(treated), sums(control)), "unequal"
    both = CompareMeans(DescrStatsW(treated.astype(float)), DescrStatsW(control.astype(float)))
    t, p, df = both.ttest_ind(usevar=unequal)
    assert (found.t, found.p, found.df) == close((t, p, df))
    assert (found.difference.low, found.difference.high) == close(
        both.tconfint_diff(usevar=unequal)
    )


@pytest.mark.parametrize("seed", range(4))
def test_an_experiment_of_tea_tastings(seed):
    chance = np.random.default_rng(seed)
    arms = [money(chance, int(chance.integers(300, 3000))) for _ in range(2)]
    frame = pl.DataFrame({
        "variant": np.repeat([0, 1], [len(arm) for arm in arms]), "spent": np.concatenate(arms),
    })  # fmt: skip
    said = tea_tasting.Experiment(
        by_t=tea_tasting.Mean("spent", use_t=True, equal_var=False),
        by_z=tea_tasting.Mean("spent", use_t=False, equal_var=False),
        sizes=tea_tasting.SampleRatio({0: 3, 1: 2}, method="norm", correction=False),
    ).analyze(frame)
    control, treated = map(sums, arms)
    found = welch(treated, control)
    assert found.p == close(said["by_t"].pvalue)
    ends = said["by_t"].effect_size_ci_lower, said["by_t"].effect_size_ci_upper
    assert (found.difference.low, found.difference.high) == close(ends)
    more = lift(treated, control)
    ends = said["by_z"].rel_effect_size_ci_lower, said["by_z"].rel_effect_size_ci_upper
    assert (more.value, more.low, more.high) == close((said["by_z"].rel_effect_size, *ends))
    assert sample_ratio([control.n, treated.n], [3, 2]).p == close(said["sizes"].pvalue)


@pytest.mark.parametrize("seed", range(4))
def test_adjusted_by_the_time_before_is_the_regression(seed):
    chance = np.random.default_rng(seed)
    arms = []
    for _ in range(2):
        before = money(chance, int(chance.integers(100, 2000)))
        arms.append((before, before // 2 + money(chance, len(before))))
    pairs = [Pairs(sums(x), sums(y), sum(map(int, x * y))) for x, y in arms]
    found = adjusted_difference(*pairs)
    treated = np.repeat([1.0, 0.0], [len(x) for x, _ in arms])
    x, y = (np.concatenate(parts).astype(float) for parts in zip(*arms, strict=True))
    fit = OLS(y, np.column_stack((np.ones(len(y)), treated, x))).fit()
    assert (found.difference.value, found.theta) == close((fit.params[1], fit.params[2]))
    # Its error is Welch's of what the past doesn't explain.
    left = [y - found.theta * x for x, y in arms]
    error = math.sqrt(sum(one.var(ddof=1) / len(one) for one in left))
    assert found.error == close(error)


@pytest.mark.parametrize("seed", range(4))
def test_many_at_once(seed):
    chance = np.random.default_rng(seed)
    p_values = (chance.random(12) ** 3).tolist()
    for ours, method in ((holm, "holm"), (benjamini_hochberg, "fdr_bh")):
        assert ours(p_values) == close(multipletests(p_values, method=method)[1].tolist())
    values, variances = chance.normal(0.1, 0.6, 9), chance.uniform(0.01, 0.1, 9)
    found = pool(values.tolist(), variances.tolist())
    said = combine_effects(values, variances, method_re="chi2")
    assert (found.fixed, found.q, found.between) == close((said.mean_effect_fe, said.q, said.tau2))
    assert (found.random, found.error) == close((said.mean_effect_re, said.sd_eff_w_re))


@pytest.mark.parametrize(("n", "difference"), [(20, 1.0), (300, 0.2), (30_000, 0.02)])
def test_power_of_means(n, difference):
    # As R's power.t.test, by the end that the difference lies at.
    expected = TTestIndPower().power(difference, n, 0.025, alternative="larger")
    assert power_of_means(n, difference, 1.0) == close(expected)
