"""How the tables of `userops cohorts` are made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import polars as pl

from userops.analyses.analysis import Given, Inputs, Scope
from userops.analyses.cohorts import ANALYSIS, tables
from userops.analyses.cohorts.cells import USER_MEASURES
from userops.analyses.cohorts.params import MONEY_MEASURES, CohortParams
from userops.core import messages, periods
from userops.core.dates import Window, to_date, to_day
from userops.core.errors import UsageError
from userops.core.facts import Facts
from userops.core.messages import Note
from userops.core.periods import Period
from userops.core.table import Table
from userops.customers.truncation import begins_midway
from userops.engines import query as engine
from userops.ledger import attributes, timeline
from userops.ledger.attributes import Attribute
from userops.ledger.customers import CUSTOMER_SPANS
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
        return Scope("orders", ANALYSIS.tables, ("users",), on_spark=True, without_amount=True)
    if given.exports:
        events = given.datasets["events"] or ()
        raise UsageError(
            f"cohorts are of orders or of events, not both: {', '.join(given.exports)} "
            f"beside --events {' '.join(events)}",
            mend="userops cohorts orders.csv, or userops cohorts --events events.csv",
        )
    return Scope("events", ANALYSIS.tables, ("users", "events"), on_spark=True)


def run(inputs: Inputs, params: CohortParams) -> Iterator[Table]:
    """Who is still here, by when they came."""
    of_events = inputs.has("events")
    if inputs.given.get("users") and not (params.by or of_events):
        inputs.message("the users export isn't read: it's for --by, or beside --events")
    if of_events and params.measure not in ("retention", "users"):
        raise UsageError(f"events have no {params.measure}", mend="--measure retention, or users")
    if not of_events and params.measure in MONEY_MEASURES:
        inputs.orders.need_amounts()
    cohort_tables = (_event_cohorts if of_events else _order_cohorts)(inputs, params)
    yield from _with_note_of_cut(inputs, params, cohort_tables)


def _with_note_of_cut(
    inputs: Inputs, params: CohortParams, cohort_tables: tuple[Table, Table]
) -> Iterator[Table]:
    """The tables, with a word where ages are cut that nobody asked to cut.

    A report does: one order of a wrong year makes thousands.
    """
    _, long = cohort_tables
    asked = (inputs.given.get("max_age"), inputs.settings.params(CohortParams).max_age)
    is_cut = params.max_age is not None and asked == (None, None)
    if not is_cut or long.frame["age"].max() != params.max_age:
        yield from cohort_tables
        return
    note = Note("ages up to {age}; userops cohorts has all of them", age=params.max_age)
    for table in cohort_tables:
        yield table.but(notes=(*table.notes, note))


def _order_cohorts(inputs: Inputs, params: CohortParams) -> tuple[Table, Table]:
    people = inputs.people(params.by) if params.by else None
    attribute = _attribute(params.by, people, inputs.orders, "orders")
    customers, history, attribute_frames, facts = _order_history(inputs, params, attribute)
    if facts.window.as_of and not params.since_start:
        for note in begins_midway(customers["first_day"], to_day(facts.window.as_of)):
            inputs.message(note)
    population = tables.members(customers, attribute.of(attribute_frames) if attribute else None)
    period = _long_enough(inputs, params, customers)
    matrix, long = tables.cohorts(
        _since_start(inputs, params, population),
        customers,
        history,
        facts.window,
        replace(params, period=period),
        currency=facts.currency,
        week_start=inputs.settings.week_start,
    )
    if period == params.period:
        return matrix, long
    note = Note("by month: fewer than {fewest} users come in a usual week", fewest=_FEWEST)
    return matrix.but(notes=(*matrix.notes, note)), long.but(notes=(*long.notes, note))


_FEWEST = 50  # users of a week's cohort, whose rates would be known to some ten points


def _long_enough(
    inputs: Inputs, params: CohortParams, customers: pl.DataFrame
) -> Literal["day", "week", "month"]:
    """In a report months instead of weeks, where these have too few users: nobody asked for either."""
    if not inputs.lenient or params.period != "week" or params.measure not in USER_MEASURES:
        return params.period
    if customers.is_empty():
        return params.period
    number = (pl.col("first_day") - periods.week_zero(inputs.settings.week_start)).floordiv(7)
    sizes = customers.group_by(number.alias("week")).len().sort("week")["len"].tail(_WEEKS)
    typical = sizes.median()
    return "month" if typical is not None and float(typical) < _FEWEST else "week"  # type: ignore[arg-type]


_WEEKS = 14  # the last of which may not be over


def _order_history(
    inputs: Inputs, params: CohortParams, attribute: Attribute | None
) -> tuple[pl.DataFrame, Timeline | Spending, list[pl.DataFrame], Facts]:
    """Customers, when they came or what they spent, frames of the attribute, facts."""
    attribute_steps = attribute.reductions if attribute else []
    with_ids = attribute is not None
    if params.measure in USER_MEASURES:
        return inputs.timeline(CUSTOMER_SPANS, timeline.SORT_KEYS, *attribute_steps, named=with_ids)
    return inputs.spending(Period(params.period), *attribute_steps, named=with_ids)


def _event_cohorts(inputs: Inputs, params: CohortParams) -> tuple[Table, Table]:
    people = inputs.people(params.by)
    events = inputs.events(people.links() if people else None)
    attribute = _attribute(params.by, people, events, "events")
    reductions = [_user_spans, _day_keys, *(attribute.reductions if attribute else [])]
    (users, sort_keys, *attribute_frames), facts = inputs.reduce_events(events, *reductions)
    history = timeline.build(users, sort_keys, lambda: events.again([_active_days])[0])
    window, since, registered = facts.window, None, users
    if people:
        registered = _registered(inputs, people.registered(), users, window)
    if people and window.as_of:
        since = to_day(window.first_day) if window.first_day else to_day(window.as_of) + 1
        first_day = registered["first_day"].min()
        if isinstance(first_day, int) and first_day >= since:
            since = None  # nobody was there before the events begin: these cover everything
        elif isinstance(first_day, int):
            window = replace(window, first_day=to_date(min(since, first_day)))
    population = tables.members(registered, attribute.of(attribute_frames) if attribute else None)
    return tables.cohorts(
        _since_start(inputs, params, population),
        users,
        history,
        window,
        params,
        week_start=inputs.settings.week_start,
        since=since,
    )


def _since_start(inputs: Inputs, params: CohortParams, population: pl.DataFrame) -> pl.DataFrame:
    """Without users who came before the day from which on they're followed."""
    start = inputs.day("since_start", params.since_start)
    if start is None:
        return population
    kept = population.filter(pl.col("day") >= start)
    inputs.message(
        Note(
            "{count:user|users} who joined before {day}: left out",
            count=len(population) - len(kept),
            day=to_date(start),
        )
    )
    return kept


