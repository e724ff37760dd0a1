"""Expectations and probabilities agree with each other and with the models' limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.models.predicted import NEW, probabilities, user_values
from stats.models.shops import shop
from stats.models.test_likelihoods import parameters, users
from userops.stats.models import gamma_gamma, user_interval
from userops.stats.models.catalogue import MODELS
from userops.stats.models.histories import distinct_histories
from userops.stats.models.horizon import Horizon
from userops.stats.models.user_interval import value_quantiles
from userops.stats.models.value import group_values

FITTED = {
    "bg-nbd": (0.243, 4.414, 0.793, 2.426),
    "mbg-nbd": (0.525, 6.183, 0.891, 1.614),
    "pareto-nbd": (0.553, 10.578, 0.606, 11.669),
}
each_model = pytest.mark.parametrize("name", MODELS)


@each_model
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_probabilities_are_of_the_same_future_as_the_expectation(name, data):
    theta, history = data.draw(parameters(name)), data.draw(users())
    model = MODELS[name]
    # Little enough time for the counts to end somewhere.
    share = data.draw(st.floats(0.01, 1.0))
    t = share * (theta[1] + history[2])
    p = probabilities(model, theta, *history, t=t, n_max=400)[0]
    assert p.min() >= 0.0
    assert p.sum() == pytest.approx(1.0, abs=1e-9)
    expected = model.expected_purchases(theta, *history, t)[0]
    assert p @ np.arange(401) == pytest.approx(expected, rel=1e-6, abs=1e-9)
    t = share * theta[1]
    new = probabilities(model, theta, *NEW, t=t, n_max=400)[0]
    assert new.sum() == pytest.approx(1.0, abs=1e-9)
    assert new @ np.arange(401) == pytest.approx(
        model.expected_purchases(theta, *NEW, t)[0], rel=1e-6
    )


@each_model
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_more_time_more_purchases(name, data):
    theta, history = data.draw(parameters(name)), data.draw(users())
    model = MODELS[name]
    times = np.geomspace(0.01, 1e5, 30)
    expected = [model.expected_purchases(theta, *history, float(t))[0] for t in times]
    assert (np.diff(expected) >= -1e-9 * np.array(expected[1:])).all()
    # At first the living buy at their mean rate, (r + x) / (alpha + T).
    tiny = 1e-7 * (theta[1] + history[2])
    now = model.expected_if_alive(theta, history[0], history[2], tiny)[0]
    assert now / tiny == pytest.approx((theta[0] + history[0]) / (theta[1] + history[2]), rel=1e-5)


@each_model
def test_nothing_breaks_at_one(name):
    # a = 1 and s = 1 are 0/0 in the papers' forms.
    model = MODELS[name]
    around = [
        model.expected_purchases((0.5, 5.0, 1.0 + d, 2.0), [0, 3], [0, 9.0], [9.0, 10.0], 30.0)
        for d in (-1e-7, 0.0, 1e-7)
    ]
    np.testing.assert_allclose(around[0], around[1], rtol=1e-6)
    np.testing.assert_allclose(around[2], around[1], rtol=1e-6)


def test_one_time_buyers():
    assert MODELS["bg-nbd"].p_alive(FITTED["bg-nbd"], 0, 0, 1e4) == 1.0
    for name in ("mbg-nbd", "pareto-nbd"):
        alive = MODELS[name].p_alive(FITTED[name], [0, 0], [0, 0], [10.0, 1000.0])
        assert alive[1] < alive[0] < 1.0


@each_model
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e8])
def test_edges_are_finite(name, scale):
    # No repeat purchase, one on the last day, one a day for ten years, a long silence.
    x = np.array([0, 0, 1, 1, 3650, 900, 0])
    t_x = np.array([0, 0, 3650, 1, 3650, 900, 0.0])
    T = np.array([0, 3650, 3650, 3650, 3650, 3650, 1e-9])
    model = MODELS[name]
    for theta in (
        (1.0, scale, 1.0, scale if name == "pareto-nbd" else 1.0),
        (0.01, scale, 0.01, 0.01),
        (50.0, scale, 80.0, 1e-3),
        (50.0, 1e-3, 80.0, scale),
        (1e6, 1e6 * scale, 1e-3, 1e3),
    ):
        assert np.isfinite(model.log_likelihood(theta, x, t_x, T))
        alive = model.p_alive(theta, x, t_x, T)
        assert ((alive >= 0.0) & (alive <= 1.0)).all()
        expected = model.expected_purchases(theta, x, t_x, T, 3650.0)
        assert np.isfinite(expected).all()
        assert (expected >= 0.0).all()
        for t in (1e-9, 1.0, 3650.0):
            assert np.isfinite(model.expected_purchases(theta, *NEW, t)).all()
        p = probabilities(model, theta, *NEW, t=30.0, n_max=20)
        assert ((p >= 0.0) & (p <= 1.0 + 1e-9)).all()


@pytest.mark.parametrize("theta", [(0.0, 1.0, 1.0, 1.0), (1.0, np.nan, 1.0, 1.0)])
def test_parameters_are_positive(theta):
    with pytest.raises(ValueError, match="positive"):
        MODELS["bg-nbd"].p_alive(theta, 0, 0, 1)


def test_discounting():
    model, theta, user = MODELS["bg-nbd"], FITTED["bg-nbd"], (2, 30.43, 38.86)
    year = 365 / 7
    plain = model.expected_purchases(theta, *user, year)[0]
    by_hand = 0.0
    for month in range(12):
        gain = [
            model.expected_purchases(theta, *user, year * k / 12)[0]
            for k in (month + 1, max(month, 1e-12))
        ]
        by_hand += (gain[0] - gain[1]) * 1.1 ** -((month + 0.5) / 12)
    monthly = Horizon.of(year, annual_rate=0.1, year=year)
    assert len(monthly.ends) == 12
    got = model.expected_purchases(theta, *user, monthly)[0]
    assert got == pytest.approx(by_hand, rel=1e-9)
    fine = Horizon.of(year, annual_rate=0.1, year=year, periods_a_year=365)
    assert model.expected_purchases(theta, *user, fine)[0] == pytest.approx(got, rel=1e-4)
    assert plain / 1.1 < got < plain
    assert model.expected_purchases(theta, *user, Horizon.of(year))[0] == pytest.approx(plain)


@pytest.mark.parametrize("length", [0.0, -1.0, np.inf, np.nan])
def test_a_horizon_is_positive(length):
    with pytest.raises(ValueError, match="positive"):
        Horizon.of(length)


def test_gamma_gamma_spend():
    theta = (6.25, 3.74, 15.44)
    got = gamma_gamma.expected_spend(theta, [0, 5], [np.nan, 20.0])
    assert got[0] == pytest.approx(6.25 * 15.44 / 2.74)
    assert 20.0 < got[1] < got[0]
    assert gamma_gamma.expected_spend((1.0, 0.5, 1.0), 0, 0)[0] == np.inf


@each_model
def test_value_quantiles_against_simulation(name):
    model, theta, spend = MODELS[name], FITTED[name], (6.25, 3.74, 15.44)
    rng = np.random.default_rng(11)
    for x, t_x, T, m in ((0, 0.0, 30.0, 0.0), (2, 30.0, 39.0, 25.0), (10, 38.0, 39.0, 60.0)):
        p = probabilities(model, theta, x, t_x, T, t=52.0, n_max=300)[0]
        n = rng.choice(len(p), 200_000, p=p / p.sum())
        nu = rng.gamma(spend[1] + spend[0] * x, 1.0 / (spend[2] + x * m), len(n))
        worth = np.where(n > 0, rng.gamma(spend[0] * np.maximum(n, 1)) / nu, 0.0)
        got = value_quantiles(
            model,
            theta,
            spend,
            *distinct_histories(x, t_x, T),
            m=np.array([m]),
            horizon=Horizon.of(52.0),
            levels=(0.1, 0.5, 0.9, 0.975),
        )[0]
        share = [(worth <= value).mean() for value in got]
        mass_at_0 = (worth == 0.0).mean()
        want = np.maximum([0.1, 0.5, 0.9, 0.975], mass_at_0)
        np.testing.assert_allclose(share, want, atol=0.005)


@each_model
@pytest.mark.parametrize("x", [0, 1, 7, 60])
def test_users_of_many_ages_have_the_quantiles_that_each_has_alone(name, x):
    """Of many T they are made from few, of one they are computed."""
    T = np.concatenate([np.arange(3.0, 900.0), [5000.0]])
    t_x = np.where(x > 0, 0.8 * T, 0.0)
    of = (MODELS[name], FITTED[name], (6.25, 3.74, 15.44))
    told = {"horizon": Horizon.of(52.0), "levels": (0.01, 0.5, 0.9, 0.999)}
    m = np.full(len(T), 25.0)
    together = value_quantiles(*of, *distinct_histories(np.full(len(T), x), t_x, T), m=m, **told)
    for row in (0, 1, 40, 500, len(T) - 1):
        alone = value_quantiles(*of, *distinct_histories(x, t_x[row], T[row]), m=m[:1], **told)[0]
        # Alone it has a finer grid, for fewer purchases are to be reckoned with.
        np.testing.assert_allclose(together[row], alone, rtol=4e-3, atol=1e-6)


@pytest.mark.parametrize("alpha", [100.0, 500.0])
@pytest.mark.parametrize("beta", [0.1, 5.0])
def test_who_lives_longer_with_age_may_buy_more(alpha, beta):
    """Of those alive, the oldest may be the least likely to leave: their counts reach furthest."""
    of = (MODELS["pareto-nbd"], (2.0, alpha, 5.0, beta), (6.25, 3.74, 15.44))
    told = {"horizon": Horizon.of(2000.0), "levels": (0.9, 0.975, 0.999)}
    T = np.array([1.0, 900.0])
    x = np.ones(2)
    together = value_quantiles(*of, *distinct_histories(x, T, T), m=np.full(2, 25.0), **told)
    alone = value_quantiles(*of, *distinct_histories(1, 900.0, 900.0), m=np.full(1, 25.0), **told)
    np.testing.assert_allclose(together[1], alone[0], rtol=5e-3)


def test_probabilities_of_many_ages_are_those_computed():
    ages = np.arange(1.0, 900.0)
    for name in MODELS:
        for x in (0, 1, 7, 60, 250):
            of = [MODELS[name], FITTED[name]]

            def table(ages, of=of, x=x):
                counts = np.full(len(ages), x)
                return of[0].probabilities_if_alive(of[1], counts, ages, t=52.0, n_max=40)

            asked = []

            def counted(ages, table=table, asked=asked):
                asked.append(len(ages))
                return table(ages)

            found = user_interval._smooth(counted, ages, FITTED[name][1])
            np.testing.assert_allclose(found, table(ages), atol=1e-8)
            assert sum(asked) < len(ages) / 3


@each_model
def test_who_is_surely_gone_is_worth_nothing(name):
    """However sure that is: no level is beyond what numbers hold."""
    for x, t_x, T in ((40, 30.0, 400.0), (300, 50.0, 900.0)):
        got = value_quantiles(
            MODELS[name],
            FITTED[name],
            (6.25, 3.74, 15.44),
            *distinct_histories(x, t_x, T),
            m=np.array([25.0]),
            horizon=Horizon.of(52.0),
            levels=(0.025, 0.975),
        )
        assert got.tolist() == [[0.0, 0.0]]


def test_groups_are_sums_of_users():
    model = MODELS["mbg-nbd"]
    rng = np.random.default_rng(3)
    T = rng.integers(150, 300, 4000).astype(float)
    x, t_x = shop("mbg-nbd", (0.6, 30.0, 0.9, 1.7), T, 5, days=True)
    m = rng.gamma(6.0 * np.maximum(x, 1)) / rng.gamma(4.0, 1 / 15.0, 4000) / np.maximum(x, 1)
    fit, spend = model.fit(x, t_x, T), gamma_gamma.fit(x, m)
    assert fit.converged
    assert spend.converged
    users_ = {"x": x, "t_x": t_x, "T": T, "m": m, "horizon": Horizon.of(365, annual_rate=0.1)}
    values = user_values(model, fit.estimates, spend.estimates, **users_)
    group = np.arange(4000) % 3
    parts = group_values(model, fit, spend, group=group, **users_)
    whole = group_values(model, fit, spend, group=group * 0, **users_)
    np.testing.assert_allclose(parts.value, np.bincount(group, values))
    assert whole.value[0] == pytest.approx(parts.value.sum())
    low, high = whole.interval()
    assert low[0] < whole.value[0] < high[0]
    # The parametric bootstrap agrees with the delta method.
    drawn = [
        user_values(model, a, b, **users_).sum()
        for a, b in zip(fit.draws(300, seed=1), spend.draws(300, seed=2), strict=True)
    ]
    assert np.log(drawn).std() == pytest.approx(whole.std_error[0] / whole.value[0], rel=0.2)
