"""`userops activity`."""

from __future__ import annotations

from userops.analyses.activity import tables as activity
from userops.commands import other_exports
from userops.commands.options import Common
from userops.commands.run import start
from userops.ledger import sessions
from userops.settings import params


def run(common: Common, users: list[str] | None, **given: object) -> None:
    """Tell the activity of users, and write the tables asked for."""
    with start(common, activity.TABLES, main="events", beside={"users": users}) as this:
        this.idle("--period", given.get("period"), "summary")
        told = params(this.settings.activity, **given)
        events = this.events(other_exports.links(this, users))
        wanted = [name for name in activity.TABLES if this.wants(name)]
        steps = activity.steps(wanted, told)
        reduced, facts = this.reduce_events(events, *steps.values())
        found = dict(zip(steps, reduced, strict=True))
        seen = sessions.gather(found, events.again, silence=told.silence)
        tables = activity.activity(seen, facts.window, told, wanted, this.settings.week_start)
        this.emit("activity", tables)
