"""`userops lifecycle`."""

from __future__ import annotations

import polars as pl

from userops import beside, ledger, lifecycle, stages, timeline
from userops import flow as flows
from userops.errors import UsageError
from userops.options import Common
from userops.params import LifecycleParams
from userops.periods import Period
from userops.run import Run, start
from userops.settings import params
from userops.sources.intake import Facts
from userops.stages import State
from userops.table import Table
from userops.window import to_day


def run(common: Common, since: str | None, users: list[str] | None, **thresholds: object) -> None:
    """Place users in stages, and write the tables asked for."""
    with start(common, lifecycle.TABLES, beside={"users": users}) as this:
        earlier = this.day("--since", since)
        this.idle("--since", since, "transitions")
        this.idle("--period", thresholds.get("period"), "flow")
        told = params(this.settings.lifecycle, **thresholds)
        people = beside.people(this)
        known = people.registered() if people else None
        if not any(map(this.wants, ("users", "summary", "transitions"))):
            this.emit("lifecycle", [_flow_alone(this, told)])
            return
        (customers, marks), facts = this.reduce(ledger.customers, timeline.marks)
        line = timeline.build(customers, marks, this.again)
        as_of = to_day(facts.window.as_of) if facts.window.as_of else 0
        now = stages.state(customers, line, as_of, told, known)
        tables: list[Table] = []
        if this.wants("users") or this.wants("summary"):
            tables += lifecycle.stages(
                now,
                customers,
                facts.window,
                currency=facts.currency,
                playbook=this.settings.playbook,
            )
        if this.wants("transitions"):
            if earlier is None:
                earlier = as_of - lifecycle.DEFAULT_SINCE
            elif earlier >= as_of:
                raise UsageError(
                    f"--since {since} isn't before {facts.window.as_of}, the last day that counts",
                    mend="an earlier day",
                )
            before = _before(this, facts, customers, line, earlier, told, known)
            moved = lifecycle.transitions(
                now, before, customers, facts.window, since=earlier, currency=facts.currency
            )
            tables.append(moved)
        if this.wants("flow"):
            tables.append(flows.flow(line, facts.window, told.period, this.settings.week_start))
        this.emit("lifecycle", tables)


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
        (customers, marks), _ = this.orders.reduce([ledger.customers, timeline.marks], day)
        line = timeline.build(
            customers, marks, lambda: this.orders.reduce([timeline.rows], day)[0][0]
        )
    return stages.state(customers, line, day, told, known)