def _user_spans(events: pl.LazyFrame) -> pl.LazyFrame:
    return CUSTOMER_SPANS(attributes.as_orders(events))


def _day_keys(events: pl.LazyFrame) -> pl.LazyFrame:
    # Who came counts, not how often.
    x = engine.api(events)
    if x is not pl:
        days = events.select("user_id", "day").unique()
        return timeline.SORT_KEYS(days.with_columns(orders=x.lit(1), amount=x.lit(0)))
    return timeline.SORT_KEYS(attributes.as_orders(events)).unique()


def _active_days(events: pl.LazyFrame) -> pl.LazyFrame:
    return timeline.ORDER_DAYS(attributes.as_orders(events)).unique()


def _attribute(
    by: str | None, people: People | None, data: Orders | Events, dataset: str
) -> Attribute | None:
    """What splits the cohorts, if anything.

    Raises:
        UsageError: nothing knows that attribute.
    """
    if by is None:
        return None
    own_attributes = (attributes.of_orders if dataset == "orders" else attributes.of_events)(
        data.fields
    )
    attribute = split(by, people, data.exports, own_attributes)
    if attribute is None:
        raise unknown(by, people, dataset)
    return attribute


def _registered(
    inputs: Inputs, people: pl.DataFrame, users: pl.DataFrame, window: Window
) -> pl.DataFrame:
    """`user_id, first_day`: who registered by the last day that counts, and when."""
    undated = int(people["registered_day"].null_count())
    if undated:
        inputs.message(f"{messages.counted(undated, 'user')} without a registration date: left out")
    strangers = len(users.join(people, on="user_id", how="anti"))
    if strangers:
        inputs.message(
            f"{messages.counted(strangers, 'user')} of the events not registered: left out"
        )
    registered = people.rename({"registered_day": "first_day"})
    if window.as_of is None:
        return registered.clear()
    return registered.filter(pl.col("first_day") <= to_day(window.as_of))
