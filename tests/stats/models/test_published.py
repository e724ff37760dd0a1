"""What the papers print about the CDNOW sample, to half a unit of the last digit."""

from __future__ import annotations

import numpy as np
import pytest

from stats.models.cdnow import shop
from userops.stats.models import gamma_gamma
from userops.stats.models.catalogue import MODELS

# Fader, Hardie & Lee (2005), table 2; Batislam et al. (2007).
PUBLISHED = {
    "bg-nbd": ((0.243, 4.414, 0.793, 2.426), -9582.4),
    "pareto-nbd": ((0.553, 10.578, 0.606, 11.669), -9595.0),
    "mbg-nbd": ((0.525, 6.183, 0.891, 1.614), -9582.1),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_fit(name):
    data = shop()
    estimates, log_likelihood = PUBLISHED[name]
    fit = MODELS[name].fit(data.x, data.t_x, data.T, time_unit="week")
    assert fit.converged
    assert fit.users == 2357
    assert np.abs(np.subtract(fit.estimates, estimates)).max() <= 0.0005
    assert fit.log_likelihood == pytest.approx(log_likelihood, abs=0.1)
    assert fit.aic == pytest.approx(8 - 2 * fit.log_likelihood)


@pytest.mark.parametrize("name", PUBLISHED)
def test_fit_in_days_is_the_same_fit(name):
    data = shop()
    weeks = MODELS[name].fit(data.x, data.t_x, data.T)
    days = MODELS[name].fit(data.x, np.rint(data.t_x * 7), np.rint(data.T * 7))
    scale = np.array([1, 7, 1, 7] if name == "pareto-nbd" else [1, 7, 1, 1])
    np.testing.assert_allclose(days.estimates, np.array(weeks.estimates) * scale, rtol=1e-6)
    np.testing.assert_allclose(days.std_errors, np.array(weeks.std_errors) * scale, rtol=1e-5)
    assert days.log_likelihood == pytest.approx(weeks.log_likelihood - data.x.sum() * np.log(7))


def test_gamma_gamma():
    # Fader & Hardie (2013): 946 repeat buyers, mean 35.08.
    data = shop()
    buyers = data.x > 0
    assert buyers.sum() == 946
    assert data.m[buyers].mean() == pytest.approx(35.08, abs=0.005)
    fit = gamma_gamma.fit(data.x, data.m)
    assert fit.converged
    assert np.abs(np.subtract(fit.estimates, (6.25, 3.74, 15.44))).max() <= 0.005
    assert fit.log_likelihood == pytest.approx(-4055.9, abs=0.1)


def test_bg_nbd_expectation():
    # Fader, Hardie & Lee (2005), the spreadsheet note: customer 0001.
    model, parameters = MODELS["bg-nbd"], PUBLISHED["bg-nbd"][0]
    expected = model.expected_purchases(parameters, 2, 30.43, 38.86, 39.0)
    assert expected[0] == pytest.approx(1.226, abs=0.0005)


def test_pareto_nbd_expectation():
    model, parameters = MODELS["pareto-nbd"], PUBLISHED["pareto-nbd"][0]
    expected = model.expected_purchases(parameters, 26, 30.86, 31.0, 52.0)
    assert expected[0] == pytest.approx(25.46, abs=0.005)


def test_holdout():
    data = shop()
    assert data.later.sum() == pytest.approx(1882, abs=8)
    for name, total in (("bg-nbd", 1653), ("pareto-nbd", None), ("mbg-nbd", None)):
        model = MODELS[name]
        estimates = model.fit(data.x, data.t_x, data.T).estimates
        expected = model.expected_purchases(estimates, data.x, data.t_x, data.T, 39.0)
        if total:
            assert expected.sum() == pytest.approx(total, abs=1)
        # Better in total than each user going on at the rate so far.
        naive = data.x / data.T * 39.0
        assert abs(expected.sum() - data.later.sum()) < abs(naive.sum() - data.later.sum())
        assert ((expected - data.later) ** 2).mean() < ((naive - data.later) ** 2).mean()
        # By deciles of the prediction, ten parts of equal size, none is far from what came.
        parts = np.array_split(np.argsort(expected, kind="stable"), 10)
        predicted = np.array([expected[part].mean() for part in parts])
        actual = np.array([data.later[part].mean() for part in parts])
        assert np.corrcoef(predicted, actual)[0, 1] > 0.98
        assert np.abs(predicted - actual).max() < 0.5
