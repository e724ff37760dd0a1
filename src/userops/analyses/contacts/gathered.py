"""What a day's list is made from: the orders, the users export, coupons, and what they say of each user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl

from userops.analyses.analysis import Inputs
from userops.analyses.contacts import ahead, worth
from userops.analyses.contacts.columns import (
    AGENT_NAMES,
    BIRTHDAY_NAMES,
    EXPIRES_NAMES,
    NAME_NAMES,
)
from userops.analyses.contacts.params import ContactsParams
from userops.analyses.contacts.reasons import ENTERED_DAYS, Known
from userops.analyses.members.params import MembersParams
from userops.analyses.repurchase.params import RepurchaseParams
from userops.core.conditions import columns_of, parsed
from userops.core.dates import to_day
from userops.core.facts import Facts
from userops.core.messages import Note
from userops.customers import phones, purchase_intervals, purchases, stages
from userops.customers.buyers import BUYERS
from userops.customers.identities import match
from userops.customers.member_standings import Members
from userops.customers.params import LifecycleParams, LtvParams
from userops.customers.point_books import Books
from userops.customers.value import LtvData
from userops.engines.by_user import beside
from userops.ledger import timeline
from userops.ledger.timeline import Timeline
from userops.readers.dataset import Rows


@dataclass(frozen=True, slots=True)
class Gathered:
    """The orders up to a day: `buyers` and their `timeline`, purchases by line item, facts."""

    buyers: pl.DataFrame
    timeline: Timeline
    lines: tuple[pl.DataFrame, ...]
    facts: Facts
    as_of: int


def orders(inputs: Inputs, day: int | None) -> Gathered:
    """Read the orders; where no as_of was asked for, up to the day before a list's."""
    if day is not None:
        inputs.until(day - 1)
    lines = purchases.reductions(inputs.orders.fields)
    buyers, customer_timeline, frames, facts = inputs.timeline(
        BUYERS, timeline.SORT_KEYS_WITH_AMOUNTS, lines=lines
    )
    as_of = to_day(facts.window.as_of) if facts.window.as_of else (day or 1) - 1
    return Gathered(buyers, customer_timeline, tuple(frames), facts, as_of)


def orders_of(gathered: Gathered, users: pl.Series) -> pl.DataFrame:
    """`user_id, day, amount` of every order of some users."""
    return worth.orders_of(gathered.buyers, gathered.timeline, users)


@dataclass(frozen=True, slots=True)
class Asked:
    """What else is read, all of it before anything is made of it; from `books` on for lists alone."""

    users: Rows | None
    contacts: Rows | None
    identities: Rows | None
    books: Books | None = None
    members: Members | None = None
    coupons: Rows | None = None
    agents: Rows | None = None
    banned: Rows | None = None


def ask(inputs: Inputs, params: ContactsParams, as_of: int, day: int, *, listing: bool) -> Asked:
    """Ask for all that the log, and maybe a list, of a day is made from besides the orders."""
    users = inputs.dataset("users", *_names_asked(params))
    contacts = inputs.dataset("contacts", as_of=day)
    identities = inputs.dataset("identities")
    if not listing:
        return Asked(users, contacts, identities)
    return Asked(
        users,
        contacts,
        identities,
        ahead.ledger(inputs, params, as_of),
        ahead.standings(inputs, params, as_of),
        inputs.dataset("coupons", *EXPIRES_NAMES, as_of=day),
        inputs.dataset("agents"),
        inputs.dataset("do_not_contact", as_of=day),
    )


def _conditions(params: ContactsParams) -> list[str]:
    """The columns that rules' conditions ask for."""
    return [name for rule in params.rules if rule.when for name in columns_of(parsed(rule.when))]


def _names_asked(params: ContactsParams) -> tuple[str, ...]:
    """What is asked of the users export besides its fields."""
    names = (*BIRTHDAY_NAMES, *AGENT_NAMES, *NAME_NAMES, *_conditions(params))
    return tuple(dict.fromkeys(names))


