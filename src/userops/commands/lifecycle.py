"""`userops lifecycle`."""

from __future__ import annotations

from functools import partial

import polars as pl

from userops import lifecycle
from userops.analyses.lifecycle import flow as flows
from userops.commands import other_exports
from userops.commands.options import Common
from userops.commands.run import Run, start
from userops.core.dates import FIRST_DAY, to_day
from userops.core.errors import UsageError
from userops.core.params import LifecycleParams
from userops.core.periods import Period
from userops.core.table import Table
from userops.customers import stages
from userops.customers.stages import State
from userops.engines.reductions import Unnamed
from userops.ledger import customers as ledger
from userops.ledger import timeline
from userops.readers.orders import Facts
from userops.settings import params


def run(common: Common, since: str | None, users: list[str] | None, **thresholds: object) -> None:
    """Place users in stages, and write the tables asked for."""
    with start(common, lifecycle.TABLES, beside={"users": users}, on_spark=True) as this:
        earlier = this.day("--since", since)
        this.idle("--since", since, "transitions")
        this.idle("--period", thresholds.get("period"), "flow")
        told = params(this.settings.lifecycle, **thresholds)
        people = other_exports.people(this)
        known = people.registered() if people else None
        if not any(map(this.wants, ("users", "summary", "transitions"))):
            this.emit("lifecycle", [_flow_alone(this, told)])
            return
        if known is None and not told.adaptive:  # no timeline is needed
            if _alone(this, "summary"):
                this.emit("lifecycle", [_summary_alone(this, told)])
                return
            if earlier is not None and _alone(this, "transitions"):
                this.emit("lifecycle", [_transitions_alone(this, told, earlier, since)])
                return
        headline = this.wants("users") and this.with_headlines
        summed = headline or this.wants("summary")
        of_money = summed or this.wants("transitions")  # users alone are told by days
        customers, line, _, facts = this.timeline(
            ledger.customers if of_money else ledger.spans_by_id, timeline.marks
        )
        as_of = to_day(facts.window.as_of) if facts.window.as_of else 0
        now = stages.state(customers, line, as_of, told, known)
        tables: list[Table] = []
        money, playbook = facts.currency, this.settings.playbook
        summary = (
            lifecycle.summary(now, customers, facts.window, currency=money, playbook=playbook)
            if summed
            else None
        )
        if this.wants("users"):
            each = lifecycle.users(now, facts.window, currency=money, playbook=playbook)
            tables.append(each.but(headline=summary))
        if summary and this.wants("summary"):
            tables.append(summary)
        if this.wants("transitions"):
            if earlier is None:
                earlier = max(as_of - lifecycle.DEFAULT_SINCE, FIRST_DAY)
            _check_since(since, earlier, facts)
            before = _before(this, facts, customers, line, earlier, told, known)
            moved = lifecycle.transitions(
                now, before, customers, facts.window, since=earlier, currency=facts.currency
            )
            tables.append(moved)
        if this.wants("flow"):
            tables.append(flows.flow(line, facts.window, told.period, this.settings.week_start))
        this.emit("lifecycle", tables)


def _alone(this: Run, table: str) -> bool:
    return this.wants(table) and not any(
        this.wants(other) for other in lifecycle.TABLES if other != table
    )


def _check_since(since: str | None, earlier: int, facts: Facts) -> None:
    as_of = facts.window.as_of
    if since and as_of and earlier >= to_day(as_of):
        raise UsageError(
            f"--since {since} isn't before {as_of}, the last day that counts", mend="an earlier day"
        )


def _summary_alone(this: Run, told: LifecycleParams) -> Table:
    """The table `summary` from orders and last days."""
    (customers,), facts = this.reduce(Unnamed(ledger.totals))
    as_of = to_day(facts.window.as_of) if facts.window.as_of else 0
    return lifecycle.summary(
        stages.state_of(customers, as_of, told),
        customers,
        facts.window,
        currency=facts.currency,
        playbook=this.settings.playbook,
    )


def _transitions_alone(this: Run, told: LifecycleParams, day: int, since: str | None) -> Table:
    """The table `transitions` from orders and last days on both days."""
    (customers,), facts = this.reduce(Unnamed(partial(ledger.customers_since, day=day)))
    _check_since(since, day, facts)
    then = customers.select("user_id", last_day="last_day_then", orders="orders_then")
    if not facts.settled:  # a refund since then wasn't known
        (then,), _ = this.orders.reduce([ledger.customers], day)
    as_of = to_day(facts.window.as_of) if facts.window.as_of else 0
    now, before = (
        stages.state_of(users, at, told) for users, at in ((customers, as_of), (then, day))
    )
    return lifecycle.transitions(
        now, before, customers, facts.window, since=day, currency=facts.currency
    )


def _flow_alone(this: Run, told: LifecycleParams) -> Table:
    """The table `flow`, from who came in which period: half of what a timeline takes."""
    _, came, _, facts = this.attendance(Period(told.period), named=False)
    return flows.flow(came, facts.window, told.period, this.settings.week_start)


def _before(
    this: Run,
    facts: Facts,
    customers: pl.DataFrame,
    line: timeline.Timeline,
    day: int,
    told: LifecycleParams,
    known: pl.DataFrame | None,
) -> State:
    """The state at an earlier day, as it was on that day."""
    if not facts.settled:  # a refund since then wasn't known
        customers, line, _, _ = this.orders.timeline(ledger.customers, timeline.marks, as_of=day)
    return stages.state(customers, line, day, told, known)
