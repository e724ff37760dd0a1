"""Intervals for one user: what this user's own spend may turn out to be.

The distributions are the models' own, computed rather than simulated. Purchases: a user who
has left makes none; one alive at T is a new user with updated parameters. Worth: of n purchases,
given the user's past x with mean m, it is (gamma + x m) V with V ~ BetaPrime(p n, q + p x)
(Gamma(p n, nu), and nu ~ Gamma(q + p x, gamma + x m); Fader & Hardie 2013, sections 2 and 3).
V's distribution depends on (x, T) and P(alive) alone, so it's tabulated per x on a grid
of ln V, to about 0.1 % of V; of many T from few, for it's a smooth function of ln(alpha + T).

Parameters are taken as known: their error (`uncertainty`) is small beside one user's luck
in any shop that has enough users for a fit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from userops.stats.models import chebyshev
from userops.stats.models.histories import Histories
from userops.stats.models.horizon import Horizon
from userops.stats.models.negative_binomial import negative_binomial
from userops.stats.models.purchase import PurchaseModel
from userops.stats.models.special import Floats, Integers, Parameters, digamma, log_gamma, trigamma

_GRID = 256
# Rows of tables made at a time.
_ROWS = 2048
# From how few T others are tried to be made, and how far a probability may be off then.
_FEW = 16
_TOLERANCE = 1e-9


def value_quantiles(
    model: PurchaseModel,
    parameters: Parameters,
    spend: Parameters,
    rows: Histories,
    place: Integers,
    *,
    m: Floats,
    horizon: Horizon,
    levels: Sequence[float],
) -> Floats:
    """Quantiles of what each user will spend within the horizon; shape (users, levels).

    `spend` is Gamma-Gamma's (p, q, gamma); `rows` and `place` are the users' `distinct_histories`.
    Discounting scales the worth by the share that it takes of the user's expected purchases,
    whenever they come.
    """
    p, q, gamma = spend
    p_dropped_out = 1.0 - model.p_alive(parameters, rows.x, rows.t_x, rows.T)
    share = np.ones(len(rows.x))
    if len(horizon.ends) > 1:
        share = model.expected_if_alive(parameters, rows.x, rows.T, horizon)
        share /= model.expected_if_alive(parameters, rows.x, rows.T, horizon.length)
    result = np.zeros((len(rows.x), len(levels)))

    def fill(part: slice, n: int, ages: Floats, age: Integers) -> None:
        n_max = _max_purchases(parameters, n, ages[0], horizon.length)
        grid, of_worth = _spend_distribution(p, q + p * n, n_max)

        def distribution(ages: Floats) -> Floats:
            counts = np.full(len(ages), n)
            table = model.probabilities_if_alive(
                parameters, counts, ages, t=horizon.length, n_max=n_max
            )
            return table[:, :1] + table[:, 1:] @ of_worth

        below = _smooth(distribution, ages, parameters[1])
        for column, level in enumerate(levels):
            target = _target(level, p_dropped_out[part])
            result[part, column] = share[part] * _interpolate(grid, below, age, target)

    for part in _tables(rows):
        fill(*part)
    x = rows.x.take(place)
    scale = gamma + np.where(x > 0, x * m, 0.0)
    quantiles = result.take(place, axis=0)
    quantiles *= scale[:, None]
    return quantiles


def _tables(rows: Histories) -> Iterator[tuple[slice, int, Floats, Integers]]:
    """Parts of the rows with the same x: where, x, some distinct T, and each row's index in it."""
    ends = np.cumsum(np.bincount(rows.x))
    start = 0
    for n, end in enumerate(ends):
        while start < end:
            ages, age = np.unique(rows.T[start:end], return_inverse=True)
            # Rows ascend by T within x: those of the first so many T are the first rows.
            stop = start + int(np.searchsorted(age, _ROWS))
            yield slice(start, stop), n, ages[:_ROWS], age[: stop - start]
            start = stop


