"""Maximise a smooth function of a few log-parameters by Newton's method in a trust region.

The likelihoods here have two to four parameters and a cheap exact Hessian, so a handful of
Newton steps beat dozens of quasi-Newton ones. A step solves (-H + shift) step = gradient,
with the smallest shift that makes the matrix positive definite and the step no longer than
the trust radius (Nocedal & Wright 2006, ch. 4). The radius grows and shrinks with how well
the quadratic model foretold the change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from userops.stats.models.special import Floats

Objective = Callable[[Floats], tuple[float, Floats, Floats]]

# A log-parameter outside +-LIMIT has run away: the data doesn't identify it.
LIMIT = 25.0
# Converged: a full Newton step would gain less log-likelihood, and move no parameter more.
GAIN = 1e-9
MOVE = 1e-6
# And nowhere is the maximum flatter than this, a standard error of 30 in a log-parameter:
# along a ridge on which the likelihood only just falls there are no estimates to speak of.
BEND = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Maximum:
    """Where the search ended, with the derivatives there."""

    point: Floats
    value: float
    gradient: Floats
    hessian: Floats
    iterations: int
    converged: bool
    fixed: tuple[int, ...] = ()  # parameters at a border, which were held: known without error

    def moved(self, by: Floats, gain: float) -> Maximum:
        """The same maximum for data in other units: point shifted, value raised by `gain`."""
        return replace(self, point=self.point + by, value=self.value + gain)

    @property
    def covariance(self) -> Floats:
        """Inverse of the negative Hessian, shape (k, k); nan unless it is positive definite.

        0 for parameters that were held.
        """
        free = [index for index in range(len(self.point)) if index not in self.fixed]
        values, vectors = np.linalg.eigh(-self.hessian[np.ix_(free, free)])
        if not values[0] > 1e-14 * values[-1]:
            return np.full_like(self.hessian, np.nan)
        covariance = np.zeros_like(self.hessian)
        covariance[np.ix_(free, free)] = (vectors / values) @ vectors.T
        return covariance


def maximise(
    objective: Objective, start: Floats, *, steps: int = 100, radius: float = 2.0
) -> Maximum:
    """The maximum of `objective` near `start`.

    `objective` maps log-parameters, shape (k,), to value, gradient (k,), Hessian (k, k).
    Deterministic. Never raises for a function that has no maximum: `converged` is False.
    """
    point = np.array(start, dtype=np.float64)
    value, gradient, hessian = objective(point)
    for iteration in range(steps):
        if _arrived(gradient, hessian):
            return Maximum(point, value, gradient, hessian, iteration, converged=True)
        # Rounding in the sum: a change smaller than this can't be told from none.
        noise = 1e-12 * abs(value) + 1e-12
        while True:
            step = _step(gradient, hessian, radius)
            trial = point + step
            foretold = float(gradient @ step + 0.5 * step @ hessian @ step)
            if np.abs(trial).max() > LIMIT:
                return Maximum(point, value, gradient, hessian, iteration, converged=False)
            new_value, new_gradient, new_hessian = objective(trial)
            finite = np.isfinite(new_value) and bool(np.isfinite(new_hessian).all())
            ratio = (new_value - value + noise) / (foretold + noise) if finite else -1.0
            length = float(np.linalg.norm(step))
            if ratio < 0.25:
                radius = 0.25 * length
            elif ratio > 0.75:
                radius = max(radius, 2.0 * length)
            if ratio > 1e-4:
                break
            if radius < 1e-10:
                return Maximum(point, value, gradient, hessian, iteration, converged=False)
        point, value, gradient, hessian = trial, new_value, new_gradient, new_hessian
    converged = _arrived(gradient, hessian)
    return Maximum(point, value, gradient, hessian, steps, converged)


def at_border(objective: Objective, best: Maximum, held: dict[int, float]) -> Maximum:
    """The maximum with some parameters held at a border, where the search ran off to it.

    `held` are parameters (not their logs) by place. `best` stays where it's a maximum, or the border
    isn't as good.
    """
    if best.converged and bool(np.isfinite(best.covariance).all()):
        return best
    size = len(best.point)
    free = [index for index in range(size) if index not in held]
    point = best.point.copy()
    point[list(held)] = np.log(list(held.values()))

    def of_free(theta: Floats) -> tuple[float, Floats, Floats]:
        whole = point.copy()
        whole[free] = theta
        value, gradient, hessian = objective(whole)
        return value, gradient[free], hessian[np.ix_(free, free)]

    found = maximise(of_free, np.clip(point[free], -_START, _START))
    # On the way to the border the value falls short of that on it, if only by rounding.
    if not found.converged or found.value < best.value - 1e-6 * abs(best.value):
        return best
    point[free] = found.point
    gradient, hessian = np.zeros(size), np.zeros((size, size))
    gradient[free] = found.gradient
    hessian[np.ix_(free, free)] = found.hessian
    return Maximum(
        point, found.value, gradient, hessian, found.iterations, found.converged, tuple(held)
    )


_START = 10.0


def _arrived(gradient: Floats, hessian: Floats) -> bool:
    """Whether a full Newton step from here is within GAIN and MOVE, on a true maximum."""
    values, vectors = np.linalg.eigh(-hessian)
    if not values[0] > BEND:
        return False
    along = vectors.T @ gradient / values
    gain = 0.5 * float(along**2 @ values)
    return gain < GAIN and float(np.abs(vectors @ along).max()) < MOVE


def _step(gradient: Floats, hessian: Floats, radius: float) -> Floats:
    """The step that maximises the quadratic model within the radius."""
    values, vectors = np.linalg.eigh(-hessian)
    along = vectors.T @ gradient
    floor = max(0.0, 1e-12 * float(np.abs(values).max()) - float(values[0]))

    def length(shift: float) -> float:
        return float(np.linalg.norm(along / (values + shift)))

    if values[0] > 0.0 and length(0.0) <= radius:
        shift = 0.0
    else:
        low, high = floor, floor + float(np.linalg.norm(gradient)) / radius + 1e-300
        for _ in range(60):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if length(middle) > radius else (low, middle)
        shift = high
    step: Floats = vectors @ (along / (values + shift))
    return step


def to_log(parameters: Floats, gradient: Floats, hessian: Floats) -> tuple[Floats, Floats]:
    """Gradient and Hessian in log-parameters from those in the parameters themselves."""
    scaled = parameters * gradient
    hessian = 0.5 * (hessian + hessian.T)  # equal but for rounding
    return scaled, hessian * np.outer(parameters, parameters) + np.diag(scaled)
