"""Pareto/NBD (Schmittlein, Morrison & Colombo 1987).

While alive a user buys at rate lambda ~ Gamma(r, alpha), and leaves, at any moment and
unseen, at rate mu ~ Gamma(s, beta); alpha and beta are in the unit of t_x and T. A user
known to be alive at T is as good as a new one with (r+x, alpha+T, s, beta+T).

Fader & Hardie, "A note on deriving the Pareto/NBD model and related expressions" (2005):
likelihood, eq. 18; P(X(t) = n), eq. 16; E[X(t)], eq. 27; P(alive), eqs. 36 and 37;
E[Y(t) | x, t_x, T], eq. 41, here as P(alive) times eq. 27 for the user that one alive has
become.
"""

# ruff: noqa: N803

from __future__ import annotations

import numpy as np

from userops.stats.models.histories import Histories
from userops.stats.models.negative_binomial import negative_binomial
from userops.stats.models.newton import Maximum, at_border, maximise
from userops.stats.models.pareto_likelihood import log_likelihoods, objective
from userops.stats.models.purchase import PurchaseModel
from userops.stats.models.special import Floats, Integers, one_minus_power

# Users in the sample from which the full search starts.
_SAMPLE = 5_000
# s of users who as good as never leave: the NBD.
_NO_DROPOUT = 1e-15
# Nodes of the Gauss-Legendre rule over the moment of leaving.
_NODES = 64


class ParetoNbd(PurchaseModel):
    """Gamma-Poisson purchases, Pareto lifetimes. Parameters: r, alpha, s, beta."""

    name = "pareto-nbd"
    names = ("r", "alpha", "s", "beta")

    def _maximum(self, data: Histories) -> Maximum:
        span = float(np.average(data.T, weights=data.weight)) + 1e-9
        start = np.log([1.0, span, 1.0, span])
        sample = data.sample(_SAMPLE)
        if sample is not data:
            start = maximise(objective(sample), start).point
        whole = objective(data)
        return at_border(whole, maximise(whole, start), {2: _NO_DROPOUT, 3: span})

    def _log_likelihoods(self, parameters: Floats, x: Integers, t_x: Floats, T: Floats) -> Floats:
        return log_likelihoods(parameters, x, t_x, T)[0]

    def _p_alive(self, parameters: Floats, x: Integers, t_x: Floats, T: Floats) -> Floats:
        return log_likelihoods(parameters, x, t_x, T)[1]

    def _mean_if_alive(
        self, parameters: Floats, x: Floats, T: Floats, times: Floats, weights: Floats
    ) -> Floats:
        r, alpha, s, beta = parameters
        total = np.zeros(len(x))
        for time, weight in zip(times, weights, strict=True):
            # Eq. 41 without its P(alive).
            total += weight * one_minus_power(-np.log1p(time / (beta + T)), s - 1.0)
        mean: Floats = total * (r + x) * (beta + T) / (alpha + T)
        return mean

    def _probabilities_if_alive(
        self, parameters: Floats, x: Floats, T: Floats, t: float, n_max: int
    ) -> Floats:
        r, alpha, s, beta = parameters
        return probabilities_of_new(r + x, alpha + T, s, beta + T, t=t, n_max=n_max)


def probabilities_of_new(
    k: Floats, alpha: Floats, s: float, beta: Floats, *, t: float, n_max: int
) -> Floats:
    """P(X(t) = n), n = 0 .. n_max, of new users; shape (rows, n_max + 1).

    Those who stay beyond t, plus the mean over the moment u of leaving, by Gauss-Legendre in
    ln(c + u), c the smaller of alpha and beta (the papers' sums of 2F1s, as an integral).
    """
    log_stay = -np.log1p(t / beta)
    probability = np.exp(s * log_stay)[:, None] * negative_binomial(k, alpha, t, n_max)
    nodes, masses = np.polynomial.legendre.leggauss(_NODES)
    low = np.minimum(alpha, beta)
    span = np.log1p(t / low)
    for node, mass in zip(nodes, masses, strict=True):
        w = span * (0.5 + 0.5 * node)
        u = low * np.expm1(w)
        leave = 0.5 * mass * span * (low + u) * s / (beta + u) * np.exp(-s * np.log1p(u / beta))
        probability += leave[:, None] * negative_binomial(k, alpha, u, n_max)
    return probability


MODEL = ParetoNbd()
