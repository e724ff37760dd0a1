"""Our integrals against the papers' 2F1s at 60 digits, far beyond where doubles overflow."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from userops.stats.models.beta_geometric import mean_of_new, means_of_new
from userops.stats.models.pareto_integral import leaving_after

ROWS = json.loads((Path(__file__).parents[2] / "oracles" / "models_by_mpmath.json").read_text())
ONE = np.ones(1)


def test_pareto():
    rows = [row for row in ROWS if row["of"] == "pareto"]
    assert any(row["parameters"][1] > 100 * row["parameters"][3] for row in rows)
    assert any(100 * row["parameters"][1] < row["parameters"][3] for row in rows)
    for row in rows:
        got = leaving_after(np.array(row["parameters"]), ONE * row["x"], ONE * row["t"]).log[0]
        assert got == pytest.approx(row["value"], rel=1e-12, abs=1e-10), row


def test_pareto_pairs_do_not_depend_on_their_company():
    theta = np.array([0.5, 10.0, 0.6, 12.0])
    x, t = np.array([0.0, 3.0, 900.0, 0.0]), np.array([0.0, 40.0, 3650.0, 3650.0])
    together = leaving_after(theta, x, t, derivatives=True)
    for i in range(4):
        alone = leaving_after(theta, x[i : i + 1], t[i : i + 1], derivatives=True)
        np.testing.assert_allclose(alone.log[0], together.log[i], rtol=1e-12)
        np.testing.assert_allclose(alone.gradient[0], together.gradient[i], rtol=1e-9)
        np.testing.assert_allclose(alone.raw_hessian[0], together.raw_hessian[i], rtol=1e-9)


def test_mean():
    for row in (row for row in ROWS if row["of"] == "mean"):
        k, alpha, a, b = row["parameters"]
        got = mean_of_new(k * ONE, alpha * ONE, a, b * ONE, times=row["t"] * ONE, weights=ONE)[0]
        assert got == pytest.approx(row["value"], rel=1e-6), row


@pytest.mark.parametrize(
    ("r", "alpha", "a", "b", "longest"),
    [(0.24, 4.4, 0.79, 2.4, 40), (0.5, 60.0, 0.6, 3.0, 731), (1.2, 0.3, 1.5, 0.8, 731),
     (3.0, 500.0, 0.2, 9.0, 300), (0.9, 30.0, 0.5, 1.2, 5)],
)  # fmt: skip
def test_means_of_many_are_those_of_each(
    r: float, alpha: float, a: float, b: float, longest: int
) -> None:
    random = np.random.default_rng(2)
    x = random.integers(0, 12, 3_000).astype(float)
    since = random.integers(0, longest + 1, 3_000).astype(float)
    times, weights = np.array([30.0, 180.0, 365.0]), np.array([0.2, 0.5, 0.3])
    given = (r + x, alpha + since, a, b + x)
    each = mean_of_new(*given, times=times, weights=weights)
    many = means_of_new(*given, times=times, weights=weights)
    assert many == pytest.approx(each, rel=1e-12)
