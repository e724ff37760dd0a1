"""`userops cohorts`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import polars as pl

from userops import attendance, cohorts, ledger, notes, timeline
from userops.attendance import Attendance
from userops.cohort_cells import PEOPLE
from userops.errors import UsageError
from userops.options import Common
from userops.params import CohortParams
from userops.periods import Period
from userops.run import Run, start
from userops.settings import params
from userops.sources.intake import Facts, Step
from userops.sources.people import happenings, people
from userops.table import Result
from userops.timeline import Timeline
from userops.window import Window, to_date


def run(
    common: Common,
    by: str | None,
    users: list[str] | None,
    events: list[str] | None,
    **measured: object,
) -> None:
    """Follow cohorts, and write the tables asked for."""
    with start(common, cohorts.TABLES, reads_orders=not events) as this:
        told = params(this.settings.cohorts, **measured)
        if events:
            if told.measure not in ("retention", "users"):
                raise UsageError(
                    f"events have no {told.measure}", mend="--measure retention, or users"
                )
            result = _of_events(this, told, events, by, users)
        else:
            result = _of_orders(this, told, by, users)
        this.emit(result)


def _of_orders(this: Run, told: CohortParams, by: str | None, users: list[str] | None) -> Result:
    steps: list[Step] = []
    split = None
    if by and (names := this.beside("users", users)):
        split = _people(this, names, by).select("user_id", by)
    elif by in ledger.ATTRIBUTES and any(by in one.taken for one in this.orders.exports):
        steps.append(partial(ledger.first_value, name=by))
    elif by:
        raise UsageError(
            f"--by {by}: the orders have no such column",
            mend=f"--map {by}=COLUMN, or --users FILE with a column {by}"
            if by in ledger.ATTRIBUTES
            else "--by channel, or --users FILE for an attribute of users",
        )
    customers, line, first, facts = _came(this, told, steps)
    tables = cohorts.cohorts(
        cohorts.members(customers, first[0] if first else split),
        customers,
        line,
        facts.window,
        told,
        currency=facts.currency,
        week_start=this.settings.week_start,
    )
    return Result("cohorts", tables, facts.tally)


def _came(
    this: Run, told: CohortParams, more: Sequence[Step]
) -> tuple[pl.DataFrame, Timeline | Attendance, list[pl.DataFrame], Facts]:
    """Customers, when they came, what the steps in `more` give, and what was read."""
    kind = Period(told.period)
    if told.measure in PEOPLE and told.returning == "in" and kind in attendance.PERIODS:
        return this.attendance(kind, *more)
    marking = timeline.amounts if told.needs_amounts else timeline.marks
    (customers, marks, *rest), facts = this.reduce(ledger.spans, marking, *more)
    return customers, timeline.build(customers, marks, this.again), rest, facts


def _of_events(
    this: Run, told: CohortParams, events: list[str], by: str | None, users: list[str] | None
) -> Result:
    found = happenings(events, this.how, this.folder)
    for note in found.notes:
        this.note(note)
    _, last = _span(found.frame)
    last = this.as_of if this.as_of is not None else last
    rows = found.frame.filter(pl.col("day") <= last) if last is not None else found.frame
    counted = rows.with_columns(orders=pl.lit(1, pl.Int32), amount=pl.lit(0, pl.Int64)).lazy()
    active = ledger.spans(counted).collect()
    line = timeline.build(active, timeline.marks(counted).collect(), counted.collect)
    population = cohorts.members(active)
    if names := this.beside("users", users):
        known = _people(this, names, by)
        population = _joined(this, known, by, last)
        strangers = len(active.join(population, on="user_id", how="anti"))
        if strangers:
            this.note(f"{notes.counted(strangers, 'user')} of the events not registered: left out")
    elif by:
        raise UsageError(f"--by {by} needs the users export", mend="--users FILE")
    first, _ = _span(pl.concat([rows.select("day"), population.select("day")]))
    window = Window(
        None if first is None else to_date(first),
        None if last is None else to_date(last),
        this.how.timezone,
    )
    tables = cohorts.cohorts(
        population, active, line, window, told, week_start=this.settings.week_start
    )
    return Result("cohorts", tables)


def _span(days: pl.DataFrame) -> tuple[int | None, int | None]:
    first, last = days.select(pl.col("day").min(), last=pl.col("day").max()).row(0)
    return first, last


def _joined(this: Run, known: pl.DataFrame, by: str | None, last: int | None) -> pl.DataFrame:
    """Who registered by the last day that counts."""
    unknown = int(known["registered_day"].null_count())
    if unknown:
        this.note(f"{notes.counted(unknown, 'user')} without a registration date: left out")
    joined = known.filter(pl.col("registered_day") <= last) if last is not None else known.clear()
    return joined.select("user_id", "registered_day", *([by] if by else [])).rename(
        {"registered_day": "day"}
    )


def _people(this: Run, names: list[str], by: str | None) -> pl.DataFrame:
    found = people(names, this.how, this.folder, by)
    for note in found.notes:
        this.note(note)
    return found.frame
