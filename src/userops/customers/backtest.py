"""Backtests: fit on the first part of the orders, predict the rest, compare.

decile : 1 to 10, all, naive
    Tenths of the users by predicted purchases, the tenth that buys most first; users of
    equal prediction stay together, so tenths may differ in size. `all` is everyone. `naive`
    is the formula average order x frequency: everyone goes on buying at the rate of repeat
    purchases a user and day so far, for the mean worth of a purchase so far.
users : count
    Users with a first purchase by the end of calibration.
predicted_orders, actual_orders : purchase days
    Expected from the models, and made, after the end of calibration up to as_of.
predicted_revenue, actual_revenue : money
    The same in net revenue, neither discounted nor times a margin.

Tables: `backtest` (a row a decile, then `all` and `naive`).
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
from userops.customers import forecast
from userops.customers.forecast import NAMES, UNITS, History
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
    first = buyers["first_day"].min()
    begun = first if isinstance(first, int) else as_of + 1
    watched = as_of - begun + 1
    end = max(begun + (as_of - begun) // 2, begun + params.min_days - 1)
    if end >= as_of:
        raise InputError(
            Note(
                "{watched:day|days} of orders: too few for a backtest, which needs {needed:,} to "
                "fit, and some to compare with",
                watched=watched,
                needed=params.min_days,
            ),
            mend="export a longer time",
        )
    return end


def each(
    halves: pl.DataFrame,
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
    found, why = [], None
    for name in models:
        try:
            found.append(backtest(halves, window, calibration_end, name, params, currency, as_of))
        except InputError as refused:
            why = why or refused
    if why and not found:
        raise why
    return tuple(sorted(found, key=lambda test: test.error))


def comparison(tests: Sequence[Backtest]) -> str:
    """Why the first was taken."""
    errors = ", ".join(f"{NAMES[test.model]} {test.error:.1%}" for test in tests)
    return f"auto took {NAMES[tests[0].model]}: its deciles' purchases were least off ({errors})"


def backtest(
    halves: pl.DataFrame,
    window: Window,
    calibration_end: int,
    model: str,
    params: LtvParams,
    currency: Currency,
    as_of: int,
) -> Backtest:
    """Fit a model to the buyers as of `calibration_end`, and compare what it predicts.

    Args:
        halves: as `buyers.halves` gives it.
        window: what the comparison covers, to as_of.
        calibration_end: the last day that the fit sees.
        model: a purchase model's name.
        params: how to predict.
        currency: what the amounts are in.
        as_of: the last day of the comparison.

    Raises:
        InputError: the first part is too little for a fit, or the fit doesn't converge.
    """
    history = History.of(halves, calibration_end, params.time_unit, currency.places)
    found = forecast.fit(history, model, params)
    days = as_of - calibration_end
    expected = found.expected_orders(days / UNITS[params.time_unit])
    spend = found.expected_spend()
    worth = expected * spend * 10.0**currency.places if spend is not None else None
    each = pl.DataFrame(
        {
            "decile": deciles(expected),
            "predicted_orders": expected,
            "actual_orders": halves["actual_days"].cast(pl.Int64),
            "predicted_revenue": pl.Series(worth, dtype=pl.Float64)
            if worth is not None
            else pl.Series([None], dtype=pl.Float64).new_from_index(0, len(expected)),
            "actual_revenue": halves["actual_amount"],
        }
    )
    known = worth is not None
    sums = [
        pl.len().cast(pl.Int64).alias("users"),
        *[pl.col(name).sum() for name in list(KINDS)[2:4]],
        pl.col("predicted_revenue").sum() if known else pl.lit(None, pl.Float64).alias("predicted_revenue"),
        pl.col("actual_revenue").sum(),
    ]  # fmt: skip
    tenths = each.group_by("decile").agg(sums).sort("decile")
    whole = each.select(pl.lit("all").alias("decile"), *sums)
    naive = whole.with_columns(
        pl.lit("naive").alias("decile"), *_naive(halves, calibration_end, days)
    )
    table = pl.concat([tenths.cast({"decile": pl.String}), whole, naive]).select(*KINDS)
    missed = (tenths["predicted_orders"] - tenths["actual_orders"]).abs().sum()
    error = float(missed) / max(int(whole["actual_orders"].item()), 1)
    notes = (
        Note(
            "{model} fitted to {day}, compared with the {days:day|days} after",
            model=NAMES[model],
            day=to_date(calibration_end),
            days=days,
        ),
        *_errors(whole, naive),
        *found.notes,
    )
    return Backtest(model, Table("backtest", table, KINDS, window, currency, notes), error)


def deciles(expected: Floats) -> pl.Series:
    """1 to 10 per user, the highest first; equal values share one."""
    ordered = np.sort(expected)
    above = len(expected) - np.searchsorted(ordered, expected, side="right")
    return pl.Series(1 + 10 * above // max(len(expected), 1), dtype=pl.Int64)


def _naive(halves: pl.DataFrame, calibration_end: int, days: int) -> list[pl.Expr]:
    """Average order x frequency, from what was known at the end of calibration."""
    watched = int((calibration_end - halves["first_day"].cast(pl.Int64)).sum())
    bought = int(halves["days"].cast(pl.Int64).sum())
    again = bought - len(halves)
    orders = again / watched * days * len(halves) if watched else 0.0
    worth = orders * int(halves["amount"].sum()) / bought if bought else 0.0
    return [
        pl.lit(orders).alias("predicted_orders"),
        pl.lit(worth).alias("predicted_revenue"),
    ]


def _errors(whole: pl.DataFrame, naive: pl.DataFrame) -> list[Note]:
    notes = []
    for what in ("orders", "revenue"):
        actual = whole[f"actual_{what}"].item()
        ours, theirs = (frame[f"predicted_{what}"].item() for frame in (whole, naive))
        if actual and actual > 0 and ours is not None:
            off, naively = ours / actual - 1, theirs / actual - 1
            notes.append(
                Note(
                    "{what} predicted {ours:+.1%} off in total; naive {naive:+.1%}",
                    what=Word(what),
                    ours=off,
                    naive=naively,
                )
            )
    return notes
