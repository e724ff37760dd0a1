"""What events tell: activity and the golden path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from userops import activity, funnel, path, visits
from userops.errors import InputError, UsageError
from userops.gather.wanted import Wanted
from userops.notes import Note
from userops.params import FUNNEL_STEPS
from userops.run import Run
from userops.settings import params
from userops.sources.event_intake import Events
from userops.sources.intake import Facts
from userops.sources.registrations import Registered, registrations
from userops.table import Table
from userops.tally import Tally
from userops.window import to_day

_ACTIVITY = ("summary", "stickiness")
_FUNNEL = ("steps", "conversion")


@dataclass(frozen=True, slots=True)
class Told:
    """Tables by name, what became of the rows, and why a section is absent."""

    tables: Mapping[str, Table] = field(default_factory=dict)
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


def tables(this: Run, wanted: Wanted, bought: pl.DataFrame | None, orders: Facts) -> Told:
    """Activity and funnel up to the orders' last day; nothing without events."""
    names = wanted.evented(this)
    if not names:
        return Told()
    if this.as_of is None and orders.window.as_of:
        this.as_of = to_day(orders.window.as_of)
    registered = _registered(this, wanted)
    opened = this.events(names, None if registered is None else registered.links)
    told = params(this.settings.activity, period=wanted.period.value)
    steps = activity.steps(_ACTIVITY, told)
    reduced, facts = this.reduce_events(opened, *steps.values(), path.event_names)
    found = dict(zip(steps, reduced, strict=False))
    with this.working(f"{facts.tally.used:,} events: activity and golden path"):
        seen = visits.gather(found, opened.again, silence=told.silence)
        made = activity.activity(seen, facts.window, told, _ACTIVITY, this.settings.week_start)
        known = {f"activity_{table.name}": table for table in made}
        missing = {}
        try:
            times = None if bought is None else path.at_day_end(bought)
            known |= _funnel(this, opened, reduced[-1], registered, times, orders, facts)
        except UsageError as refused:
            missing["funnel"] = Note(
                "{problem}; {mend}", problem=refused.problem, mend=refused.mend
            )
    return Told(known, {"events": facts.tally}, missing, facts.notes)


def _registered(this: Run, wanted: Wanted) -> Registered | None:
    names = wanted.peopled(this)
    if not names:
        return None
    try:
        return registrations(names, this.how, this.folder, this.settings.funnel.by)
    except InputError:  # the export has no such column
        return registrations(names, this.how, this.folder)


def _funnel(
    this: Run,
    opened: Events,
    names: pl.DataFrame,
    registered: Registered | None,
    bought: pl.DataFrame | None,
    orders: Facts,
    facts: Facts,
) -> dict[str, Table]:
    told = this.settings.funnel
    beside = [
        name for name, there in (("orders", bought), ("users", registered)) if there is not None
    ]
    found = path.resolve(
        told.steps,
        told.sources,
        names["event"].to_list(),
        beside=beside,
        forgiving=told.steps == FUNNEL_STEPS,
    )
    by_channel = "channel" in opened.fields
    followed = path.follow(
        found,
        opened.again,
        as_of=to_day(facts.window.as_of) if facts.window.as_of else 0,
        days=max(told.window, told.within),
        begun={
            name: to_day(one.window.first_day) if one.window.first_day else None
            for name, one in (("events", facts), ("orders", orders))
        },
        channel=by_channel,
        users=None if registered is None else registered.users,
        orders=bought,
    )
    wanted = _FUNNEL if by_channel and told.convert in found.steps else _FUNNEL[:1]
    return {
        f"funnel_{one.name}": one for one in funnel.funnel(followed, facts.window, told, wanted)
    }
