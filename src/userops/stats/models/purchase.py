"""What every purchase model can say, given its parameters.

A model knows three things: its likelihood, the chance that a user is still alive at T, and
what a user alive at T does next. The rest follows. `parameters` are in the order of
`names`, `fit.estimates` for instance; x, t_x, T are arrays of one length (or scalars), as in
`histories`; times are in the fit's unit. Results are one value per user, in the users' order.

Everything is computed once per distinct history, and what depends on (x, T) alone once per
distinct pair, so millions of users cost little more than some ten thousand.
"""

# ruff: noqa: N803, N806

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from userops.stats.models.fit import Fit
from userops.stats.models.histories import (
    Histories,
    checked,
    distinct_histories,
    distinct_pairs,
    histories,
)
from userops.stats.models.horizon import Horizon
from userops.stats.models.newton import Maximum
from userops.stats.models.special import Floats, Integers, Parameters


class PurchaseModel(ABC):
    """A model of when users buy and when they leave. Stateless."""

    name: ClassVar[str]
    names: ClassVar[tuple[str, ...]]

    def fit(
        self,
        x: ArrayLike,
        t_x: ArrayLike,
        T: ArrayLike,
        *,
        time_unit: str = "",
    ) -> Fit:
        """Maximum likelihood estimates from all users.

        `time_unit` is carried along only. Look at `converged` before reading anything else:
        data without repeat purchases, say, has no maximum. Raises ValueError where the
        arrays aren't histories.
        """
        return self.fit_to(histories(x, t_x, T), time_unit=time_unit)

    def fit_to(self, data: Histories, *, time_unit: str = "") -> Fit:
        """The same from distinct histories."""
        return Fit.at(self.name, self.names, self._maximum(data), data.users, time_unit)

    def log_likelihood(
        self,
        parameters: Parameters,
        x: ArrayLike,
        t_x: ArrayLike,
        T: ArrayLike,
    ) -> float:
        """Return ln L of all users together."""
        data = histories(x, t_x, T)
        by_user = self._log_likelihoods(_positive(parameters), data.x, data.t_x, data.T)
        return float(data.weight @ by_user)

    def p_alive(
        self,
        parameters: Parameters,
        x: ArrayLike,
        t_x: ArrayLike,
        T: ArrayLike,
    ) -> Floats:
        """P(alive at T | x, t_x, T)."""
        rows, place = distinct_histories(x, t_x, T)
        return self._p_alive(_positive(parameters), rows.x, rows.t_x, rows.T)[place]

    def expected_purchases(
        self,
        parameters: Parameters,
        x: ArrayLike,
        t_x: ArrayLike,
        T: ArrayLike,
        horizon: Horizon | float,
    ) -> Floats:
        """E[Y | x, t_x, T]: purchases in (T, T + horizon], discounted if the horizon says so."""
        rows, place = distinct_histories(x, t_x, T)
        return self.expectation_over(rows, horizon)(parameters)[place]

    def expectation_over(
        self, rows: Histories, horizon: Horizon | float
    ) -> Callable[[Parameters], Floats]:
        """The same of distinct histories, a row each, for parameters that vary."""
        horizon_ = horizon if isinstance(horizon, Horizon) else Horizon.of(horizon)
        x_pair, T_pair, place = distinct_pairs(rows.x, rows.T)
        times = x_pair.astype(np.float64)

        def expected(parameters: Parameters) -> Floats:
            values = _positive(parameters)
            mean = self._mean_if_alive(values, times, T_pair, horizon_.ends, horizon_.weights)
            return self._p_alive(values, rows.x, rows.t_x, rows.T) * mean[place]

        return expected

    def expected_if_alive(
        self,
        parameters: Parameters,
        x: ArrayLike,
        T: ArrayLike,
        horizon: Horizon | float,
    ) -> Floats:
        """E[Y | x, T, alive at T], discounted if the horizon says so."""
        if not isinstance(horizon, Horizon):
            horizon = Horizon.of(horizon)
        x_pair, T_pair, place = distinct_pairs(*_counts_and_times(x, T))
        mean = self._mean_if_alive(
            _positive(parameters), x_pair.astype(np.float64), T_pair, horizon.ends, horizon.weights
        )
        return mean[place]

    def probabilities_if_alive(
        self,
        parameters: Parameters,
        x: ArrayLike,
        T: ArrayLike,
        *,
        t: float,
        n_max: int,
    ) -> Floats:
        """P(n purchases in (T, T + t] | x, T, alive at T), n = 0 .. n_max; shape (users, n_max + 1).

        This is one user's own randomness, with the parameters taken as known.
        """
        x_pair, T_pair, place = distinct_pairs(*_counts_and_times(x, T))
        pairs = self._probabilities_if_alive(
            _positive(parameters), x_pair.astype(np.float64), T_pair, t, n_max
        )
        return pairs[place]

    @abstractmethod
    def _maximum(self, data: Histories) -> Maximum: ...

    @abstractmethod
    def _log_likelihoods(
        self,
        parameters: Floats,
        x: Integers,
        t_x: Floats,
        T: Floats,
    ) -> Floats: ...

    @abstractmethod
    def _p_alive(
        self,
        parameters: Floats,
        x: Integers,
        t_x: Floats,
        T: Floats,
    ) -> Floats: ...

    @abstractmethod
    def _mean_if_alive(
        self,
        parameters: Floats,
        x: Floats,
        T: Floats,
        times: Floats,
        weights: Floats,
    ) -> Floats: ...

    @abstractmethod
    def _probabilities_if_alive(
        self,
        parameters: Floats,
        x: Floats,
        T: Floats,
        t: float,
        n_max: int,
    ) -> Floats: ...


def _positive(parameters: Parameters) -> Floats:
    values = np.asarray(parameters, dtype=np.float64)
    if not bool((values > 0.0).all() and np.isfinite(values).all()):
        raise ValueError("parameters must be positive and finite")
    return values


def _counts_and_times(x: ArrayLike, T: ArrayLike) -> tuple[Integers, Floats]:
    counts, _, times = checked(x, np.zeros_like(np.asarray(T), dtype=np.float64), T)
    return counts, times
