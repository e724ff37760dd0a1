"""Signs that invitations aren't what they seem: evidence, never a verdict.

Each function gives, of one sign, `leader_id`, `users` and the evidence in numbers; or
`leader_id, user_id, kind`, where the users concerned are known one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from userops.analyses.referral import contacts
from userops.analyses.referral.edges import SELF
from userops.analyses.referral.leaders import Drawn
from userops.core.dates import to_date
from userops.core.messages import Note, Word
from userops.core.table import Kind, Table
from userops.stats.multiple_tests import benjamini_hochberg
from userops.stats.tails import binomial_at_least, poisson_at_least

SIGNS: dict[str, Kind] = {
    "leader_id": Kind.ID,
    "sign": Kind.WORD,
    "users": Kind.COUNT,
    "evidence": Kind.TEXT,
    "at_risk": Kind.MONEY,
}
NAMES = (
    "self", "already_customer", "shared", "burst", "minimum", "refunded", "silent", "ring",
)  # fmt: skip
# What chance alone goes beyond on one day in a thousand; and so many of those named may be chance.
BEYOND, FALSE_SHARE = 0.001, 0.05
# An order is of the smallest size up to so much above it.
_NEAR_MINIMUM = 1.1
_ORDERS, _OWN_ID = "own orders", "own id"


@dataclass(frozen=True)
class Case:
    """What signs are looked for in.

    Attributes:
        users: as of `outcomes.outcomes`.
        tree: as of `edges.Invited`.
        known: `leader_id, joined_day` of every leader.
        people: `user_id, phone, email, device, address` as written, of users and of leaders.
        of_leaders: orders that belong to leaders, as of `outcomes.owned`.
        given_back: the same of orders that were given back in full.
        paid: `leader_id, user_id, commission`.
        recovered: the same of what was paid for orders given back.
        last_seen: `user_id, day` of the last event; None without events.
        seen_from: the first day of the events; None without.
        as_of: the last day that counts.
        shared: users on one device and the like, from more than which on it's a sign.
        minimum: the smallest order that earns anything, in minor units; None where nobody says.
    """

    users: pl.DataFrame
    tree: pl.DataFrame
    known: pl.DataFrame
    people: pl.DataFrame
    of_leaders: pl.DataFrame
    given_back: pl.DataFrame
    paid: pl.DataFrame
    recovered: pl.DataFrame
    last_seen: pl.DataFrame | None
    seen_from: int | None
    as_of: int
    shared: int
    minimum: int | None

    @cached_property
    def reached(self) -> pl.DataFrame:
        """Contacts of people in one spelling: `user_id` and each kind."""
        return self.people.select("user_id", *map(contacts.folded, contacts.KINDS))


@dataclass(frozen=True, slots=True)
class Found:
    """A leader with a sign: how many users, why, and the users where they're known."""

    leader_id: str
    users: int
    evidence: Note
    concerned: tuple[str, ...] | None = None


def signs(case: Case, drawn: Drawn) -> Table:
    """The table `signs`, by leader and sign in their order."""
    rows: list[tuple[str, str, int, Note, int | None]] = []
    for sign, find in _FINDERS.items():
        found = list(find(case))
        risks = _at_risk(case, sign, found)
        rows += [
            (one.leader_id, sign, one.users, one.evidence, risk)
            for one, risk in zip(found, risks, strict=True)
        ]
    rows.sort(key=lambda row: (row[0], NAMES.index(row[1])))
    frame = pl.DataFrame(
        {
            "leader_id": pl.Series([row[0] for row in rows], dtype=pl.String),
            "sign": pl.Series([row[1] for row in rows], dtype=pl.String),
            "users": pl.Series([row[2] for row in rows], dtype=pl.Int64),
            "evidence": pl.Series([str(row[3]) for row in rows], dtype=pl.String),
            "at_risk": pl.Series([row[4] for row in rows], dtype=pl.Int64),
        }
    )
    said = {"evidence": tuple(row[3] for row in rows)}
    return drawn.table("signs", frame, SIGNS, said=said)


