"""How the tables of `userops cohorts` are made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from userops.analyses.analysis import Given, Inputs, Scope
from userops.analyses.cohorts import tables
from userops.analyses.cohorts.cells import PEOPLE
from userops.analyses.cohorts.params import CohortParams
from userops.core import messages
from userops.core.dates import Window, to_date, to_day
from userops.core.errors import UsageError
from userops.core.facts import Facts
from userops.core.periods import Period
from userops.core.table import Table
from userops.ledger import attributes, presence, timeline
from userops.ledger.attributes import Attribute
from userops.ledger.customers import CUSTOMER_SPANS
from userops.ledger.presence import Presence
from userops.ledger.spend_by_period import Spending
from userops.ledger.timeline import Timeline
from userops.readers.attributes import split, unknown
from userops.readers.events import Events
from userops.readers.orders import Orders
from userops.readers.users import People


def scope(given: Given) -> Scope:
    """Whether cohorts are of orders or of events.

    Raises:
        UsageError: both are given.
    """
    if not given.has("events"):
        return Scope("orders", tables.TABLES, ("users",), on_spark=True)
    if given.exports:
        events = given.datasets["events"] or ()
        raise UsageError(
            f"cohorts are of orders or of events, not both: {', '.join(given.exports)} "
            f"beside --events {' '.join(events)}",
            mend="userops cohorts orders.csv, or userops cohorts --events events.csv",
        )
    return Scope("events", tables.TABLES, ("users", "events"))


def run(inputs: Inputs, params: CohortParams) -> Iterator[Table]:
    """Who is still here, by when they came."""
    of_events = inputs.has("events")
    if inputs.given.get("users") and not (params.by or of_events):
        inputs.message("the users export isn't read: it's for --by, or beside --events")
    if of_events and params.measure not in ("retention", "users"):
        raise UsageError(f"events have no {params.measure}", mend="--measure retention, or users")
    yield from (_of_events if of_events else _of_orders)(inputs, params)


def _of_orders(inputs: Inputs, params: CohortParams) -> tuple[Table, Table]:
    people = inputs.people(params.by) if params.by else None
    groups = _split(params.by, people, inputs.orders, "orders")
    customers, line, first, facts = _presence(inputs, params, groups)
    return tables.cohorts(
        tables.members(customers, groups.of(first) if groups else None),
        customers,
        line,
        facts.window,
        params,
        currency=facts.currency,
        week_start=inputs.settings.week_start,
    )


def _presence(
    inputs: Inputs, params: CohortParams, groups: Attribute | None
) -> tuple[pl.DataFrame, Timeline | Presence | Spending, list[pl.DataFrame], Facts]:
    """Customers, when they came or what they spent, what the groups' reductions give, the facts."""
    more = groups.reductions if groups else []
    named = groups is not None
    period = Period(params.period)
    of_people = params.measure in PEOPLE
    if of_people and params.returning == "in" and period in presence.PERIODS:
        return inputs.presence(period, *more, named=named)
    if of_people:
        return inputs.timeline(CUSTOMER_SPANS, timeline.SORT_KEYS, *more, named=named)
    return inputs.spending(period, *more, named=named)


def _of_events(inputs: Inputs, params: CohortParams) -> tuple[Table, Table]:
    people = inputs.people(params.by)
    events = inputs.events(people.links() if people else None)
    groups = _split(params.by, people, events, "events")
    reductions = [_spans, _marks, *(groups.reductions if groups else [])]
    (active, marks, *first), facts = inputs.reduce_events(events, *reductions)
    line = timeline.build(active, marks, lambda: events.again([_rows])[0])
    window, since, joined = facts.window, None, active
    if people:
        joined = _joined(inputs, people.registered(), active, window)
    if people and window.as_of:
        since = to_day(window.first_day) if window.first_day else to_day(window.as_of) + 1
        first_day = joined["first_day"].min()
        if isinstance(first_day, int):
            window = replace(window, first_day=to_date(min(since, first_day)))
    return tables.cohorts(
        tables.members(joined, groups.of(first) if groups else None),
        active,
        line,
        window,
        params,
        week_start=inputs.settings.week_start,
        since=since,
    )


def _spans(events: pl.LazyFrame) -> pl.LazyFrame:
    return CUSTOMER_SPANS(attributes.as_orders(events))


def _marks(events: pl.LazyFrame) -> pl.LazyFrame:
    return timeline.SORT_KEYS(
        attributes.as_orders(events)
    ).unique()  # who came counts, not how often


def _rows(events: pl.LazyFrame) -> pl.LazyFrame:
    return timeline.ORDER_DAYS(attributes.as_orders(events)).unique()


def _split(
    by: str | None, people: People | None, read: Orders | Events, of: str
) -> Attribute | None:
    """What splits the cohorts, if anything.

    Raises:
        UsageError: nothing knows that attribute.
    """
    if by is None:
        return None
    first = (attributes.of_orders if of == "orders" else attributes.of_events)(read.fields)
    groups = split(by, people, read.exports, first)
    if groups is None:
        raise unknown(by, people, of)
    return groups


def _joined(
    inputs: Inputs, known: pl.DataFrame, active: pl.DataFrame, window: Window
) -> pl.DataFrame:
    """`user_id, first_day`: who registered by the last day that counts, and when."""
    undated = int(known["registered_day"].null_count())
    if undated:
        inputs.message(f"{messages.counted(undated, 'user')} without a registration date: left out")
    strangers = len(active.join(known, on="user_id", how="anti"))
    if strangers:
        inputs.message(
            f"{messages.counted(strangers, 'user')} of the events not registered: left out"
        )
    joined = known.rename({"registered_day": "first_day"})
    if window.as_of is None:
        return joined.clear()
    return joined.filter(pl.col("first_day") <= to_day(window.as_of))
