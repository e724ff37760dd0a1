"""Made-up shops whose users follow a model exactly, or day by day as an export has them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def shop(
    model: str, parameters: tuple[float, ...], T: Floats, seed: int, *, days: bool = False
) -> tuple[NDArray[np.int64], Floats]:
    """x and t_x of one user for each T; with `days`, times are whole and a day counts once."""
    x, t_x, _ = futures(model, parameters, T, 0.0, seed, days=days)
    return x, t_x


def futures(
    model: str,
    parameters: tuple[float, ...],
    T: Floats,
    horizon: float,
    seed: int,
    *,
    days: bool = False,
) -> tuple[NDArray[np.int64], Floats, NDArray[np.int64]]:
    """x, t_x, and the purchases in (T, T + horizon]."""
    rng = np.random.default_rng(seed)
    n = len(T)
    rate = rng.gamma(parameters[0], 1.0 / parameters[1], n)
    if model == "pareto-nbd":
        leaves = rng.exponential(1.0, n) / rng.gamma(parameters[2], 1.0 / parameters[3], n)
        p = np.zeros(n)
    else:
        leaves = np.full(n, np.inf)
        p = rng.beta(parameters[2], parameters[3], n)
    x, t_x, y = np.zeros(n, np.int64), np.zeros(n), np.zeros(n, np.int64)
    active = np.arange(n)
    if model == "mbg-nbd":
        active = active[rng.random(n) >= p]
    clock, last = np.zeros(n), np.zeros(n)
    while active.size:
        clock[active] += rng.exponential(1.0, active.size) / np.maximum(rate[active], 1e-300)
        active = active[clock[active] <= np.minimum(leaves, T + horizon)[active]]
        when = np.floor(clock[active]) if days else clock[active]
        counted = active[when > last[active]]
        last[active] = when
        before = counted[last[counted] <= T[counted]]
        x[before] += 1
        t_x[before] = last[before]
        y[counted[last[counted] > T[counted]]] += 1
        active = active[rng.random(active.size) >= p[active]]
    return x, t_x, y
