"""How the tables of `userops community` are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from userops.analyses.analysis import Given, Inputs, Scope
from userops.analyses.community import ANALYSIS, lift, member_tables, regions, sources, tables
from userops.analyses.community.calendar import Calendar
from userops.analyses.community.params import CommunityParams
from userops.analyses.community.sources import Community
from userops.core.periods import Period
from userops.core.table import Table


def scope(given: Given) -> Scope:
    """What a run is about: orders, or, where none are given, the groups alone."""
    reads = ("memberships", "messages", "group_days", "identities", "users")
    alone = [name for name in ("memberships", "group_days") if given.has(name)]
    if given.exports or not alone:
        return Scope("orders", ANALYSIS.tables, reads)
    return Scope(alone[0], ANALYSIS.tables, ("orders", *reads))


def run(inputs: Inputs, params: CommunityParams) -> Iterator[Table]:
    """Who is in the groups, who came and went, who talks, who buys, and whether joining did it."""
    found = sources.gather(inputs, params)
    if found is None:
        return
    makers: dict[str, Callable[[], Table]] = {
        "summary": lambda: _summary(inputs, params, found),
        "groups": lambda: _groups(inputs, params, found),
        "members": lambda: member_tables.members(found, params.silent_days),
        "leavers": lambda: member_tables.leavers(found),
        "lift": lambda: lift.lift(found, params.lift_days),
        "flow": lambda: tables.flow(found, _calendar(inputs, params, found)),
    }
    for name, make in makers.items():
        if inputs.wants(name):
            yield make()


def _calendar(inputs: Inputs, params: CommunityParams, found: Community) -> Calendar:
    week_start = inputs.settings.week_start
    return Calendar.of(found.first, found.as_of, Period(params.period), week_start)


def _summary(inputs: Inputs, params: CommunityParams, found: Community) -> Table:
    calendar = _calendar(inputs, params, found)
    return tables.summary(found, calendar, Period(params.period), params.wecom_counts)


def _groups(inputs: Inputs, params: CommunityParams, found: Community) -> Table:
    if not params.by:
        return tables.groups(found, params.wecom_counts, params.split)
    file = inputs.rows_of(params.groups_file) if params.groups_file else None
    values = regions.values_of(found.groups, params.by, params.groups, file)
    return tables.groups_by(found, values, params.by, params.wecom_counts, params.split)
