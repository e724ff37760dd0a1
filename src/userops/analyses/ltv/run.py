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
from userops.customers.model_error import model_error
from userops.customers.params import LtvParams
from userops.customers.truncation import begins_midway
from userops.customers.value import Groups, LtvData
from userops.ledger import attributes, timeline
from userops.ledger.attributes import Attribute
from userops.readers.attributes import split, unknown

_FITTED = ("users", "model", "backtest")


def run(inputs: Inputs, params: LtvParams) -> Iterator[Table]:
    """What users are worth, so far and ahead, beside what winning them cost."""
    calibration_end = inputs.day("calibration_end", params.calibration_end)
    if params.model != "auto":  # which model is best is for a backtest to say
        inputs.idle("calibration_end", "backtest")
    is_wanted, has_costs = inputs.wants, inputs.has("costs")
    by, group_attributes = _group_attributes(
        inputs, params.by, channels=has_costs or is_wanted("channels")
    )
    with_backtest = is_wanted("backtest") or params.model == "auto"
    with_payback = has_costs and (is_wanted("summary") or is_wanted("channels"))
    with_timeline = with_backtest or with_payback or is_wanted("cohorts") or is_wanted("summary")
    attribute_steps = [step for attribute in group_attributes for step in attribute.reductions]
    customers, customer_timeline, frames, facts = inputs.timeline(
        BUYERS, timeline.SORT_KEYS_WITH_AMOUNTS, *attribute_steps, lined=with_timeline
    )
    data = LtvData(
        customers,
        facts.window,
        facts.currency,
        params,
        customer_timeline if with_timeline else None,
    )
    data = data.but(costs=inputs.costs(customers, data.as_of, facts.currency))
    for note in data.costs.notes if data.costs else ():
        inputs.message(note)
    for note in begins_midway(customers["first_day"], data.as_of):
        inputs.message(note)
    groups = {}
    for attribute in group_attributes:
        attribute_values = [frames.pop(0) for _ in attribute.reductions]
        groups[attribute.name] = value.groups_by(
            customers, attribute.name, attribute.of(attribute_values)
        )
    if by == "cohort":
        groups[by] = value.groups_by(customers, by)
    tests = (
        _backtests(inputs, data, calibration_end, settled=facts.settled) if with_backtest else ()
    )
    data = data.but(forecast=_forecast(inputs, data, tests))
    if data.forecast and is_wanted("summary"):
        name = data.forecast.model.name
        data = data.but(error=model_error(data, groups.get(by or ""), name))
    yield from _tables(inputs, data, groups, groups.get(by or ""), tests)


def _group_attributes(
    inputs: Inputs, by: str | None, *, channels: bool
) -> tuple[str | None, list[Attribute]]:
    """What `by` means, and the attributes that users are told apart by: each once.

    Raises:
        UsageError: nothing knows one that's needed.
    """
    attribute = by if by != "cohort" else None
    if not (attribute or channels):
        return by, []
    people = inputs.people(attribute)
    first_values = attributes.of_orders(inputs.orders.fields)
    by_name = {}
    if attribute:
        groups = split(attribute, people, inputs.orders.exports, first_values)
        if groups is None:
            raise unknown(attribute, people, "orders")
        by = groups.name
        by_name[by] = groups
    if channels and "channel" not in by_name:
        groups = split("channel", people, inputs.orders.exports, first_values)
        if groups:
            by_name["channel"] = groups
        elif inputs.demands("channels"):
            raise unknown("channel", people, "orders")
    return by, [*by_name.values()]


def _backtests(
    inputs: Inputs, data: LtvData, calibration_end: int | None, *, settled: bool
) -> tuple[Backtest, ...]:
    """The model's backtest, or all models' with the best first.

    Raises:
        InputError: there can be none, and its table was asked for.
        UsageError: calibration can't end there.
    """
    if calibration_end is not None and not data.buyers.is_empty() and calibration_end >= data.as_of:
        raise UsageError(
            f"--calibration-end isn't before {data.window.as_of}", mend="end it earlier"
        )
    buyers_on = None if settled else lambda day: inputs.orders.reduce([BUYERS], day)[0][0]
    tests, notes = fitting.backtests(
        data, calibration_end, buyers_on, required=inputs.demands("backtest")
    )
    for note in notes:
        inputs.message(note)
    if tests and data.params.model == fitting.AUTO:
        inputs.message(backtest.comparison(tests))
    return tests


def _forecast(inputs: Inputs, data: LtvData, tests: Sequence[Backtest]) -> Forecast | None:
    """The fitted models, or None where a fit is refused and nothing asked for rests on it."""
    if not any(map(inputs.wants, ("summary", "channels", "users", "model"))):
        return None
    forecast, notes = fitting.fit_models(data, tests, required=inputs.demands(*_FITTED))
    for note in notes:
        inputs.message(note)
    return forecast


def _tables(
    inputs: Inputs,
    data: LtvData,
    groups: Mapping[str, Groups],
    summary_groups: Groups | None,
    tests: Sequence[Backtest],
) -> Iterator[Table]:
    """The tables asked for, as far as there are any."""
    channels = groups.get("channel")
    if inputs.wants("summary"):
        yield ltv.summary(data, summary_groups)
    if inputs.wants("users") and data.forecast:
        yield ltv.users(data, data.forecast)
    if inputs.wants("cohorts"):
        yield ltv.cohorts(data, summary_groups)
    if inputs.wants("channels") and channels:
        yield ltv.channels(data, channels)
    if inputs.wants("model") and data.forecast:
        yield ltv.model(data, data.forecast)
    if inputs.wants("backtest") and tests:
        yield tests[0].table
    if channels and data.costs:
        for note in value.unmatched_channels(channels, data.costs):
            inputs.message(note)
