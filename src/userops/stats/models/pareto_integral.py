"""The integral in Pareto/NBD's likelihood, with its first two derivatives, by quadrature.

    G(k, t) = s alpha^r beta^s  int_t^inf (alpha+u)^-k (beta+u)^-(s+1) du,   k = r + x

is the chance of leaving at some u > t. The papers write it as 2F1s, one for alpha >= beta
and one for alpha <= beta, with a third form where both would overflow. As an integral of one
positive function it has one form, stays in logs, and gives its derivatives in
the parameters as means of the logarithm's derivatives.

With w = ln[(c+u)/(c+t)], c the smaller of alpha and beta, the integrand is analytic for
|Im w| < pi and falls at least like exp(-(k+s) w) in the end, which the double-exponential map
w = exp(v - exp(-v)) / (k+s) turns into a plain sum over v (Takahasi & Mori 1974).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from userops.stats.models.special import Floats

# Values per block of (pairs x nodes), small enough for the processor's cache.
_BLOCK = 2**15
# exp(-exp(3.6)) is nothing beside 1; nor is exp(-_DECAY).
_LEFT = -3.6
_DECAY = 40.0
_MOST_NODES = 600


@dataclass(frozen=True, slots=True, eq=False)
class Leaving:
    """ln G per pair; with derivatives, the gradient of ln G, and (G'' / G), in (r, alpha, s, beta).

    Shapes (n,), (n, 4) and (n, 10): the upper triangle, row by row.
    """

    log: Floats
    gradient: Floats | None = None
    raw_hessian: Floats | None = None


def leaving_after(
    parameters: Floats, x: Floats, t: Floats, *, derivatives: bool = False
) -> Leaving:
    """G for each pair (x, t); relative accuracy about 1e-12."""
    v, step = _nodes(parameters, x, t)
    n = len(x)
    log = np.empty(n)
    gradient = np.empty((n, 4)) if derivatives else None
    hessian = np.empty((n, 10)) if derivatives else None
    for part in np.array_split(np.arange(n), n * len(v) // _BLOCK + 1):
        terms = _Terms.at(parameters, x[part], t[part], v)
        total = terms.mass.sum(axis=1)
        log[part] = terms.log_front + np.log(step * total)
        if gradient is not None and hessian is not None:
            terms.mass /= total[:, None]
            gradient[part], hessian[part] = _moments(parameters, x[part], terms)
    return Leaving(log, gradient, hessian)


def _nodes(parameters: Floats, x: Floats, t: Floats) -> tuple[Floats, float]:
    """Equidistant v for all pairs, fine enough for the hardest, and their distance."""
    r, alpha, s, beta = parameters
    low, high = min(alpha, beta), max(alpha, beta)
    # Before w = bend, where the larger of alpha and beta is overtaken, the integrand falls like
    # exp(-early w); after it like exp(-rate w).
    bend = np.log((high + t) / (low + t)) + (1.0 if s > 20.0 else 0.0)
    rate = r + x + s
    early = r + x - 1.0 if alpha <= beta else np.full_like(rate, s)
    to_end = np.minimum(rate * bend + _DECAY, _DECAY * rate / np.maximum(early, 1e-12))
    right = float(np.log(to_end.max()))
    # The nearest singularity, seen from 0 in w, sets how wide steps may be.
    angle = min(1.2, float(np.arctan2(np.pi, 1.5 * bend.max())))
    count = int(np.ceil((right - _LEFT) * 34.0 / (2.0 * np.pi * angle)))
    v = np.linspace(_LEFT, right, min(max(count, 40), _MOST_NODES))
    return v, float(v[1] - v[0])


@dataclass(slots=True, eq=False)
class _Terms:
    """The integrand at all nodes of some pairs, shape (pairs, nodes), and what it's made of."""

    log_front: Floats
    mass: Floats
    grown_alpha: Floats  # ln[(alpha+u)/(alpha+t)]
    grown_beta: Floats

    log_alpha: Floats  # ln[(alpha+t)/alpha], one per pair
    log_beta: Floats
    alpha_t: Floats  # alpha + t
    beta_t: Floats

    @classmethod
    def at(cls, parameters: Floats, x: Floats, t: Floats, v: Floats) -> _Terms:
        r, alpha, s, beta = parameters
        k = (r + x)[:, None]
        alpha_t, beta_t = (alpha + t)[:, None], (beta + t)[:, None]
        ratio = alpha_t / beta_t if alpha <= beta else beta_t / alpha_t
        low = alpha_t if alpha <= beta else beta_t
        scaled = np.exp(v - np.exp(-v))
        w = scaled / (k + s)
        # ln[(high+u)/(high+t)] = ln[1 + ratio (e^w - 1)], without e^w.
        other = w + np.log1p((1.0 - ratio) * np.expm1(-w))
        grown_alpha, grown_beta = (w, other) if alpha <= beta else (other, w)
        mass = np.exp(w - k * grown_alpha - (s + 1.0) * grown_beta) * (scaled * (1.0 + np.exp(-v)))
        log_alpha, log_beta = np.log1p(t / alpha), np.log1p(t / beta)
        log_front = (
            np.log(s * low[:, 0] / (k[:, 0] + s) / beta_t[:, 0])
            - r * log_alpha
            - x * np.log(alpha_t[:, 0])
            - s * log_beta
        )
        return cls(log_front, mass, grown_alpha, grown_beta, log_alpha, log_beta, alpha_t, beta_t)


def _moments(parameters: Floats, x: Floats, terms: _Terms) -> tuple[Floats, Floats]:
    """Means of the integrand's log-derivatives, and of their products and second derivatives."""
    r, alpha, s, beta = parameters
    k = (r + x)[:, None]
    near = np.exp(-terms.grown_alpha) / terms.alpha_t  # 1 / (alpha+u)
    far = np.exp(-terms.grown_beta) / terms.beta_t
    u = (
        -(terms.grown_alpha + terms.log_alpha[:, None]),
        r / alpha - k * near,
        1.0 / s - (terms.grown_beta + terms.log_beta[:, None]),
        s / beta - (s + 1.0) * far,
    )
    bends = {
        (0, 1): 1.0 / alpha - near,
        (1, 1): k * near**2 - r / alpha**2,
        (2, 2): -1.0 / s**2,
        (2, 3): 1.0 / beta - far,
        (3, 3): (s + 1.0) * far**2 - s / beta**2,
    }
    gradient = np.empty((len(x), 4))
    hessian = np.empty((len(x), 10))
    column = 0
    for i in range(4):
        weighted = terms.mass * u[i]
        gradient[:, i] = weighted.sum(axis=1)
        for j in range(i, 4):
            hessian[:, column] = np.einsum("ij,ij->i", weighted, u[j])
            if (i, j) in bends:
                hessian[:, column] += (terms.mass * bends[i, j]).sum(axis=1)
            column += 1
    return gradient, hessian
