"""The tables `groups` and `missing`: each value of each attribute, and how much isn't known."""

from __future__ import annotations

import math
from collections.abc import Sequence

import polars as pl

from userops.analyses.portrait import cells
from userops.analyses.portrait.attributes import UNKNOWN, Attribute, Portrait
from userops.core.dates import Window
from userops.core.messages import Note
from userops.core.table import Currency, Kind, Table
from userops.stats.intervals import wilson, wilson_high, wilson_low
from userops.stats.tails import two_sided_quantile

GROUPS: dict[str, Kind] = {
    "attribute": Kind.WORD,
    "value": Kind.WORD,
    "users": Kind.COUNT,
    "share": Kind.RATE,
    "orders": Kind.COUNT,
    "revenue": Kind.MONEY,
    "revenue_share": Kind.RATE,
    "average_order": Kind.MONEY,
    "orders_per_user": Kind.NUMBER,
    "online_average_order": Kind.MONEY,
    "offline_average_order": Kind.MONEY,
    "segment_users": Kind.COUNT,
    "segment_share": Kind.RATE,
    "index": Kind.NUMBER,
    "index_low": Kind.NUMBER,
    "index_high": Kind.NUMBER,
}
MISSING: dict[str, Kind] = {
    "attribute": Kind.WORD,
    "source": Kind.WORD,
    "users": Kind.COUNT,
    "unknown": Kind.COUNT,
    "share": Kind.RATE,
    "low": Kind.RATE,
    "high": Kind.RATE,
    "conflicts": Kind.COUNT,
}
_LEVEL = 0.95


def groups(
    portrait: Portrait,
    names: Sequence[str],
    window: Window,
    currency: Currency,
    *,
    chosen: pl.Series | None = None,
    min_cell: int | None = None,
) -> Table:
    """The table `groups`.

    Args:
        portrait: the users and their attributes.
        names: the attributes that are shown.
        window: the days that it speaks of.
        currency: what the amounts are in.
        chosen: of each user, whether he's in the group that is asked for.
        min_cell: cells of fewer users are hidden.
    """
    users = portrait.users.with_columns(
        chosen=pl.lit(None, pl.Boolean) if chosen is None else chosen
    )
    frames = [_of_attribute(users, portrait.attributes[name]) for name in names]
    frame = pl.concat(frames) if frames else pl.DataFrame(schema=_schema())
    table = Table(
        "groups",
        frame,
        GROUPS,
        window,
        currency,
        portrait.notes,
        bars=("share",),
        keeps=(
            "value",
            "users",
            "share",
            "index",
            "average_order",
            "revenue",
        ),
    )
    if chosen is None:
        notes = (*table.notes, Note("index: --segment names the tier, segment or tag that it's of"))
        table = table.but(notes=notes)
    return cells.hidden_groups(table, min_cell) if min_cell else table


def _schema() -> dict[str, pl.DataType]:
    users = pl.DataFrame(
        schema={
            "x": pl.String, "orders": pl.Int64, "amount": pl.Int64, "chosen": pl.Boolean,
            "online_orders": pl.Int64, "online_amount": pl.Int64,
            "offline_orders": pl.Int64, "offline_amount": pl.Int64,
        }
    )  # fmt: skip
    return dict(_of_attribute(users, Attribute("x", "")).schema)


def _of_attribute(users: pl.DataFrame, attribute: Attribute) -> pl.DataFrame:
    """The rows of one attribute: its values in their order, else by users, `unknown` last."""
    totals = users.select(users=pl.len().cast(pl.Int64), revenue=pl.col("amount").sum())
    everyone, revenue = totals.row(0)
    is_asked = users["chosen"].null_count() < len(users)
    in_group = int(users["chosen"].sum()) if is_asked else None
    counted = users.group_by(pl.col(attribute.name).alias("value")).agg(
        users=pl.len().cast(pl.Int64),
        segment_users=pl.col("chosen").sum().cast(pl.Int64),
        **{name: pl.col(name).sum().cast(pl.Int64) for name in _SUMS},
    )
    rows = _in_order(_with_zero_cells(counted, attribute, users), attribute)
    index = [
        tgi(x, in_group, n, everyone)
        for x, n in rows.select("segment_users", "users").iter_rows()
    ]  # fmt: skip
    return rows.select(
        pl.lit(attribute.name).alias("attribute"),
        "value",
        "users",
        share=over(rows["users"], everyone),
        orders="orders",
        revenue="amount",
        revenue_share=over(rows["amount"], revenue),
        average_order=_per("amount", "orders"),
        orders_per_user=_per("orders", "users"),
        online_average_order=_per("online_amount", "online_orders"),
        offline_average_order=_per("offline_amount", "offline_orders"),
        segment_users=pl.when(pl.lit(in_group is not None)).then("segment_users"),
        segment_share=over(rows["segment_users"], in_group),
        **{
            name: pl.Series([one[place] for one in index], dtype=pl.Float64)
            for place, name in enumerate(("index", "index_low", "index_high"))
        },
    )


