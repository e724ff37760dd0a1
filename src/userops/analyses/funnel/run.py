"""How the tables of `userops funnel` are made."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from userops.analyses.analysis import Inputs
from userops.analyses.funnel import path, tables
from userops.analyses.funnel.params import CONVERTS, FunnelParams
from userops.core.dates import Window, to_day
from userops.core.table import Table
from userops.ledger import attributes
from userops.ledger.attributes import Attribute
from userops.ledger.event_reductions import EVENT_NAMES, EVENT_NAMES_ALONE, ORDER_TIMES
from userops.readers.attributes import registered, split, unknown
from userops.readers.events import Events
from userops.readers.users import People


def run(inputs: Inputs, params: FunnelParams) -> Iterator[Table]:
    """How far along the path users come, and where they stop."""
    wanted = [name for name in tables.TABLES if inputs.wants(name)]
    grouped = bool({"groups", "conversion"} & set(wanted))
    people = inputs.people(params.by if grouped else None)
    bought, ordered = _orders(inputs)
    last = ordered.as_of if ordered else None
    as_of = to_day(last) if inputs.as_of is None and last else inputs.as_of
    events = inputs.events(people.links() if people else None)
    chosen = inputs.given.get("by") is not None
    groups = _split(params.by, people, events, chosen=chosen) if grouped else None
    followed, window = _followed(
        inputs, params, events, registered(people, groups), groups, (bought, ordered), as_of
    )
    for note in followed.notes:
        inputs.message(note)
    if inputs.given.get("convert") is not None:
        tables.converting(followed, params)  # refused, whatever is shown
    if inputs.lenient and not (groups and (params.convert or CONVERTS) in followed.steps):
        wanted = [name for name in wanted if name != "conversion"]
    yield from tables.funnel(followed, window, params, wanted)


def _followed(
    inputs: Inputs,
    params: FunnelParams,
    events: Events,
    users: pl.DataFrame | None,
    groups: Attribute | None,
    orders: tuple[pl.DataFrame | None, Window | None],
    as_of: int | None,
) -> tuple[path.Path, Window]:
    """How far each user came, and the window of the events."""
    bought, ordered = orders
    channel = groups is not None and groups.reduction is not None
    guess = path.guess(
        params, events.names_ahead, path.kinds_beside(bought, users), channel=channel
    )
    naming = EVENT_NAMES_ALONE if bought is None and users is None else EVENT_NAMES
    reductions = [naming, guess.reduction] if guess else [naming]
    (names, *first), facts = inputs.reduce_events(events, *reductions, as_of=as_of)
    followed = path.follow(
        params,
        names,
        events.again,
        facts.window,
        channel=channel,
        users=users,
        orders=bought,
        ordered=ordered,
        ahead=(guess, first[0]) if guess else None,
        with_ids=events.with_ids,
    )
    return followed, facts.window


def _split(by: str, people: People | None, events: Events, *, chosen: bool) -> Attribute | None:
    """What the groups are of; None where nothing tells, unless that was chosen.

    Raises:
        UsageError: nothing knows the attribute that was chosen.
    """
    groups = split(by, people, events.exports, attributes.of_events(events.fields))
    if groups is None and chosen and by != "channel":
        raise unknown(by, people, "events")
    return groups


def _orders(inputs: Inputs) -> tuple[pl.DataFrame | None, Window | None]:
    """Times of valid orders. Where there are any, their last day is as_of by default."""
    if not inputs.has("orders"):
        return None, None
    (times,), facts = inputs.reduce(ORDER_TIMES)
    return times, facts.window
