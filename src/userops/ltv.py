"""LTV: what users are worth, so far and in the days ahead, and what winning them cost.

margin : proportion
    The part of net revenue that is earned: `--margin`, or `margin` in `[ltv]`. 1 unless given.
group : text
    `all`, then with `--by` each acquisition channel, cohort (month of the first order), or
    value of another attribute; empty for users without one.
users : count
    Users of the group with a valid order.
revenue : money
    Their net revenue to as_of.
ltv_to_date : money
    Margin per user to as_of: revenue x margin / users. The margin is 1 unless given.
ltv_predicted : money
    LTV to date and what a user of the group is expected to bring in the `horizon` days after
    as_of, discounted; empty where no model could be fitted.
ltv_low, ltv_high : money
    Interval of ltv_predicted at `level`: the error of the fitted parameters, carried through
    both models by the delta method. How users' own luck will scatter isn't in it.
ltv_cac : ratio
    ltv_to_date / cac.
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
    A parameter of it, or log_likelihood, users (that it was fitted to), aic.
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
from userops.core.table import Kind, Table
from userops.customers.acquisition import Costs, Payback
from userops.customers.buyers import earnings
from userops.customers.forecast import NAMES, Forecast, horizon_of
from userops.customers.value import ALL, Groups, Shop, by_group
from userops.stats.models.fit import Fit

TABLES = ("summary", "users", "cohorts", "channels", "model", "backtest")

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


def summary(shop: Shop, of: Groups | None) -> Table:
    """The table `summary`: everyone, and each group.

    Where nothing is paid back yet, `payback_months` is empty, and people are told so.
    """
    if of and of.by == "channel" and shop.costs:
        of = of.with_labels(list(shop.costs.within()))
    frame, paid = by_group(shop, of)
    return _grouped(shop, "summary", "group", frame, paid, SUMMARY)


def channels(shop: Shop, of: Groups) -> Table:
    """The table `channels`: each acquisition channel, also those that only cost."""
    if shop.costs:
        of = of.with_labels(list(shop.costs.within()))
    frame, paid = by_group(shop, of)
    frame = frame[1:].rename({"group": "channel"})
    return _grouped(shop, "channels", "channel", frame, paid[1:], CHANNELS)


def _grouped(
    shop: Shop,
    name: str,
    key: str,
    frame: pl.DataFrame,
    paid: Sequence[Payback | None],
    kinds: dict[str, Kind],
) -> Table:
    notes = _meaning(shop, kinds)
    late = [
        Note(
            "{name} ({months:month|months} seen)",
            name=label if label is not None else Note("no channel"),
            months=done.seen,
        )
        for label, done in zip(frame[key], paid, strict=True)
        if done and done.months is None
    ]
    said: dict[str, tuple[Note | None, ...]] = {}
    else_noted: tuple[Note, ...] = ()
    if late:
        said = {"payback_months": tuple(map(_not_yet, paid))}
        else_noted = (Note("not paid back yet: {late}", late=tuple(late)),)
    return Table(
        name, frame.select(*kinds), kinds, shop.window, shop.currency, tuple(notes),
        said=said, else_noted=else_noted,
    )  # fmt: skip


def _not_yet(done: Payback | None) -> Note | None:
    """What people read in place of the months of a payback that hasn't come."""
    if done is None or done.months is not None:
        return None
    return Note("not yet ({months:month|months} seen)", months=done.seen)


_MOST_HOLES = 8  # runs of months without costs that a note lists


def _meaning(shop: Shop, kinds: dict[str, Kind]) -> list[Note]:
    """Which LTV and costs the columns speak of."""
    told, as_of, notes = shop.params, shop.window.as_of, []
    whole = told.margin == 1
    what = Note("net revenue") if whole else Note("net revenue x margin {margin:g}", margin=told.margin)  # fmt: skip
    if shop.forecast and shop.forecast.spend and "ltv_predicted" in kinds:
        notes.append(
            Note(
                "ltv_predicted: {what} to {as_of} and the {days:day|days} after, by {model} and "
                "Gamma-Gamma, discounted at {rate} a year; ltv_low, ltv_high: its {level} "
                "interval, of the parameters' error alone",
                what=what,
                as_of=as_of,
                days=told.horizon,
                model=NAMES[shop.forecast.model.name],
                rate=_percent(told.discount_rate),
                level=_percent(told.level),
            )
        )
    if not shop.costs or not shop.costs.met:
        return notes
    notes.append(
        Note(
            "cac: cost / new users of {first} to {last}; ltv_cac: {what} per user to {as_of} / cac",
            first=to_date(shop.costs.first),
            last=to_date(shop.costs.last),
            what=what,
            as_of=as_of,
        )
    )
    named = tuple(Word(name) for name in ("roi", "payback_months") if name in kinds)
    of = Note("{measures}: of {what}", measures=named, what=what)
    if whole:
        of = Note(
            "{of}, as if all of it were earned: --margin, or margin in [ltv], says what part is",
            of=of,
        )
    return [*notes, of, *_holes(shop.costs)]


def _holes(costs: Costs) -> list[Note]:
    """What to say where a channel has no costs for some months: they count as nothing spent."""
    found = costs.holes()
    if not found:
        return []
    runs = [(name, low if low == high else f"{low} – {high}") for name, low, high in found]
    more = len(runs) - _MOST_HOLES
    return [
        Note(
            "months without a row of costs count as nothing spent: {months}{more}",
            months=tuple(f"{name} {months}" for name, months in runs[:_MOST_HOLES]),
            more=Note(" and {count:,} more", count=more) if more > 0 else "",
        )
    ]


def _percent(share: float) -> str:
    return f"{100 * share:g}%"


