"""`userops funnel`."""

from __future__ import annotations

import polars as pl

from userops.analyses.funnel import path
from userops.analyses.funnel import tables as funnel
from userops.commands import other_exports
from userops.commands.options import Common
from userops.commands.run import Run, start
from userops.core.dates import Window, to_day
from userops.ledger import attributes
from userops.ledger.attributes import Attribute
from userops.readers.events import Events
from userops.readers.users import People
from userops.settings import params

# Options that not all tables take.
_FOR = {
    "window": ("steps", "users", "groups"),
    "by": ("groups", "conversion"),
    "convert": ("conversion",),
    "within": ("conversion",),
}


def run(
    common: Common,
    orders: list[str] | None,
    users: list[str] | None,
    steps: str | None,
    **given: object,
) -> None:
    """Follow users along the path, and write the tables asked for."""
    by = given.get("by")
    with start(
        common,
        funnel.TABLES,
        main="events",
        beside={"orders": orders, "users": users},
        by=by if isinstance(by, str) else None,
    ) as this:
        listed = [step.strip() for step in steps.split(",") if step.strip()] if steps else None
        for option, for_tables in _FOR.items():
            this.idle(f"--{option}", given.get(option), *for_tables)
        told = params(this.settings.funnel, steps=listed, **given)
        wanted = [name for name in funnel.TABLES if this.wants(name)]
        grouped = bool({"groups", "conversion"} & set(wanted))
        known = other_exports.people(this, told.by if grouped else None)
        bought, bought_window = _orders(this)
        events = this.events(known.links() if known else None)
        split = _split(told.by, known, events, by is not None) if grouped else None
        registered = other_exports.registered(known, split)
        channel = split is not None and split.step is not None
        there = path.kinds_beside(bought, registered)
        guess = path.guess(told, events.names_ahead, there, channel=channel)
        naming = path.names_alone if bought is None and registered is None else path.event_names
        asked = [naming, guess.step] if guess else [naming]
        (names, *first), facts = this.reduce_events(events, *asked)
        followed = path.follow(
            told,
            names,
            events.again,
            facts.window,
            channel=channel,
            users=registered,
            orders=bought,
            ordered=bought_window,
            ahead=(guess, first[0]) if guess else None,
            with_ids=events.with_ids,
        )
        for note in followed.notes:
            this.note(note)
        if given.get("convert") is not None:
            funnel.converting(followed, told)  # refused, whatever is shown
        tables = funnel.funnel(followed, facts.window, told, wanted)
        this.emit("funnel", tables)


def _split(by: str, known: People | None, events: Events, chosen: bool) -> Attribute | None:
    """What the groups are of; None where nothing tells, unless that was chosen.

    Raises:
        UsageError: nothing knows the attribute that was chosen.
    """
    found = other_exports.split(by, known, events.exports, attributes.of_events(events.fields))
    if found is None and chosen and by != "channel":
        raise other_exports.unknown(by, known, "events")
    return found


def _orders(this: Run) -> tuple[pl.DataFrame | None, Window | None]:
    """Times of valid orders. Where there are any, their last day is as_of by default."""
    if not this.named["orders"]:
        return None, None
    (times,), facts = this.reduce(path.order_times)
    if this.as_of is None and facts.window.as_of:
        this.as_of = to_day(facts.window.as_of)
    return times, facts.window
