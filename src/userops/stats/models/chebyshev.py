"""Smooth functions from few of their values: polynomials through Chebyshev points."""

from __future__ import annotations

import numpy as np

from userops.stats.models.special import Floats

_DIGITS = 15


def points_for(strip: float) -> int:
    """How many points of [-1, 1] give a function to some 15 digits.

    The function is analytic, and no larger than on the interval, up to `strip` from it. The
    polynomial through n points then errs by about rho^-n, rho = strip + sqrt(1 + strip^2)
    (Trefethen 2013, theorem 8.2).
    """
    rho = strip + np.sqrt(1.0 + strip * strip)
    return int(np.ceil(_DIGITS * np.log(10.0) / np.log(rho))) + 1


def points(count: int) -> Floats:
    """Chebyshev points of the first kind, in [-1, 1]."""
    nodes: Floats = np.cos(_angles(count))
    return nodes


def through(nodes: Floats, at: Floats) -> Floats:
    """What each point's value adds to those at some places; shape (places, points).

    Barycentric formula (Berrut and Trefethen 2004, eq. 4.2 and 5.3).
    """
    count = len(nodes)
    weights = np.sin(_angles(count)) * np.where(np.arange(count) % 2, -1.0, 1.0)
    apart = at[:, None] - nodes
    hit = apart == 0.0
    shares: Floats = weights / np.where(hit, 1.0, apart)
    shares /= shares.sum(axis=1, keepdims=True)
    on = hit.any(axis=1)
    shares[on] = hit[on]
    return shares


def settle(values: Floats, tolerance: float) -> bool:
    """Whether the polynomials through some values at points, a column each, have settled.

    Of a smooth function the coefficients fall geometrically: where the last eighth of them are
    below `tolerance`, so is what follows (Trefethen 2013, chapters 3 and 8).
    """
    count = len(values)
    last = np.arange(count - count // 8 - 1, count)
    coefficients = np.cos(np.outer(last, _angles(count))) @ values * (2.0 / count)
    return bool(np.abs(coefficients).max() <= tolerance)


def _angles(count: int) -> Floats:
    angles: Floats = np.pi * (np.arange(count) + 0.5) / count
    return angles
