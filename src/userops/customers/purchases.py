"""Purchases by user and category: from line items, or from the timeline where these say no more.

What the words mean stands in `replenishment`.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from userops.engines import query
from userops.engines.reductions import Query
from userops.ledger import sort_keys, timeline
from userops.ledger.timeline import Timeline

ALL = "all"
Ints = np.ndarray[Any, np.dtype[Any]]

UNIT = 1000  # units are in thousandths
_MOST_UNITS = 2**40 - 1
_MOST_CATEGORY_BITS = 16


def reductions(fields: AbstractSet[str]) -> list[Query]:
    """What a pass over line items of these fields must give: nothing where orders alone tell it."""
    return [purchase_keys] if fields & {"category", "quantity"} else []


def purchase_keys(lines: pl.LazyFrame) -> pl.LazyFrame:
    """A step over line items, a row a purchase: `hash_key`, as in a timeline, and `category`, `units`.

    The latter two where they're known: `category` as its name's place in a list that this process
    keeps, `units` in thousandths, 0 where unknown. Other engines give what `purchases_by_name` does.
    """
    if query.api(lines) is not pl:
        return purchases_by_name(lines)
    rows, columns = _purchase_rows(lines)
    return rows.select(sort_keys.hash_key(), *columns)


def purchases_by_name(lines: pl.LazyFrame) -> pl.LazyFrame:
    """The same with `user_id, day` in place of the sort key, for where sort keys won't do."""
    rows, columns = _purchase_rows(lines)
    return rows.select("user_id", "day", *columns)


def _purchase_rows(lines: pl.LazyFrame) -> tuple[pl.LazyFrame, list[str]]:
    x = query.api(lines)
    if x is not pl:
        return _purchase_rows_elsewhere(x, lines)
    schema = lines.collect_schema().names()
    rows = lines.filter(pl.col("orders") > 0)
    columns = []
    if "category" in schema:
        columns.append("category")
    if "quantity" in schema:
        columns.append("units")
        units = (pl.col("quantity") * UNIT).round().clip(0, _MOST_UNITS)
        rows = rows.with_columns(units=units.fill_nan(0).fill_null(0).cast(pl.Int64))
    if "order" in schema:  # several items of a category in one order are one purchase
        rows = rows.group_by("order", *(["category"] if "category" in columns else [])).agg(
            pl.col("user_id").first(),
            pl.col("day").min(),
            *([pl.col("units").sum().clip(upper_bound=_MOST_UNITS)] if "units" in columns else []),
        )
    if "category" in columns:
        rows = rows.with_columns(pl.col("category").cast(pl.Categorical))
    return rows, columns


def _purchase_rows_elsewhere(x: Any, lines: Any) -> tuple[Any, list[str]]:
    """The same on another engine, where `order` is null for a line that is all of its order."""
    schema = lines.collect_schema().names()
    rows = lines.filter(x.col("orders") > 0)
    known_columns = ["category"] if "category" in schema else []
    if "quantity" in schema:
        known_columns.append("units")
        # Half to even, as Polars rounds.
        exact = x.col("quantity") * UNIT
        half_up = (exact + 0.5).floor()
        is_odd_half = (half_up - exact == 0.5) & ((half_up / 2).floor() * 2 != half_up)
        units = x.when(is_odd_half).then(half_up - 1).otherwise(half_up).clip(0, _MOST_UNITS)
        rows = rows.with_columns(units=units.fill_null(0).cast(x.Int64))
    if "order" not in schema:
        return rows, known_columns
    keys = ["order", *(["category"] if "category" in schema else [])]
    merged_lines = (
        rows.filter(~x.col("order").is_null())
        .group_by(keys)
        .agg(
            x.col("user_id").min(),
            x.col("day").min(),
            *([x.col("units").sum().clip(0, _MOST_UNITS)] if "units" in known_columns else []),
        )
    )
    columns = ["user_id", "day", *known_columns]
    single_lines = rows.filter(x.col("order").is_null()).select(columns)
    return x.concat([single_lines, merged_lines.select(columns)]), known_columns


@dataclass(frozen=True, slots=True)
class UserPurchases:
    """Purchases by user and category, in the order of days.

    Those of the i-th pair, of the user in row `rows[i]` of the customers and of the category
    `names[codes[i]]`, are `days[starts[i]:starts[i + 1]]`; `units` go with them, 0 where
    they aren't known, or nothing if none are.
    """

    names: pl.Series
    rows: Ints
    codes: Ints
    starts: Ints
    days: Ints
    units: Ints | None
    nameless: int = 0

    def until(self, day: int) -> UserPurchases:
        """Those up to a day."""
        keep = self.days <= day
        counts = np.diff(np.concatenate(([0], np.cumsum(keep)))[self.starts])
        pairs = counts > 0
        return UserPurchases(
            self.names,
            self.rows[pairs],
            self.codes[pairs],
            np.concatenate(([0], np.cumsum(counts[pairs]))),
            self.days[keep],
            None if self.units is None else self.units[keep],
        )

    def since(self, day: int) -> Ints:
        """Of each pair, whether it has purchases after a day."""
        later: Ints = self.days[self.starts[1:] - 1] > day
        return later


