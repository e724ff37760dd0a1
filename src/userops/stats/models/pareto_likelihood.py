"""The likelihood of Pareto/NBD, with its gradient and Hessian.

    L = Gamma(r+x)/Gamma(r) [F + G(t_x) - G(T)]
    F = alpha^r beta^s (alpha+T)^-(r+x) (beta+T)^-s      still alive at T
    G(t)                                                 left after t: see pareto_integral

which is Fader & Hardie, "A note on deriving the Pareto/NBD model and related expressions"
(2005), eqs. 18 to 20, with their A_0 as the integral that it is. G(T) is never more than F,
so that the difference costs no digits.
"""

# ruff: noqa: N803, N806

from __future__ import annotations

import numpy as np

from userops.stats.models.histories import Histories, distinct_pairs
from userops.stats.models.newton import Objective, to_log
from userops.stats.models.pareto_integral import Leaving, leaving_after
from userops.stats.models.special import Floats, Integers, above, log_rising, weighted_counts


def objective(data: Histories) -> Objective:
    """Log-likelihood, gradient and Hessian over all users, as a function of log-parameters."""
    x = np.concatenate([data.x, data.x])
    x_pair, t_pair, place = distinct_pairs(x, np.concatenate([data.t_x, data.T]))
    at_last, at_end = np.split(place, 2)
    buyers = above(weighted_counts(data.x, data.weight))  # users with x > j
    weight, rows, T = data.weight, data.x.astype(np.float64), data.T

    def evaluate(theta: Floats) -> tuple[float, Floats, Floats]:
        parameters = np.exp(theta)
        leaving = leaving_after(parameters, x_pair.astype(np.float64), t_pair, derivatives=True)
        assert leaving.gradient is not None
        assert leaving.raw_hessian is not None
        alive, slope, curve = _alive(parameters, rows, T)
        total, shares = _combine(alive, leaving, at_last, at_end)
        gradients = (
            shares[0][:, None] * slope
            + shares[1][:, None] * leaving.gradient[at_last]
            - shares[2][:, None] * leaving.gradient[at_end]
        )
        value = weight @ total
        g = weight @ gradients
        # (sum of the three)'' / sum: each part's share of its own second derivative.
        per_pair = weighted_counts(at_last, weight * shares[1], len(x_pair))
        per_pair -= weighted_counts(at_end, weight * shares[2], len(x_pair))
        h = _square(per_pair @ leaving.raw_hessian)
        share_weights = weight * shares[0]
        h += (slope * share_weights[:, None]).T @ slope + _square(share_weights @ curve)
        h -= (gradients * weight[:, None]).T @ gradients

        rj = parameters[0] + np.arange(len(buyers))
        value += buyers @ np.log(rj)
        g[0] += buyers @ (1.0 / rj)
        h[0, 0] -= buyers @ rj**-2.0
        return float(value), *to_log(parameters, g, h)

    return evaluate


def _square(upper: Floats) -> Floats:
    """The symmetric 4 x 4 matrix with this upper triangle."""
    matrix = np.zeros((4, 4))
    matrix[np.triu_indices(4)] = upper
    return matrix + np.triu(matrix, 1).T


def _log_alive(parameters: Floats, x: Floats, T: Floats) -> Floats:
    """Return ln F."""
    r, alpha, s, beta = parameters
    log_f: Floats = -r * np.log1p(T / alpha) - x * np.log(alpha + T) - s * np.log1p(T / beta)
    return log_f


def _alive(parameters: Floats, x: Floats, T: Floats) -> tuple[Floats, Floats, Floats]:
    """Return ln F, its gradient (n, 4), and its Hessian's upper triangle (n, 10)."""
    r, alpha, s, beta = parameters
    late, later = 1.0 / (alpha + T), 1.0 / (beta + T)
    slope = np.stack(
        [
            -np.log1p(T / alpha),
            r * T / alpha * late - x * late,
            -np.log1p(T / beta),
            s * T / beta * later,
        ],
        axis=1,
    )
    curve = np.zeros((len(x), 10))
    curve[:, 1] = T / alpha * late
    curve[:, 4] = x * late**2 - r * T * (2.0 * alpha + T) * (late / alpha) ** 2
    curve[:, 8] = T / beta * later
    curve[:, 9] = -s * T * (2.0 * beta + T) * (later / beta) ** 2
    return _log_alive(parameters, x, T), slope, curve


def _combine(
    log_alive: Floats, leaving: Leaving, at_last: Integers, at_end: Integers
) -> tuple[Floats, tuple[Floats, Floats, Floats]]:
    """ln[F + G(t_x) - G(T)], and the share of each of the three in it."""
    first, second = leaving.log[at_last], leaving.log[at_end]
    top = np.maximum(log_alive, first)
    alive, last, end = np.exp(log_alive - top), np.exp(first - top), np.exp(second - top)
    total = alive + np.maximum(last - end, 0.0)
    return top + np.log(total), (alive / total, last / total, end / total)


def log_likelihoods(
    parameters: Floats, x: Integers, t_x: Floats, T: Floats
) -> tuple[Floats, Floats]:
    """Return ln L and P(alive) = F / [F + G(t_x) - G(T)], per user."""
    x_pair, t_pair, place = distinct_pairs(np.concatenate([x, x]), np.concatenate([t_x, T]))
    leaving = leaving_after(parameters, x_pair.astype(np.float64), t_pair)
    at_last, at_end = np.split(place, 2)
    log_alive = _log_alive(parameters, x.astype(np.float64), T)
    total, shares = _combine(log_alive, leaving, at_last, at_end)
    return log_rising(parameters[0], int(x.max()))[x] + total, shares[0]
