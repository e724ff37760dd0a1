"""Tails of distributions agree with SciPy's, far out as well."""

import math
from decimal import Decimal, localcontext

import pytest
from scipy import stats

from userops.stats import tails


@pytest.mark.parametrize("df", [1, 2, 3, 4, 7, 30, 101, 900])
def test_chi_square(df):
    for x in (1e-6, 0.3, 1, 5, 40, 300, 1300, 1500):
        expected = stats.chi2.sf(x, df)
        assert tails.chi_square_tail(x, df) == pytest.approx(expected, rel=3e-12, abs=1e-300)
    assert tails.chi_square_tail(0, df) == 1


@pytest.mark.parametrize("df", [2, 4, 10, 30, 100])
def test_chi_square_is_right_to_its_last_digits(df):
    """Of an even df it's a sum of so many terms, here with sixty digits."""
    with localcontext(prec=60):
        for x in (1e-6, 0.3, 1, 5, 40, 300, 1300):
            term = total = Decimal(1)
            for k in range(1, df // 2):
                term *= Decimal(x) / 2 / k
                total += term
            exact = float((-Decimal(x) / 2).exp() * total)
            assert tails.chi_square_tail(x, df) == pytest.approx(exact, rel=4e-14)


@pytest.mark.parametrize("df", [0.7, 1, 2, 17.776, 999, 1001, 1e5, 3e7])
def test_t(df):
    for t in (0, 0.01, 1, 2.5, 9, 30):
        expected = 2 * stats.t.sf(t, df)
        assert tails.t_two_sided(-t, df) == pytest.approx(
            expected, rel=1e-10 if t < 10 else 1e-7, abs=1e-300
        )
    assert tails.t_quantile(0.95, df) == pytest.approx(stats.t.ppf(0.975, df), rel=1e-11)


def test_normal():
    assert tails.two_sided_quantile(0.95) == pytest.approx(1.959963984540054)
    assert tails.normal_two_sided(-12) == pytest.approx(2 * stats.norm.sf(12), rel=1e-12)
    assert tails.normal_below(-3) == pytest.approx(stats.norm.cdf(-3), rel=1e-12)


@pytest.mark.parametrize("mean", [0.01, 0.8, 7, 60, 1200])
def test_poisson(mean):
    for count in (0, 1, int(mean), int(mean) + 1, int(2 * mean) + 3, int(3 * mean) + 20):
        expected = stats.poisson.sf(count - 1, mean)
        assert tails.poisson_at_least(count, mean) == pytest.approx(expected, rel=1e-9)
    assert tails.poisson_at_least(1, 0) == 0


@pytest.mark.parametrize(("trials", "p"), [(1, 0.5), (10, 0.3), (200, 0.02), (5000, 0.4)])
def test_binomial(trials, p):
    for part in (0, 0.01, 0.3, 0.41, 0.45, 1):
        successes = math.ceil(trials * part)
        expected = stats.binom.sf(successes - 1, trials, p)
        found = tails.binomial_at_least(successes, trials, p)
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-300)
    assert tails.binomial_at_least(trials + 1, trials, p) == 0