def _at_risk(case: Case, sign: str, found: Sequence[Found]) -> list[int | None]:
    """Commission that each sign puts in doubt: for the users concerned, or for all of the leader's.

    Of `refunded` it's what was paid for orders given back.
    """
    if not found:
        return []
    if case.paid.is_empty() and case.recovered.is_empty():
        return [None] * len(found)
    paid = case.recovered if sign == "refunded" else case.paid
    pairs = pl.DataFrame(
        {
            "number": [n for n, one in enumerate(found) for _ in one.concerned or ()],
            "leader_id": [one.leader_id for one in found for _ in one.concerned or ()],
            "user_id": [user for one in found for user in one.concerned or ()],
        },
        schema={"number": pl.Int64, "leader_id": pl.String, "user_id": pl.String},
    )
    by_pair = pairs.join(paid, on=["leader_id", "user_id"]).group_by("number")
    sums = dict(by_pair.agg(pl.col("commission").sum()).iter_rows())
    whole = dict(paid.group_by("leader_id").agg(pl.col("commission").sum()).iter_rows())
    return [
        sums.get(number, 0) if one.concerned is not None else whole.get(one.leader_id, 0)
        for number, one in enumerate(found)
    ]


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


def _themselves(case: Case) -> Iterable[Found]:
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


def _already_customers(case: Case) -> Iterable[Found]:
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


def _sharing(case: Case) -> Iterable[Found]:
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


def _bursts(case: Case) -> Iterable[Found]:
    """Days on which a leader invited more than 999 of 1,000 days would see at either rate.

    The rates are users a day: the leader's own since joining (else since the first invitation), and
    that of all leaders.
    """
    dated = case.users.filter(pl.col("day").is_not_null())
    days = dated.group_by("day", leader_id="inviter_id").agg(users=pl.len().cast(pl.Int64))
    start = pl.min_horizontal("joined_day", "first")
    by_leader = (
        days.group_by("leader_id")
        .agg(first=pl.col("day").min(), total=pl.col("users").sum())
        .join(case.known.select("leader_id", "joined_day"), on="leader_id", how="left")
        .with_columns(length=case.as_of - start + 1)
    )
    if by_leader.is_empty():
        return
    overall = int(by_leader["total"].sum()) / int(by_leader["length"].sum())
    several = days.filter(pl.col("users") > 1).join(by_leader, on="leader_id")
    rows = several.select("leader_id", "users", "day", "total", "length").iter_rows()
    beyond = [
        (leader, users, day, rate)
        for leader, users, day, total, length in rows
        if poisson_at_least(users, rate := max(total / length, overall)) < BEYOND
    ]
    named = pl.DataFrame(
        beyond, schema={"leader_id": pl.String, "users": pl.Int64, "day": pl.Int32, "rate": pl.Float64},
        orient="row",
    )  # fmt: skip
    largest = named.sort("users", "day", descending=[True, False]).unique(
        "leader_id", keep="first", maintain_order=True
    )
    concerned = (
        dated.join(named, left_on=["inviter_id", "day"], right_on=["leader_id", "day"])
        .group_by(leader_id="inviter_id")
        .agg(concerned=pl.col("user_id").sort())
    )
    for leader, users, day, rate, names in (
        largest.join(concerned, on="leader_id").sort("leader_id").iter_rows()
    ):
        note = Note(
            "{users} invited on {day}, where {bound} a day is the 99.9 % bound of {rate:.3f} a day",
            users=users,
            day=to_date(day),
            bound=_bound(rate),
            rate=rate,
        )
        yield Found(leader, len(names), note, tuple(names))


def _bound(rate: float) -> int:
    """The most that a Poisson of this mean reaches on 999 of 1,000 days."""
    count = int(rate)
    while poisson_at_least(count + 1, rate) >= BEYOND:
        count += 1
    return count


def _unusual(
    counts: pl.DataFrame, say: Callable[[int, int, float, float], Note]
) -> Iterable[tuple[str, int, Note]]:
    """Leaders with more than their part of something: `leader_id, hits, trials`.

    Against the share over all leaders by the binomial; over leaders by Benjamini and Hochberg.
    """
    tried = counts.filter(pl.col("trials") > 0).sort("leader_id")
    trials, hits = int(tried["trials"].sum()), int(tried["hits"].sum())
    if not hits or len(tried) < 2:
        return
    share = hits / trials
    rows = list(tried.select("leader_id", "hits", "trials").iter_rows())
    pairs = {(hits, trials) for _, hits, trials in rows}
    chances = {(hits, trials): binomial_at_least(hits, trials, share) for hits, trials in pairs}
    adjusted = benjamini_hochberg([chances[hits, trials] for _, hits, trials in rows])
    for (leader, own_hits, own_trials), p in zip(rows, adjusted, strict=True):
        if p < FALSE_SHARE and own_hits:
            yield leader, own_hits, say(own_hits, own_trials, share, p)


