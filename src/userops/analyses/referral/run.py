"""How the tables of `userops referral` are made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from userops.analyses.analysis import Inputs
from userops.analyses.referral import (
    commission,
    compared,
    edges,
    exports,
    leaders,
    outcomes,
    people,
    signs,
)
from userops.analyses.referral.case import Case
from userops.analyses.referral.contacts import KINDS
from userops.analyses.referral.edges import Invited
from userops.analyses.referral.exports import Read
from userops.analyses.referral.outcomes import Days
from userops.analyses.referral.params import ReferralParams
from userops.core.dates import to_date
from userops.core.messages import Note
from userops.core.table import Table
from userops.customers import phones


@dataclass(frozen=True, slots=True)
class _Made:
    """What the tables are made of."""

    invited: Invited
    users: pl.DataFrame
    of_leaders: pl.DataFrame
    given_back: pl.DataFrame
    paid: pl.DataFrame
    recovered: pl.DataFrame
    by_leader: pl.DataFrame
    money: leaders.Money


def run(inputs: Inputs, params: ReferralParams) -> Iterator[Table]:
    """Who brought whom, what came of it, what it cost, and what looks odd."""
    read = exports.read(inputs, params)
    if read is None:
        return
    scheme = commission.scheme_of(
        params, read.facts.currency.places, exported=read.tells_commission
    )
    made = _made(read, scheme, params)
    notes = _notes(read, made, scheme, params)
    drawn = leaders.Drawn(read.facts.window, read.facts.currency, notes)
    if inputs.wants("leaders"):
        yield leaders.leaders(made.by_leader, drawn, made.money.reward)
    if inputs.wants("summary"):
        k = leaders.invitations_of(read.joined, made.users, (read.first, read.as_of), params.k_days)
        yield leaders.summary(made.by_leader, k, drawn, made.money)
    if inputs.wants("groups"):
        yield leaders.groups(made.by_leader, drawn, made.money)
    if inputs.wants("users"):
        yield people.users(made.users, made.invited.tree, made.paid, drawn, known=made.money.known)
    if inputs.wants("tree"):
        yield people.tree(made.invited.tree, drawn)
    if inputs.wants("signs"):
        yield signs.signs(_case(read, made, params), drawn)
    if inputs.wants("compared"):
        assert read.buyers is not None  # asked for with the table
        everyone = compared.Everyone(read.buyers, read.registered, made.invited.edges, read.first)
        yield compared.compared(everyone, read.as_of, params.within, params.age, drawn)


def _made(read: Read, scheme: commission.Scheme, params: ReferralParams) -> _Made:
    told = [edges.of_orders(read.orders), edges.of_orders(read.given_back)]
    if read.every is not None:
        told.append(edges.of_users(read.every))
    invited = edges.invited(
        pl.concat([one.select(*edges.EDGE) for one in told]),
        read.first_days,
    )
    orders = outcomes.with_inviters(read.orders, invited.edges)
    of_leaders = outcomes.owned(orders)
    given_back = outcomes.owned(outcomes.with_inviters(read.given_back, invited.edges))
    days = Days(read.first, read.as_of, params.within)
    users = outcomes.outcomes(invited.edges, orders, read.registered, days)
    paid = commission.paid(of_leaders, scheme)
    recovered = commission.recovered(of_leaders, given_back, paid, scheme)
    above = invited.edges.select("user_id", "inviter_id")
    money = leaders.Money(
        commission.by_leader(
            commission.totals(paid, commission.second_level(of_leaders, above, scheme)),
            commission.totals(recovered, commission.second_level(given_back, above, scheme)),
        ),
        commission.minor(params.reward, read.facts.currency.places),
        scheme.known,
    )
    known = _known(read, invited, of_leaders, given_back)
    rates = read.members is not None
    by_leader = leaders.figures(known, users, of_leaders, money, rates=rates)
    return _Made(invited, users, of_leaders, given_back, paid, recovered, by_leader, money)


def _known(
    read: Read, invited: Invited, of_leaders: pl.DataFrame, given_back: pl.DataFrame
) -> pl.DataFrame:
    """`leader_id, group_id, joined_day` of inviters, of whom the list names, and of whom orders name."""
    ids = pl.concat(
        [
            invited.edges["inviter_id"],
            read.listed["leader_id"],
            of_leaders["leader_id"],
            given_back["leader_id"],
        ]
    )
    known = pl.DataFrame({"leader_id": ids.unique().sort()}).join(
        read.listed, on="leader_id", how="left"
    )
    members = read.members
    if members is None:
        members = read.joined.with_columns(group_id=pl.lit(None, pl.String))
    return (
        known.join(
            members.select("user_id", "registered_day", group_of_user="group_id"),
            left_on="leader_id",
            right_on="user_id",
            how="left",
        )
        .select(
            "leader_id",
            group_id=pl.coalesce("group_id", "group_of_user"),
            joined_day=pl.coalesce("since_day", "registered_day"),
        )
        .sort("leader_id")
    )


def _case(read: Read, made: _Made, params: ReferralParams) -> Case:
    """What signs are looked for in."""
    places = read.facts.currency.places
    least = params.minimum
    if least is None:
        least = min((rule.from_ for rule in params.rules if rule.from_ > 0), default=None)
    return Case(
        users=made.users,
        tree=made.invited.tree,
        known=made.by_leader.select("leader_id", "joined_day"),
        people=_people(read, made),
        of_leaders=made.of_leaders,
        given_back=made.given_back,
        paid=made.paid,
        recovered=made.recovered,
        last_seen=read.last_seen,
        seen_from=read.seen_from,
        as_of=read.as_of,
        shared=params.shared,
        minimum=None if least is None else commission.minor(least, places),
    )


def _people(read: Read, made: _Made) -> pl.DataFrame:
    """`user_id` and contacts of leaders and the invited; of leaders also what the list says, or the id that may be one."""
    schema = {"user_id": pl.String, **dict.fromkeys(KINDS, pl.String)}
    members = pl.DataFrame(schema=schema) if read.members is None else read.members.select(*schema)
    listed = read.listed.select(user_id="leader_id", list_phone="phone", list_email="email")
    ids = [made.by_leader["leader_id"]]
    if read.members is not None:
        ids.append(made.users.filter("registered")["user_id"])
    of_all = pl.DataFrame({"user_id": pl.concat(ids).unique()})
    return (
        of_all.join(members, on="user_id", how="left")
        .join(listed, on="user_id", how="left")
        .select(
            "user_id",
            phone=pl.coalesce("phone", "list_phone", phones.of_id(pl.col("user_id"))),
            email=pl.coalesce("email", "list_email", "user_id"),
            device="device",
            address="address",
        )
    )


def _before_orders(read: Read, made: _Made) -> list[Note]:
    """Of whom nothing tells whether they ordered: they came before the orders begin."""
    invited = int((made.users["day"] < read.first).sum())
    registered = int((read.joined["registered_day"] < read.first).sum())
    if not invited and not registered:
        return []
    return [
        Note(
            "the orders begin on {first}: {invited:user|users} invited before aren't in "
            "effective_rate, nor {registered} registered before in k and first_order_rate",
            first=to_date(read.first),
            invited=invited,
            registered=registered,
        )
    ]


def _notes(
    read: Read, made: _Made, scheme: commission.Scheme, params: ReferralParams
) -> tuple[Note, ...]:
    notes = []
    invited = made.invited
    if invited.circles:
        notes.append(
            Note(
                "{circles:circle was|circles were} cut at the last invitation; --show tree lists them",
                circles=invited.circles,
            )
        )
    if invited.selves:
        notes.append(
            Note(
                "{users:user names|users name} themselves as inviter: cut; --show tree lists them",
                users=invited.selves,
            )
        )
    undated = int(made.users["day"].null_count())
    if undated:
        notes.append(
            Note(
                "{users:user|users} without a date of invitation: left out of rates",
                users=undated,
            )
        )
    notes += _before_orders(read, made)
    if read.members is None:
        notes.append(
            Note(
                "from orders alone, everybody invited has ordered: effective_rate tells nothing without --users"
            )
        )
    if not scheme.known:
        notes.append(
            Note(
                "nothing says what leaders are paid: [[referral.rules]] in userops.toml, or a column commission"
            )
        )
    elif scheme.exported and (params.rules or params.second_rate):
        notes.append(Note("commission is the export's; [[referral.rules]] isn't used"))
    return tuple(notes)
