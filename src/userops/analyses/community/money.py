"""What members bought while they were members."""

from __future__ import annotations

from typing import Literal

import polars as pl

from userops.analyses.community.calendar import Calendar
from userops.analyses.community.sources import Community

Split = Literal["whole", "equal", "last"]
_KEY = ("unit", "place")
_PARTS = {
    "order": pl.UInt32,
    "person": pl.UInt32,
    "group_id": pl.String,
    "day": pl.Int32,
    "amount": pl.Int64,
    "orders": pl.Int64,
    "stay": pl.Int64,
}


def while_members(found: Community, split: Split = "whole") -> pl.DataFrame:
    """A row an order of a member and group that it counts for: `order, person, group_id, day, amount, orders`.

    Refunds whose order isn't there have `orders` 0. `stay` is the place of the stay in
    `found.stays`. Where orders have no time of the day, joining has none either.
    """
    if found.orders is None:
        return pl.DataFrame(schema=_PARTS)
    bought = found.orders.filter(pl.col("person").is_not_null())
    stays = found.stays.with_row_index("stay")
    dated = bool((found.orders["order_time"].dt.time().cast(pl.Int64) == 0).all())
    begin = pl.col("joined").dt.truncate("1d") if dated else pl.col("joined")
    rows = (
        bought.join(stays, on="person")
        .filter(
            (begin.is_null() | (begin <= pl.col("order_time")))
            & (pl.col("left").is_null() | (pl.col("order_time") < pl.col("left")))
        )
        .sort("order", "group_id", "stay")
        .unique(["order", "group_id"], keep="first", maintain_order=True)
    )
    return _split(rows, split).select(pl.col(name).cast(kind) for name, kind in _PARTS.items())


def _split(rows: pl.DataFrame, split: Split) -> pl.DataFrame:
    """Orders of members of several groups, as they're shared among these."""
    if split == "whole":
        return rows
    if split == "last":
        ordered = rows.sort("order", "joined", "group_id", nulls_last=False)
        return ordered.unique("order", keep="last", maintain_order=True)
    # Parts as equal as whole units can be, the first groups by id taking what is over.
    count, place = pl.len().over("order"), pl.int_range(pl.len()).over("order")
    rest = pl.col("amount") - pl.col("amount") // count * count
    return rows.with_columns(amount=pl.col("amount") // count + (place < rest).cast(pl.Int64))


def by_unit(
    parts: pl.DataFrame, units: pl.DataFrame, calendar: Calendar, *, once: bool
) -> pl.DataFrame:
    """`unit, place, converted, group_orders, group_revenue` of parts of orders.

    Args:
        parts: as `while_members` gives them.
        units: `group_id, unit`.
        calendar: the periods.
        once: whether an order of several groups of a unit counts once for it.
    """
    placed = parts.join(units, on="group_id")
    if once:
        placed = placed.sort("order", "unit", "group_id").unique(["order", "unit"], keep="first", maintain_order=True)  # fmt: skip
    places = pl.Series("place", calendar.places(placed["day"]), dtype=pl.Int64)
    within = placed.with_columns(places).filter(pl.col("place").is_between(0, len(calendar) - 1))
    is_order = pl.col("orders") > 0
    return (
        within.group_by(_KEY)
        .agg(
            converted=pl.col("person").filter(is_order).n_unique(),
            group_orders=pl.col("order").filter(is_order).n_unique(),
            group_revenue=pl.col("amount").sum(),
        )
        .sort(_KEY)
        .with_columns(pl.exclude(_KEY).cast(pl.Int64))
    )


def shop_revenue(found: Community, calendar: Calendar) -> pl.DataFrame:
    """`place, shop_revenue` of all the shop's orders, by period."""
    assert found.orders is not None
    places = pl.Series("place", calendar.places(found.orders["day"]), dtype=pl.Int64)
    days = found.orders.select("amount").with_columns(places)
    return days.group_by("place").agg(shop_revenue=pl.col("amount").sum()).sort("place")
