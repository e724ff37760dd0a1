"""What events tell: activity and the golden path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from userops.analyses.activity import tables as activity
from userops.analyses.funnel import path
from userops.analyses.funnel import tables as funnel
from userops.commands import other_exports
from userops.commands.run import Run
from userops.core.dates import to_day
from userops.core.errors import UsageError
from userops.core.messages import Note, counted
from userops.core.table import Table
from userops.gather.wanted import Wanted
from userops.ledger import attributes, sessions
from userops.readers.events import Events
from userops.readers.orders import Facts
from userops.readers.users import People
from userops.settings import params

_ACTIVITY = ("summary", "stickiness")
_FUNNEL = ("steps", "conversion")


@dataclass(frozen=True, slots=True)
class Told:
    """Tables by name, and why a section is absent."""

    tables: Mapping[str, Table] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)


def tables(
    this: Run, wanted: Wanted, bought: pl.DataFrame | None, orders: Facts, known: People | None
) -> Told:
    """Activity and funnel up to the orders' last day; nothing without events."""
    if not (this.named["events"] and wanted.needs("activity", "funnel")):
        return Told()
    if this.as_of is None and orders.window.as_of:
        this.as_of = to_day(orders.window.as_of)
    opened = this.events(known.links() if known else None)
    told = params(this.settings.activity, period=wanted.period.value)
    steps = activity.steps(_ACTIVITY, told) if wanted.needs("activity") else {}
    names = [path.event_names] if wanted.needs("funnel") else []
    reduced, facts = this.reduce_events(opened, *steps.values(), *names)
    found = dict(zip(steps, reduced, strict=False))
    tables: dict[str, Table] = {}
    missing: dict[str, str] = {}
    with this.working(f"{counted(facts.tally.used, 'event')}: activity and golden path"):
        if steps:
            seen = sessions.gather(found, opened.again, silence=told.silence)
            made = activity.activity(seen, facts.window, told, _ACTIVITY, this.settings.week_start)
            tables |= {f"activity_{table.name}": table for table in made}
        if names:
            try:
                tables |= _funnel(this, opened, reduced[-1], known, bought, orders, facts)
            except UsageError as refused:
                missing["funnel"] = Note(
                    "{problem}; {mend}", problem=refused.problem, mend=refused.mend
                )
    return Told(tables, missing)


def _funnel(
    this: Run,
    opened: Events,
    names: pl.DataFrame,
    known: People | None,
    bought: pl.DataFrame | None,
    orders: Facts,
    facts: Facts,
) -> dict[str, Table]:
    told = this.settings.funnel
    split = other_exports.split(told.by, known, opened.exports, attributes.of_events(opened.fields))
    registered = other_exports.registered(known, split)
    followed = path.follow(
        told,
        names,
        opened.again,
        facts.window,
        channel=split is not None and split.step is not None,
        users=registered,
        orders=bought,
        ordered=orders.window,
    )
    wanted = _FUNNEL if split and told.convert in followed.steps else _FUNNEL[:1]
    return {
        f"funnel_{one.name}": one for one in funnel.funnel(followed, facts.window, told, wanted)
    }
