"""The models as their stories tell them, integrated by brute force: an oracle run in the tests.

Nothing here uses the papers' results. Given (lambda, p) or (lambda, mu), a user's likelihood
and expected purchases are written down from the story, then summed over a grid of ln lambda
by logit p (or ln mu): trapezoids, which for such integrands converge exponentially.
"""

from __future__ import annotations

from math import lgamma

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def gamma_grid(shape: float, scale: float, n: int = 1200) -> tuple[Floats, Floats]:
    """Rates and their masses under Gamma(shape, scale)."""
    y = np.log(shape / scale) + np.linspace(-34.0 / min(shape, 4.0) - 3.0, 5.0 + 2.0 / shape, n)
    log_mass = shape * (y + np.log(scale)) - scale * np.exp(y) - lgamma(shape)
    return np.exp(y), np.exp(log_mass) * (y[1] - y[0])


def beta_grid(a: float, b: float, n: int = 900) -> tuple[Floats, Floats]:
    """Probabilities and their masses under Beta(a, b)."""
    y = np.linspace(-38.0 / a, 38.0 / b, n)
    log_p, log_q = -np.logaddexp(0.0, -y), -np.logaddexp(0.0, y)
    log_mass = a * log_p + b * log_q + lgamma(a + b) - lgamma(a) - lgamma(b)
    return np.exp(log_p), np.exp(log_mass) * (y[1] - y[0])


def likelihood_alive_expected(
    model: str, parameters: tuple[float, ...], x: int, t_x: float, T: float, t: float
) -> tuple[float, float, float]:
    """L, P(alive at T), and E[purchases in (T, T + t]] of one user."""
    rates, rate_mass = gamma_grid(*parameters[:2])
    rate = rates[:, None]
    if model == "pareto-nbd":
        other, mass = gamma_grid(*parameters[2:])
        leave = other[None, :]
        alive = rate**x * np.exp(-(rate + leave) * T)
        gone = rate**x * leave / (rate + leave) * np.exp(-(rate + leave) * t_x)
        gone = gone * -np.expm1(-(rate + leave) * (T - t_x))
        future = alive * rate * -np.expm1(-leave * t) / leave
    else:
        other, mass = beta_grid(*parameters[2:])
        p = other[None, :]
        chances = x + (model == "mbg-nbd")
        alive = rate**x * np.exp(-rate * T) * (1.0 - p) ** chances
        gone = np.zeros_like(alive)
        if chances:
            gone = rate**x * np.exp(-rate * t_x) * p * (1.0 - p) ** (chances - 1)
        # A living user still buys at rate lambda exp(-lambda p u), u from now.
        future = alive * -np.expm1(-rate * p * t) / p

    def mean(values: Floats) -> float:
        return float(rate_mass @ values @ mass)

    total = mean(alive) + mean(gone)
    return total, mean(alive) / total, mean(future) / total


def spend(parameters: tuple[float, float, float], x: int, m: float) -> tuple[float, float]:
    """Density of a mean worth m over x purchases, and the expected worth of the next."""
    p, q, gamma = parameters
    nu, mass = gamma_grid(q, gamma, 2000)
    log_density = p * x * np.log(nu * x) + (p * x - 1.0) * np.log(m) - nu * x * m - lgamma(p * x)
    density = np.exp(log_density) * mass
    return float(density.sum()), float((density * p / nu).sum() / density.sum())
