"""Reasons that other ledgers give: points that run out soon, a next level that is near."""

from __future__ import annotations

import polars as pl

from userops.analyses.analysis import Inputs
from userops.analyses.contacts.params import ContactsParams
from userops.analyses.members.params import MembersParams
from userops.analyses.points.params import PointsParams
from userops.customers.member_standings import members_of
from userops.customers.point_books import keep_books
from userops.customers.points_ahead import expiring
from userops.customers.points_ledger import Validities, exported


def points(inputs: Inputs, params: ContactsParams, as_of: int, day: int) -> pl.DataFrame | None:
    """`user_id, points, expires` of users whose points run out in the next days; None without a ledger.

    Of a user's points those that are gone first.
    """
    rows = inputs.dataset("points", as_of=as_of)
    if rows is None:
        return None
    settled = inputs.settings.params(PointsParams)
    validities = Validities(settled.valid, settled.round, settled.rules)
    ledger = exported(rows.frame, rows.fields, settled.kinds, validities)
    books = keep_books(ledger.entries, as_of, expires=ledger.expires)
    until = pl.col("last_day") - day
    return (
        expiring(books, as_of)
        .filter(until.is_between(0, params.points_days))
        .sort("user_id", "last_day")
        .unique("user_id", keep="first", maintain_order=True)
        .select("user_id", "points", expires=pl.col("last_day").cast(pl.Date))
    )


def levels(inputs: Inputs, params: ContactsParams, as_of: int) -> pl.DataFrame | None:
    """`user_id, level, next_level, missing` of members near the next level; None without rules of growth.

    Near is who lacks no more than `level_near` of what the next level takes.
    """
    settled = inputs.settings.params(MembersParams)
    if "level" not in params.reasons:
        return None
    members = members_of(inputs, settled, as_of)
    if members is None:
        return None
    for note in members.found.notes:
        inputs.message(note)
    ladder = members.rules.ladder
    rows = [
        (one.user_id, ladder.name(one.level), ladder.name(one.level + 1), one.missing)
        for one in members.near(settled)
        if one.missing <= params.level_near * ladder.thresholds[one.level + 1]
    ]
    schema = {"user_id": pl.String, "level": pl.String, "next_level": pl.String}
    frame = pl.DataFrame(rows, schema={**schema, "missing": pl.Int64}, orient="row")
    return frame.sort("user_id")
