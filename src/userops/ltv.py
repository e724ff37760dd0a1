"""LTV: what users are worth, so far and in the days ahead, and what winning them cost.

margin : proportion
    The part of net revenue that is earned: `--margin`, or `margin` in `[ltv]`. 1 unless given:
    then it's revenue that is compared with what users cost, and labels say so.
group : text
    `all`, then with `--by` each acquisition channel, cohort (month of the first order), or
    value of another attribute; empty for users without one.
users : count
    Users that the row speaks of: of the group those with a valid order, and where costs are given
    those of them whom the costs won, as in new_users. A cohort outside of the costs' days has no
    cost, and its row is of everyone in it; `all` isn't.
revenue : money
    Their net revenue to as_of.
ltv_to_date : money
    Margin per user to as_of: revenue x margin / users. The margin is 1 unless given.
ltv_predicted : money
    LTV to date and what a user of the group is expected to bring in the `horizon` days after
    as_of, discounted; empty where no model could be fitted.
ltv_low, ltv_high : money
    Holds what the group's users will have brought with the probability `level`: exp(+-z s) about the
    part that's predicted, s^2 the sum of three relative variances. That of the fitted parameters, by
    the delta method; that of users' luck; that of the model itself. The latter two come from backtests:
    fits to the first half, 5/8 and 3/4 of the watched days, compared with what came after. Luck is
    the sum of users' squared errors over what was predicted, as a part of it; the model's variance is
    the mean of squared logs of actual / predicted, less luck's, and of groups less that of parameters.
    Empty where no backtest could be had.
ltv_cac : ratio
    ltv_to_date / cac, both of the users whom the costs won. Without a margin it's revenue / CAC,
    and the label says so.
cohort : month, or all
    Month of the first valid order. The row `all` adds up, at each age, the cohorts that have
    reached it whole.
age : months
    Calendar months after the cohort's; an age that as_of hasn't reached has no row.
size : users
    Users of the cohort.
numerator : money
    Net revenue of the cohort's users up to that age.
value : money
    numerator x margin / size: the observed LTV at that age.
complete : yes or no
    Whether as_of is the last day of the age's month or later.
model : word
    The purchase model, or the spend model gamma-gamma.
parameter : word
    A parameter of it, or log_likelihood, users (that it was fitted to), aic. Where nobody seems to
    leave, those of leaving are at their border, and have no row: the model is the NBD.
estimate, std_error, low, high : number
    The maximum likelihood estimate, its standard error from the Hessian, and the interval at
    `level`. Times are in `time_unit`, money in whole units of the currency.

Tables: `summary` (a row a group), `users` (a row a user, by user_id), `cohorts` (a row a
cohort and age), `channels` (a row an acquisition channel), `model` (a row a parameter),
`backtest` (a row a decile, then all and naive).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from userops.core import periods
from userops.core.dates import to_date
from userops.core.messages import Note, Word
from userops.core.periods import Period
from userops.core.table import Kind, Table, Varied
from userops.customers.acquisition import Payback
from userops.customers.buyers import revenue_by_month
from userops.customers.forecast import NAMES, Forecast, horizon_of
from userops.customers.model_error import interval_note
from userops.customers.value import (
    ALL,
    Groups,
    LtvData,
    called_without_margin,
    value_by_group,
    won,
)
from userops.customers.value_notes import basis, basis_notes, payback_words
from userops.engines.parallel import Ints
from userops.stats.models.fit import Fit

SUMMARY: dict[str, Kind] = {
    "group": Kind.WORD,
    "users": Kind.COUNT,
    "revenue": Kind.MONEY,
    "ltv_to_date": Kind.MONEY,
    "ltv_predicted": Kind.MONEY,
    "ltv_low": Kind.MONEY,
    "ltv_high": Kind.MONEY,
    "new_users": Kind.COUNT,
    "cost": Kind.MONEY,
    "cac": Kind.MONEY,
    "ltv_cac": Kind.NUMBER,
    "payback_months": Kind.COUNT,
}
CHANNELS: dict[str, Kind] = {
    "channel": Kind.TEXT,
    "new_users": Kind.COUNT,
    "cost": Kind.MONEY,
    "cac": Kind.MONEY,
    "ltv_to_date": Kind.MONEY,
    "ltv_predicted": Kind.MONEY,
    "ltv_cac": Kind.NUMBER,
    "payback_months": Kind.COUNT,
    "roi": Kind.RATE,
}
USERS: dict[str, Kind] = {
    "user_id": Kind.ID,
    "orders": Kind.COUNT,
    "revenue": Kind.MONEY,
    "p_alive": Kind.RATE,
    "expected_orders": Kind.NUMBER,
    "expected_spend": Kind.MONEY,
    "clv": Kind.MONEY,
    "clv_low": Kind.MONEY,
    "clv_high": Kind.MONEY,
}
COHORTS: dict[str, Kind] = {
    "cohort": Kind.WORD,
    "age": Kind.COUNT,
    "size": Kind.COUNT,
    "value": Kind.MONEY,
    "numerator": Kind.MONEY,
    "complete": Kind.FLAG,
}
MODEL: dict[str, Kind] = {
    "model": Kind.WORD,
    "parameter": Kind.WORD,
    "estimate": Kind.NUMBER,
    "std_error": Kind.NUMBER,
    "low": Kind.NUMBER,
    "high": Kind.NUMBER,
}


def summary(data: LtvData, groups: Groups | None) -> Table:
    """The table `summary`: everyone, and each group.

    Where nothing is paid back yet, `payback_months` is empty, and people are told so.
    """
    if groups and groups.by == "channel" and data.costs:
        groups = groups.with_labels(list(data.costs.within()))
    frame, paybacks = value_by_group(data, groups)
    return _group_table(data, "summary", "group", frame, paybacks, SUMMARY)


def channels(data: LtvData, groups: Groups) -> Table:
    """The table `channels`: each acquisition channel, also those that only cost."""
    if data.costs:
        groups = groups.with_labels(list(data.costs.within()))
    frame, paybacks = value_by_group(data, groups)
    frame = frame[1:].rename({"group": "channel"})
    return _group_table(data, "channels", "channel", frame, paybacks[1:], CHANNELS)


def _group_table(
    data: LtvData,
    name: str,
    key: str,
    frame: pl.DataFrame,
    paybacks: Sequence[Payback | None],
    kinds: dict[str, Kind],
) -> Table:
    notes = _notes(data, kinds)
    said, else_noted = payback_words(frame[key], paybacks)
    return Table(
        name, frame.select(*kinds), kinds, data.window, data.currency, tuple(notes),
        said=said, else_noted=else_noted, called=called_without_margin(data.margin),
        keeps=("ltv_cac", "cac", "ltv_predicted", "payback_months", "new_users"),
    )  # fmt: skip


def _notes(data: LtvData, kinds: dict[str, Kind]) -> list[Note]:
    """Which LTV and costs the columns speak of."""
    params, as_of, notes = data.params, data.window.as_of, []
    margin_is_one, earned = params.margin == 1, basis(data)
    if data.forecast and data.forecast.spend and "ltv_predicted" in kinds:
        notes.append(
            Note(
                "ltv_predicted: {what} to {as_of} and the {days:day|days} after, by {model} and "
                "Gamma-Gamma, discounted at {rate} a year",
                what=earned,
                as_of=as_of,
                days=params.horizon,
                model=NAMES[data.forecast.model.name],
                rate=_percent(params.discount_rate),
            )
        )
        if "ltv_low" in kinds:
            notes.append(interval_note(data))
    if not data.costs or not data.costs.met:
        return notes
    won_users, all_users = won(data)
    notes.append(
        Note(
            "users, cac, {ratio}: of the {count:user|users} whom the costs won, first order "
            "{first} to {last}, of {total:,} in all; cac: cost / users; {ratio}: {what} per user to "
            "{as_of} / cac",
            ratio=Note("ltv_cac (revenue / cac)") if margin_is_one else Word("ltv_cac"),
            count=won_users,
            total=all_users,
            first=to_date(data.costs.first),
            last=to_date(data.costs.last),
            what=earned,
            as_of=as_of,
        )
    )
    measures = [name for name in ("roi", "payback_months") if name in kinds]
    return [*notes, *basis_notes(data, measures)]


def _percent(share: float) -> str:
    return f"{100 * share:g}%"


def users(data: LtvData, forecast: Forecast, headline: Table | None = None) -> Table:
    """The table `users`."""
    params = data.params
    frame = data.buyers.select(
        "user_id",
        pl.col("orders").cast(pl.Int64),
        revenue="amount",
        p_alive=pl.Series(forecast.p_alive()),
        **_predictions(data, forecast),
    )
    notes = (
        Note(
            "clv_low to clv_high is a {level} prediction interval for each user (the fitted "
            "parameters taken as known)",
            level=_percent(params.level),
        ),
    )
    return Table(
        "users", frame, USERS, data.window, data.currency, notes,
        headline=headline, called=called_without_margin(data.margin), keeps=("clv", "clv_low", "clv_high", "p_alive",),)  # fmt: skip


def _predictions(data: LtvData, forecast: Forecast) -> dict[str, pl.Series]:
    """Each user's expected orders and values in minor units; without a spend model these are null."""
    margin, minor_units = data.params.margin, 10.0**data.currency.places
    horizon = horizon_of(data.params)
    orders = forecast.expected_orders(horizon.length)
    discounted = forecast.expected_orders(horizon) if len(horizon.ends) > 1 else orders
    spend = forecast.expected_spend()
    bounds = forecast.value_interval(horizon, data.params.level)
    money = {
        "expected_spend": spend,
        "clv": discounted * spend * margin if spend is not None else None,
        "clv_low": bounds[0] * margin if bounds else None,
        "clv_high": bounds[1] * margin if bounds else None,
    }
    nulls = pl.Series([None], dtype=pl.Float64).new_from_index(0, len(data.buyers))
    return {
        "expected_orders": pl.Series(orders),
        **{
            name: pl.Series(values * minor_units) if values is not None else nulls
            for name, values in money.items()
        },
    }


