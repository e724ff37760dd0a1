"""How the tables of `userops ltv` are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from userops import ltv
from userops.analyses.analysis import Inputs
from userops.core.errors import UsageError
from userops.core.table import Table
from userops.customers import backtest, fitting, value
from userops.customers.backtest import Backtest
from userops.customers.buyers import BUYERS
from userops.customers.forecast import Forecast
from userops.customers.params import LtvParams
from userops.customers.value import Groups, Shop
from userops.ledger import attributes, timeline
from userops.ledger.attributes import Attribute
from userops.readers.attributes import split, unknown

_FITTED = ("users", "model", "backtest")


def run(inputs: Inputs, params: LtvParams) -> Iterator[Table]:
    """What users are worth, so far and ahead, beside what winning them cost."""
    end = inputs.day("calibration_end", params.calibration_end)
    if params.model != "auto":  # which model is best is for a backtest to say
        inputs.idle("calibration_end", "backtest")
    wants, costed = inputs.wants, inputs.has("costs")
    by, splits = _splits(inputs, params.by, channels=costed or wants("channels"))
    tests = wants("backtest") or params.model == "auto"
    curves = costed and (wants("summary") or wants("channels"))
    lined = tests or curves or wants("cohorts")
    first = [one for each in splits for one in each.reductions]
    customers, line, values, facts = inputs.timeline(
        BUYERS, timeline.SORT_KEYS_WITH_AMOUNTS, *first, lined=lined
    )
    shop = Shop(customers, facts.window, facts.currency, params, line if lined else None)
    shop = shop.but(costs=inputs.costs(customers, shop.as_of, facts.currency))
    for note in shop.costs.notes if shop.costs else ():
        inputs.message(note)
    groups = {}
    for each in splits:
        mine = [values.pop(0) for _ in each.reductions]
        groups[each.name] = value.groups(customers, each.name, each.of(mine))
    if by == "cohort":
        groups[by] = value.groups(customers, by)
    tested = _backtests(inputs, shop, end, settled=facts.settled) if tests else ()
    shop = shop.but(forecast=_forecast(inputs, shop, tested))
    yield from _tables(inputs, shop, groups, groups.get(by or ""), tested)


def _splits(
    inputs: Inputs, by: str | None, *, channels: bool
) -> tuple[str | None, list[Attribute]]:
    """What `by` means, and the attributes that users are told apart by: each once.

    Raises:
        UsageError: nothing knows one that's needed.
    """
    asked = by if by != "cohort" else None
    if not (asked or channels):
        return by, []
    people = inputs.people(asked)
    first = attributes.of_orders(inputs.orders.fields)
    splits = {}
    if asked:
        groups = split(asked, people, inputs.orders.exports, first)
        if groups is None:
            raise unknown(asked, people, "orders")
        by = groups.name
        splits[by] = groups
    if channels and "channel" not in splits:
        groups = split("channel", people, inputs.orders.exports, first)
        if groups:
            splits["channel"] = groups
        elif inputs.demands("channels"):
            raise unknown("channel", people, "orders")
    return by, [*splits.values()]


def _backtests(
    inputs: Inputs, shop: Shop, end: int | None, *, settled: bool
) -> tuple[Backtest, ...]:
    """The model's backtest, or all models' with the best first.

    Raises:
        InputError: there can be none, and its table was asked for.
        UsageError: calibration can't end there.
    """
    if end is not None and not shop.buyers.is_empty() and end >= shop.as_of:
        raise UsageError(
            f"--calibration-end isn't before {shop.window.as_of}", mend="end it earlier"
        )
    then = None if settled else lambda day: inputs.orders.reduce([BUYERS], day)[0][0]
    tested, why = fitting.backtested(shop, end, then, needed=inputs.demands("backtest"))
    for note in why:
        inputs.message(note)
    if tested and shop.params.model == fitting.AUTO:
        inputs.message(backtest.comparison(tested))
    return tested


def _forecast(inputs: Inputs, shop: Shop, tested: Sequence[Backtest]) -> Forecast | None:
    """The fitted models, or None where a fit is refused and nothing asked for rests on it."""
    if not any(map(inputs.wants, ("summary", "channels", "users", "model"))):
        return None
    forecast, notes = fitting.fitted(shop, tested, needed=inputs.demands(*_FITTED))
    for note in notes:
        inputs.message(note)
    return forecast


def _tables(
    inputs: Inputs,
    shop: Shop,
    groups: Mapping[str, Groups],
    by: Groups | None,
    tested: Sequence[Backtest],
) -> Iterator[Table]:
    """The tables asked for, as far as there are any."""
    channels = groups.get("channel")
    if inputs.wants("summary"):
        yield ltv.summary(shop, by)
    if inputs.wants("users") and shop.forecast:
        yield ltv.users(shop, shop.forecast)
    if inputs.wants("cohorts"):
        yield ltv.cohorts(shop, by)
    if inputs.wants("channels") and channels:
        yield ltv.channels(shop, channels)
    if inputs.wants("model") and shop.forecast:
        yield ltv.model(shop, shop.forecast)
    if inputs.wants("backtest") and tested:
        yield tested[0].table
    if channels and shop.costs:
        for note in value.unmatched(channels, shop.costs):
            inputs.message(note)
