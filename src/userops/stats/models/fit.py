"""What maximum likelihood gives back, whatever the model.

A `Fit` holds the estimates in the order in which the papers print them. All parameters are
positive and were searched for as logarithms, so uncertainty is kept there too
(`log_covariance`, the inverse of the negative Hessian in log-parameters): intervals and
draws made from it stay positive. `covariance` is the same by the delta method in the
parameters' own units, and, because the gradient is zero, equals what the Hessian in those
units would give.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Self

import numpy as np

from userops.stats.models.newton import Maximum
from userops.stats.models.special import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A fitted model.

    `converged` is False whenever the maximum was not reached: then estimates are where the
    search stopped, and nothing should be read from them. `time_unit` is the unit of t_x, T
    and so of the scale parameters ("" for spend models).
    """

    model: str
    names: tuple[str, ...]
    estimates: tuple[float, ...]
    log_covariance: Floats
    log_likelihood: float
    iterations: int
    converged: bool
    users: int
    time_unit: str = ""
    fixed: tuple[str, ...] = ()  # parameters at a border, which were held

    def __post_init__(self) -> None:
        self.log_covariance.setflags(write=False)

    @classmethod
    def at(
        cls, model: str, names: tuple[str, ...], best: Maximum, users: int, time_unit: str = ""
    ) -> Self:
        """The fit that a search over log-parameters ended with."""
        return cls(
            model=model,
            names=names,
            estimates=tuple(float(e) for e in np.exp(best.point)),
            log_covariance=best.covariance,
            log_likelihood=float(best.value),
            iterations=best.iterations,
            converged=best.converged,
            users=users,
            time_unit=time_unit,
            fixed=tuple(names[index] for index in best.fixed),
        )

    @property
    def covariance(self) -> Floats:
        """Covariance of the estimates in their own units, shape (k, k); nan if unknown."""
        scale = np.array(self.estimates)
        return self.log_covariance * np.outer(scale, scale)

    @property
    def std_errors(self) -> tuple[float, ...]:
        """Standard errors in the estimates' units; nan where the Hessian gives none."""
        variance = np.diag(self.log_covariance)
        return tuple(
            float(e) * float(v) ** 0.5 if v >= 0.0 else float("nan")
            for e, v in zip(self.estimates, variance, strict=True)
        )

    @property
    def aic(self) -> float:
        """Akaike's criterion, 2k - 2 ln L."""
        return 2.0 * (len(self.names) - len(self.fixed)) - 2.0 * self.log_likelihood

    def interval(self, level: float = 0.95) -> tuple[tuple[float, float], ...]:
        """(low, high) of each parameter at `level`: Wald's interval of its logarithm."""
        z = NormalDist().inv_cdf(0.5 + level / 2.0)
        ends = []
        for estimate, variance in zip(self.estimates, np.diag(self.log_covariance), strict=True):
            width = float(np.exp(z * variance**0.5)) if variance >= 0.0 else float("nan")
            ends.append((estimate / width, estimate * width))
        return tuple(ends)

    def draws(self, count: int, seed: int = 0) -> Floats:
        """Parameter vectors from the fitted uncertainty, shape (count, k): a parametric bootstrap.

        Log-parameters are normal around the estimates with `log_covariance`. The same seed
        gives the same draws. Raises ValueError for a fit whose covariance isn't known.
        """
        if not bool(np.isfinite(self.log_covariance).all()):
            raise ValueError(f"{self.model}: no draws without a covariance")
        values, vectors = np.linalg.eigh(self.log_covariance)
        # The symmetric root: eigenvectors' own signs, which the others keep, are the library's whim.
        root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
        normal = np.random.default_rng(seed).standard_normal((count, len(self.names)))
        vectors_: Floats = np.exp(np.log(self.estimates) + normal @ root.T)
        return vectors_