def purchases_of_timeline(orders: Timeline) -> UserPurchases:
    """Purchases in one category, `all`, from a timeline: for orders without category and quantity."""
    codes = np.zeros(len(orders.users), np.int64)
    names = pl.Series([ALL] * (len(codes) > 0), dtype=pl.String)
    return UserPurchases(names, orders.users, codes, orders.starts, orders.days, None)


def purchases_of(
    customers: pl.DataFrame, line_keys: pl.DataFrame, read_again: Callable[[], pl.DataFrame]
) -> UserPurchases:
    """Purchases by user and category, from the result of `purchase_keys`.

    Args:
        customers: `user_id, first_day, last_day` of who bought, in the same pass.
        line_keys: the result of `purchase_keys`, or of `purchases_by_name`.
        read_again: gives what `purchases_by_name` gives, by another pass; called where sort keys
            won't do.
    """
    if line_keys.is_empty():
        return purchases_of_timeline(timeline.EMPTY)
    if "hash_key" not in line_keys:
        names = pl.col("^category$").cast(pl.Categorical)
        return _by_user_id(customers, line_keys.with_columns(names))
    purchases = _by_sort_keys(customers, line_keys)
    return _by_user_id(customers, read_again()) if purchases is None else purchases


def _by_sort_keys(customers: pl.DataFrame, line_keys: pl.DataFrame) -> UserPurchases | None:
    names, codes, nameless, line_keys = _categories(line_keys)
    first_day, last_day = customers.select(pl.col("first_day").min(), pl.col("last_day").max()).row(
        0
    )
    base_day = sort_keys.base_of(first_day, last_day) if first_day is not None else None
    category_bits = max(len(names) - 1, 0).bit_length()
    if base_day is None or category_bits > _MOST_CATEGORY_BITS:
        return None
    user_days = sort_keys.counted_from(line_keys["hash_key"].to_numpy(), base_day)
    # A key whose user's last bits make room for the category: sorted, pairs lie together.
    users = user_days >> np.uint64(sort_keys.BITS + category_bits)
    keys = ((users << np.uint64(category_bits)) | codes.astype(np.uint64)) << np.uint64(
        sort_keys.BITS
    )
    keys |= user_days & np.uint64(sort_keys.SPAN - 1)
    units = None
    if "units" in line_keys:
        keys, units = sort_keys.in_order(keys, line_keys["units"])
    else:
        keys.sort()
    pairs = keys >> np.uint64(sort_keys.BITS)
    starts = sort_keys.starts_of(pairs)
    pairs = pairs[starts[:-1]]
    customer_hashes = sort_keys.hashes(customers["user_id"]) >> np.uint64(category_bits)
    order = np.argsort(customer_hashes)
    customer_hashes = customer_hashes[order]
    positions = np.searchsorted(customer_hashes, pairs >> np.uint64(category_bits))
    if (customer_hashes[1:] == customer_hashes[:-1]).any() or not _match(
        customer_hashes, positions, pairs >> np.uint64(category_bits)
    ):
        return None  # two users share what is left of a hash
    days = (keys & np.uint64(sort_keys.SPAN - 1)).astype(np.int32) + np.int32(base_day)
    codes = (pairs & np.uint64((1 << category_bits) - 1)).astype(np.int64)
    return UserPurchases(names, order[positions], codes, starts, days, units, nameless)


def _match(hashes: Ints, positions: Ints, wanted: Ints) -> bool:
    """Whether each wanted hash is at its position among the hashes."""
    return bool((positions < len(hashes)).all()) and np.array_equal(hashes[positions], wanted)


def _by_user_id(customers: pl.DataFrame, rows: pl.DataFrame) -> UserPurchases:
    customer_rows = customers.select("user_id").with_row_index("row")
    purchases = rows.join(customer_rows, on="user_id")
    names, codes, nameless, purchases = _categories(purchases)
    row, day = purchases["row"].to_numpy().astype(np.int64), purchases["day"].to_numpy()
    order = np.lexsort((day, codes, row))
    row, codes, day = row[order], codes[order], day[order]
    units = purchases["units"].to_numpy()[order] if "units" in purchases else None
    starts = sort_keys.starts_of(row * len(names) + codes)
    return UserPurchases(names, row[starts[:-1]], codes[starts[:-1]], starts, day, units, nameless)


def _categories(purchases: pl.DataFrame) -> tuple[pl.Series, Ints, int, pl.DataFrame]:
    """Names, sorted; of each purchase the place in them; how many have none, and the others."""
    nameless = purchases["category"].null_count() if "category" in purchases else len(purchases)
    if nameless == len(purchases):
        names = pl.Series([ALL], dtype=pl.String)
        return names, np.zeros(len(purchases), np.int64), 0, purchases
    if nameless:
        purchases = purchases.filter(pl.col("category").is_not_null())
    categories = purchases["category"].unique()
    order = categories.cast(pl.String).arg_sort()
    places = np.zeros(int(categories.to_physical().max()) + 1, np.int64)  # type: ignore[arg-type]
    places[categories.to_physical().gather(order).to_numpy()] = np.arange(len(categories))
    codes = places[purchases["category"].to_physical().to_numpy()]
    return categories.cast(pl.String).gather(order), codes, nameless, purchases
