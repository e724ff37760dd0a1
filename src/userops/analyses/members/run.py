"""How the tables of `userops members` are made."""

from __future__ import annotations

from collections.abc import Iterator

from userops.analyses.analysis import Inputs
from userops.analyses.members import differences, tables
from userops.analyses.members.params import MembersParams
from userops.core.dates import to_date, to_day
from userops.core.errors import UsageError
from userops.core.table import Table
from userops.core.validity import months_later
from userops.customers.granting_sources import payments_of
from userops.customers.member_standings import Members, members_of


def run(inputs: Inputs, params: MembersParams) -> Iterator[Table]:
    """Which level everyone has, and where they're going."""
    if not params.rules or not params.ladder:
        if inputs.lenient:
            return
        raise UsageError(
            "no rules of growth, or no levels",
            mend="write [[members.rules]] and [[members.ladder]] in userops.toml "
            "(userops explain 'member level')",
        )
    members = members_of(inputs, params)
    if members is None:
        return
    rows = None
    if inputs.wants("differences"):
        rows = inputs.dataset("levels", as_of=members.found.as_of)
    yield from _tables(inputs, members, params)
    if rows is not None:
        yield differences.table(rows.frame, members)
    elif inputs.demands("differences"):
        raise UsageError("no exported levels", mend="name the shop's levels with --levels FILE")


def _tables(inputs: Inputs, members: Members, params: MembersParams) -> Iterator[Table]:
    if inputs.wants("users"):
        yield tables.users(members)
    if inputs.wants("levels"):
        payments = members.found.payments
        if payments is None:
            payments = payments_of(inputs, members.found.as_of)
        yield tables.levels(members, params, payments)
    if inputs.wants("movements"):
        yield tables.movements(members, _since(inputs, members, params))
    if inputs.wants("next"):
        yield tables.next_levels(members, params)
    if inputs.wants("expiring"):
        yield tables.expiring(members, params)


def _since(inputs: Inputs, members: Members, params: MembersParams) -> int:
    """The earlier day of movements.

    Raises:
        UsageError: it isn't earlier.
    """
    since = inputs.day("since", params.since)
    if since is None:
        return to_day(months_later(to_date(members.found.as_of), -1))
    if since >= members.found.as_of:
        raise UsageError(f"--since {to_date(since)} isn't before as_of", mend="name an earlier day")
    return since