def _minimal(case: Case) -> Iterable[Found]:
    """Users with one order, of the smallest size that earns anything."""
    if case.minimum is None:
        return
    bought = case.of_leaders.filter(
        (pl.col("leader_id") == pl.col("inviter_id")) & (pl.col("orders") > 0)
    )
    by_user = bought.group_by("leader_id", "user_id").agg(
        orders=pl.len(), amount=pl.col("amount").first()
    )
    least = pl.col("amount").is_between(case.minimum, int(case.minimum * _NEAR_MINIMUM))
    marked = by_user.with_columns(hit=(pl.col("orders") == 1) & least)
    yield from _found_among(
        marked,
        case,
        lambda hits, trials, share, p: Note(
            "{hits} of {trials} buyers ordered once and barely enough, {share:.1%} over all leaders, p {p:.2g}",
            hits=hits, trials=trials, share=share, p=p,
        ),
    )  # fmt: skip


def _silent(case: Case) -> Iterable[Found]:
    """Users who registered and were never seen again: no order, and no event on a later day.

    Of users observed long enough; where there are events, of those who came since these begin.
    """
    judged = case.users.filter(pl.col("observed") & pl.col("registered"))
    back = case.given_back.select("user_id").unique()
    quiet = pl.col("first_order").is_null() & ~pl.col("before") & ~pl.col("gave_back")
    judged = judged.join(
        back.with_columns(gave_back=pl.lit(True)), on="user_id", how="left"
    ).with_columns(pl.col("gave_back").fill_null(False))
    if case.last_seen is not None and case.seen_from is not None:
        judged = judged.filter(pl.col("day") >= case.seen_from).join(
            case.last_seen.select("user_id", seen="day"), on="user_id", how="left"
        )
        quiet &= (pl.col("seen") <= pl.col("day")).fill_null(True)
    marked = judged.select("user_id", leader_id="inviter_id", hit=quiet)
    yield from _found_among(
        marked,
        case,
        lambda hits, trials, share, p: Note(
            "{hits} of {trials} registered and were never seen again, {share:.1%} over all leaders, p {p:.2g}",
            hits=hits, trials=trials, share=share, p=p,
        ),
    )  # fmt: skip


def _found_among(
    marked: pl.DataFrame, case: Case, say: Callable[[int, int, float, float], Note]
) -> Iterable[Found]:
    """Leaders with too many of the users that are marked: `leader_id, user_id, hit`."""
    counts = marked.group_by("leader_id").agg(
        hits=pl.col("hit").sum().cast(pl.Int64), trials=pl.len().cast(pl.Int64)
    )
    concerned = dict(
        marked.filter("hit").group_by("leader_id").agg(pl.col("user_id").sort()).iter_rows()
    )
    for leader, hits, note in _unusual(counts, say):
        yield Found(leader, hits, note, tuple(concerned[leader]))


def _refunded(case: Case) -> Iterable[Found]:
    """Orders that were given back in full, of all that were paid."""
    kept = case.of_leaders.filter(pl.col("orders") > 0).select("leader_id", hit=pl.lit(False))
    back = case.given_back.select("leader_id", hit=pl.lit(True))
    counts = (
        pl.concat([kept, back])
        .group_by("leader_id")
        .agg(hits=pl.col("hit").sum().cast(pl.Int64), trials=pl.len().cast(pl.Int64))
    )
    users = dict(
        case.given_back.group_by("leader_id").agg(pl.col("user_id").n_unique()).iter_rows()
    )
    for leader, _, note in _unusual(
        counts,
        lambda hits, trials, share, p: Note(
            "{hits} of {trials} orders given back, {share:.1%} over all leaders, p {p:.2g}",
            hits=hits, trials=trials, share=share, p=p,
        ),
    ):  # fmt: skip
        yield Found(leader, users[leader], note)


def _rings(case: Case) -> Iterable[Found]:
    """Users who invited one another in a circle."""
    members = (
        case.tree.filter(pl.col("circle_id").is_not_null())
        .group_by("circle_id")
        .agg(pl.col("user_id").sort())
    )
    rings = [(user, users) for _, users in members.iter_rows() for user in users]
    for leader, users in sorted(rings):
        note = Note("{users} invited one another in a circle", users=len(users))
        yield Found(leader, len(users), note, tuple(users))


_FINDERS: dict[str, Callable[[Case], Iterable[Found]]] = {
    "self": _themselves,
    "already_customer": _already_customers,
    "shared": _sharing,
    "burst": _bursts,
    "minimum": _minimal,
    "refunded": _refunded,
    "silent": _silent,
    "ring": _rings,
}
