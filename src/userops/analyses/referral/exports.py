"""What `userops referral` reads: the exports, in the columns that everything else is made of."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from userops.analyses.analysis import Inputs
from userops.analyses.referral import compared
from userops.analyses.referral.contacts import KINDS
from userops.analyses.referral.named import somebody
from userops.analyses.referral.outcomes import ORDER
from userops.analyses.referral.params import ReferralParams
from userops.core.dates import to_day
from userops.core.errors import InputError
from userops.core.facts import Facts
from userops.engines.reductions import Query
from userops.ledger.customers import CUSTOMERS, first_values
from userops.ledger.timeline import SORT_KEYS_WITH_AMOUNTS
from userops.readers.strict.netting import REFUNDED

_LISTED = {
    "leader_id": pl.String,
    "group_id": pl.String,
    "since_day": pl.Int32,
    "phone": pl.String,
    "email": pl.String,
}


@dataclass(frozen=True, slots=True)
class Read:
    """What a run has read.

    `every` are the rows of the users export, `members` one a user; both None without one.
    `orders` are those of the invited, or of all where orders name leaders, `first_days` the days of
    first orders (`user_id, first_day`), of those of whom no other day may be known; `buyers` are all who bought, where they're compared.
    `last_seen` is the last day of each user's events, `seen_from` the first of all, where signs ask for them.
    """

    every: pl.DataFrame | None
    members: pl.DataFrame | None
    listed: pl.DataFrame
    orders: pl.DataFrame
    given_back: pl.DataFrame
    first_days: pl.DataFrame
    buyers: pl.DataFrame | None
    facts: Facts
    as_of: int
    tells_commission: bool
    last_seen: pl.DataFrame | None
    seen_from: int | None

    @property
    def first(self) -> int:
        """The first day of orders."""
        first = self.facts.window.first_day
        return to_day(first) if first else self.as_of

    @property
    def registered(self) -> pl.DataFrame | None:
        """When members registered: `user_id, registered_day`; None without a users export."""
        if self.members is None:
            return None
        return self.members.select("user_id", "registered_day")

    @property
    def joined(self) -> pl.DataFrame:
        """When everybody came: registration, else the first order."""
        if self.members is None:
            return self.first_days.rename({"first_day": "registered_day"})
        return self.members.select("user_id", "registered_day")


def read(inputs: Inputs, params: ReferralParams) -> Read | None:
    """Everything that a run needs; None where nobody can have been invited, and that's no error."""
    people_read = inputs.people()
    fields = inputs.orders.fields
    every = people_read.rows.every if people_read else None
    if not _tells_inviters(every, fields):
        if inputs.lenient:
            return None
        raise InputError(
            "nothing says who invited whom: no leader on the orders, no inviter of a user",
            mend="--users FILE with a column inviter_id, or --map leader_id=COLUMN of the orders",
        )
    asked = _orders_of(fields, every)
    orders, buyers, facts = _orders_and_buyers(inputs, asked, params.age)
    as_of = to_day(facts.window.as_of) if facts.window.as_of else 0
    # Other exports are asked for before anything is made of these: a report stops whoever is first to ask.
    listed = _listed(inputs, as_of)
    links = people_read.links() if people_read and people_read.field("anonymous_id") else None
    last_seen, seen_from = _seen(inputs, links, as_of)
    first_days = _first_days(orders, every)
    of_users = (first_days if every is None else every)["user_id"]
    given_back = pl.DataFrame(schema=ORDER)
    if facts.tally.left_out.get(REFUNDED):
        (given_back,) = inputs.given_back(asked)
    if every is not None:
        # What was read of the users goes to the orders' last day as well.
        day = pl.col("registered_time").dt.date().cast(pl.Int32)
        every = somebody(every.filter(day.is_null() | (day <= as_of)), "inviter_id", of_users)
    return Read(
        every,
        None if every is None else _members(every),
        listed,
        somebody(orders, "leader_id", of_users),
        somebody(given_back, "leader_id", of_users),
        first_days,
        buyers,
        facts,
        as_of,
        "commission" in fields,
        last_seen,
        seen_from,
    )


