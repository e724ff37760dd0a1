"""Tables of members: from standings to what's shown."""

from __future__ import annotations

import polars as pl

from userops.analyses.members.params import MembersParams
from userops.core.messages import Note
from userops.core.table import Kind, Table
from userops.customers.member_standings import Members
from userops.customers.point_lots import FOREVER
from userops.engines.runs import summed

_SELECTION = Note(
    "a level's higher spend is selection: who spends more is lifted by it; nothing here says what levels cause"
)


_UNTIL = pl.when(pl.col("until") != FOREVER).then(pl.col("until")).cast(pl.Date)


_USERS = {
    "user_id": Kind.ID,
    "level": Kind.TEXT,
    "value": Kind.COUNT,
    "since": Kind.DATE,
    "valid_until": Kind.DATE,
}


def users(members: Members) -> Table:
    """A row a member, by user."""
    frame = members.standings.filter(pl.col("level") >= 0).select(
        "user_id",
        members.rules.ladder.name_of(pl.col("level")),
        "value",
        pl.col("since").cast(pl.Date),
        valid_until=_UNTIL,
    )
    return Table("users", frame, _USERS, members.found.facts.window, notes=members.found.notes)


_LEVELS = {
    "level": Kind.TEXT,
    "members": Kind.COUNT,
    "share": Kind.RATE,
    "active_share": Kind.RATE,
    "revenue": Kind.MONEY,
    "revenue_share": Kind.RATE,
    "orders_per_member": Kind.NUMBER,
    "average_order": Kind.MONEY,
    "benefit_cost": Kind.MONEY,
}


def levels(members: Members, params: MembersParams, payments: pl.DataFrame) -> Table:
    """A row a level, the lowest first; of orders of the last `days`."""
    found = members.found
    by_user = spent(payments, found.as_of, params)
    of_members = members.standings.filter(pl.col("level") >= 0).select("user_id", place="level")
    sums = (
        of_members.join(by_user, on="user_id", how="left")
        .group_by("place")
        .agg(
            members=pl.len().cast(pl.Int64),
            active=pl.col("active").fill_null(0).sum(),
            revenue=pl.col("revenue").fill_null(0).sum(),
            orders=pl.col("orders").fill_null(0).sum(),
        )
    )
    unit = 10**found.facts.currency.places
    ladder = pl.DataFrame(
        {
            "place": range(len(params.ladder)),
            "level": members.rules.ladder.names,
            "each": [
                None if one.benefit_cost is None else one.benefit_cost * unit
                for one in params.ladder
            ],
        },
        schema={"place": pl.Int64, "level": pl.String, "each": pl.Float64},
    )
    some = pl.col("members") > 0
    frame = (
        ladder.join(sums, on="place", how="left")
        .with_columns(pl.col("members", "active", "revenue", "orders").fill_null(0))
        .sort("place")
        .select(
            "level",
            "members",
            share=_part("members"),
            active_share=pl.when(some).then(pl.col("active") / pl.col("members")),
            revenue="revenue",
            revenue_share=_part("revenue"),
            orders_per_member=pl.when(some).then(pl.col("orders") / pl.col("members")),
            average_order=pl.when(pl.col("orders") > 0).then(pl.col("revenue") / pl.col("orders")),
            benefit_cost=pl.col("members") * pl.col("each"),
        )
    )
    return Table(
        "levels",
        frame,
        _LEVELS,
        found.facts.window,
        found.facts.currency,
        (_SELECTION, *found.notes),
    )


def _part(name: str) -> pl.Expr:
    total = pl.col(name).sum()
    return pl.when(total != 0).then(pl.col(name) / total)


def spent(payments: pl.DataFrame, as_of: int, params: MembersParams) -> pl.DataFrame:
    """`user_id, orders, revenue` of the last `days`, of valid orders, net; and whether each is `active`, as 1 or 0."""
    amount, day = pl.col("amount"), pl.col("day")
    rows = payments.select(
        "user_id", "order", "day", net="amount", paid=amount >= 0, gains=amount > 0
    )
    orders = summed(rows, "user_id", "order", least=["day"])
    given_back = (pl.col("gains") > 0) & (pl.col("net") <= 0)
    recent, paid = day > as_of - params.days, pl.col("paid") > 0
    sums = summed(
        orders.filter(~given_back).select(
            "user_id",
            orders=recent & paid,
            revenue=pl.when(recent).then("net").otherwise(0),
            active=paid & (day > as_of - params.active_days),
        ),
        "user_id",
    )
    return sums.with_columns(pl.col("active").clip(upper_bound=1))


_MOVEMENTS = {
    "from_level": Kind.TEXT,
    "to_level": Kind.TEXT,
    "users": Kind.COUNT,
    "share": Kind.RATE,
    "movement": Kind.WORD,
}


def movements(members: Members, since: int) -> Table:
    """A row a pair of levels: of those with one then, how many have the other now."""
    name = members.rules.ladder.name
    before, after = pl.col("before"), pl.col("level")
    pairs = (
        members.standings.select("user_id", "level")
        .join(members.at(since).select("user_id", before="level"), on="user_id", how="left")
        .with_columns(before.fill_null(-1))
        .filter((before >= 0) | (after >= 0))
        .group_by("before", "level")
        .agg(users=pl.len().cast(pl.Int64))
        .with_columns(share=pl.col("users") / pl.col("users").sum().over("before"))
        .sort("before", "level")
    )
    rows = [
        (name(then), name(now), count, share, _movement(then, now))
        for then, now, count, share in pairs.iter_rows()
    ]
    schema = {
        "from_level": pl.String,
        "to_level": pl.String,
        "users": pl.Int64,
        "share": pl.Float64,
        "movement": pl.String,
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return Table("movements", frame, _MOVEMENTS, members.found.facts.window)


def _movement(before: int, after: int) -> str:
    if before < 0:
        return "new"
    return "stay" if before == after else "up" if after > before else "down"


_NEXT = {
    "user_id": Kind.ID,
    "level": Kind.TEXT,
    "value": Kind.COUNT,
    "next_level": Kind.TEXT,
    "missing": Kind.COUNT,
    "missing_money": Kind.MONEY,
    "days_left": Kind.DAYS,
}


def next_levels(members: Members, params: MembersParams) -> Table:
    """A row a member below the highest level, the nearest to the next first."""
    name, level = members.rules.ladder.name_of, pl.col("level")
    frame = members.near(params).select(
        "user_id", name(level), "value", name(level + 1, "next_level"), "missing",
        "missing_money", "days_left",
    )  # fmt: skip
    facts = members.found.facts
    return Table("next", frame, _NEXT, facts.window, facts.currency)


_EXPIRING = {
    "user_id": Kind.ID,
    "level": Kind.TEXT,
    "value": Kind.COUNT,
    "valid_until": Kind.DATE,
    "days_left": Kind.DAYS,
    "value_then": Kind.COUNT,
    "missing": Kind.COUNT,
    "falls_to": Kind.TEXT,
}


def expiring(members: Members, params: MembersParams) -> Table:
    """A row a member who loses the level within `within` days if nothing is added, the soonest first."""
    name = members.rules.ladder.name_of
    frame = members.falling(params.within).select(
        "user_id",
        name(pl.col("level")),
        "value",
        _UNTIL.alias("valid_until"),
        (pl.col("judged") - members.found.as_of).cast(pl.Int32).alias("days_left"),
        "value_then",
        "missing",
        name(pl.col("falls_to"), "falls_to"),
    )
    return Table("expiring", frame, _EXPIRING, members.found.facts.window)
