"""Analyses of events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from userops import rfm
from userops.analyses.activity import tables as coming
from userops.analyses.cohorts import tables as following
from userops.analyses.funnel import path
from userops.analyses.funnel import tables as paths
from userops.analyses.segment import by_events
from userops.api.taking import Rows, day_of, events_of, orders_of, registered
from userops.core.dates import to_date, to_day
from userops.core.params import ActivityParams, CohortParams, FunnelParams, RfmParams
from userops.core.periods import Period
from userops.core.table import Result
from userops.ledger import customers as ledger
from userops.ledger import sessions, timeline
from userops.readers.options import Reading
from userops.settings import Settings, params


def activity(
    events: Rows,
    *,
    as_of: date | None = None,
    columns: Mapping[str, str] | None = None,
    reading: Reading | None = None,
    period: Period | None = None,
    week_start: str = "monday",
) -> Result:
    """Who comes how often and how long; see `userops.activity` for what the tables mean.

    Args:
        events: `user_id, event_time, event`, and what else is known of each event.
        as_of: the last day that counts; by default the last one in the events.
        columns: field to column, where names differ.
        reading: how to read, in full.
        period: `day`, `week` or `month`.
        week_start: the day on which weeks start.

    Returns:
        The tables `summary`, `stickiness`, `users` and `depth`.

    Raises:
        InputError: the events can't be used.
        UsageError: a parameter is out of bounds.
    """
    told = params(ActivityParams(), period=period)
    with events_of(events, columns, reading) as intake:
        steps = coming.steps(coming.TABLES, told)
        reduced, facts = intake.reduce([*steps.values()], day_of(as_of))
        found = dict(zip(steps, reduced, strict=True))
        seen = sessions.gather(found, intake.again, silence=told.silence)
    tables = coming.activity(seen, facts.window, told, week_start=week_start)
    return Result("activity", tables, facts.tally)


def funnel(
    events: Rows,
    *,
    as_of: date | None = None,
    columns: Mapping[str, str] | None = None,
    reading: Reading | None = None,
    orders: Rows | None = None,
    users: pl.DataFrame | None = None,
    steps: Sequence[str] | None = None,
    window: int | None = None,
    by: str | None = None,
    convert: str | None = None,
    within: int | None = None,
    sources: Mapping[str, str | Sequence[str]] | None = None,
) -> Result:
    """How far along a path users come; see `userops.funnel` for what the tables mean.

    Args:
        events: `user_id, event_time, event`, and what else is known of each event.
        as_of: the last day that counts; by default the last one in the orders, else the events.
        columns: field to column of the events, where names differ.
        reading: how to read, in full.
        orders: for order, pay and reorder.
        users: `user_id, registered_time` and the column `by`, each user once.
        steps: the path, in order.
        window: days after the first step in which the others count.
        by: what groups are of: `channel`, or a column of users.
        convert: the step that new users are converted by.
        within: days after the first step for that.
        sources: which events a step is, or `orders`, or `users`.

    Returns:
        The tables `steps`, `users`, `groups` and `conversion`.

    Raises:
        InputError: the events or the orders can't be used.
        UsageError: a parameter is out of bounds, or a step isn't found.
    """
    told = params(
        FunnelParams(), steps=steps, window=window, by=by, convert=convert, within=within,
        sources=sources,
    )  # fmt: skip
    day = day_of(as_of)
    bought, ordered = None, None
    if orders is not None:
        with orders_of(orders, None, replace(reading, named={}) if reading else None) as intake:
            (bought,), facts = intake.reduce([path.order_times], day)
        ordered = facts.window
        if day is None and ordered.as_of:
            day = to_day(ordered.as_of)
    known = None
    if users is not None:
        group = {"group": pl.col(told.by).cast(pl.String)} if told.by in users.columns else {}
        time = pl.col("registered_time").cast(pl.Datetime("us")).to_physical().alias("time")
        known = users.select("user_id", time, **group)
    with events_of(events, columns, reading) as taken:
        (names,), facts = taken.reduce([path.event_names], day)
        followed = path.follow(
            told,
            names,
            taken.again,
            facts.window,
            channel=told.by == "channel" and "channel" in taken.fields,
            users=known,
            orders=bought,
            ordered=ordered,
        )
    return Result("funnel", paths.funnel(followed, facts.window, told), facts.tally)


def segment_by_use(
    events: Rows,
    *,
    as_of: date | None = None,
    columns: Mapping[str, str] | None = None,
    reading: Reading | None = None,
    segments: str | None = None,
    cuts: rfm.Cuts | None = None,
    bins: int | None = None,
    new_days: int | None = None,
) -> Result:
    """RFM by use; as `segment`, of days since the last active day, active days and minutes."""
    method = "fixed" if cuts else None
    told = params(RfmParams(), segments=segments, bins=bins, new_days=new_days, method=method)
    with events_of(events, columns, reading) as intake:
        steps = sessions.use_steps(timed="duration_s" in intake.fields)
        reduced, facts = intake.reduce([*steps.values()], day_of(as_of))
        users = sessions.use_by_user(dict(zip(steps, reduced, strict=True)), intake.again)
    rules = Settings().rule_table(told.segments)
    tables = by_events.segment(users, facts.window, told, rules=rules, cuts=cuts)
    return Result("segment", tables, facts.tally)


def cohorts_by_use(
    events: Rows,
    *,
    as_of: date | None = None,
    columns: Mapping[str, str] | None = None,
    reading: Reading | None = None,
    users: pl.DataFrame | None = None,
    period: Period | None = None,
    returning: str | None = None,
    max_age: int | None = None,
    week_start: str = "monday",
) -> Result:
    """Who did something again, by when they came; as `cohorts`, of retention.

    Args:
        events: `user_id, event_time, event`.
        as_of: the last day that counts; by default the last one in the events.
        columns: field to column, where names differ.
        reading: how to read, in full.
        users: `user_id, registered_time`: cohorts are of registrations, not of first events.
        period: `day`, `week` or `month`, of cohorts and ages.
        returning: whether who comes `in` a period counts, or `on-or-after` it.
        max_age: the highest age.
        week_start: the day on which weeks start.

    Returns:
        The tables `matrix` and `long`.

    Raises:
        InputError: the events can't be used.
        UsageError: a parameter is out of bounds.
    """
    told = params(CohortParams(), period=period, returning=returning, max_age=max_age)
    with events_of(events, columns, reading) as intake:
        (days,), facts = intake.reduce([sessions.days], day_of(as_of))
    rows = days.select("user_id", "day", orders=pl.lit(1, pl.Int32), amount=pl.lit(0, pl.Int64))
    active = ledger.spans(rows.lazy()).collect()
    line = timeline.build(active, timeline.marks(rows.lazy()).collect(), lambda: rows)
    joined, window, since = active, facts.window, None
    if users is not None and window.as_of:
        last = to_day(window.as_of)
        since = to_day(window.first_day) if window.first_day else last + 1
        joined = registered(users).rename({"registered_day": "first_day"})
        joined = joined.filter(pl.col("first_day") <= last)
        first = joined["first_day"].min()
        if isinstance(first, int):
            window = replace(window, first_day=to_date(min(since, first)))
    tables = following.cohorts(
        following.members(joined), active, line, window, told, week_start=week_start, since=since
    )
    return Result("cohorts", tables, facts.tally)
