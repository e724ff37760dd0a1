"""What users are worth, and what winning them cost."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date

import polars as pl

from userops import ltv as values
from userops.api.opened import OpenOrders
from userops.api.taking import Rows, attribute, day_of, orders_of
from userops.core.errors import InputError, UsageError
from userops.core.messages import Note
from userops.core.params import LtvParams
from userops.core.table import Currency, Result, Table
from userops.customers import fitting
from userops.customers import value as worth
from userops.customers.acquisition import Costs
from userops.customers.backtest import Backtest
from userops.customers.buyers import buyers
from userops.customers.value import Groups, Shop
from userops.ledger import timeline
from userops.ledger.attributes import Attribute
from userops.readers.options import Reading
from userops.readers.orders import Orders
from userops.settings import params


def ltv(
    orders: Rows | OpenOrders,
    *,
    as_of: date | None = None,
    columns: Mapping[str, str] | None = None,
    reading: Reading | None = None,
    by: str | None = None,
    costs: pl.DataFrame | None = None,
    users: pl.DataFrame | None = None,
    model: str | None = None,
    horizon: int | None = None,
    discount_rate: float | None = None,
    margin: float | None = None,
    level: float | None = None,
    time_unit: str | None = None,
    calibration_end: date | None = None,
) -> Result:
    """What users are worth, so far and ahead; see `userops.ltv` for what the tables mean.

    Args:
        orders: `user_id, order_time, amount` and what else is known of each order; or open ones.
        as_of: the last day that counts; by default the last one in the orders.
        columns: field to column, where names differ.
        reading: how to read, in full.
        by: split by the first order's `channel`, by `cohort`, or by a column of users.
        costs: `channel, period` (a date, YYYY-MM-DD or YYYY-MM), `cost` in whole units.
        users: `user_id` and the columns `by` or `channel`.
        model: `mbg-nbd`, `bg-nbd`, `pareto-nbd`, or `auto` for the one with the best backtest.
        horizon: days ahead that are predicted.
        discount_rate: a year; what comes later counts less.
        margin: the part of net revenue that is earned.
        level: the probability that intervals hold.
        time_unit: `day` or `week`, of the model's parameters.
        calibration_end: the last day that a backtest's fit sees; by default half way.

    Returns:
        The tables `summary` and `cohorts`; `channels` where they're known; `users` and `model`
        where a model could be fitted, and `backtest` where one could be tested, else notes of
        `summary` say why not.

    Raises:
        InputError: the orders or the costs can't be used.
        UsageError: a parameter is out of bounds, or nothing is known of `by`.
    """
    told = params(
        LtvParams(), model=model, horizon=horizon, discount_rate=discount_rate, margin=margin,
        level=level, time_unit=time_unit,
    )  # fmt: skip
    day = day_of(as_of)
    with orders_of(orders, columns, reading) as intake:
        splits = _splits(intake, users, by)
        steps = [step for split in splits for step in split.steps]
        known, line, found, facts = intake.timeline(buyers, timeline.amounts, steps, day)
        shop = Shop(known, facts.window, facts.currency, told, line)
        end = day_of(calibration_end)
        if end is not None and end >= shop.as_of:
            raise UsageError(
                f"calibration isn't over before {shop.window.as_of}", mend="end it earlier"
            )
        then = None if facts.settled else lambda on: intake.reduce([buyers], on)[0][0]
        tests, missing = fitting.backtested(shop, end, then)
    groups = {}
    for split in splits:
        first_values = [found.pop(0) for _ in split.steps]
        groups[split.name] = worth.groups(known, split.name, split.of(first_values))
    if by == "cohort":
        groups[by] = worth.groups(known, by)
    if costs is not None and not known.is_empty():
        first: int = known["first_day"].min()  # type: ignore[assignment]
        shop = shop.but(costs=Costs.of(_minor(costs, facts.currency), first, shop.as_of))
    fitted, why = fitting.fitted(shop, tests)
    shop = shop.but(forecast=fitted)
    tables = _tables(shop, groups, by, tests, (*missing, *why))
    return Result("ltv", tables, facts.tally)


def _splits(intake: Orders, users: pl.DataFrame | None, by: str | None) -> list[Attribute]:
    """What tells users apart by `by`, and by their channel where that's known."""
    found = [attribute(intake, users, by)] if by and by != "cohort" else []
    if by != "channel":
        with suppress(UsageError):  # a table less
            found.append(attribute(intake, users, "channel"))
    return found


def _minor(costs: pl.DataFrame, currency: Currency) -> pl.DataFrame:
    """Costs in minor units, their periods as text."""
    lacking = [name for name in ("channel", "period", "cost") if name not in costs.columns]
    if lacking:
        raise InputError(
            f"costs: no column {lacking[0]}",
            mend=f"rename it; there are: {', '.join(costs.columns)}",
        )
    exact = pl.col("cost").cast(pl.Decimal(38, currency.places)) * 10**currency.places
    return costs.select(
        pl.col("channel", "period").cast(pl.String), exact.cast(pl.Int64).alias("cost")
    )


def _tables(
    shop: Shop,
    groups: Mapping[str, Groups],
    by: str | None,
    tests: tuple[Backtest, ...],
    notes: tuple[Note, ...],
) -> tuple[Table, ...]:
    channels, fitted = groups.get("channel"), shop.forecast
    if channels and shop.costs:
        notes = (*notes, *shop.costs.notes, *worth.unmatched(channels, shop.costs))
    summary = values.summary(shop, groups.get(by or ""))
    return (
        summary.but(notes=(*summary.notes, *notes)),
        *([values.users(shop, fitted)] if fitted else []),
        values.cohorts(shop, groups.get(by or "")),
        *([values.channels(shop, channels)] if channels else []),
        *([values.model(shop, fitted)] if fitted else []),
        *(test.table for test in tests[:1]),
    )