def cohorts(data: LtvData, groups: Groups | None) -> Table:
    """The table `cohorts`; with a column of the groups' attribute before it, if there are any."""
    if data.timeline is None:
        raise ValueError("cohorts need a timeline")
    if groups and groups.by == "cohort":
        groups = None
    codes = groups.codes if groups else np.zeros(len(data.buyers), np.int64)
    current_month = periods.number_of(data.as_of, Period.MONTH)
    last_whole_month = periods.last_whole(data.as_of, Period.MONTH)
    sizes = _cohort_sizes(data.buyers, codes)
    revenue = _cohort_revenue(revenue_by_month(data.buyers, data.timeline, codes))
    cells = _cohort_cells(sizes, revenue, current_month, last_whole_month)
    months = [int(month) for month in cells["cohort"].unique()]
    frame = (
        pl.concat([cells, _all_cohorts(cells)], how="diagonal")
        .sort("group", "cohort", "age", nulls_last=True)
        .with_columns(
            pl.col("cohort")
            .replace_strict(
                {month: periods.label(month, Period.MONTH) for month in months},
                return_dtype=pl.String,
            )
            .fill_null(ALL),
            pl.col("age").cast(pl.Int64),
            value=pl.col("numerator") * data.params.margin / pl.col("size"),
        )
    )
    kinds = COHORTS
    if groups:
        kinds = {groups.by: Kind.TEXT, **COHORTS}
        labels = pl.Series(groups.labels, dtype=pl.String).gather(frame["group"])
        frame = frame.with_columns(labels.alias(groups.by))
    notes: tuple[Note, ...] = ()
    if last_whole_month < current_month and len(data.buyers):
        notes = (
            Note(
                "the month of {as_of} is incomplete: ages that fall into it are left out of all",
                as_of=data.window.as_of,
            ),
        )
    called = {"value": "ltv_to_date", **called_without_margin(data.margin)}
    return Table(
        "cohorts", frame.select(*kinds), kinds, data.window, data.currency, notes, called=called
    )


