"""How far off predictions of groups are: by fitting to earlier days, and looking at what came after.

A model's own error speaks of its parameters alone. Shops have seasons, grow, and are made of users
whom no model describes; and what users bring is a matter of luck. Both show in backtests.

What the words mean stands in `ltv`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from userops.core.errors import InputError
from userops.core.messages import Note
from userops.customers.buyers import calibration_and_holdout
from userops.customers.forecast import UNITS, Forecast, History, fit
from userops.customers.value import Groups, LtvData
from userops.engines.parallel import Ints
from userops.stats.models.horizon import Horizon
from userops.stats.models.special import Floats
from userops.stats.models.uncertainty import Prediction

# Parts of the watched time after which a backtest fits; what a fit needs there is less.
PARTS = (1 / 2, 5 / 8, 3 / 4)
_USERS, _DAYS = 100, 90
_TELLS = 0.25  # luck's relative variance up to which a group shows the model's error


@dataclass(frozen=True, slots=True)
class ModelError:
    """Relative variances of predicted spend, beside that of the parameters' error.

    `luck` is that of a prediction of 1 whole unit of the currency: it falls as predictions grow.
    `everyone` and `groups` are the model's own, of everyone and of a group.
    """

    luck: float
    everyone: float
    groups: float

    def interval(self, prediction: Prediction, level: float) -> tuple[Floats, Floats]:
        """(low, high) of what groups, and last everyone, will bring."""
        value = prediction.value
        positive = value > 0.0
        safe = np.where(positive, value, 1.0)
        own = np.full(len(value), self.groups)
        own[-1] = self.everyone
        relative = np.sqrt((prediction.std_error / safe) ** 2 + self.luck / safe + own)
        # Of predictions next to nothing nobody knows anything.
        width = np.exp(np.minimum(NormalDist().inv_cdf(0.5 + level / 2.0) * relative, 100.0))
        return np.where(positive, value / width, 0.0), np.where(positive, value * width, 0.0)


class _Test(NamedTuple):
    """A backtest: predicted and actual spend of groups and last everyone, and squared errors of users."""

    prediction: Prediction
    actual: Floats
    squares: float


def model_error(data: LtvData, groups: Groups | None, model: str) -> ModelError | None:
    """The error of a model's predictions on these orders; None where no backtest could be had."""
    count = len(groups.labels) if groups else 1
    codes = groups.codes if groups else np.zeros(len(data.buyers), np.int64)
    tests = list(_tests(data, codes, count, model))
    if not tests:
        return None
    luck = float(np.mean([test.squares / test.prediction.value[-1] for test in tests]))
    missed = [_missed(test)[-1] ** 2 - luck / test.prediction.value[-1] for test in tests]
    everyone = max(float(np.mean(missed)), 0.0)
    return ModelError(luck, everyone, _of_groups(tests, luck, everyone))


def _missed(test: _Test) -> Floats:
    """Logs of what came over what was predicted, a hundredth at least; 0 where nothing was."""
    value = test.prediction.value
    safe = np.where(value > 0.0, value, 1.0)
    share = np.where(value > 0.0, np.maximum(test.actual / safe, 0.01), 1.0)
    missed: Floats = np.log(share)
    return missed


def _of_groups(tests: list[_Test], luck: float, everyone: float) -> float:
    """The relative variance of groups that neither luck nor the parameters explain: by moments.

    Groups whose luck alone may halve or double what comes don't show it.
    """
    excess: list[float] = []
    for test in tests:
        value, missed = test.prediction.value[:-1], _missed(test)[:-1]
        tells = luck < _TELLS * value
        value, error = value[tells], test.prediction.std_error[:-1][tells]
        excess += (missed[tells] ** 2 - luck / value - (error / value) ** 2).tolist()
    return max(float(np.mean(excess)), 0.0) if excess else everyone


def _tests(data: LtvData, codes: Ints, count: int, model: str) -> Iterator[_Test]:
    """Backtests whose fit could be had, earliest first."""
    if data.timeline is None or data.buyers.is_empty():
        return
    params = replace(
        data.params,
        min_users=min(data.params.min_users, _USERS),
        min_days=min(data.params.min_days, _DAYS),
    )
    first_days = data.buyers["first_day"].to_numpy()
    first, places = int(first_days.min()), 10.0**data.currency.places
    for part in PARTS:
        end = first + int((data.as_of - first) * part)
        parts = calibration_and_holdout(data.buyers, data.timeline, end)
        history = History.of(parts, end, params.time_unit, data.currency.places)
        try:
            forecast = fit(history, model, params)
        except InputError:
            continue
        actual = parts["actual_amount"].to_numpy() / places
        test = _test(forecast, codes[first_days <= end], count, actual, data.as_of - end)
        if test is not None and test.prediction.value[-1] > 0.0:
            yield test


def _test(forecast: Forecast, codes: Ints, count: int, actual: Floats, days: int) -> _Test | None:
    horizon = Horizon.of(days / UNITS[forecast.history.unit])
    prediction = forecast.group_totals(codes, np.ones(count, bool), horizon)
    spend = forecast.expected_spend()
    if prediction is None or spend is None:
        return None
    missed = actual - forecast.expected_orders(horizon) * spend
    sums = np.bincount(codes, actual, count)
    return _Test(prediction, np.append(sums, sums.sum()), float(np.sort(missed**2).sum()))


def interval_note(data: LtvData) -> Note:
    """What the interval of a prediction holds, and how far off the model was before."""
    if data.error is None:
        return Note("ltv_low, ltv_high: not known, for no backtest could be had")
    return Note(
        "ltv_low, ltv_high hold with {level} what it will be: the parameters' error, users' luck, and how "
        "far off the model was in backtests ({off:.0%} of everyone's revenue)",
        level=f"{100 * data.params.level:g}%",
        off=data.error.everyone**0.5,
    )
