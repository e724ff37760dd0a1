"""Gamma-Gamma spend (Fader & Hardie 2013, "The gamma-gamma model of monetary value").

A user's purchases are worth Gamma(p, nu) each, with nu ~ Gamma(q, gamma) over users; gamma is
in units of money. Per user: `x` purchases (repeat purchases, here) and their mean worth
`m`. Users with x = 0 say nothing to the fit. The model takes spend not to depend on how often
one buys; whoever calls checks that.

In every function `parameters` is (p, q, gamma); x and m are arrays of one length.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from userops.stats.models.fit import Fit
from userops.stats.models.newton import Objective, maximise, to_log
from userops.stats.models.special import Floats, Integers, Parameters, digamma, log_gamma, trigamma

NAME = "gamma-gamma"
NAMES = ("p", "q", "gamma")

# Users in the sample from which the full search starts.
_SAMPLE = 20_000


def fit(x: ArrayLike, m: ArrayLike) -> Fit:
    """Maximum likelihood estimates from the users with x > 0.

    Look at `converged` first: spend that hardly differs between users has no maximum.
    Raises ValueError for a mean that isn't positive where x > 0, or if no user has x > 0.
    """
    counts, means = _checked(x, m)
    repeat = counts > 0
    counts, means = counts[repeat], means[repeat]
    if counts.size == 0:
        raise ValueError("no user with x > 0")
    if not (means.min() > 0.0 and np.isfinite(means.max())):
        raise ValueError("mean spend must be positive and finite where x > 0")
    # In units of the mean, so that the start suits any currency.
    unit = float(means.mean())
    start = np.log([2.0, 3.0, 1.0])
    step = len(counts) // _SAMPLE
    if step > 1:
        start = maximise(objective(counts[::step], means[::step] / unit), start).point
    best = maximise(objective(counts, means / unit), start)
    best = best.moved(np.array([0.0, 0.0, np.log(unit)]), -np.log(unit) * len(counts))
    return Fit.at(NAME, NAMES, best, len(counts))


def objective(x: Integers, m: Floats) -> Objective:
    """Log-likelihood, gradient and Hessian, as a function of log-parameters."""
    users = np.bincount(x).astype(np.float64)
    n = np.flatnonzero(users).astype(np.float64)
    users = users[users > 0.0]
    log_m = np.log(m)
    sum_log, sum_xlog = float(log_m.sum()), float(x @ log_m)
    spent = x * m
    times = x.astype(np.float64)

    def evaluate(theta: Floats) -> tuple[float, Floats, Floats]:
        parameters = np.exp(theta)
        p, q, gamma = parameters
        shape_sum, shape = p * n + q, p * n
        total = gamma + spent
        log_total, share = np.log(total), 1.0 / total
        logs, x_logs = float(log_total.sum()), float(times @ log_total)
        shares, x_shares = float(share.sum()), float(times @ share)
        squares, x_squares = float(share @ share), float((times * share) @ share)
        everyone = float(users.sum())
        # Fader & Hardie (2013), eq. 1a.
        by_count = log_gamma(shape_sum) - log_gamma(shape) - log_gamma(q) + shape * np.log(n)
        value = float(users @ by_count) + everyone * q * theta[2]
        value += p * sum_xlog - sum_log - p * x_logs - q * logs
        slope, bend = digamma(shape_sum), trigamma(shape_sum)
        g = np.array(
            [
                users @ (n * (slope - digamma(shape) + np.log(n))) + sum_xlog - x_logs,
                users @ (slope - digamma(q)) + everyone * theta[2] - logs,
                everyone * q / gamma - p * x_shares - q * shares,
            ]
        )
        h = np.empty((3, 3))
        h[0, 0] = users @ (n**2 * (bend - trigamma(shape)))
        h[0, 1] = h[1, 0] = users @ (n * bend)
        h[0, 2] = h[2, 0] = -x_shares
        h[1, 1] = users @ (bend - trigamma(q))
        h[1, 2] = h[2, 1] = everyone / gamma - shares
        h[2, 2] = p * x_squares + q * squares - everyone * q / gamma**2
        return value, *to_log(parameters, g, h)

    return evaluate


def log_likelihood(parameters: Parameters, x: ArrayLike, m: ArrayLike) -> float:
    """Return ln L of all users with x > 0 together."""
    counts, means = _checked(x, m)
    repeat = counts > 0
    return objective(counts[repeat], means[repeat])(np.log(parameters))[0]


def expected_spend(parameters: Parameters, x: ArrayLike, m: ArrayLike) -> Floats:
    """E[worth of a purchase | x, m] per user, in units of money; Fader & Hardie (2013), eq. 5.

    The population's mean and the user's own, weighted by what is known of the user; the
    population's, p gamma / (q - 1), where x = 0. Infinite where p x + q <= 1: with so heavy
    a tail there is no mean.
    """
    p, q, gamma = parameters
    counts, means = _checked(x, m)
    weight = p * counts + q - 1.0
    spent = np.where(counts > 0, counts * means, 0.0)
    finite = weight > 0.0
    return np.where(finite, p * (gamma + spent) / np.where(finite, weight, 1.0), np.inf)


def _checked(x: ArrayLike, m: ArrayLike) -> tuple[Integers, Floats]:
    counts, means = np.broadcast_arrays(np.atleast_1d(np.asarray(x)), np.asarray(m, np.float64))
    integers = counts.astype(np.int64, copy=False)
    if counts.dtype.kind == "f" and not np.array_equal(integers, counts):
        raise ValueError("x must be whole numbers")
    if integers.size and integers.min() < 0:
        raise ValueError("x must not be negative")
    return integers, means
