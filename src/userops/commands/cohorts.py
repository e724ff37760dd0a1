"""`userops cohorts`."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from userops.analyses.cohorts import tables as cohorts
from userops.analyses.cohorts.cells import PEOPLE
from userops.commands import other_exports
from userops.commands.options import Common
from userops.commands.run import Run, start
from userops.core import messages as notes
from userops.core.dates import Window, to_date, to_day
from userops.core.errors import UsageError
from userops.core.params import CohortParams
from userops.core.periods import Period
from userops.core.table import Table
from userops.ledger import attributes, presence, timeline
from userops.ledger import customers as ledger
from userops.ledger.attributes import Attribute
from userops.ledger.presence import Attendance
from userops.ledger.spend_by_period import Spending
from userops.ledger.timeline import Timeline
from userops.readers.events import Events
from userops.readers.orders import Facts, Orders
from userops.readers.users import People
from userops.settings import params


def run(
    common: Common,
    by: str | None,
    users: list[str] | None,
    events: list[str] | None,
    **measured: object,
) -> None:
    """Follow cohorts, and write the tables asked for."""
    if events and common.exports:
        raise UsageError(
            f"cohorts are of orders or of events, not both: {', '.join(common.exports)} "
            f"beside --events {' '.join(events)}",
            mend="userops cohorts orders.csv, or userops cohorts --events events.csv",
        )
    with start(
        common,
        cohorts.TABLES,
        main="events" if events else "orders",
        beside={"users": users} | ({"events": events} if events else {}),
        on_spark=not events,
        by=by,
    ) as this:
        told = params(this.settings.cohorts, **measured)
        if users and not (by or events):
            this.note("the users export isn't read: it's for --by, or beside --events")
        if events and told.measure not in ("retention", "users"):
            raise UsageError(f"events have no {told.measure}", mend="--measure retention, or users")
        this.emit("cohorts", (_of_events if events else _of_orders)(this, told, by))


def _of_orders(this: Run, told: CohortParams, by: str | None) -> tuple[Table, Table]:
    known = other_exports.people(this, by) if by else None
    split = _split(by, known, this.orders, "orders")
    customers, line, first, facts = _came(this, told, split)
    return cohorts.cohorts(
        cohorts.members(customers, split.of(first) if split else None),
        customers,
        line,
        facts.window,
        told,
        currency=facts.currency,
        week_start=this.settings.week_start,
    )


def _came(
    this: Run, told: CohortParams, split: Attribute | None
) -> tuple[pl.DataFrame, Timeline | Attendance | Spending, list[pl.DataFrame], Facts]:
    """Customers, when they came or what they spent, what a split's steps give, and what was read."""
    more = split.steps if split else []
    kind = Period(told.period)
    if told.measure in PEOPLE and told.returning == "in" and kind in presence.PERIODS:
        return this.attendance(kind, *more, named=split is not None)
    if told.measure in PEOPLE:
        return this.timeline(ledger.spans, timeline.marks, *more, named=split is not None)
    return this.spending(kind, *more, named=split is not None)


def _of_events(this: Run, told: CohortParams, by: str | None) -> tuple[Table, Table]:
    known = other_exports.people(this, by)
    events = this.events(known.links() if known else None)
    split = _split(by, known, events, "events")
    steps = [_spans, _marks, *(split.steps if split else [])]
    (active, marks, *first), facts = this.reduce_events(events, *steps)
    line = timeline.build(active, marks, lambda: events.again([_rows])[0])
    window, since, joined = facts.window, None, active
    if known:
        joined = _joined(this, known.registered(), active, window)
    if known and window.as_of:
        since = to_day(window.first_day) if window.first_day else to_day(window.as_of) + 1
        first_day = joined["first_day"].min()
        if isinstance(first_day, int):
            window = replace(window, first_day=to_date(min(since, first_day)))
    return cohorts.cohorts(
        cohorts.members(joined, split.of(first) if split else None),
        active,
        line,
        window,
        told,
        week_start=this.settings.week_start,
        since=since,
    )


def _spans(events: pl.LazyFrame) -> pl.LazyFrame:
    return ledger.spans(attributes.as_orders(events))


def _marks(events: pl.LazyFrame) -> pl.LazyFrame:
    return timeline.marks(attributes.as_orders(events)).unique()  # who came counts, not how often


def _rows(events: pl.LazyFrame) -> pl.LazyFrame:
    return timeline.rows(attributes.as_orders(events)).unique()


def _split(
    by: str | None, known: People | None, read: Orders | Events, of: str
) -> Attribute | None:
    """What splits the cohorts, if anything.

    Raises:
        UsageError: nothing knows that attribute.
    """
    if by is None:
        return None
    first = (attributes.of_orders if of == "orders" else attributes.of_events)(read.fields)
    found = other_exports.split(by, known, read.exports, first)
    if found is None:
        raise other_exports.unknown(by, known, of)
    return found


def _joined(this: Run, known: pl.DataFrame, active: pl.DataFrame, window: Window) -> pl.DataFrame:
    """`user_id, first_day`: who registered by the last day that counts, and when."""
    undated = int(known["registered_day"].null_count())
    if undated:
        this.note(f"{notes.counted(undated, 'user')} without a registration date: left out")
    strangers = len(active.join(known, on="user_id", how="anti"))
    if strangers:
        this.note(f"{notes.counted(strangers, 'user')} of the events not registered: left out")
    joined = known.rename({"registered_day": "first_day"})
    if window.as_of is None:
        return joined.clear()
    return joined.filter(pl.col("first_day") <= to_day(window.as_of))
