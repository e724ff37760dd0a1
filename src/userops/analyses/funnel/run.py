"""How the tables of `userops funnel` are made."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from userops.analyses.analysis import Inputs
from userops.analyses.funnel import ANALYSIS, path, tables
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
    wanted = [name for name in ANALYSIS.tables if inputs.wants(name)]
    with_groups = bool({"groups", "conversion"} & set(wanted))
    people = inputs.people(params.by if with_groups else None)
    order_times, orders_window = _order_times(inputs)
    last_order_day = orders_window.as_of if orders_window else None
    as_of = to_day(last_order_day) if inputs.as_of is None and last_order_day else inputs.as_of
    events = inputs.events(people.links() if people else None)
    attribute = (
        _attribute(params.by, people, events, required=not inputs.lenient) if with_groups else None
    )
    followed_path, window = _follow(
        inputs,
        params,
        events,
        registered(people, attribute),
        attribute,
        (order_times, orders_window),
        as_of,
    )
    for note in followed_path.notes:
        inputs.message(note)
    if params.convert is not None and not inputs.lenient:
        tables.converting(followed_path, params)  # refused, whatever is shown
    if inputs.lenient and not (attribute and (params.convert or CONVERTS) in followed_path.steps):
        wanted = [name for name in wanted if name != "conversion"]
    yield from tables.funnel(followed_path, window, params, wanted)


def _follow(
    inputs: Inputs,
    params: FunnelParams,
    events: Events,
    users: pl.DataFrame | None,
    attribute: Attribute | None,
    orders: tuple[pl.DataFrame | None, Window | None],
    as_of: int | None,
) -> tuple[path.FollowedPath, Window]:
    """How far each user came, and the window of the events."""
    order_times, orders_window = orders
    by_channel = attribute is not None and attribute.reduction is not None
    name_reduction = EVENT_NAMES_ALONE if order_times is None and users is None else EVENT_NAMES
    (names,), facts = inputs.reduce_events(events, name_reduction, as_of=as_of)
    followed_path = path.follow_path(
        params,
        names,
        events.again,
        facts.window,
        channel=by_channel,
        users=users,
        orders=order_times,
        orders_window=orders_window,
        with_ids=events.with_ids,
    )
    return followed_path, facts.window


def _attribute(
    by: str, people: People | None, events: Events, *, required: bool
) -> Attribute | None:
    """What the groups are of; None where nothing tells, unless that was chosen.

    Raises:
        UsageError: nothing knows the attribute that was chosen.
    """
    attribute = split(by, people, events.exports, attributes.of_events(events.fields))
    if attribute is None and required and by != "channel":
        raise unknown(by, people, "events")
    return attribute


def _order_times(inputs: Inputs) -> tuple[pl.DataFrame | None, Window | None]:
    """Times of valid orders. Where there are any, their last day is as_of by default."""
    if not inputs.has("orders"):
        return None, None
    (times,), facts = inputs.reduce(ORDER_TIMES)
    return times, facts.window
