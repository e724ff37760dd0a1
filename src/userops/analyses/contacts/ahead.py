"""Reasons that other ledgers give: points that run out soon, a level that is lost soon, a next one that is near."""

from __future__ import annotations

import math

import polars as pl

from userops.analyses.analysis import Inputs
from userops.analyses.contacts.params import ContactsParams
from userops.analyses.members.params import MembersParams
from userops.analyses.points.params import PointsParams
from userops.customers.granting_sources import sources
from userops.customers.member_standings import Members, members_of
from userops.customers.point_books import Books, keep_books
from userops.customers.points_ahead import books_of, by_rules, events_beside, expiring


def ledger(inputs: Inputs, params: ContactsParams, as_of: int) -> Books | None:
    """The books of points; None without a ledger, or rules of one."""
    settled = inputs.settings.params(PointsParams)
    rows = inputs.dataset("points", as_of=as_of)
    if rows is not None:
        return books_of(inputs, rows, settled, as_of)[1]
    if not settled.rules or "points" not in params.reasons:
        return None
    found = sources(inputs, settled.rules, events_beside(settled), as_of)
    if found is None:
        return None
    for note in found.notes:
        inputs.message(note)
    start = inputs.day("start", settled.start)
    granted = found.granted(settled.rules, start)
    return keep_books(by_rules(found, granted, settled, start), as_of)


def points(books: Books, params: ContactsParams, as_of: int, day: int) -> pl.DataFrame:
    """`user_id, points, expires` of users whose points run out in the next days: of a user's those that are gone first."""
    until = pl.col("last_day") - day
    return (
        expiring(books, as_of)
        .filter(until.is_between(0, params.points_days))
        .sort("user_id", "last_day")
        .unique("user_id", keep="first", maintain_order=True)
        .select("user_id", "points", expires=pl.col("last_day").cast(pl.Date))
    )


def standings(inputs: Inputs, params: ContactsParams, as_of: int) -> Members | None:
    """Members and their levels; None without rules of growth."""
    if "level" not in params.reasons:
        return None
    members = members_of(inputs, inputs.settings.params(MembersParams), as_of)
    if members is not None:
        for note in members.found.notes:
            inputs.message(note)
    return members


def levels(
    members: Members, settled: MembersParams, params: ContactsParams, as_of: int, day: int
) -> pl.DataFrame:
    """`user_id, level, next_level, missing, expires` of members near a change.

    Who loses a level in the next days has no `next_level`: so much is `missing` to keep it when it
    `expires`. Near the next is who lacks no more than `level_near` of what it takes.
    """
    ladder, level = members.rules.ladder, pl.col("level")
    losing = members.falling(day - as_of + params.level_days).filter(pl.col("judged") >= day)
    # So much at most may be missing to the next level, from the lowest on.
    limits = [math.floor(params.level_near * threshold) for threshold in ladder.thresholds]
    limit = pl.lit(pl.Series(limits, dtype=pl.Int64)).gather(level + 1)
    rising = members.near(settled).filter(pl.col("missing") <= limit)
    return pl.concat(
        [
            losing.select(
                "user_id", ladder.name_of(level), pl.lit(None, pl.String).alias("next_level"),
                "missing", pl.col("judged").cast(pl.Int32).cast(pl.Date).alias("expires"),
            ),
            rising.join(losing, on="user_id", how="anti").select(
                "user_id", ladder.name_of(level), ladder.name_of(level + 1, "next_level"),
                "missing", pl.lit(None, pl.Date).alias("expires"),
            ),
        ]
    ).sort("user_id")  # fmt: skip