def _orders_and_buyers(
    inputs: Inputs, asked: Query, age: int
) -> tuple[pl.DataFrame, pl.DataFrame | None, Facts]:
    """The orders that are asked for, who bought, where they're compared, and the facts."""
    if not inputs.wants("compared"):
        (orders,), facts = inputs.reduce(asked)
        return orders, None, facts
    categories = [first_values("category")] if "category" in inputs.orders.fields else []
    customers, line, (orders, *firsts), facts = inputs.timeline(
        CUSTOMERS, SORT_KEYS_WITH_AMOUNTS, asked, *categories
    )
    return orders, _with_category(compared.buyers_of(customers, line, age), *firsts), facts


def _tells_inviters(every: pl.DataFrame | None, fields: set[str]) -> bool:
    """Whether users or orders can say who invited whom."""
    of_users = every is not None and every["inviter_id"].null_count() < len(every)
    return of_users or "leader_id" in fields


def _first_days(orders: pl.DataFrame, every: pl.DataFrame | None) -> pl.DataFrame:
    """`user_id, first_day` of who bought; with a users export, of those of whom it has no time."""
    bought = orders.filter(pl.col("orders") > 0)
    if every is not None:
        untimed = every.filter(pl.col("registered_time").is_null()).select("user_id")
        bought = bought.join(untimed, on="user_id", how="semi")
    return bought.group_by("user_id").agg(first_day=pl.col("day").min())


def _with_category(buyers: pl.DataFrame, categories: pl.DataFrame | None = None) -> pl.DataFrame:
    """Buyers and the `category` of their first order, null where nothing tells it."""
    if categories is None:
        return buyers.with_columns(category=pl.lit(None, pl.String))
    return buyers.join(categories, on="user_id", how="left")


def _orders_of(fields: set[str], every: pl.DataFrame | None) -> Query:
    """A reduction to the orders that may be a leader's, in the columns of `ORDER`."""
    invited = None
    if "leader_id" not in fields and every is not None:
        invited = every.filter(pl.col("inviter_id").is_not_null()).select("user_id").unique()

    def query(orders: pl.LazyFrame) -> pl.LazyFrame:
        there = orders.collect_schema().names()
        columns = [
            pl.col(name) if name in there else pl.lit(None, dtype).alias(name)
            for name, dtype in ORDER.items()
        ]
        if invited is not None:
            orders = orders.join(invited.lazy(), on="user_id", how="semi")
        return orders.select(columns)

    return query


def _members(every: pl.DataFrame) -> pl.DataFrame:
    """A row a user: the first registration, and of each other column what the earliest row says."""
    day = pl.col("registered_time").dt.date().cast(pl.Int32).alias("registered_day")
    others = ("group_id", *KINDS)
    if every["user_id"].n_unique() == len(every):
        return every.select("user_id", day, *others)
    return every.group_by("user_id", maintain_order=True).agg(
        day.min(), *(pl.col(name).drop_nulls().first() for name in others)
    )


def _listed(inputs: Inputs, as_of: int) -> pl.DataFrame:
    """The leaders that a list names, in the columns of `_LISTED`."""
    rows = inputs.dataset("leaders", as_of=as_of)
    if rows is None:
        return pl.DataFrame(schema=_LISTED)
    group = pl.coalesce("group_id", "group_name")
    return rows.frame.select(
        "leader_id", "phone", "email", group_id=group, since_day=pl.col("day")
    ).select(*_LISTED)


def _seen(
    inputs: Inputs, links: pl.DataFrame | None, as_of: int
) -> tuple[pl.DataFrame | None, int | None]:
    """The last day of each user's events, and the first of all; nothing without events, or where none are asked for."""
    if not inputs.wants("signs") or not inputs.has("events"):
        return None, None
    counted = pl.col("day") <= as_of

    def last_days(events: pl.LazyFrame) -> pl.LazyFrame:
        return events.filter(counted).group_by("user_id").agg(pl.col("day").max()).sort("user_id")

    def first_day(events: pl.LazyFrame) -> pl.LazyFrame:
        return events.select(pl.col("day").min())

    events = inputs.events(links)
    (last_seen, first), _ = inputs.reduce_events(events, last_days, first_day)
    return last_seen, first.item() if len(first) else None