def _max_purchases(parameters: Parameters, x: int, age: float, t: float) -> int:
    """A count of purchases in t beyond which there's nothing: of users with x in this age, or in more.

    That of users who never leave, of whom those of a greater age buy less. Those who may leave buy
    less than these, but not always the less the older they are.
    """
    k, scale = parameters[0] + x, parameters[1] + age
    odds = t / scale
    mean = k * odds
    bound = int(np.ceil(mean + 10.0 * np.sqrt(mean * (1.0 + odds)) + 20.0 * (1.0 + odds)))
    below = np.cumsum(negative_binomial(np.array([k]), np.array([scale]), t, bound)[0])
    return max(int(np.searchsorted(below, below[-1] - _TOLERANCE)), 1)


def _smooth(function: Callable[[Floats], Floats], ages: Floats, alpha: float) -> Floats:
    """Rows of a function for each of some ascending ages, by polynomials in ln(alpha + age)."""
    at = np.log(alpha + ages)
    middle, half = (at[-1] + at[0]) / 2.0, (at[-1] - at[0]) / 2.0
    count = _FEW
    while 2 * count < len(ages):
        nodes = chebyshev.points(count)
        values = function(np.maximum(np.exp(middle + half * nodes) - alpha, 0.0))
        if chebyshev.settle(values, _TOLERANCE):
            return chebyshev.through(nodes, (at - middle) / half) @ values
        count *= 2
    return function(ages)


def _spend_distribution(p: float, shape: float, n_max: int) -> tuple[Floats, Floats]:
    """A grid of ln V, and P(ln V <= grid | n purchases) for n = 1 .. n_max."""
    n = np.arange(1, n_max + 1)[:, None]
    ends = np.array([p, p * n_max])
    middle = digamma(ends) - digamma(shape)
    spread = np.sqrt(trigamma(ends) + trigamma(shape))
    grid = np.linspace(middle[0] - 8.0 * spread[0], middle[1] + 8.0 * spread[1], _GRID)
    constant = log_gamma(p * n + shape) - log_gamma(p * n) - log_gamma(shape)
    soft = np.maximum(grid, 0.0) + np.log1p(np.exp(-np.abs(grid)))
    density = np.exp(constant + p * n * grid - (p * n + shape) * soft)
    steps = 0.5 * (density[:, 1:] + density[:, :-1]) * (grid[1] - grid[0])
    below = np.concatenate([np.zeros((n_max, 1)), np.cumsum(steps, axis=1)], axis=1)
    return grid, below / below[:, -1:]


def _target(level: float, p_dropped_out: Floats) -> Floats:
    """The level among users alive that is `level` among all."""
    alive = np.maximum(1.0 - p_dropped_out, 1e-300)
    return np.minimum((level - p_dropped_out) / alive, 1.0 - 1e-9)


def _search(below: Floats, row: Integers, target: Floats) -> Integers:
    """The first column of each row's ascending values that reaches the target."""
    low = np.zeros(len(row), dtype=np.int64)
    high = np.full(len(row), below.shape[1] - 1)
    for _ in range(int(np.ceil(np.log2(below.shape[1]))) + 1):
        middle = (low + high) // 2
        reached = below[row, middle] >= target
        high = np.where(reached, middle, high)
        low = np.where(reached, low, np.minimum(middle + 1, high))
    return high


def _interpolate(grid: Floats, below: Floats, row: Integers, target: Floats) -> Floats:
    """V where each row's distribution reaches the target; 0 where no purchase at all does."""
    after = np.maximum(_search(below, row, target), 1)
    left, right = below[row, after - 1], below[row, after]
    # Whoever is all but surely gone has a target far below any probability.
    share = np.clip(target - left, 0.0, right - left) / np.maximum(right - left, 1e-300)
    value = np.exp(grid[after - 1] + share * (grid[1] - grid[0]))
    return np.where(target <= below[row, 0], 0.0, value)
