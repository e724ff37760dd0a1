"""Means over p ~ Beta(a, b) by quadrature, for functions like [1 - (1 + p tau)^-k] / p.

The trapezoidal rule in v, where logit p = v - exp(left - v)/a + exp(v - right)/b: between
`left` and `right`, where the function bends, v is logit p, in which nothing has a singularity
nearer than pi i; beyond them Beta's tails, long where a or b is small, are drawn in double
exponentially (Takahasi & Mori 1974). So 80 nodes give about 1e-13, and no eigenvalues
are needed, as Gauss-Jacobi nodes would: LAPACK's threads make those slow on a busy machine.
"""

from __future__ import annotations

import numpy as np

from userops.stats.models.special import Floats, softplus

_NODES = 80
# exp(-exp(_TAIL)) is nothing beside 1.
_TAIL = 3.5


def beta_rule(a: float, b: Floats, bend: Floats) -> tuple[Floats, Floats]:
    """Nodes and weights, one row per b; the function bends first at p = 1 / bend."""
    left = np.minimum(np.log(a / b), -np.log1p(bend))[:, None]
    right = np.maximum(np.log(a / b), 0.0)[:, None]
    b = b[:, None]
    v = np.linspace(left[:, 0] - _TAIL, right[:, 0] + _TAIL, _NODES, axis=1)
    below, above = np.exp(left - v) / a, np.exp(v - right) / b
    logit = v - below + above
    log_p = -softplus(-logit)
    log_mass = a * log_p - b * softplus(logit) + np.log1p(below + above)
    mass = np.exp(log_mass - log_mass.max(axis=1, keepdims=True))
    return np.exp(np.maximum(log_p, -690.0)), mass / mass.sum(axis=1, keepdims=True)
