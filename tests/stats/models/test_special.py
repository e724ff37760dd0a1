"""Special functions against the standard library and their own recurrences."""

from __future__ import annotations

from math import exp, lgamma

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from userops.stats.models import special

positive = st.floats(1e-6, 1e8)


@given(positive)
def test_log_gamma(z):
    assert special.log_gamma(z) == pytest.approx(lgamma(z), rel=2e-15, abs=2e-14)


@given(positive)
def test_derivatives_of_log_gamma_step_as_they_should(z):
    # Gamma(z+1) = z Gamma(z), differentiated once and twice.
    gain = special.digamma(z + 1.0) - special.digamma(z)
    assert gain == pytest.approx(1.0 / z, rel=1e-9, abs=1e-13)
    loss = special.trigamma(z) - special.trigamma(z + 1.0)
    assert loss == pytest.approx(1.0 / z**2, rel=1e-9, abs=1e-14)


def test_known_values():
    # Abramowitz & Stegun 6.3.2, 6.3.3, 6.4.2, 6.4.4.
    euler = 0.57721566490153286
    assert special.digamma(1.0) == pytest.approx(-euler, rel=1e-15)
    assert special.digamma(0.5) == pytest.approx(-euler - 2 * np.log(2), rel=1e-15)
    assert special.trigamma(1.0) == pytest.approx(np.pi**2 / 6, rel=1e-15)
    assert special.trigamma(0.5) == pytest.approx(np.pi**2 / 2, rel=1e-15)


@given(st.floats(1e-3, 1e3), st.integers(0, 50))
def test_log_rising(z, n):
    got = special.log_rising(z, n)
    assert got.shape == (n + 1,)
    assert got[-1] == pytest.approx(lgamma(z + n) - lgamma(z), rel=1e-10, abs=1e-10)


def test_log_rising_keeps_its_digits_where_a_difference_would_not():
    assert special.log_rising(1e12, 3)[-1] == pytest.approx(3 * np.log(1e12), abs=1e-11)


def test_softplus_and_logistic_at_the_ends():
    z = np.array([-np.inf, -800.0, 0.0, 800.0])
    np.testing.assert_allclose(special.softplus(z), [0.0, 0.0, np.log(2), 800.0])
    np.testing.assert_allclose(special.logistic(z), [0.0, exp(-740) * 0, 0.5, 1.0], atol=1e-300)


def test_one_minus_power_is_smooth_at_zero():
    ratio = np.array([-0.3])
    for power in (-1e-13, 0.0, 1e-13, 1e-9):
        assert special.one_minus_power(ratio, power)[0] == pytest.approx(0.3, rel=1e-8)


def test_above():
    assert special.above(np.array([5.0, 2.0, 1.0])).tolist() == [3.0, 1.0]
    assert special.above(np.array([5.0])).tolist() == []
