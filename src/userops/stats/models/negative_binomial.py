"""Counts of Poisson purchases at gamma-distributed rates."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from userops.stats.models.special import Floats, log_factorial


def negative_binomial(k: Floats, scale: Floats, t: ArrayLike, n_max: int) -> Floats:
    """P(n purchases in a time t), rate ~ Gamma(k, scale), n = 0 .. n_max; (rows, n_max + 1).

    `t` is one time, or one a row, not negative.
    """
    n = np.arange(n_max + 1)
    steps = np.log(k[:, None] + n[:-1])
    rising = np.concatenate([np.zeros((len(k), 1)), np.cumsum(steps, axis=1)], axis=1)
    odds = np.asarray(t, dtype=np.float64) / scale
    # ln of t / (scale + t); a finite stand-in for ln 0 keeps 0 * ln 0 at 0.
    log_probability = np.log(np.maximum(odds, 1e-300)) - np.log1p(odds)
    log_p = (
        rising - log_factorial(n_max) - (k * np.log1p(odds))[:, None] + n * log_probability[:, None]
    )
    probability: Floats = np.exp(log_p)
    return probability
