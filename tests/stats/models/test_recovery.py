"""Made-up shops give their parameters back, and intervals cover as often as they say."""

from __future__ import annotations

import numpy as np
import pytest

from stats.models.shops import futures, shop
from userops.stats.models import gamma_gamma
from userops.stats.models.catalogue import MODELS
from userops.stats.models.histories import distinct_histories
from userops.stats.models.horizon import Horizon
from userops.stats.models.uncertainty import predict
from userops.stats.models.user_interval import value_quantiles

TRUE = {
    "bg-nbd": (0.4, 5.0, 0.8, 2.4),
    "mbg-nbd": (0.6, 6.0, 0.9, 1.7),
    "pareto-nbd": (0.6, 8.0, 0.7, 12.0),
}
each_model = pytest.mark.parametrize("name", MODELS)


def ages(n, seed=0):
    return np.random.default_rng(seed).uniform(20.0, 60.0, n)


@each_model
def test_a_large_shop_gives_its_parameters_back(name):
    T = ages(100_000)
    x, t_x = shop(name, TRUE[name], T, 1)
    fit = MODELS[name].fit(x, t_x, T)
    assert fit.converged
    z = (np.array(fit.estimates) - TRUE[name]) / fit.std_errors
    assert np.abs(z).max() < 3.5
    assert max(fit.std_errors / np.array(TRUE[name])) < 0.1
    assert fit.log_likelihood >= MODELS[name].log_likelihood(TRUE[name], x, t_x, T)


@each_model
def test_coverage_of_parameters_and_of_the_expected_total(name):
    model, shops = MODELS[name], 100
    T = ages(1000)
    covered, held = np.zeros(4), 0
    for seed in range(shops):
        x, t_x = shop(name, TRUE[name], T, 1000 + seed)
        fit = model.fit(x, t_x, T)
        assert fit.converged
        low, high = np.array(fit.interval(0.9)).T
        covered += (low <= TRUE[name]) & (TRUE[name] <= high)

        def total(theta, history=(x, t_x, T)):
            return model.expected_purchases(theta, *history, 30.0).sum()

        low, high = predict(total, fit).interval(0.9)
        held += low <= total(TRUE[name]) <= high
    # 90 %, give or take three standard errors of 100 trials.
    assert (np.abs(covered / shops - 0.9) < 0.09).all()
    assert abs(held / shops - 0.9) < 0.09


@each_model
def test_coverage_of_one_user(name):
    """Fitted on one shop, each user's interval holds what that user then spends."""
    model, n, spend = MODELS[name], 6000, (4.0, 4.0, 30.0)
    T = np.floor(ages(n) * 7)
    scale = (1, 7, 1, 7) if name == "pareto-nbd" else (1, 7, 1, 1)
    x, t_x, later = futures(name, tuple(np.multiply(TRUE[name], scale)), T, 180.0, 77, days=True)
    rng = np.random.default_rng(78)
    nu = rng.gamma(spend[1], 1.0 / spend[2], n)
    m = np.where(x > 0, rng.gamma(spend[0] * np.maximum(x, 1)) / nu / np.maximum(x, 1), 0.0)
    worth = np.where(later > 0, rng.gamma(spend[0] * np.maximum(later, 1)) / nu, 0.0)
    estimates = model.fit(x, t_x, T).estimates

    values = value_quantiles(
        model,
        estimates,
        gamma_gamma.fit(x, m).estimates,
        *distinct_histories(x, t_x, T),
        m=m,
        horizon=Horizon.of(180.0),
        levels=(0.5, 0.8, 0.95),
    )
    for column, level in enumerate((0.5, 0.8, 0.95)):
        share = (worth <= values[:, column]).mean()
        # Where most buy nothing, the quantile is 0 and more than its level lies at or below.
        above = values[:, column] > 0.0
        assert share >= level - 0.015
        luck = 3.5 * (level * (1.0 - level) / above.sum()) ** 0.5
        assert (worth <= values[:, column])[above].mean() == pytest.approx(level, abs=luck)


def test_gamma_gamma_recovery():
    rng = np.random.default_rng(4)
    p, q, gamma = 6.0, 3.5, 15.0
    x = 1 + rng.poisson(2.0, 100_000)
    m = rng.gamma(p * x) / rng.gamma(q, 1.0 / gamma, len(x)) / x
    fit = gamma_gamma.fit(x, m)
    assert fit.converged
    z = (np.array(fit.estimates) - (p, q, gamma)) / fit.std_errors
    assert np.abs(z).max() < 3.5
    # Another currency, the same model.
    cents = gamma_gamma.fit(x, m * 100.0)
    np.testing.assert_allclose(cents.estimates, np.array(fit.estimates) * (1, 1, 100), rtol=1e-6)
    assert cents.log_likelihood == pytest.approx(
        gamma_gamma.log_likelihood(cents.estimates, x, m * 100.0), rel=1e-12
    )


@each_model
def test_the_order_of_users_never_matters(name):
    T = np.floor(ages(3000))
    x, t_x = shop(name, TRUE[name], T, 8, days=True)
    order = np.random.default_rng(9).permutation(len(T))
    one, two = MODELS[name].fit(x, t_x, T), MODELS[name].fit(x[order], t_x[order], T[order])
    assert one.estimates == two.estimates
    assert one.log_likelihood == two.log_likelihood


@each_model
@pytest.mark.parametrize("what", ["nobody returns", "one user", "clockwork"])
def test_what_cannot_be_fitted_says_so(name, what):
    x, t_x, T = {
        "nobody returns": (np.zeros(1000), np.zeros(1000), np.full(1000, 100.0)),
        "one user": (np.array([3]), np.array([20.0]), np.array([30.0])),
        "clockwork": (np.full(1000, 9), np.full(1000, 90.0), np.full(1000, 95.0)),
    }[what]
    fit = MODELS[name].fit(x, t_x, T)
    assert not fit.converged


def test_spend_that_cannot_be_fitted():
    assert not gamma_gamma.fit([1, 2, 3] * 100, np.full(300, 20.0)).converged
    with pytest.raises(ValueError, match="no user"):
        gamma_gamma.fit([0, 0], [1.0, 1.0])
    with pytest.raises(ValueError, match="positive"):
        gamma_gamma.fit([1, 2], [0.0, 1.0])
    with pytest.raises(ValueError, match="whole"):
        gamma_gamma.fit([0.5], [1.0])


def test_draws_are_seeded_and_positive():
    T = np.floor(ages(2000))
    fit = MODELS["mbg-nbd"].fit(*shop("mbg-nbd", TRUE["mbg-nbd"], T, 8, days=True), T)
    drawn = fit.draws(4000, seed=5)
    assert drawn.min() > 0.0
    np.testing.assert_array_equal(drawn, fit.draws(4000, seed=5))
    np.testing.assert_allclose(np.cov(np.log(drawn).T), fit.log_covariance, rtol=0.15, atol=2e-3)
