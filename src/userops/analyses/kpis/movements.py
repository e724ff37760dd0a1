"""Movements: how segments and tiers have changed since an earlier day.

users_before : count
    Users of the segment or tier at the earlier day, scored as on that day.
users_change : count
    users - users_before.
from_tier : tier, first order
    The tier at the earlier day; `first order` for who hadn't bought by then.
to_tier : tier, no order
    The tier at as_of; `no order` for whose orders were all refunded since.

Tables: `segments` (a row a segment), `tiers` (a row a tier), `tier_moves` (a row a pair of
tiers).
"""

from __future__ import annotations

import polars as pl

from userops.core.table import Kind, Table

FIRST_ORDER, NO_ORDER = "first order", "no order"
MOVES: dict[str, Kind] = {
    "from_tier": Kind.WORD,
    "to_tier": Kind.WORD,
    "users": Kind.COUNT,
    "share": Kind.RATE,
    "revenue": Kind.MONEY,
}


def since(name: str, key: str, now: Table, before: Table | None) -> Table:
    """A summary of groups, with their users at the earlier day.

    Args:
        name: the table's name.
        key: the column that names the groups.
        now: a summary by group.
        before: the same at the earlier day; None if nobody had bought.
    """
    users_before = (
        before.frame.select(key, users_before="users")
        if before is not None
        else now.frame.select(key, users_before=pl.lit(0, pl.Int64))
    )
    frame = (
        now.frame.join(users_before, on=key, how="left", maintain_order="left")
        .with_columns(pl.col("users_before").fill_null(0))
        .with_columns(users_change=pl.col("users") - pl.col("users_before"))
    )
    kinds = {
        key: Kind.WORD,
        "users": Kind.COUNT,
        "users_before": Kind.COUNT,
        "users_change": Kind.COUNT,
        **{column: kind for column, kind in now.columns.items() if column not in (key, "users")},
    }
    return now.but(name=name, frame=frame.select(*kinds), columns=kinds)


def moves(now: Table, before: Table | None, rows: pl.Series | None = None) -> Table:
    """Tier at the earlier day by tier now, from users with their tiers.

    Args:
        now: users at as_of.
        before: users at the earlier day; None if nobody had bought.
        rows: where the latter stand among the former, null for who doesn't, if that's known.
    """
    tiers_now = now.frame.select("user_id", "monetary", to_tier="tier")
    tiers_before = (before or now.but(frame=now.frame.clear())).frame.select(
        "user_id", from_tier="tier"
    )
    if rows is not None and before is not None and not rows.has_nulls():
        tiers = pl.repeat(
            None, tiers_now.height, dtype=tiers_before.schema["from_tier"], eager=True
        )
        tier_pairs = tiers_now.with_columns(
            from_tier=tiers.scatter(rows, tiers_before["from_tier"])
        )
    else:
        tier_pairs = tiers_now.join(tiers_before, on="user_id", how="full", coalesce=True)
    users = pl.col("users")
    frame = (
        tier_pairs.with_columns(
            pl.col("from_tier").fill_null(FIRST_ORDER), pl.col("to_tier").fill_null(NO_ORDER)
        )
        .group_by("from_tier", "to_tier")
        .agg(users=pl.len().cast(pl.Int64), revenue=pl.col("monetary").fill_null(0).sum())
        .with_columns(share=users / users.sum().over("from_tier"))
        .select(*MOVES)
    )
    order = {
        name: place
        for place, name in enumerate(("high", "middle", "low", "new", FIRST_ORDER, NO_ORDER))
    }
    ordered = frame.sort(
        pl.col("from_tier").replace_strict(order, default=9),
        pl.col("to_tier").replace_strict(order, default=9),
    )
    return Table("tier_moves", ordered, MOVES, now.window, now.currency)