@dataclass(frozen=True, slots=True)
class Users:
    """What the users export says: `frame` by user_id, with text columns.

    `ids` are all users that it or the orders know; `told` its `user_id, phone`, as it writes them. `reached`
    are `user_id, phone, name` of whoever has one of them: its phone, or the id that is one.
    """

    frame: pl.DataFrame
    ids: pl.Series
    told: pl.DataFrame
    reached: pl.DataFrame

    @property
    def phones(self) -> pl.DataFrame:
        """`user_id, phone` of whoever has one."""
        return self.reached.select("user_id", "phone").drop_nulls()

    @property
    def own_numbers(self) -> pl.DataFrame:
        """`user_id, phone` of users whose phone is nobody else's, digits alone."""
        return phones.own(phones.numbers(self.told, self.ids))


def users(rows: Rows | None, buyers: pl.Series, params: ContactsParams, day: int) -> Users:
    """The users export: who registered when, birthday, agent, phone, and what conditions ask; `buyers` are the orders'."""
    names, asked = _names_asked(params), _conditions(params)
    empty = {
        "user_id": pl.String,
        "registered": pl.Date,
        "birthday": pl.String,
        "agent_id": pl.String,
    }
    if rows is None:
        none = pl.DataFrame(schema=dict.fromkeys(("user_id", "phone", "name"), pl.String))
        told = none.select("user_id", "phone")
        return Users(pl.DataFrame(schema=empty), buyers, told, _reached(none, buyers))
    known = [name for name in names if name in rows.fields]
    date = pl.col("registered_time").dt.date()
    every = rows.every.filter(
        date.is_null() | (date < pl.lit(day + 1).cast(pl.Int32).cast(pl.Date))
    )
    grouped = (
        every.select(
            "user_id", date.alias("registered"), pl.col("phone").cast(pl.String),
            *(pl.col(name).cast(pl.String) for name in known),
        )
        .group_by("user_id")
        .agg(pl.exclude("user_id").drop_nulls().first())
        .sort("user_id")
    )  # fmt: skip
    frame = grouped.with_columns(
        birthday=_first(known, BIRTHDAY_NAMES), agent_id=_first(known, AGENT_NAMES)
    )
    others = [name for name in asked if name in known and name not in empty]
    ids = pl.concat([buyers, grouped["user_id"]]).unique().sort()
    said = grouped.select("user_id", "phone", name=_first(known, NAME_NAMES))
    told = said.select("user_id", "phone").drop_nulls()
    return Users(frame.select(*empty, *dict.fromkeys(others)), ids, told, _reached(said, ids))