def _months_of(days: pl.Series) -> pl.Series:
    return pl.Series(periods.number(days.to_numpy(), Period.MONTH))


def _cohort_sizes(buyers: pl.DataFrame, codes: Ints) -> pl.DataFrame:
    """`group, cohort, size`: buyers by group and month of the first order."""
    return (
        pl.DataFrame(
            {"group": codes, "cohort": _months_of(buyers["first_day"])},
            schema={"group": pl.Int64, "cohort": pl.Int32},
        )
        .group_by("group", "cohort")
        .agg(size=pl.len().cast(pl.Int64))
    )


def _cohort_revenue(revenue: pl.DataFrame) -> pl.DataFrame:
    """`group, cohort, age, amount`, from the rows that `revenue_by_month` gives."""
    return (
        revenue.with_columns(cohort=_months_of(revenue["first_day"]))
        .group_by("group", "cohort", age=pl.col("month") - pl.col("cohort"))
        .agg(pl.col("amount").sum())
    )


def _cohort_cells(
    sizes: pl.DataFrame, revenue: pl.DataFrame, current_month: int, last_whole_month: int
) -> pl.DataFrame:
    """A row a group, cohort and age that as_of has reached; `numerator` adds up the ages so far."""
    return (
        sizes.with_columns(
            age=pl.int_ranges(0, current_month - pl.col("cohort") + 1, dtype=pl.Int32)
        )
        .explode("age")
        .join(revenue, on=["group", "cohort", "age"], how="left")
        .sort("group", "cohort", "age")
        .with_columns(
            numerator=pl.col("amount").fill_null(0).cum_sum().over("group", "cohort"),
            complete=pl.col("cohort") + pl.col("age") <= last_whole_month,
        )
        .drop("amount")
    )


