"""Signs that single users give: who they are, when they came, whom they invited."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import polars as pl

from userops.analyses.referral import contacts
from userops.analyses.referral.case import Case, Found
from userops.analyses.referral.edges import SELF
from userops.core.messages import Note, Word

_ORDERS, _OWN_ID = "own orders", "own id"


def _by_kind(pairs: pl.DataFrame, say: Callable[[str, int], Note]) -> Iterable[Found]:
    """A finding a leader, of `leader_id, user_id, kind`: each kind with how many users it concerns."""
    by_leader = (
        pairs.unique()
        .group_by("leader_id")
        .agg(users=pl.col("user_id").unique().sort(), kinds=pl.col("kind").sort())
        .sort("leader_id")
    )
    for leader, users, kinds in by_leader.iter_rows():
        parts = tuple(say(kind, kinds.count(kind)) for kind in dict.fromkeys(kinds))
        yield Found(leader, len(users), Note("{parts}", parts=parts), tuple(users))


def themselves(case: Case) -> Iterable[Found]:
    """Leaders who brought themselves: by their own id, in their own orders, or under another id."""
    named = (pl.col("cut") == SELF) & (pl.col("source") == "users")
    own = case.tree.filter(named).select(
        leader_id="user_id", user_id="user_id", kind=pl.lit(_OWN_ID)
    )
    bought = case.of_leaders.filter(
        (pl.col("leader_id") == pl.col("user_id")) & (pl.col("orders") > 0)
    ).select("leader_id", "user_id", kind=pl.lit(_ORDERS))
    pairs = case.users.select("user_id", leader_id="inviter_id")
    both = pairs.join(case.reached, on="user_id").join(
        case.reached, left_on="leader_id", right_on="user_id", suffix="_of_leader"
    )
    alike = [
        both.filter(pl.col(kind) == pl.col(f"{kind}_of_leader")).select(
            "leader_id", "user_id", kind=pl.lit(kind)
        )
        for kind in contacts.KINDS
    ]
    return _by_kind(
        pl.concat([own, bought, *alike]),
        lambda kind, users: (
            Note("{kind} the same: {users}", kind=Word(kind), users=users)
            if kind in contacts.KINDS
            else Note("{kind}: {users}", kind=Word(kind), users=users)
        ),
    )


def already_customers(case: Case) -> Iterable[Found]:
    """Users who had ordered before they were invited."""
    before = case.users.filter("before")
    by_leader = case.users.group_by(leader_id="inviter_id").len()
    counts = dict(by_leader.iter_rows())
    grouped = before.group_by(leader_id="inviter_id").agg(pl.col("user_id").sort())
    for leader, users in grouped.sort("leader_id").iter_rows():
        note = Note(
            "{users} of {invited} invited had ordered on an earlier day",
            users=len(users),
            invited=counts[leader],
        )
        yield Found(leader, len(users), note, tuple(users))


def sharing(case: Case) -> Iterable[Found]:
    """Users of a leader on one device, at one address, or with phones of one prefix."""
    pairs = case.users.select("user_id", leader_id="inviter_id").join(case.reached, on="user_id")
    pairs = pairs.with_columns(prefix=contacts.phone_prefix())
    many = [
        pairs.filter(pl.col(kind).is_not_null())
        .with_columns(users=pl.len().over("leader_id", kind))
        .filter(pl.col("users") > case.shared)
        .select("leader_id", "user_id", kind=pl.lit(name))
        for kind, name in (("device", "device"), ("address", "address"), ("prefix", "phone prefix"))
    ]
    return _by_kind(
        pl.concat(many),
        lambda kind, users: Note(
            "{kind} shared by more than {limit}: {users}",
            kind=Word(kind),
            limit=case.shared,
            users=users,
        ),
    )


def rings(case: Case) -> Iterable[Found]:
    """Users who invited one another in a circle."""
    members = (
        case.tree.filter(pl.col("circle_id").is_not_null())
        .group_by("circle_id")
        .agg(pl.col("user_id").sort())
    )
    in_ring = [(user, users) for _, users in members.iter_rows() for user in users]
    for leader, users in sorted(in_ring):
        note = Note("{users} invited one another in a circle", users=len(users))
        yield Found(leader, len(users), note, tuple(users))
