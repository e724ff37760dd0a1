"""Log-gamma and its derivatives, and differences of them that lose no digits.

Written here because importing scipy.special costs several times what NumPy does, and these
few lines reach the same accuracy for the positive arguments that the models have.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
# A model's parameters, in the order of its names.
Parameters = Sequence[float] | Floats

# Below this, arguments are shifted up by the recurrence before the asymptotic series is used.
_SHIFT = 10
# Bernoulli numbers B_2, B_4, ... B_16.
_BERNOULLI = np.array([1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510])


def _series(coefficients: Floats, y: Floats) -> Floats:
    """The polynomial with these coefficients, lowest first, at y."""
    total = np.full_like(y, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        total = total * y + coefficient
    return total


_TWICE = 2.0 * np.arange(1, 9)
_LOG_GAMMA = _BERNOULLI / (_TWICE * (_TWICE - 1.0))
_DIGAMMA = _BERNOULLI / _TWICE


def log_gamma(z: ArrayLike) -> Floats:
    """Return ln Gamma(z) for z > 0; Abramowitz & Stegun 6.1.41 after 6.1.15."""
    z = np.asarray(z, dtype=np.float64)
    low = z < _SHIFT
    product = np.ones_like(z)
    for step in range(_SHIFT):
        product = np.where(low, product * (z + step), product)
    y = np.where(low, z + _SHIFT, z)
    stirling = (y - 0.5) * np.log(y) - y + 0.5 * np.log(2.0 * np.pi)
    result: Floats = stirling + _series(_LOG_GAMMA, 1.0 / y**2) / y - np.log(product)
    return result


def digamma(z: ArrayLike) -> Floats:
    """The derivative of ln Gamma(z) for z > 0; Abramowitz & Stegun 6.3.18 after 6.3.5."""
    z = np.asarray(z, dtype=np.float64)
    low = z < _SHIFT
    shifted = np.zeros_like(z)
    for step in range(_SHIFT):
        shifted += np.where(low, 1.0 / (z + step), 0.0)
    y = np.where(low, z + _SHIFT, z)
    result: Floats = np.log(y) - 0.5 / y - _series(_DIGAMMA, 1.0 / y**2) / y**2 - shifted
    return result


def trigamma(z: ArrayLike) -> Floats:
    """The second derivative of ln Gamma(z) for z > 0; Abramowitz & Stegun 6.4.12 after 6.4.6."""
    z = np.asarray(z, dtype=np.float64)
    low = z < _SHIFT
    shifted = np.zeros_like(z)
    for step in range(_SHIFT):
        shifted += np.where(low, 1.0 / (z + step) ** 2, 0.0)
    y = np.where(low, z + _SHIFT, z)
    result: Floats = 1.0 / y + 0.5 / y**2 + _series(_BERNOULLI, 1.0 / y**2) / y**3 + shifted
    return result


def log_rising(z: float, n_max: int) -> Floats:
    """Return ln [Gamma(z+n) / Gamma(z)] for n = 0 .. n_max, shape (n_max + 1,).

    A sum of logs rather than a difference of log-gammas, which would lose its digits as z grows.
    """
    steps = np.log(z + np.arange(n_max, dtype=np.float64))
    return np.concatenate([[0.0], np.cumsum(steps)])


def log_factorial(n_max: int) -> Floats:
    """Return ln n! for n = 0 .. n_max, shape (n_max + 1,)."""
    return log_rising(1.0, n_max)


def weighted_counts(index: Integers, weight: Floats, size: int = 0) -> Floats:
    """Sum of weights per index, at least `size` long."""
    return np.bincount(index, weight, size).astype(np.float64, copy=False)


def above(histogram: Floats) -> Floats:
    """Weight above j for j = 0, 1, ..., of a histogram over 0, 1, ..."""
    sums: Floats = np.cumsum(histogram[::-1])[::-1][1:]
    return sums


def softplus(z: Floats) -> Floats:
    """ln(1 + exp z) without overflow."""
    return np.maximum(z, 0.0) + np.log1p(np.exp(-np.abs(z)))


def logistic(z: Floats) -> Floats:
    """1 / (1 + exp -z) without overflow."""
    small = np.exp(-np.abs(z))
    return np.where(z >= 0.0, 1.0, small) / (1.0 + small)


def one_minus_power(log_ratio: ArrayLike, power: float) -> Floats:
    """(1 - exp(power * log_ratio)) / power, with its limit -log_ratio at power 0."""
    log_ratio = np.asarray(log_ratio, dtype=np.float64)
    if abs(power) < 1e-12:
        return -log_ratio
    return -np.expm1(power * log_ratio) / power
