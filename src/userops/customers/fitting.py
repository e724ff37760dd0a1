"""Fits and backtests where there's enough to go by, and a note that says why where there isn't."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from userops.core.errors import InputError
from userops.core.messages import Note
from userops.customers import backtest, forecast
from userops.customers.backtest import Backtest
from userops.customers.buyers import halves
from userops.customers.forecast import NAMES, Forecast, History
from userops.customers.value import Shop

AUTO = "auto"


def fitted(
    shop: Shop, tested: Sequence[Backtest] = (), *, needed: bool = False
) -> tuple[Forecast | None, list[Note]]:
    """The models fitted to the shop's buyers, or None; and what to say of that.

    Args:
        shop: its buyers, and how to predict.
        tested: backtests, the best first; `auto` takes the model of that.
        needed: nothing is of use without a fit.

    Raises:
        InputError: a fit is refused, and needed.
    """
    told = shop.params
    name: str = told.model
    if name == AUTO:
        name = tested[0].model if tested else next(iter(NAMES))
    try:
        history = History.of(shop.buyers, shop.as_of, told.time_unit, shop.currency.places)
        found = forecast.fit(history, name, told)
    except InputError as refused:
        if needed:
            raise
        return None, [Note("no prediction: {why}", why=refused.problem)]
    return found, [*found.notes, *forecast.caveats(found, told)]


def backtested(
    shop: Shop,
    end: int | None,
    then: Callable[[int], pl.DataFrame] | None,
    *,
    needed: bool = False,
) -> tuple[tuple[Backtest, ...], list[Note]]:
    """The model's backtest, or for `auto` all models' with the best first; and why there's none.

    Args:
        shop: with the timeline of its buyers.
        end: the last day of calibration; None for half way.
        then: gives the buyers as they were on a day; None where a later row (a refund) changed
            nothing of theirs. Who fitted at the end of calibration didn't know of it.
        needed: nothing is of use without a backtest.

    Raises:
        InputError: there can be none, and it's needed.
    """
    told, as_of = shop.params, shop.as_of
    names: list[str] = list(NAMES) if told.model == AUTO else [told.model]
    if shop.line is None:
        raise ValueError("backtests need a timeline")
    try:
        if end is None:
            end = backtest.default_end(shop.buyers, as_of, told)
        parts = halves(shop.buyers, shop.line, end, then(end) if then else None)
        return backtest.each(parts, shop.window, end, names, told, shop.currency, as_of), []
    except InputError as refused:
        if needed:
            raise
        return (), [Note("no backtest: {why}", why=refused.problem)]
