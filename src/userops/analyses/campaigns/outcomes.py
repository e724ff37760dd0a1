"""What each assigned user did in the window, and before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from userops.engines import query
from userops.engines.reductions import Query

WHOLE = ("orders", "revenue", "pre_orders", "pre_revenue")
_DAY = pl.duration(days=1)
_MOST_PARTS = 32


def orders_of(users: pl.Series, days: tuple[int, int] | None = None) -> Query:
    """The orders of some users, with their times: a reduction. `days` are the first and the last asked for."""
    wanted = users.unique().implode()

    def of_users(orders: pl.LazyFrame) -> pl.LazyFrame:
        asked = orders if days is None else orders.filter(pl.col("day").is_between(*days))
        return asked.filter(pl.col("user_id").is_in(wanted)).select(
            "user_id", "order_time", "day", "amount", "orders"
        )

    return of_users


def others_of(users: pl.Series) -> Query:
    """Whoever else ordered: a reduction, for reading to see that no id has to be cleaned to be one of theirs."""
    wanted = users.unique().implode()

    def of_others(orders: pl.LazyFrame) -> pl.LazyFrame:
        return orders.filter(~pl.col("user_id").is_in(wanted)).select(pl.col("user_id").unique())

    return of_others


def outcomes(users: pl.DataFrame, orders: pl.DataFrame, days: int, pre_days: int) -> pl.DataFrame:
    """What users did: `orders, revenue` of the window, `pre_*` of before it; the others did nothing.

    `row` is a user's place; `just_before` says whether they ordered within 24 hours before being assigned.

    Args:
        users: `campaign, user_id, assigned_time, day`, a row each.
        orders: as `orders_of` gives them.
        days: of the window, after the day of assignment.
        pre_days: of the pre-period; 0 where nobody asks for it.
    """
    midnight = pl.col("day").cast(pl.Date).cast(pl.Datetime("us"))
    dated = orders.select(
        "user_id", "day", "amount", "orders", time=pl.coalesce(pl.col("order_time"), midnight)
    )
    # Without times of day an order on the day of assignment can't be before it.
    timed = (dated["time"] != dated.select(midnight)["day"]).any()
    start = (
        pl.col("assigned_time") if timed else pl.col("day").cast(pl.Date).cast(pl.Datetime("us"))
    )
    keys = users.select("user_id", assigned_day="day", start=start).with_row_index("row")
    return pl.concat(
        _sums(part.join(orders_then, on="user_id"), days, pre_days)
        for part, orders_then in _by_time(keys, dated, days, max(pre_days, 1))
    )


def of_everyone(users: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """The users with their outcomes, nothing of those who did nothing."""
    return users.with_columns(
        _spread(found, name, users.height) for name in (*WHOLE, "just_before")
    ).with_columns(_CONVERTED)


def of_active(users: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Those of the users who did something, with their outcomes."""
    values = found.select(*WHOLE, "just_before")
    return users[found["row"]].hstack(values).with_columns(_CONVERTED)


_CONVERTED = (
    (pl.col("orders") > 0).cast(pl.Int64).alias("converted"),
    (pl.col("pre_orders") > 0).cast(pl.Int64).alias("pre_converted"),
)


