"""The search ends at a maximum or says that it hasn't."""

from __future__ import annotations

import numpy as np
import pytest

from userops.stats.models.newton import maximise


def test_a_hard_valley():
    def minus_rosenbrock(z):
        x, y = z
        value = -((1 - x) ** 2 + 100 * (y - x**2) ** 2)
        gradient = -np.array([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)])
        hessian = -np.array([[2 - 400 * (y - 3 * x**2), -400 * x], [-400 * x, 200.0]])
        return value, gradient, hessian

    best = maximise(minus_rosenbrock, np.array([-1.2, 1.0]))
    assert best.converged
    np.testing.assert_allclose(best.point, [1.0, 1.0], atol=1e-5)


def test_climbs_out_of_a_saddle():
    def cosines(z):
        return float(np.cos(z).sum()), -np.sin(z), -np.diag(np.cos(z))

    best = maximise(cosines, np.array([2.5, -2.0]))
    assert best.converged
    assert best.value == pytest.approx(2.0)


@pytest.mark.parametrize(
    "function",
    [
        lambda z: (float(z[0]), np.ones(1), np.zeros((1, 1))),  # no bend
        lambda z: (-float(np.exp(-z[0])), np.exp(-z), -np.diag(np.exp(-z))),  # ever flatter
        lambda z: (float(z @ z), 2 * z, 2 * np.eye(1)),  # a minimum
    ],
)
def test_no_maximum(function):
    best = maximise(function, np.array([0.5]))
    assert not best.converged


def test_steps_over_what_is_not_finite():
    def log(z):  # -inf beyond 0, maximum at -1
        if z[0] >= 0:
            return float("nan"), np.full(1, np.nan), np.full((1, 1), np.nan)
        return float(np.log(-z[0]) + z[0]), 1 / z + 1, np.diag(-1 / z**2)

    best = maximise(log, np.array([-0.1]))
    assert best.converged
    assert best.point[0] == pytest.approx(-1.0, abs=1e-6)


@pytest.mark.parametrize("start", np.linspace(0.49, 0.51, 41))
def test_rounding_hides_no_maximum(start: float) -> None:
    """Sums over a million users are known to eight digits after the point or so: steps are smaller."""

    def rounded(z):
        off = z[0] - 0.5
        noise = 5e-8 * np.sin(1e9 * off)
        return -590_462.0 - 5_000 * float(off) ** 2 + noise, -1e4 * (z - 0.5), np.full((1, 1), -1e4)

    best = maximise(rounded, np.array([0.5 + 1e-3 * (start - 0.5)]))
    assert best.converged
    assert best.point[0] == pytest.approx(0.5, abs=1e-6)


def test_flat_directions_have_no_covariance():
    best = maximise(
        lambda z: (-float(z[0] ** 2), np.array([-2 * z[0], 0.0]), np.diag([-2.0, 0.0])),
        np.array([1.0, 1.0]),
    )
    assert not best.converged
    assert np.isnan(best.covariance).all()
