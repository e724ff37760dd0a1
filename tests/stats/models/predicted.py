"""What the models' parts say together of users, for tests: the program itself takes the parts."""

from __future__ import annotations

import numpy as np

from userops.stats.models import gamma_gamma

NEW = (0, 0.0, 0.0)  # x, t_x, T of a user who has just come


def probabilities(model, theta, x, t_x, T, *, t, n_max):
    """P(n purchases in (T, T + t] | x, t_x, T), n = 0 .. n_max; shape (users, n_max + 1)."""
    alive = model.p_alive(theta, x, t_x, T)[:, None]
    found = alive * model.probabilities_if_alive(theta, x, T, t=t, n_max=n_max)
    found[:, 0] += 1.0 - alive[:, 0]
    return found


def user_values(model, theta, spend, *, x, t_x, T, m, horizon):
    """What each user is expected to be worth within the horizon."""
    purchases = model.expected_purchases(theta, x, t_x, T, horizon)
    return np.asarray(purchases * gamma_gamma.expected_spend(spend, x, m))