def _by_time(
    keys: pl.DataFrame, orders: pl.DataFrame, days: int, before: int
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Users who were assigned at about a time, and the orders of then.

    Joined at once, most orders would meet users in whose windows they aren't.
    """
    if keys.is_empty():
        yield keys, orders
        return
    keys, orders = (
        rows if rows[day].is_sorted() else rows.sort(day)
        for rows, day in ((keys, "assigned_day"), (orders, "day"))
    )
    assigned, bought = keys["assigned_day"].to_numpy(), orders["day"].to_numpy()
    width = max(days + before + 1, int(assigned[-1] - assigned[0]) // _MOST_PARTS + 1)
    start = 0
    while start < len(assigned):
        end = int(np.searchsorted(assigned, assigned[start] + width))
        on = (assigned[start] - before, assigned[end - 1] + days + 1)
        first, last = np.searchsorted(bought, np.array(on, bought.dtype))
        yield keys[start:end], orders[first:last]
        start = end


def _sums(pairs: pl.DataFrame, days: int, pre_days: int) -> pl.DataFrame:
    """Of users' orders and the days of assignment beside them, what's in the window and before; a row a user."""
    within = pairs.filter(
        (pl.col("day") >= pl.col("assigned_day") - max(pre_days, 1))
        & (pl.col("day") <= pl.col("assigned_day") + days)
    )
    after = pl.col("time") >= pl.col("start")
    # A refund whose order isn't there has a day, and no time.
    loose = pl.col("orders") == 0
    after = pl.when(loose).then(pl.col("day") >= pl.col("assigned_day")).otherwise(after)
    before = ~after & (pl.col("day") >= pl.col("assigned_day") - pre_days)
    bought, paid = pl.col("orders").cast(pl.Int64), pl.col("amount").cast(pl.Int64)
    return within.group_by("row").agg(
        orders=bought.filter(after).sum(),
        revenue=paid.filter(after).sum(),
        pre_orders=bought.filter(before).sum(),
        pre_revenue=paid.filter(before).sum(),
        just_before=(~after & ~loose & (pl.col("time") >= pl.col("start") - _DAY)).any(),
    )


def _spread(sums: pl.DataFrame, name: str, height: int) -> pl.Series:
    """A column of some rows' values, for so many rows: nothing where there's none."""
    values = np.zeros(height, bool if sums[name].dtype == pl.Boolean else np.int64)
    values[sums["row"].to_numpy()] = sums[name].to_numpy()
    return pl.Series(name, values)


def capped(users: pl.DataFrame, percentile: float | None) -> pl.DataFrame:
    """The users with `revenue` cut at a percentile of each campaign's: the value at or above it."""
    if percentile is None:
        return users
    limit = pl.col("revenue").quantile(percentile / 100, "higher").cast(pl.Int64)
    return users.with_columns(revenue=pl.min_horizontal("revenue", limit.over("campaign")))


def numbers_by(users: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """How many `users` there are, and where the list says them `reached, contact_cost`; a row a key.

    Args:
        users: a row each, or as this gives them.
        keys: columns.
    """
    of_one = pl.col("users") if "users" in users else pl.len()
    return query.collect(
        users.lazy()
        .group_by(keys)
        .agg(
            users=of_one.sum().cast(pl.Int64),
            **{name: _known(users[name]) for name in ("reached", "contact_cost")},
        )
    )


def sums_by(everyone: pl.DataFrame, active: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Exact sums of the users' values, a row a key, sorted.

    `users, just_before, most` (the largest revenue), and where the list says them `reached,
    contact_cost`; of each value NAME (converted, orders, revenue) and
    of what it was before `NAME`, `NAME_squares`, `pre_NAME`, `pre_NAME_squares`, `NAME_products`, of those reached
    `NAME_of_reached`.

    Args:
        everyone: all of them, as `numbers_by` gives them, by the keys or finer.
        active: of them, with their outcomes, at least those who did something.
        keys: columns.
    """
    aggregates: dict[str, pl.Expr] = {}
    for name in ("converted", "orders", "revenue"):
        # Squares of minor units pass 63 bits.
        value, before = (pl.col(one).cast(pl.Int128) for one in (name, f"pre_{name}"))
        aggregates |= {
            name: value.sum(),
            f"{name}_squares": (value * value).sum(),
            f"pre_{name}": before.sum(),
            f"pre_{name}_squares": (before * before).sum(),
            f"{name}_products": (value * before).sum(),
            f"{name}_of_reached": value.filter(pl.col("reached").fill_null(value=False)).sum(),
        }
    sums = active.group_by(keys).agg(
        **aggregates,
        just_before=pl.col("just_before").cast(pl.Int64).sum(),
        most=pl.col("revenue").max(),
        _active=pl.len(),
    )
    found = numbers_by(everyone, keys).join(sums, on=keys, how="left", nulls_equal=True)
    found = found.with_columns(pl.col(*aggregates, "just_before", "_active").fill_null(0))
    # The others' revenue is 0.
    most = pl.when(pl.col("_active") < pl.col("users")).then(pl.max_horizontal("most", pl.lit(0)))
    return found.with_columns(most=most.otherwise("most")).drop("_active").sort(keys)


def _known(values: pl.Series) -> pl.Expr:
    """A sum of a column; null where nothing is said."""
    if values.null_count() == len(values):  # which takes nothing to see
        return pl.lit(None, pl.Int64)
    value = pl.col(values.name).cast(pl.Int64)
    return pl.when(value.is_not_null().any()).then(value.sum())
