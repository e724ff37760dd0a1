"""Backtests: fit on the first part of the orders, predict the rest, compare.

decile : 1 to 10, all, naive, own rate
    Tenths of the users by predicted purchases, the tenth that buys most first; users of
    equal prediction stay together, so tenths may differ in size. `all` is everyone. `naive`
    is the formula average order x frequency: everyone goes on buying at the rate of repeat
    purchases a user and day so far, for the mean worth of a purchase so far. `own rate` lets each
    user go on at their own rate of repeat purchases so far, for their own mean worth: what a shop
    reckons by itself, and hard to beat (Wübben and von Wangenheim 2008).
users : count
    Users with a first purchase by the end of calibration.
predicted_orders, actual_orders : purchase days
    Expected from the models, and made, after the end of calibration up to as_of.
predicted_revenue, actual_revenue : money
    The same in net revenue, neither discounted nor times a margin.

Tables: `backtest` (a row a decile, then `all`, `naive` and `own rate`).

Source: Wübben and von Wangenheim (2008), Instant customer base analysis: managerial heuristics often
"get it right".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from userops.core.dates import Window, to_date
from userops.core.errors import InputError
from userops.core.messages import Note, Word
from userops.core.table import Currency, Kind, Table
from userops.customers.forecast import NAMES, UNITS, Forecast, History, fit
from userops.customers.params import LtvParams
from userops.stats.models.special import Floats

KINDS: dict[str, Kind] = {
    "decile": Kind.WORD,
    "users": Kind.COUNT,
    "predicted_orders": Kind.NUMBER,
    "actual_orders": Kind.COUNT,
    "predicted_revenue": Kind.MONEY,
    "actual_revenue": Kind.MONEY,
}


@dataclass(frozen=True, slots=True)
class Backtest:
    """A model's backtest. `error` is the deciles' absolute errors in purchases over those made."""

    model: str
    table: Table
    error: float


def default_end(buyers: pl.DataFrame, as_of: int, params: LtvParams) -> int:
    """Where calibration ends unless told: half way, but not before a fit could be had.

    Raises:
        InputError: there's nothing left to compare with.
    """
    earliest = buyers["first_day"].min()
    first_day = earliest if isinstance(earliest, int) else as_of + 1
    days_seen = as_of - first_day + 1
    end = max(first_day + (as_of - first_day) // 2, first_day + params.min_days - 1)
    if end >= as_of:
        raise InputError(
            Note(
                "{watched:day|days} of orders: too few for a backtest, which needs {needed:,} to "
                "fit, and some to compare with",
                watched=days_seen,
                needed=params.min_days,
            ),
            mend="export a longer time",
        )
    return end


def backtests(
    buyers: pl.DataFrame,
    window: Window,
    calibration_end: int,
    models: Sequence[str],
    params: LtvParams,
    currency: Currency,
    as_of: int,
) -> tuple[Backtest, ...]:
    """Backtests of some models, the best first; as `backtest`. Those that can't be fitted are left out.

    Raises:
        InputError: none can be fitted; the first one's reason.
    """
    tests, first_error = [], None
    for name in models:
        try:
            tests.append(backtest(buyers, window, calibration_end, name, params, currency, as_of))
        except InputError as error:
            first_error = first_error or error
    if first_error and not tests:
        raise first_error
    return tuple(sorted(tests, key=lambda test: test.error))


def better(chosen: Backtest, tests: Sequence[Backtest]) -> Note | None:
    """What to say where another model is less off than the chosen one by a tenth or more."""
    best = min(tests, key=lambda test: test.error)
    if best.error > (1 - _TENTH) * chosen.error or best is chosen:
        return None
    return Note(
        "{best} is less off than {chosen} on these orders, {error:.1%} against {other:.1%} of the "
        "deciles' purchases: --model {name}, or auto",
        best=NAMES[best.model],
        chosen=NAMES[chosen.model],
        error=best.error,
        other=chosen.error,
        name=best.model,
    )


_TENTH = 0.1


def comparison(tests: Sequence[Backtest]) -> str:
    """Why the first was taken."""
    errors = ", ".join(f"{NAMES[test.model]} {test.error:.1%}" for test in tests)
    return f"auto took {NAMES[tests[0].model]}: its deciles' purchases were least off ({errors})"


def backtest(
    buyers: pl.DataFrame,
    window: Window,
    calibration_end: int,
    model: str,
    params: LtvParams,
    currency: Currency,
    as_of: int,
) -> Backtest:
    """Fit a model to the buyers as of `calibration_end`, and compare what it predicts.

    Args:
        buyers: as `buyers.calibration_and_holdout` gives it.
        window: what the comparison covers, to as_of.
        calibration_end: the last day that the fit sees.
        model: a purchase model's name.
        params: how to predict.
        currency: what the amounts are in.
        as_of: the last day of the comparison.

    Raises:
        InputError: the first part is too little for a fit, or the fit doesn't converge.
    """
    history = History.of(buyers, calibration_end, params.time_unit, currency.places)
    forecast = fit(history, model, params)
    days = as_of - calibration_end
    predictions = _predictions(buyers, forecast, days / UNITS[params.time_unit], currency)
    parts = predictions.sort("decile", maintain_order=True).partition_by(
        "decile", maintain_order=True
    )
    tenths = pl.concat([_summed(part, part["decile"][0]) for part in parts])
    total = _summed(predictions, "all")
    naive = total.with_columns(
        pl.lit("naive").alias("decile"), *_naive(buyers, calibration_end, days)
    )
    own = total.with_columns(
        pl.lit("own rate").alias("decile"), *_own_rates(buyers, calibration_end, days)
    )
    table = pl.concat([tenths.cast({"decile": pl.String}), total, naive, own]).select(*KINDS)
    missed = (tenths["predicted_orders"] - tenths["actual_orders"]).abs().sum()
    error = float(missed) / max(int(total["actual_orders"].item()), 1)
    notes = (
        Note(
            "{model} fitted to {day}, compared with the {days:day|days} after",
            model=NAMES[model],
            day=to_date(calibration_end),
            days=days,
        ),
        *_errors(total, naive, own),
        *forecast.notes,
    )
    return Backtest(model, Table("backtest", table, KINDS, window, currency, notes), error)


def _predictions(
    buyers: pl.DataFrame, forecast: Forecast, length: float, currency: Currency
) -> pl.DataFrame:
    """Purchases and revenue of each buyer over the holdout, predicted and actual, and the decile."""
    expected, spend = forecast.expected_orders(length), forecast.expected_spend()
    return pl.DataFrame(
        {
            "decile": deciles(expected),
            "predicted_orders": expected,
            "actual_orders": buyers["actual_days"].cast(pl.Int64),
            "predicted_revenue": pl.Series(
                expected * spend * 10.0**currency.places, dtype=pl.Float64
            )
            if spend is not None
            else pl.Series([None], dtype=pl.Float64).new_from_index(0, len(expected)),
            "actual_revenue": buyers["actual_amount"],
        }
    )


def _summed(buyers: pl.DataFrame, decile: object) -> pl.DataFrame:
    """Some buyers in a row: how many, and sums of what's predicted and actual; null without a spend model.

    NumPy adds floats in the order in which they stand; Polars in one for each number of threads.
    """
    predicted = {
        name: None if buyers[name].has_nulls() else float(buyers[name].to_numpy().sum())
        for name in ("predicted_orders", "predicted_revenue")
    }
    return pl.DataFrame({"decile": [decile], "users": [len(buyers)]}).with_columns(
        *(pl.lit(value, pl.Float64).alias(name) for name, value in predicted.items()),
        actual_orders=pl.lit(buyers["actual_orders"].sum(), pl.Int64),
        actual_revenue=pl.lit(buyers["actual_revenue"].sum(), pl.Int64),
    )


def deciles(expected: Floats) -> pl.Series:
    """1 to 10 per user, the highest first; equal values share one."""
    ordered = np.sort(expected)
    above = len(expected) - np.searchsorted(ordered, expected, side="right")
    return pl.Series(1 + 10 * above // max(len(expected), 1), dtype=pl.Int64)


def _naive(buyers: pl.DataFrame, calibration_end: int, holdout_days: int) -> list[pl.Expr]:
    """Average order x frequency, from what was known at the end of calibration."""
    user_days = int((calibration_end - buyers["first_day"].cast(pl.Int64)).sum())
    purchases = int(buyers["days"].cast(pl.Int64).sum())
    repeats = purchases - len(buyers)
    orders = repeats / user_days * holdout_days * len(buyers) if user_days else 0.0
    revenue = orders * int(buyers["amount"].sum()) / purchases if purchases else 0.0
    return [
        pl.lit(orders).alias("predicted_orders"),
        pl.lit(revenue).alias("predicted_revenue"),
    ]


def _own_rates(buyers: pl.DataFrame, calibration_end: int, holdout_days: int) -> list[pl.Expr]:
    """Each user's own rate of repeat purchases and own mean worth, from what was known then."""
    watched = (calibration_end - buyers["first_day"].cast(pl.Int64)).to_numpy()
    purchases = buyers["days"].cast(pl.Int64).to_numpy()
    rates = np.divide(
        purchases - 1, watched, out=np.zeros(len(watched), np.float64), where=watched > 0
    )
    orders = rates * holdout_days
    revenue = orders * buyers["amount"].to_numpy() / np.maximum(purchases, 1)
    return [
        pl.lit(float(np.sort(orders).sum())).alias("predicted_orders"),
        pl.lit(float(np.sort(revenue).sum())).alias("predicted_revenue"),
    ]


def _errors(total: pl.DataFrame, naive: pl.DataFrame, own: pl.DataFrame) -> list[Note]:
    notes = []
    for measure in ("orders", "revenue"):
        actual = total[f"actual_{measure}"].item()
        values = [frame[f"predicted_{measure}"].item() for frame in (total, naive, own)]
        if actual and actual > 0 and values[0] is not None:
            ours, of_naive, of_own = (value / actual - 1 for value in values)
            notes.append(
                Note(
                    "{what} predicted {ours:+.1%} off in total; naive {naive:+.1%}, each user's own "
                    "rate {own:+.1%}",
                    what=Word(measure),
                    ours=ours,
                    naive=of_naive,
                    own=of_own,
                )
            )
    return notes
