"""Means over p ~ Beta(a, b) by quadrature, for rows that share a and differ in b.

Two rules, for functions such as [1 - (1 + p tau)^-k] / p, which are smooth on [0, 1] but
have a singularity at p = -1/tau, the nearer the farther ahead one looks:

- near: Gauss-Jacobi, exact for polynomials, to about 1e-12 in 32 nodes while `is_far` says no;
- far: the trapezoidal rule in logit p, stretched doubly exponentially where Beta's tails are
  long (Takahasi & Mori 1974), to about 1e-10 in 128 nodes whatever tau is.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from userops.models.special import Floats, softplus

# A rule maps (a, b per row, k tau per row) to nodes and weights, one row per row.
Rule = Callable[[float, Floats, Floats], tuple[Floats, Floats]]

_NEAR_NODES = 32
_FAR_NODES = 128
# exp(-exp(_TAIL)) is nothing beside 1.
_TAIL = 3.6


def is_far(a: float, b: Floats, k: Floats, tau: Floats) -> NDArray[np.bool_]:
    """Rows whose [1 - (1 + p tau)^-k] / p bends too sharply for the near rule."""
    return (tau > 4.0) | (k * tau > 6.0 * (1.0 + a + b))


def near_rule(a: float, b: Floats) -> Rule:
    """Gauss-Jacobi for the values in `b`: rows with the same b share their nodes."""
    shared = np.unique(b)
    nodes, masses = _gauss_jacobi(a, shared)

    def rule(a: float, b: Floats, reach: Floats) -> tuple[Floats, Floats]:
        place = np.searchsorted(shared, b)
        return nodes[place], masses[place]

    return rule


def _gauss_jacobi(a: float, b: Floats) -> tuple[Floats, Floats]:
    """Nodes and weights from the recurrence's matrix (Golub & Welsch 1969), one row per b."""
    n = np.arange(_NEAR_NODES, dtype=np.float64)
    b = b[:, None]
    # Jacobi polynomials on [0, 1] with weight p^(a-1) (1-p)^(b-1). At n = 0 both are 0/0s.
    order = 2.0 * n + a + b
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = 0.5 + (a - b) * (a + b - 2.0) / (2.0 * order * (order - 2.0))
    middle[:, 0] = a / (a + b[:, 0])
    n = n[1:]
    order = 2.0 * n + a + b - 2.0
    beside = n * (n + a - 1.0) * (n + b - 1.0) / (order**2 * (order + 1.0))
    beside[:, 1:] *= (n[1:] + a + b - 2.0) / (order[:, 1:] - 1.0)
    matrix = np.zeros((len(b), _NEAR_NODES, _NEAR_NODES))
    at = np.arange(_NEAR_NODES)
    matrix[:, at, at] = middle
    matrix[:, at[1:], at[:-1]] = np.sqrt(beside)
    nodes, vectors = np.linalg.eigh(matrix)
    return np.clip(nodes, 1e-300, 1.0), vectors[:, 0, :] ** 2


def far_rule(a: float, b: Floats, reach: Floats) -> tuple[Floats, Floats]:
    """Trapezoids in v, with logit p = v - exp(left - v)/a + exp(v - right)/b."""
    left = np.minimum(np.log(a / b), -np.log1p(reach))[:, None]
    right = np.maximum(np.log(a / b), 0.0)[:, None]
    b = b[:, None]
    v = np.linspace(left[:, 0] - _TAIL, right[:, 0] + _TAIL, _FAR_NODES, axis=1)
    below, above = np.exp(left - v) / a, np.exp(v - right) / b
    logit = v - below + above
    log_p = -softplus(-logit)
    log_mass = a * log_p - b * softplus(logit) + np.log1p(below + above)
    mass = np.exp(log_mass - log_mass.max(axis=1, keepdims=True))
    return np.exp(np.maximum(log_p, -690.0)), mass / mass.sum(axis=1, keepdims=True)
