"""How the tables of `userops goals` are made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from userops.analyses.analysis import Inputs
from userops.analyses.goals import tables
from userops.analyses.goals.outlook import Outlook
from userops.analyses.goals.params import GoalMetric, GoalsParams
from userops.analyses.goals.progress import ADDS_UP, Value, progress
from userops.core.dates import Window, to_day
from userops.core.errors import UsageError
from userops.core.facts import Facts
from userops.core.table import Kind, Table
from userops.customers.calendar import special_days
from userops.customers.costs import Costs
from userops.customers.measures import PERIODS_KINDS, OrderMeasures, Span
from userops.ledger import timeline
from userops.ledger.customers import CUSTOMERS

_YEAR = timedelta(days=366)


def run(inputs: Inputs, params: GoalsParams) -> Iterator[Table]:
    """How goals go.

    Raises:
        UsageError: none are set, and it's not for a report; or a target is a share of nothing.
    """
    if not params.goals:
        if inputs.lenient:
            return
        raise UsageError(
            "no goals are set",
            mend='--goal new=400, or under [goals] in userops.toml: revenue = { growth = "20%" }',
        )
    for metric, goal in params.goals.items():
        _check_target(metric, goal.target)
    customers, customer_timeline, _, facts = inputs.timeline(
        CUSTOMERS, timeline.SORT_KEYS_WITH_AMOUNTS
    )
    window, as_of = facts.window, facts.window.as_of
    if as_of is None or window.first_day is None:
        yield tables.goals({}, (), window, facts.currency)
        yield tables.days((), None, window, facts.currency)
        return
    costs = None
    if "cac" in params.goals:
        costs = inputs.costs(customers, to_day(as_of), facts.currency)
        for note in costs.notes if costs else ():
            inputs.message(note)
    measures = OrderMeasures(customer_timeline)
    outlook = _outlook(params, measures, window)
    value = _values(measures, facts, costs)
    scale = 10**facts.currency.places
    going = [
        progress(metric, goal, value, outlook, as_of, scale, inputs.settings.week_start)
        for metric, goal in params.goals.items()
    ]
    if inputs.wants("goals"):
        yield tables.goals(params.goals, going, window, facts.currency)
    if inputs.wants("days"):
        yield tables.days(going, outlook, window, facts.currency)


def _check_target(metric: GoalMetric, target: float | None) -> None:
    """That a target isn't a share where a number is meant, nor the other way round.

    Raises:
        UsageError: it is: 20 % of new users is no goal, nor is a repurchase rate of 30.
    """
    if target is None:
        return
    if PERIODS_KINDS.get(metric) is Kind.RATE and target > 1:
        raise UsageError(
            f"goal {metric}: {target:g} is more than everyone",
            mend=f"write a share: {target:g}%",
        )
    if metric in (*ADDS_UP, "active") and target < 1:
        raise UsageError(
            f"goal {metric}: a target of {target:g} is less than one",
            mend="write the number to be reached; growth over the year before is written under "
            "[goals] in userops.toml: "
            f'{metric} = {{ growth = "20%" }}',
        )


def _outlook(params: GoalsParams, measures: OrderMeasures, window: Window) -> Outlook:
    """What days bring, special ones apart.

    Raises:
        UsageError: the calendar names what are no days.
    """
    assert window.first_day is not None
    assert window.as_of is not None
    special = special_days(params.calendar, window.first_day, window.as_of + _YEAR)
    return Outlook(measures, to_day(window.first_day), to_day(window.as_of), special)


def _values(measures: OrderMeasures, facts: Facts, costs: Costs | None) -> Value:
    """A measure of a span, money in whole currency units; None where it can't be told."""

    def value(metric: GoalMetric, span: Span) -> float | None:
        if metric == "cac":
            return _cac(measures, costs, span, facts.currency.places)
        measured = measures.measure(span)[metric]
        if measured is None:
            return None
        is_money = PERIODS_KINDS[metric] is Kind.MONEY
        return measured / 10**facts.currency.places if is_money else float(measured)

    return value


def _cac(measures: OrderMeasures, costs: Costs | None, span: Span, places: int) -> float | None:
    """What was spent on each new user of those of a span's days that costs are known of."""
    if costs is None or not costs.covers(span.first, span.last):
        return None
    known = Span(max(span.first, costs.first), min(span.last, costs.last))
    new = measures.measure(known)["new"]
    cost = sum(costs.within(known.first, known.last).values())
    return cost / new / 10**places if new else None