def over(parts: pl.Series, whole: int | None) -> pl.Series:
    """Each part of a whole; nulls where there's none.

    Polars divides by a constant as it multiplies by its inverse, which is off by a bit: 49 / 49 isn't 1.
    """
    if not whole:
        return pl.Series([None] * len(parts), dtype=pl.Float64)
    return pl.Series(parts.to_numpy() / whole, dtype=pl.Float64)


_SUMS = (
    "orders", "amount", "online_orders", "online_amount", "offline_orders", "offline_amount",
)  # fmt: skip


def _per(total: str, count: str) -> pl.Expr:
    return pl.when(pl.col(count) > 0).then(pl.col(total) / pl.col(count))


def _with_zero_cells(
    counted: pl.DataFrame, attribute: Attribute, users: pl.DataFrame
) -> pl.DataFrame:
    """With a row for each value that an attribute of fixed values can have, though nobody has it."""
    if users.is_empty():
        return counted
    absent = [value for value in attribute.order if value not in counted["value"]]
    zeros = pl.DataFrame({"value": absent}, schema={"value": pl.String})
    return pl.concat([counted, zeros], how="diagonal").with_columns(
        pl.exclude("value").fill_null(0)
    )


def _in_order(counted: pl.DataFrame, attribute: Attribute) -> pl.DataFrame:
    places = {value: place for place, value in enumerate(attribute.order)}
    place = (
        pl.col("value")
        .replace_strict({**places, UNKNOWN: len(places) + 1}, default=len(places), return_dtype=pl.Int64)
        .alias("place")
    )  # fmt: skip
    return counted.sort(place, pl.col("users"), pl.col("value"), descending=[False, True, False])


def tgi(
    x: int, n: int | None, whole_x: int, whole_n: int, level: float = _LEVEL
) -> tuple[float | None, float | None, float | None]:
    """The index of a value in a group that is part of a whole, and its interval.

    x of the group's n users have the value, whole_x of all whole_n. The interval is of the
    logarithm of the ratio, by the delta method: with p1 of the group, p2 of the others and w = n /
    whole_n, p = w p1 + (1 - w) p2, so that d ln(p1 / p) = (1/p1 - w/p) dp1 - (1 - w)/p dp2.

    >>> index, low, high = tgi(9, 15, 120, 500)
    >>> round(index, 9), round(low, 1), round(high, 1)
    (250.0, 166.8, 374.6)
    """
    if not n or not whole_x:
        return None, None, None
    p = whole_x / whole_n
    p1, w, others = x / n, n / whole_n, whole_n - n
    index = 100 * p1 / p
    if x == 0:
        return 0.0, 0.0, 100 * wilson(0, n, level)[1] / p
    variance = (1 / p1 - w / p) ** 2 * p1 * (1 - p1) / n
    if others:
        p2 = (whole_x - x) / others
        variance += ((1 - w) / p) ** 2 * p2 * (1 - p2) / others
    factor = math.exp(two_sided_quantile(level) * math.sqrt(variance))
    return index, index / factor, index * factor


def missing(
    portrait: Portrait,
    names: Sequence[str],
    window: Window,
    *,
    chosen: pl.Series | None = None,
    min_cell: int | None = None,
) -> Table:
    """The table `missing`; who isn't known is hidden where `groups` of the same arguments hides them."""
    table = Table("missing", _unknown(portrait, names), MISSING, window)
    if not min_cell:
        return table
    users_chosen = portrait.users.with_columns(
        chosen=pl.lit(None, pl.Boolean) if chosen is None else chosen
    )
    parts = [_of_attribute(users_chosen, portrait.attributes[name]) for name in names]
    return cells.hidden_missing(table, parts, UNKNOWN, min_cell)


def _unknown(portrait: Portrait, names: Sequence[str]) -> pl.DataFrame:
    """A row an attribute: of how many users it isn't known."""
    everyone = len(portrait.users)
    rows = [
        (
            name,
            portrait.attributes[name].source,
            everyone,
            int((portrait.users[name] == UNKNOWN).sum()),
            portrait.attributes[name].conflicts,
        )
        for name in names
    ]
    schema = {
        "attribute": pl.String, "source": pl.String, "users": pl.Int64, "unknown": pl.Int64,
        "conflicts": pl.Int64,
    }  # fmt: skip
    unknown, users = pl.col("unknown"), pl.col("users")
    return pl.DataFrame(rows, schema=schema, orient="row").select(
        "attribute",
        "source",
        "users",
        "unknown",
        share=pl.when(users > 0).then(unknown / users),
        low=wilson_low(unknown, users),
        high=wilson_high(unknown, users),
        conflicts="conflicts",
    )