def users(shop: Shop, found: Forecast, headline: Table | None = None) -> Table:
    """The table `users`."""
    params, unit = shop.params, 10.0**shop.currency.places
    ahead = horizon_of(params)
    expected = found.expected_orders(ahead.length)
    discounted = found.expected_orders(ahead) if len(ahead.ends) > 1 else expected
    spend, ends = found.expected_spend(), found.value_interval(ahead, params.level)
    money: dict[str, pl.Series] = {}
    for name, values in (
        ("expected_spend", spend),
        ("clv", discounted * spend * params.margin if spend is not None else None),
        ("clv_low", ends[0] * params.margin if ends else None),
        ("clv_high", ends[1] * params.margin if ends else None),
    ):
        money[name] = (
            pl.Series(values * unit)
            if values is not None
            else pl.Series([None], dtype=pl.Float64).new_from_index(0, len(shop.buyers))
        )
    frame = shop.buyers.select(
        "user_id",
        pl.col("orders").cast(pl.Int64),
        revenue="amount",
        p_alive=pl.Series(found.p_alive()),
        expected_orders=pl.Series(expected),
        **money,
    )
    notes = (
        Note(
            "clv_low, clv_high hold with {level} what the user will bring: the user's own luck, "
            "the fitted parameters taken as known",
            level=_percent(params.level),
        ),
    )
    return Table("users", frame, USERS, shop.window, shop.currency, notes, headline=headline)


def cohorts(shop: Shop, of: Groups | None) -> Table:
    """The table `cohorts`; with a column of the groups' attribute before it, if there are any."""
    if shop.line is None:
        raise ValueError("cohorts need a timeline")
    split = of if of and of.by != "cohort" else None
    codes = split.codes if split else np.zeros(len(shop.buyers), np.int64)
    labels: Sequence[str | None] = split.labels if split else (None,)
    kinds = {**({split.by: Kind.TEXT} if split else {}), **COHORTS}
    current = periods.number_of(shop.as_of, Period.MONTH)
    whole = periods.last_whole(shop.as_of, Period.MONTH)
    cohort = pl.Series(periods.number(shop.buyers["first_day"].to_numpy(), Period.MONTH))
    sizes = (
        pl.DataFrame({"group": codes, "cohort": cohort}, schema={"group": pl.Int64, "cohort": pl.Int32})
        .group_by("group", "cohort")
        .agg(size=pl.len().cast(pl.Int64))
    )  # fmt: skip
    earned = earnings(shop.buyers, shop.line, codes)
    brought = (
        earned.with_columns(
            cohort=pl.Series(periods.number(earned["first_day"].to_numpy(), Period.MONTH))
        )
        .group_by("group", "cohort", age=pl.col("month") - pl.col("cohort"))
        .agg(pl.col("amount").sum())
    )
    cells = (
        sizes.with_columns(age=pl.int_ranges(0, current - pl.col("cohort") + 1, dtype=pl.Int32))
        .explode("age")
        .join(brought, on=["group", "cohort", "age"], how="left")
        .sort("group", "cohort", "age")
        .with_columns(
            numerator=pl.col("amount").fill_null(0).cum_sum().over("group", "cohort"),
            complete=pl.col("cohort") + pl.col("age") <= whole,
        )
    )
    total = (
        cells.filter("complete")
        .group_by("group", "age")
        .agg(pl.col("size", "numerator").sum())
        .with_columns(complete=pl.lit(True), cohort=pl.lit(None, pl.Int32))
    )
    names = {
        int(one): periods.label(int(one), Period.MONTH) for one in cells["cohort"].unique()
    }  # fmt: skip
    frame = (
        pl.concat([cells.drop("amount"), total], how="diagonal")
        .sort("group", "cohort", "age", nulls_last=True)
        .with_columns(
            pl.col("cohort").replace_strict(names, return_dtype=pl.String).fill_null(ALL),
            pl.col("age").cast(pl.Int64),
            value=pl.col("numerator") * shop.params.margin / pl.col("size"),
        )
    )
    if split:
        column = pl.Series(labels, dtype=pl.String).gather(frame["group"])
        frame = frame.with_columns(column.alias(split.by))
    notes: tuple[Note, ...] = ()
    if whole < current and len(shop.buyers):
        notes = (
            Note(
                "{as_of} cuts its month short: ages that fall into it are not whole, and not in all",
                as_of=shop.window.as_of,
            ),
        )
    return Table("cohorts", frame.select(*kinds), kinds, shop.window, shop.currency, notes)


def model(shop: Shop, found: Forecast) -> Table:
    """The table `model`."""
    rows = [row for fit in (found.purchases, found.spend) if fit for row in _fit(fit, shop)]
    schema = {name: pl.String if kind is Kind.WORD else pl.Float64 for name, kind in MODEL.items()}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    notes = (
        Note(
            "{model} in {unit}s, from purchase days",
            model=found.name,
            unit=Word(found.history.unit),
        ),
    )
    return Table("model", frame, MODEL, shop.window, shop.currency, notes, level=shop.params.level)


def _fit(fit: Fit, shop: Shop) -> list[tuple[str, str, float, float | None, float | None, float | None]]:  # fmt: skip
    ends = fit.interval(shop.params.level)
    return [
        *[
            (fit.model, name, estimate, error, low, high)
            for name, estimate, error, (low, high) in zip(
                fit.names, fit.estimates, fit.std_errors, ends, strict=True
            )
        ],
        (fit.model, "log_likelihood", fit.log_likelihood, None, None, None),
        (fit.model, "users", float(fit.users), None, None, None),
        (fit.model, "aic", fit.aic, None, None, None),
    ]
