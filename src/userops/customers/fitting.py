"""Fits and backtests where there's enough to go by, and a note that says why where there isn't."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from userops.core.errors import InputError
from userops.core.messages import Note
from userops.customers import backtest
from userops.customers.backtest import Backtest
from userops.customers.buyers import calibration_and_holdout
from userops.customers.forecast import NAMES, Forecast, History, caveats, fit
from userops.customers.value import LtvData

AUTO = "auto"


def fit_models(
    data: LtvData, tests: Sequence[Backtest] = (), *, required: bool = False
) -> tuple[Forecast | None, list[Note]]:
    """The models fitted to the buyers, or None; and notes on them.

    Args:
        data: the buyers, and how to predict.
        tests: backtests, the best first; `auto` takes the model of that.
        required: nothing is of use without a fit.

    Raises:
        InputError: a fit is refused, and needed.
    """
    params = data.params
    name: str = params.model
    if name == AUTO:
        name = tests[0].model if tests else next(iter(NAMES))
    try:
        history = History.of(data.buyers, data.as_of, params.time_unit, data.currency.places)
        forecast = fit(history, name, params)
    except InputError as error:
        if required:
            raise
        return None, [Note("no prediction: {why}", why=error.problem)]
    return forecast, [*forecast.notes, *caveats(forecast, params)]


def backtests(
    data: LtvData,
    calibration_end: int | None,
    buyers_on: Callable[[int], pl.DataFrame] | None,
    *,
    required: bool = False,
) -> tuple[tuple[Backtest, ...], list[Note]]:
    """Backtests, first the model's, or for `auto` the best one's; and why there's none.

    Where another model is better by a tenth, that's said.

    Args:
        data: with the timeline of its buyers.
        calibration_end: the last day of calibration; None for half way.
        buyers_on: gives the buyers as they were on a day; None where a later row (a refund) changed
            nothing of theirs. Who fitted at the end of calibration didn't know of it.
        required: nothing is of use without a backtest.

    Raises:
        InputError: there can be none, and it's needed.
    """
    params, as_of = data.params, data.as_of
    if data.timeline is None:
        raise ValueError("backtests need a timeline")
    try:
        if calibration_end is None:
            calibration_end = backtest.default_end(data.buyers, as_of, params)
        parts = calibration_and_holdout(
            data.buyers,
            data.timeline,
            calibration_end,
            buyers_on(calibration_end) if buyers_on else None,
        )
        tests = backtest.backtests(
            parts, data.window, calibration_end, list(NAMES), params, data.currency, as_of
        )
        if params.model == AUTO:
            return tests, []
        chosen = [test for test in tests if test.model == params.model]
        if not chosen:  # say why
            backtest.backtests(
                parts, data.window, calibration_end, [params.model], params, data.currency, as_of
            )
        note = backtest.better(chosen[0], tests)
        return tuple(chosen), [note] if note else []
    except InputError as error:
        if required:
            raise
        return (), [Note("no backtest: {why}", why=error.problem)]
