"""Tables of members: from standings to what's shown."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from userops.analyses.members.params import MembersParams
from userops.core.messages import Note
from userops.core.table import Kind, Table
from userops.customers.member_standings import Members
from userops.customers.point_lots import FOREVER

_SELECTION = Note(
    "a level's higher spend is selection: who spends more is lifted by it; nothing here says what levels cause"
)


def _date(day: int) -> int | None:
    return None if day == FOREVER else day


def _frame(rows: list[tuple[object, ...]], schema: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    """Rows whose dates are day numbers."""
    ints = {name: pl.Int32 if kind is pl.Date else kind for name, kind in schema.items()}
    frame = pl.DataFrame(rows, schema=ints, orient="row")
    return frame.with_columns(
        pl.col(name).cast(pl.Date) for name, kind in schema.items() if kind is pl.Date
    )


_USERS = {
    "user_id": Kind.ID,
    "level": Kind.TEXT,
    "value": Kind.COUNT,
    "since": Kind.DATE,
    "valid_until": Kind.DATE,
}
_USERS_TYPES = {
    "user_id": pl.String,
    "level": pl.String,
    "value": pl.Int64,
    "since": pl.Date,
    "valid_until": pl.Date,
}


def users(members: Members) -> Table:
    """A row a member, by user."""
    name, as_of = members.rules.ladder.name, members.found.as_of
    rows = [
        (user, name(one.level), one.value(as_of), one.since, _date(one.until))
        for user, one in members.standings.items()
        if one.level >= 0
    ]
    frame = _frame([*rows], _USERS_TYPES)
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
    spent = _spent(payments, found.as_of, params)
    of_members = pl.DataFrame(
        [(user, one.level) for user, one in members.standings.items() if one.level >= 0],
        schema={"user_id": pl.String, "place": pl.Int64},
        orient="row",
    )
    sums = (
        of_members.join(spent, on="user_id", how="left")
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


def _spent(payments: pl.DataFrame, as_of: int, params: MembersParams) -> pl.DataFrame:
    """`user_id, orders, revenue, active` of the last `days`: valid orders, net."""
    orders = payments.group_by("user_id", "order").agg(
        day=pl.col("day").min(),
        net=pl.col("amount").sum(),
        paid=(pl.col("amount") >= 0).any(),
        given_back=(pl.col("amount") > 0).any() & (pl.col("amount").sum() <= 0),
    )
    recent = orders.filter((pl.col("day") > as_of - params.days) & ~pl.col("given_back"))
    last = (
        orders.filter(pl.col("paid") & ~pl.col("given_back"))
        .group_by("user_id")
        .agg(active=(pl.col("day").max() > as_of - params.active_days).cast(pl.Int64))
    )
    sums = recent.group_by("user_id").agg(
        orders=pl.col("paid").sum().cast(pl.Int64), revenue=pl.col("net").sum()
    )
    return last.join(sums, on="user_id", how="full", coalesce=True)


_MOVEMENTS = {
    "from_level": Kind.TEXT,
    "to_level": Kind.TEXT,
    "users": Kind.COUNT,
    "share": Kind.RATE,
    "movement": Kind.WORD,
}


def movements(members: Members, since: int) -> Table:
    """A row a pair of levels: of those with one then, how many have the other now."""
    now, then, rules = members.standings, members.at(since), members.rules
    pairs: dict[tuple[int, int], int] = {}
    for user, standing in now.items():
        before = then[user].level if user in then else -1
        if before >= 0 or standing.level >= 0:
            pairs[before, standing.level] = pairs.get((before, standing.level), 0) + 1
    totals: dict[int, int] = {}
    for (before, _), count in pairs.items():
        totals[before] = totals.get(before, 0) + count
    rows = [
        (
            rules.ladder.name(before),
            rules.ladder.name(after),
            count,
            count / totals[before],
            _movement(before, after),
        )
        for (before, after), count in sorted(pairs.items())
    ]
    schema = {
        "from_level": pl.String,
        "to_level": pl.String,
        "users": pl.Int64,
        "share": pl.Float64,
        "movement": pl.String,
    }
    return Table("movements", _frame([*rows], schema), _MOVEMENTS, members.found.facts.window)


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
    name = members.rules.ladder.name
    rows = [
        (
            one.user_id, name(one.level), one.value, name(one.level + 1), one.missing,
            one.missing_money, one.days_left,
        )
        for one in members.near(params)
    ]  # fmt: skip
    schema = {
        "user_id": pl.String,
        "level": pl.String,
        "value": pl.Int64,
        "next_level": pl.String,
        "missing": pl.Int64,
        "missing_money": pl.Int64,
        "days_left": pl.Int32,
    }
    frame = _frame([*rows], schema)
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
    name, as_of, standings = members.rules.ladder.name, members.found.as_of, members.standings
    rows = [
        (
            fall.user_id, name(fall.level), standings[fall.user_id].value(as_of),
            standings[fall.user_id].until, fall.judged - as_of, fall.value_then, fall.missing,
            name(fall.falls_to),
        )
        for fall in members.falling(params.within)
    ]  # fmt: skip
    schema = {
        "user_id": pl.String,
        "level": pl.String,
        "value": pl.Int64,
        "valid_until": pl.Date,
        "days_left": pl.Int32,
        "value_then": pl.Int64,
        "missing": pl.Int64,
        "falls_to": pl.String,
    }
    return Table("expiring", _frame([*rows], schema), _EXPIRING, members.found.facts.window)
