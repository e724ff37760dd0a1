"""`userops activity`."""

from __future__ import annotations

from userops import activity, visits
from userops.options import Common
from userops.run import start
from userops.settings import params
from userops.table import Result


def run(common: Common, **given: object) -> None:
    """Tell the activity of users, and write the tables asked for."""
    with start(common, activity.TABLES, reads_orders=False) as this:
        this.idle("--period", given.get("period"), "summary")
        told = params(this.settings.activity, **given)
        events = this.events(common.exports or this.beside("events", None))
        wanted = [name for name in activity.TABLES if this.wants(name)]
        steps = activity.steps(wanted, told)
        reduced, facts = this.reduce_events(events, *steps.values())
        found = dict(zip(steps, reduced, strict=True))
        seen = visits.gather(found, events.again, silence=told.silence)
        tables = activity.activity(seen, facts.window, told, wanted, this.settings.week_start)
        this.emit(Result("activity", tables, facts.tally))
