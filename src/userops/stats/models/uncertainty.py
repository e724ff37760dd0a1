"""How far off a prediction may be because the parameters are estimates.

`predict` evaluates any function of the parameters of one or more fits at the estimates,
and carries their covariance to it by the delta method. Differences between central points
in log-parameters give the gradient, which, the predictions being accurate to about 1e-12,
is good to about eight digits. This is the error of an expectation, which a larger sample would
narrow; how one user's own purchases scatter about it is `user_interval`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from userops.stats.models.fit import Fit
from userops.stats.models.special import Floats

_STEP = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Values, and per fit the gradient in its log-parameters, shape (k, *values.shape)."""

    value: Floats
    gradients: tuple[Floats, ...]
    std_error: Floats

    def interval(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """(low, high) at `level` for positive values: Wald's interval of their logarithm."""
        z = NormalDist().inv_cdf(0.5 + level / 2.0)
        positive = self.value > 0.0
        ratio = np.where(positive, self.std_error / np.where(positive, self.value, 1.0), 0.0)
        width = np.exp(z * ratio)
        return self.value / width, self.value * width


def predict(function: Callable[..., Floats | float], *fits: Fit) -> Prediction:
    """`function(parameters of the first fit, of the second, ...)` with its standard error.

    The fits are taken as independent of each other. `function` returns one value or an array.
    """
    estimates = [np.array(fit.estimates) for fit in fits]
    value = np.asarray(function(*estimates), dtype=np.float64)
    variance = np.zeros_like(value)
    gradients = []
    for which, fit in enumerate(fits):
        slopes = []
        for index in range(len(fit.names)):
            ends = []
            for sign in (_STEP, -_STEP):
                moved = [estimate.copy() for estimate in estimates]
                moved[which][index] *= np.exp(sign)
                ends.append(np.asarray(function(*moved), dtype=np.float64))
            slopes.append((ends[0] - ends[1]) / (2.0 * _STEP))
        gradient = np.stack(slopes)
        gradients.append(gradient)
        variance += np.einsum("i...,ij,j...->...", gradient, fit.log_covariance, gradient)
    return Prediction(value, tuple(gradients), np.sqrt(np.maximum(variance, 0.0)))