def _reached(said: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    """`user_id, phone, name` of whoever has a phone or a name, by what's said of them or by the id."""
    everyone = beside(ids.alias("user_id").to_frame(), said)
    phone = phones.written(pl.col("phone"), pl.col("user_id"))
    found = everyone.select("user_id", phone, "name")
    return found.filter(pl.col("phone").is_not_null() | pl.col("name").is_not_null())


def _first(known: Sequence[str], names: Sequence[str]) -> pl.Expr:
    said = [pl.col(name) for name in names if name in known]
    return pl.coalesce(said) if said else pl.lit(None, pl.String)


def identified(
    identities: Rows | None, contacts: Rows | None, shop_ids: pl.Series
) -> pl.DataFrame | None:
    """`member_id, user_id`: whom an identities export says that users of the log are; None without one.

    Raises:
        InputError: one id of the log is two users of the shop.
    """
    if identities is None or contacts is None:
        return None
    named = contacts.frame.select(member_id=pl.col("user_id").cast(pl.String)).drop_nulls()
    return match(named, shop_ids, identities.frame).pairs


def known(
    inputs: Inputs,
    gathered: Gathered,
    asked: Asked,
    people: Users,
    params: ContactsParams,
    day: int,
) -> tuple[Known, list[Note]]:
    """What is known of users on the day of a list, and what to say of the forecast."""
    facts, as_of = gathered.facts, gathered.as_of
    data = LtvData(
        gathered.buyers, facts.window, facts.currency, inputs.settings.params(LtvParams), None
    )
    then = inputs.at if not facts.settled else lambda _: (gathered.buyers, gathered.timeline)
    values, notes = worth.values(data, gathered.timeline, params.fell_days, then)
    bought = gathered.buyers.select(
        "user_id",
        pl.col("orders").cast(pl.Int64),
        revenue="amount",
        days_since_order=(day - pl.col("last_day")).cast(pl.Int64),
        first_order=pl.col("first_day").cast(pl.Date),
        last_order=pl.col("last_day").cast(pl.Date),
    )
    everyone = (
        pl.concat([bought.select("user_id"), people.frame.select("user_id")])
        .unique()
        .sort("user_id")
    )
    frame = everyone
    for one in (bought, _stages(inputs, gathered, as_of), values, people.frame.drop("agent_id")):
        frame = beside(frame, one)
    frame = frame.with_columns(pl.col("orders").fill_null(0), pl.col("revenue").fill_null(0))
    more = {}
    if asked.books is not None:
        more["points"] = ahead.points(asked.books, params, as_of, day)
    if asked.members is not None:
        settled = inputs.settings.params(MembersParams)
        more["level"] = ahead.levels(asked.members, settled, params, as_of, day)
    found = Known(
        day,
        as_of,
        frame,
        intervals=_intervals(inputs, gathered),
        stock=inputs.settings.params(RepurchaseParams),
        coupons=_coupons(asked.coupons, day),
        more=more,
    )
    return found, notes


def _stages(inputs: Inputs, gathered: Gathered, as_of: int) -> pl.DataFrame:
    """`user_id, stage, stage_before`: at as_of, and some days before."""
    lifecycle = inputs.settings.params(LifecycleParams)
    now = stages.state(gathered.buyers, gathered.timeline, as_of, lifecycle).users
    before_day = as_of - ENTERED_DAYS
    customers, line = gathered.buyers, gathered.timeline
    if not gathered.facts.settled:
        customers, line = inputs.at(before_day)
    before = stages.state(customers, line, before_day, lifecycle).users
    return beside(now.select("user_id", "stage"), before.select("user_id", stage_before="stage"))


def _intervals(inputs: Inputs, gathered: Gathered) -> purchase_intervals.PurchaseIntervals:
    buyers = gathered.buyers
    bought = (
        purchases.purchases_of(
            buyers, gathered.lines[0], partial(inputs.lines_again, purchases.purchases_by_name)
        )
        if gathered.lines
        else purchases.purchases_of_timeline(gathered.timeline)
    )
    return purchase_intervals.purchase_intervals(bought, buyers["user_id"])


def _coupons(rows: Rows | None, day: int) -> pl.DataFrame | None:
    """Coupons as `Known` has them; None without an export."""
    if rows is None:
        return None
    frame = rows.frame
    dated = {name: pl.col(name).dt.date().cast(pl.Int32) for name in _COUPON_TIMES}
    expires = [
        pl.col(name).str.extract(r"^(\d{4}[-/.]\d{1,2}[-/.]\d{1,2})", 1).str.replace_all(r"[/.]", "-")
        .str.to_date("%Y-%m-%d", strict=False)
        for name in EXPIRES_NAMES
        if name in rows.fields
    ]  # fmt: skip
    # Whoever didn't claim a coupon that others of its name had claimed by then has none.
    claimed = pl.when(dated["claimed_time"] < day).then(dated["claimed_time"])
    is_claimed = pl.col("coupon").is_not_null() & claimed.is_not_null().any().over("coupon")
    taken = pl.when(is_claimed).then(claimed).otherwise(pl.coalesce(claimed, dated["issued_time"]))
    return frame.select(
        "user_id",
        "coupon",
        taken=taken,
        used=dated["redeemed_time"],
        expires=pl.coalesce(expires) if expires else pl.lit(None, pl.Date),
    ).filter(pl.col("taken").is_null() | (pl.col("taken") < day))


_COUPON_TIMES = ("claimed_time", "issued_time", "redeemed_time")
