"""How the tables of `userops lifecycle` are made."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import polars as pl

from userops import lifecycle
from userops.analyses.analysis import Inputs
from userops.analyses.lifecycle import ANALYSIS, at_large, flow
from userops.core.dates import FIRST_DAY, to_day
from userops.core.errors import UsageError
from userops.core.facts import Facts
from userops.core.table import Table
from userops.customers import stages
from userops.customers.params import LifecycleParams
from userops.customers.stages import State
from userops.ledger import timeline
from userops.ledger.customers import (
    CUSTOMER_SPANS,
    CUSTOMER_SPANS_BY_ID,
    CUSTOMERS,
    CUSTOMERS_SINCE,
)


def run(inputs: Inputs, params: LifecycleParams) -> Iterator[Table]:
    """Who is in which stage, who moved, and how many in each period."""
    for table in _made(inputs, params):
        yield table if inputs.orders.has_amounts else lifecycle.without_money(table)


def _at_large(inputs: Inputs, params: LifecycleParams) -> Table:
    """The table `users`, written where the users are.

    Raises:
        UsageError: what is asked for takes every user's orders, or another export's users.
    """
    if params.adaptive or inputs.has("users"):
        raise UsageError(
            "limits of each user's own, and users without orders, aren't written as a folder",
            mend="-o users.parquet",
        )
    with inputs.working("reading orders"):
        users, facts = inputs.orders.large_users(inputs.as_of, gaps=True)
    inputs.account("orders", facts, partial(inputs.orders.rejects, inputs.as_of))
    return at_large.users(users, facts.window, params, inputs.settings.playbook)


def _made(inputs: Inputs, params: LifecycleParams) -> Iterator[Table]:
    if inputs.orders.users_to:
        yield _at_large(inputs, params)
        return
    since = inputs.day("since", params.since)
    people = inputs.people()
    registered = people.registered() if people else None
    tables = [name for name in ANALYSIS.tables if inputs.wants(name)]
    if tables == ["flow"]:
        yield _flow_alone(inputs, params)
    elif registered is None and not params.adaptive and tables == ["summary"]:
        yield _summary_alone(inputs, params)
    elif (
        registered is None
        and not params.adaptive
        and since is not None
        and tables == ["transitions"]
    ):
        yield _transitions_alone(inputs, params, since)
    else:
        yield from _tables(inputs, params, since, registered)


def _tables(
    inputs: Inputs, params: LifecycleParams, since: int | None, registered: pl.DataFrame | None
) -> Iterator[Table]:
    is_wanted, playbook = inputs.wants, inputs.settings.playbook
    with_summary = (is_wanted("users") and inputs.with_headlines) or is_wanted("summary")
    needs_amounts = with_summary or is_wanted("transitions")  # users alone are told by days
    customers, customer_timeline, _, facts = inputs.timeline(
        CUSTOMERS if needs_amounts else CUSTOMER_SPANS_BY_ID, timeline.SORT_KEYS
    )
    window, currency = facts.window, facts.currency
    as_of = to_day(window.as_of) if window.as_of else 0
    state_now = stages.state(customers, customer_timeline, as_of, params, registered)
    summary = None
    if with_summary:
        summary = lifecycle.summary(
            state_now, customers, window, currency=currency, playbook=playbook
        )
    if is_wanted("users"):
        users = lifecycle.users(state_now, window, currency=currency, playbook=playbook)
        yield users.but(headline=summary)
    if summary and is_wanted("summary"):
        yield summary
    if is_wanted("transitions"):
        day = since if since is not None else max(as_of - lifecycle.DEFAULT_SINCE, FIRST_DAY)
        _check_since(params.since, day, facts)
        state_before = _state_before(
            inputs, facts, (customers, customer_timeline), day, params, registered
        )
        yield lifecycle.transitions(
            state_now, state_before, customers, window, since=day, currency=currency
        )
    if is_wanted("flow"):
        yield flow.flow(customer_timeline, window, params.period, inputs.settings.week_start)


def _check_since(since: str | None, day: int, facts: Facts) -> None:
    as_of = facts.window.as_of
    if since and as_of and day >= to_day(as_of):
        raise UsageError(
            f"--since {since} isn't before {as_of}, the last day that counts", mend="an earlier day"
        )


def _summary_alone(inputs: Inputs, params: LifecycleParams) -> Table:
    """The table `summary` from orders and last days."""
    (customers,), facts = inputs.reduce(CUSTOMERS.unnamed().unsorted())
    as_of = to_day(facts.window.as_of) if facts.window.as_of else 0
    return lifecycle.summary(
        stages.state_without_timeline(customers, as_of, params),
        customers,
        facts.window,
        currency=facts.currency,
        playbook=inputs.settings.playbook,
    )


def _transitions_alone(inputs: Inputs, params: LifecycleParams, day: int) -> Table:
    """The table `transitions` from orders and last days on both days."""
    (customers,), facts = inputs.reduce(CUSTOMERS_SINCE.given(day=day).unnamed())
    _check_since(params.since, day, facts)
    customers_then = customers.select("user_id", last_day="last_day_then", orders="orders_then")
    if not facts.settled:  # a refund since then wasn't known
        (customers_then,), _ = inputs.orders.reduce([CUSTOMERS], day)
    as_of = to_day(facts.window.as_of) if facts.window.as_of else 0
    state_now, state_before = (
        stages.state_without_timeline(users, day_, params)
        for users, day_ in ((customers, as_of), (customers_then, day))
    )
    return lifecycle.transitions(
        state_now, state_before, customers, facts.window, since=day, currency=facts.currency
    )


def _flow_alone(inputs: Inputs, params: LifecycleParams) -> Table:
    """The table `flow`, from the days of orders: nobody is named."""
    _, history, _, facts = inputs.timeline(CUSTOMER_SPANS, timeline.SORT_KEYS, named=False)
    return flow.flow(history, facts.window, params.period, inputs.settings.week_start)


def _state_before(
    inputs: Inputs,
    facts: Facts,
    current: tuple[pl.DataFrame, timeline.Timeline],
    day: int,
    params: LifecycleParams,
    registered: pl.DataFrame | None,
) -> State:
    """The state at an earlier day, as it was on that day."""
    customers, customer_timeline = current
    if not facts.settled:  # a refund since then wasn't known
        customers, customer_timeline = inputs.at(day)
    return stages.state(customers, customer_timeline, day, params, registered)
