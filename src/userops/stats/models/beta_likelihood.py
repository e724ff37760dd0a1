"""The likelihood that BG/NBD and MBG/NBD share, with its gradient and Hessian.

While alive a user buys at rate lambda ~ Gamma(r, alpha); at each chance the user drops out
with probability p ~ Beta(a, b). BG/NBD gives that chance after every repeat purchase,
MBG/NBD after the first purchase too: `first` is 0 or 1, the number of chances before the
first repeat purchase. Both likelihoods are then, for a user (x, t_x, T),

    L = Gamma(r+x)/Gamma(r) alpha^r (alpha+T)^-(r+x)  B(a, b+x+first)/B(a, b)  (1 + e^z)
    z = ln a - ln(b+x+first-1) + (r+x) ln[(alpha+T)/(alpha+t_x)]

without the e^z where x + first = 0, as nobody has had a chance to leave yet; and
P(alive) = 1 / (1 + e^z).
"""

# ruff: noqa: N803, N806

from __future__ import annotations

from functools import partial

import numpy as np

from userops.stats.models.histories import Histories
from userops.stats.models.newton import Objective, to_log
from userops.stats.models.special import (
    Floats,
    Integers,
    above,
    log_rising,
    logistic,
    softplus,
    weighted_counts,
)


def objective(data: Histories, first: int) -> Objective:
    """Log-likelihood, gradient and Hessian over all users, as a function of log-parameters.

    What depends on x alone is summed as a histogram, what depends on T alone per distinct T.
    """
    x, weight = data.x.astype(np.float64), data.weight
    purchases = weighted_counts(data.x, weight)
    buyers = above(purchases)  # users with x > j
    chances = above(np.concatenate([np.zeros(first), purchases]))
    T, place = np.unique(data.T, return_inverse=True)
    at_T = weighted_counts(place, weight), weighted_counts(place, weight * x)
    left = np.flatnonzero(data.x + first > 0)
    rows = x[left], data.t_x[left], data.T[left], weight[left]
    return partial(_evaluate, first=first, sums=(buyers, chances, T, *at_T), rows=rows)


def _evaluate(
    theta: Floats, *, first: int, sums: tuple[Floats, ...], rows: tuple[Floats, ...]
) -> tuple[float, Floats, Floats]:
    parameters = np.exp(theta)
    r, alpha, a, b = parameters
    buyers, chances, T, users, repeats = sums
    g, h = np.zeros(4), np.zeros((4, 4))

    # Gamma(r+x)/Gamma(r) and B(a, b+x+first)/B(a, b), as sums of logs over j < x.
    rj = r + np.arange(len(buyers))
    bj = b + np.arange(len(chances))
    value = buyers @ np.log(rj) - chances @ np.log1p(a / bj)
    g[0] = buyers @ (1.0 / rj)
    h[0, 0] = -(buyers @ (1.0 / rj**2))
    g[2] = -(chances @ (1.0 / (a + bj)))
    g[3] = chances @ (a / (bj * (a + bj)))
    h[2, 2] = h[2, 3] = chances @ (1.0 / (a + bj) ** 2)
    h[3, 3] = -(chances @ (a * (a + 2.0 * bj) / (bj * (a + bj)) ** 2))

    # alpha^r (alpha+T)^-(r+x)
    log_growth = np.log1p(T / alpha)
    inverse_end = 1.0 / (alpha + T)
    value -= r * (users @ log_growth) + repeats @ np.log(alpha + T)
    g[0] -= users @ log_growth
    g[1] = (users * r * T / alpha - repeats) @ inverse_end
    h[0, 1] = (users * T / alpha) @ inverse_end
    h[1, 1] = -(users * r * T * (2.0 * alpha + T) / alpha**2 - repeats) @ inverse_end**2

    # 1 + e^z
    x, t_x, T, weight = rows
    k = r + x
    chances_b = b + (x + first - 1.0)
    ratio = np.log1p((T - t_x) / (alpha + t_x))
    inverse_end, inverse_last = 1.0 / (alpha + T), 1.0 / (alpha + t_x)
    inverse_change = inverse_end - inverse_last
    z = np.log(a / chances_b) + k * ratio
    dropout = weight * logistic(z)
    value += weight @ softplus(z)
    gradients = np.stack([ratio, k * inverse_change, np.full_like(z, 1.0 / a), -1.0 / chances_b])
    g += gradients @ dropout
    h += (gradients * (dropout * logistic(-z))) @ gradients.T
    h[0, 1] += dropout @ inverse_change
    h[1, 1] -= (dropout * k) @ (inverse_change * (inverse_end + inverse_last))
    h[2, 2] -= dropout.sum() / a**2
    h[3, 3] += dropout @ chances_b**-2.0

    h[1, 0], h[3, 2] = h[0, 1], h[2, 3]
    return float(value), *to_log(parameters, g, h)


def log_odds(parameters: Floats, x: Integers, t_x: Floats, T: Floats, first: int) -> Floats:
    """Return z of the module's docstring, per user: the log-odds of having dropped out by T."""
    r, alpha, a, b = parameters
    # ln[a / (b+x+first-1)] by x; -inf where nobody has had a chance to leave yet.
    tried = b + (np.arange(int(x.max()) + 1) + (first - 1.0))
    by_count = np.log(a) - np.log(np.where(tried > 0.0, tried, 1.0))
    if first == 0:
        by_count[0] = -np.inf
    z: Floats = np.log1p((T - t_x) / (alpha + t_x))
    z *= r + x
    z += by_count[x]
    return z


def log_likelihoods(parameters: Floats, x: Integers, t_x: Floats, T: Floats, first: int) -> Floats:
    """Return ln L per user."""
    r, alpha, a, b = parameters
    n = int(x.max())
    counts = log_rising(r, n)[x]
    tries = np.concatenate([[0.0], -np.cumsum(np.log1p(a / (b + np.arange(n + first))))])[x + first]
    timing = -r * np.log1p(T / alpha) - x * np.log(alpha + T)
    by_user: Floats = counts + tries + timing + softplus(log_odds(parameters, x, t_x, T, first))
    return by_user