def _all_cohorts(cells: pl.DataFrame) -> pl.DataFrame:
    """At each age, the sums over the cohorts that have reached it whole; `cohort` is null."""
    return (
        cells.filter("complete")
        .group_by("group", "age")
        .agg(pl.col("size", "numerator").sum())
        .with_columns(complete=pl.lit(True), cohort=pl.lit(None, pl.Int32))
    )


def model(data: LtvData, forecast: Forecast) -> Table:
    """The table `model`."""
    rows = [
        row
        for fit in (forecast.purchases, forecast.spend)
        if fit
        for row in _parameter_rows(fit, data)
    ]
    schema = {name: pl.String if kind is Kind.WORD else pl.Float64 for name, kind in MODEL.items()}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    notes = (
        Note(
            "{model} in {unit}s, from purchase days",
            model=forecast.name,
            unit=Word(forecast.history.unit),
        ),
    )
    return Table(
        "model", frame, MODEL, data.window, data.currency, notes, level=data.params.level,
        varied={"estimate": Varied("parameter", dict.fromkeys(("users",), Kind.COUNT))},
    )  # fmt: skip


def _parameter_rows(fit: Fit, data: LtvData) -> list[tuple[str, str, float, float | None, float | None, float | None]]:  # fmt: skip
    bounds = fit.interval(data.params.level)
    return [
        *[
            (fit.model, name, estimate, error, low, high)
            for name, estimate, error, (low, high) in zip(
                fit.names, fit.estimates, fit.std_errors, bounds, strict=True
            )
            if name not in fit.fixed
        ],
        (fit.model, "log_likelihood", fit.log_likelihood, None, None, None),
        (fit.model, "users", float(fit.users), None, None, None),
        (fit.model, "aic", fit.aic, None, None, None),
    ]
