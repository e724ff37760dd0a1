from __future__ import annotations

import numpy as np
import pytest

from userops.customers.forecast import History, fit, horizon_of, spearman
from userops.customers.params import LtvParams

TRUE, SPEND = (0.6, 40.0, 0.9, 2.5), (6.0, 4.0, 15.0)


def shop(seed: int, users: int = 3000) -> tuple[History, np.ndarray, np.ndarray]:
    """Histories by MBG/NBD and Gamma-Gamma, and each user's group and spend in the 365 days after."""
    random = np.random.default_rng(seed)
    T = random.integers(60, 700, users).astype(float)
    rate, leaves = random.gamma(TRUE[0], 1 / TRUE[1], users), random.beta(TRUE[2], TRUE[3], users)
    price = SPEND[0] / random.gamma(SPEND[1], 1 / SPEND[2], users)
    x, t_x, m, later = np.zeros(users, np.int64), np.zeros(users), np.zeros(users), np.zeros(users)
    for user in range(users):
        clock, spent = 0.0, 0.0
        while random.random() >= leaves[user]:
            clock += random.exponential(1 / rate[user])
            if clock > T[user] + 365:
                break
            worth = random.gamma(SPEND[0], price[user] / SPEND[0])
            if clock > T[user]:
                later[user] += worth
            else:
                x[user] += 1
                t_x[user], spent = clock, spent + worth
        m[user] = spent / max(x[user], 1)
    history = History(x, t_x, T, m, "day", 700)
    return history, random.integers(0, 3, users), later


PARAMS = LtvParams(discount_rate=0.0)


def test_intervals_of_groups_cover_the_true_expectation() -> None:
    """80 % intervals, 40 shops of 3 groups and their sum: the parameters' error alone."""
    from userops.stats.models import gamma_gamma
    from userops.stats.models.catalogue import MODELS

    held = []
    for seed in range(40):
        history, group, _ = shop(seed, 1500)
        found = fit(history, "mbg-nbd", PARAMS)
        totals = found.group_totals(group, np.ones(3, bool), horizon_of(PARAMS))
        low, high = totals.interval(0.8)
        h = history
        expected = MODELS["mbg-nbd"].expected_purchases(TRUE, h.x, h.t_x, h.T, 365.0)
        expected *= gamma_gamma.expected_spend(SPEND, h.x, h.m)
        truth = np.append(np.bincount(group, expected, 3), expected.sum())
        held.append((low <= truth) & (truth <= high))
    assert np.mean(held) == pytest.approx(0.8, abs=0.1)


def test_intervals_of_users_hold_what_they_bring() -> None:
    history, _, later = shop(99, 8000)
    found = fit(history, "mbg-nbd", PARAMS)
    for level in (0.5, 0.8, 0.95):
        low, high = found.value_interval(horizon_of(PARAMS), level)
        inside = np.mean((low <= later) & (later <= high))
        assert level - 0.02 < inside  # more, where no purchase at all is likely
        assert inside < 1.0
        likely = high > 0
        beyond = np.mean((later > high)[likely])
        assert beyond == pytest.approx((1 - level) / 2, abs=0.02)
    expected = found.expected_orders(365.0) * found.expected_spend()
    assert expected.sum() == pytest.approx(later.sum(), rel=0.08)


def test_group_totals_are_the_users_sums() -> None:
    history, group, _ = shop(3)
    found = fit(history, "bg-nbd", LtvParams())
    ahead = horizon_of(LtvParams())
    each = found.expected_orders(ahead) * found.expected_spend()
    wanted = np.append(np.bincount(group, each, 3), each.sum())
    assert found.group_totals(group, np.ones(3, bool), ahead).value == pytest.approx(wanted)


def test_spearman() -> None:
    assert spearman(np.array([1, 2, 3]), np.array([1.0, 5.0, 9.0])) == pytest.approx(1.0)
    assert spearman(np.array([1, 2, 3, 3]), np.array([3.0, 2.0, 1.0, 1.0])) == pytest.approx(-1.0)
    assert spearman(np.array([2, 2]), np.array([3.0, 2.0])) == 0.0


def test_spend_that_goes_with_frequency_is_said() -> None:
    history, _, _ = shop(5)
    notes = fit(history, "mbg-nbd", PARAMS).notes
    assert not any("Spearman" in note for note in notes)
    risen = History(history.x, history.t_x, history.T, history.m * history.x**0.8, "day", 700)
    notes = fit(risen, "mbg-nbd", PARAMS).notes
    assert any("spend depends on frequency (Spearman 0." in note for note in notes)


def test_nothing_paid_for_repeats_is_left_out_and_said() -> None:
    history, _, _ = shop(6)
    m = history.m.copy()
    gifts = np.flatnonzero(history.x > 0)[:7]
    m[gifts] = 0.0
    found = fit(History(history.x, history.t_x, history.T, m, "day", 700), "mbg-nbd", PARAMS)
    assert any(note.startswith("7 repeat buyers have no net repeat spend") for note in found.notes)
    assert np.isfinite(found.expected_spend()).all()


@pytest.mark.parametrize("model", ["mbg-nbd", "bg-nbd", "pareto-nbd"])
def test_buyers_who_never_leave_are_an_answer(model: str) -> None:
    """Poisson purchases at gamma rates, and nobody leaves: the NBD."""
    random = np.random.default_rng(7)
    users, T = 1500, 365.0
    rates = random.gamma(2.0, 1 / 60, users)
    x = random.poisson(rates * T)
    t_x = np.where(x > 0, T * random.random(users) ** (1 / np.maximum(x, 1)), 0.0)
    # Whoever bought lately goes on, so that the search runs to the border.
    t_x = np.where(x > 0, np.maximum(t_x, T - 1), 0.0)
    m = np.where(x > 0, random.gamma(6, 5, users), 0.0)
    history = History(x, np.round(t_x), np.full(users, T), m, "day", 366)
    found = fit(history, model, PARAMS)
    assert found.purchases.converged
    assert any("reduces to the NBD" in note for note in found.notes)
    r, alpha = found.purchases.estimates[:2]
    assert r / alpha == pytest.approx(x.mean() / T, rel=0.02)
    assert found.p_alive().min() > 0.999
    expected = (r + x) / (alpha + T) * 100
    assert found.expected_orders(100.0) == pytest.approx(expected, rel=1e-6)
    low, high = found.group_totals(
        np.zeros(users, int), np.ones(1, bool), horizon_of(PARAMS)
    ).interval(0.95)
    assert low[0] < high[0]
