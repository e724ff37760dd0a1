"""Likelihoods against their definitions, against lifetimes, and their derivatives."""

from __future__ import annotations

import json
from math import log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.models import definition
from userops.stats.models import beta_likelihood, gamma_gamma, pareto_likelihood
from userops.stats.models.catalogue import MODELS
from userops.stats.models.histories import histories

LIFETIMES = Path(__file__).parents[2] / "oracles" / "models_by_lifetimes.json"

log10s = {
    "bg-nbd": [(-0.6, 0.7), (-0.5, 2), (-0.5, 0.7), (-0.5, 1)],
    "mbg-nbd": [(-0.6, 0.7), (-0.5, 2), (-0.5, 0.7), (-0.5, 1)],
    "pareto-nbd": [(-0.6, 0.7), (-0.5, 2), (-0.6, 0.7), (-0.5, 2)],
}


@st.composite
def users(draw, most=12):
    T = draw(st.floats(0.5, 200.0))
    x = draw(st.integers(0, most))
    share = draw(st.sampled_from([0.01, 1.0]) | st.floats(0.01, 1.0))
    return x, (T * share if x else 0.0), T


@st.composite
def parameters(draw, name):
    return tuple(10.0 ** draw(st.floats(low, high)) for low, high in log10s[name])


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_definition(name, data):
    theta, (x, t_x, T) = data.draw(parameters(name)), data.draw(users())
    t = data.draw(st.floats(0.5, 300.0))
    likelihood, alive, expected = definition.likelihood_alive_expected(name, theta, x, t_x, T, t)
    model = MODELS[name]
    assert model.log_likelihood(theta, x, t_x, T) == pytest.approx(log(likelihood), abs=1e-8)
    assert model.p_alive(theta, x, t_x, T)[0] == pytest.approx(alive, rel=1e-7, abs=1e-12)
    got = model.expected_purchases(theta, x, t_x, T, t)[0]
    assert got == pytest.approx(expected, rel=1e-6, abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(
    st.floats(0.5, 10), st.floats(1.5, 8), st.floats(1, 100), st.integers(1, 15), st.floats(1, 99)
)
def test_gamma_gamma_definition(p, q, gamma, x, m):
    likelihood, expected = definition.spend((p, q, gamma), x, m)
    got = gamma_gamma.log_likelihood((p, q, gamma), x, m)
    assert got == pytest.approx(log(likelihood), abs=1e-8)
    assert gamma_gamma.expected_spend((p, q, gamma), x, m)[0] == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("row", json.loads(LIFETIMES.read_text()), ids=lambda row: row["model"])
def test_lifetimes(row):
    model, theta = MODELS[row["model"]], row["parameters"]
    history = row["x"], row["t_x"], row["T"]
    assert model.log_likelihood(theta, *history) == pytest.approx(row["log_likelihood"], rel=1e-9)
    assert model.p_alive(theta, *history)[0] == pytest.approx(row["p_alive"], rel=1e-7)
    got = model.expected_purchases(theta, *history, row["t"])[0]
    assert got == pytest.approx(row["expected"], rel=1e-6)
    new = model.expected_purchases(theta, 0, 0.0, 0.0, row["t"])[0]
    assert new == pytest.approx(row["expected_of_new"], rel=1e-7)


def objective_of(name, rows):
    data = histories(*map(np.array, zip(*rows, strict=True)))
    if name == "pareto-nbd":
        return pareto_likelihood.objective(data)
    return beta_likelihood.objective(data, MODELS[name].first)


def assert_derivatives(objective, theta):
    """Gradient and Hessian are the slopes of value and gradient, both taken centrally."""
    _, gradient, hessian = objective(theta)
    step = 1e-5
    ends = [
        (objective(theta + step * unit), objective(theta - step * unit))
        for unit in np.eye(len(theta))
    ]
    slopes = np.array([(up[0] - down[0]) / (2 * step) for up, down in ends])
    bends = np.array([(up[1] - down[1]) / (2 * step) for up, down in ends])
    scale = 1.0 + np.abs(hessian).max() + np.abs(gradient).max()
    np.testing.assert_allclose(gradient, slopes, atol=2e-8 * (scale + abs(objective(theta)[0])))
    np.testing.assert_allclose(hessian, bends, atol=1e-7 * scale)
    np.testing.assert_array_equal(hessian, hessian.T)


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_derivatives(name, data):
    rows = data.draw(st.lists(users(most=60), min_size=1, max_size=6))
    theta = np.log(data.draw(parameters(name)))
    assert_derivatives(objective_of(name, rows), theta)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 40), st.floats(0.01, 100)), min_size=1, max_size=6),
    st.tuples(st.floats(-2, 3), st.floats(-2, 3), st.floats(-3, 4)),
)
def test_gamma_gamma_derivatives(rows, theta):
    x, m = map(np.array, zip(*rows, strict=True))
    assert_derivatives(gamma_gamma.objective(x, m), np.array(theta))


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_the_search_sums_what_the_users_say(name, data):
    rows = data.draw(st.lists(users(), min_size=1, max_size=8))
    theta = data.draw(parameters(name))
    value = objective_of(name, rows * 3)(np.log(theta))[0]
    each = sum(MODELS[name].log_likelihood(theta, *row) for row in rows)
    assert value == pytest.approx(3 * each, rel=1e-10, abs=1e-9)
