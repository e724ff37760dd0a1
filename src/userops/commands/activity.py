"""`userops activity`."""

from __future__ import annotations

from functools import partial

from userops import activity, visits
from userops.options import Common
from userops.run import start
from userops.settings import params
from userops.table import Result
from userops.visits import Visits


def run(common: Common, **given: object) -> None:
    """Tell the activity of users, and write the tables asked for."""
    with start(common, activity.TABLES, reads_orders=False) as this:
        told = params(this.settings.activity, **given)
        events = this.events(common.exports or this.beside("events", None))
        wanted = [name for name in activity.TABLES if this.wants(name)]
        steps = activity.session_steps(wanted, told)
        (days, *sessions), facts = this.reduce_events(events, visits.days, *steps)
        silent = partial(visits.silent, silence=told.silence)
        begun = [visits.complete(one, lambda: events.again([silent])[0]) for one in sessions]
        tables = activity.activity(
            Visits(days, *begun), facts.window, told, wanted, this.settings.week_start
        )
        this.emit(Result("activity", tables, facts.tally))
