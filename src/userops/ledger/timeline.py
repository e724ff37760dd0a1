"""Every user's orders in the order of time: what questions about returning read.

A pass over the orders gives one whole number of each, its sort key (`SORT_KEYS`). Sorted, the keys
are the users' days in order; that takes an eighth of what sorting or listing days by the users' ids
takes. Where two users share a hash, or the days are more than a key's bits tell apart, the ids
themselves are used (`ORDER_DAYS`).

Where integers stand for the ids, they are in the key in place of a hash: then keys alone tell
who bought, from when to when, and no grouping by user is needed beside them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import polars as pl

from userops.core.dates import Window
from userops.engines import query as engine
from userops.engines.parallel import Ints, in_threads
from userops.engines.reductions import (
    MOST_DIGITS,
    Finish,
    Reduction,
    has_integer_ids,
)
from userops.ledger import sort_keys
from userops.ledger.sort_keys import (
    ascending,
    base_of,
    hash_key,
    hashes,
    id_key,
    split_keys,
    starts_of,
)

# What another engine tells of users beside their lists, so that no other grouping is needed.
_TOLD = {
    "first_day": "min(CASE WHEN orders > 0 THEN day END)",
    "last_day": "max(CASE WHEN orders > 0 THEN day END)",
    "orders": "CAST(sum(orders) AS INT)",
    "amount": "CAST(sum(amount) AS BIGINT)",
}


def _sort_keys(orders: pl.LazyFrame) -> pl.LazyFrame:
    """One column, a row an order: `hash_key`, or `id_key` where `user_id` is a number.

    On other engines what `CUSTOMERS` gives and `bought`, a list a user.
    """
    if engine.api(orders) is not pl:
        listed: pl.LazyFrame = engine.lists(orders, "user_id", "day", only="orders > 0", **_TOLD)
        return listed
    return orders.filter(pl.col("orders") > 0).select(
        id_key() if has_integer_ids(orders) else hash_key()
    )


SORT_KEYS = Reduction(_sort_keys, id_digits=sort_keys.MOST_DIGITS)


def _sort_keys_with_amounts(orders: pl.LazyFrame) -> pl.LazyFrame:
    """Sort keys with `amount` (what was paid) and `orders` (0 for a refund whose order isn't there).

    On other engines what `CUSTOMERS` gives and `bought`, a list a user.
    """
    if engine.api(orders) is not pl:
        names = ("day", "amount", "orders")
        listed: pl.LazyFrame = engine.lists(orders, "user_id", *names, **_TOLD)
        return listed
    return orders.select("amount", "orders", id_key() if has_integer_ids(orders) else hash_key())


SORT_KEYS_WITH_AMOUNTS = Reduction(_sort_keys_with_amounts, id_digits=sort_keys.MOST_DIGITS)


def _order_days(orders: pl.LazyFrame) -> pl.LazyFrame:
    """`user_id, day, amount, orders` as they are, for where sort keys won't do."""
    return orders.select("user_id", "day", "amount", "orders")


ORDER_DAYS = Reduction(_order_days, id_digits=MOST_DIGITS)


# Orders of a part: what's made of so many on the way stays in a core's cache.
_A_PART = 500_000


@dataclass(frozen=True)
class Timeline:
    """Orders by user and day.

    `days[starts[i]:starts[i + 1]]` are the days of one user's orders, who stands in row
    `users[i]` of the customers. `amounts` goes with `days`, where asked for. `loose` are
    refunds whose order isn't there, as (row of the customers, day, amount).
    """

    users: Ints
    starts: Ints
    days: Ints
    amounts: Ints | None = None
    loose: tuple[Ints, Ints, Ints] | None = None

    @property
    def counts(self) -> Ints:
        """Orders of each user."""
        return np.diff(self.starts)

    @property
    def first_days(self) -> Ints:
        """Of each user the day of the first order."""
        return self.days[self.starts[:-1]]

    def counts_until(self, day: int) -> Ints:
        """Orders of each user at the end of a day."""
        after = np.flatnonzero(self.days > day)
        if not len(after):
            return self.counts
        users_of_orders = np.searchsorted(self.starts, after, "right") - 1
        return self.counts - np.bincount(users_of_orders, minlength=len(self.users))

    @property
    def firsts(self) -> Ints:
        """Whether an order is its user's first."""
        first = np.zeros(len(self.days), bool)
        first[self.starts[:-1]] = True
        return first

    @property
    def days_to_second(self) -> Ints:
        """Of each user the days from the first order to the second, -1 without one."""
        has_second = self.counts > 1
        days = np.full(len(self.users), -1, np.int64)
        seconds = self.starts[:-1][has_second] + 1
        days[has_second] = self.days[seconds] - self.first_days[has_second]
        return days

    @property
    def purchase_days(self) -> Ints:
        """Days with an order of each user."""
        days: Ints = np.diff(self.purchase_days_before[self.starts])
        return days

    @cached_property
    def by_day(self) -> Timeline:
        """Days with an order, each once: what's bought on one day is one purchase. Without amounts."""
        before = self.purchase_days_before
        starts = before[self.starts].astype(np.int64)
        return Timeline(self.users, starts, self.days[np.diff(before) > 0])

    @cached_property
    def purchase_days_before(self) -> Ints:
        """How many of all users' purchase days begin before each order, and in all."""
        new = self.firsts
        new[1:] |= self.days[1:] != self.days[:-1]
        return np.concatenate((np.zeros(1, np.int32), np.cumsum(new, dtype=np.int32)))

    @cached_property
    def first_day_amounts(self) -> Ints:
        """What each user's orders of the first day came to."""
        days, amounts = self.purchase_days_before, self.amounts_before
        begins = np.append(np.flatnonzero(np.diff(days)), len(self.days))
        starts = self.starts[:-1]
        second = begins[days[starts] + 1]  # where a user's second day begins, or the next user
        came_to: Ints = amounts[second] - amounts[starts]
        return came_to

    @cached_property
    def amounts_before(self) -> Ints:
        """What all users' orders before each one came to, and in all: exact, of whole numbers."""
        if self.amounts is None:
            return np.zeros(len(self.days) + 1, np.int64)
        return np.concatenate((np.zeros(1, np.int64), np.cumsum(self.amounts, dtype=np.int64)))

    def spread(self, values: Ints) -> Ints:
        """A value of each user's, for each of the orders."""
        return np.repeat(values, self.counts)

    def parts(self) -> list[Timeline]:
        """Some users after others, about half a million orders at a time; the last part may have nobody."""
        cuts = np.arange(1, len(self.days) // _A_PART) * _A_PART
        near = np.unique(np.searchsorted(self.starts, cuts))
        ends = np.concatenate(([0], near, [len(self.users)])).tolist()
        return [self._of(slice(begin, end)) for begin, end in pairwise(ends)]

    def _of(self, users: slice) -> Timeline:
        """Of some users alone, without what's loose."""
        starts = self.starts[users.start : users.stop + 1]
        orders = slice(int(starts[0]), int(starts[-1]))
        amounts = None if self.amounts is None else self.amounts[orders]
        return Timeline(self.users[users], starts - orders.start, self.days[orders], amounts)

    def placed(self, customers: pl.DataFrame, order: pl.Series) -> tuple[pl.DataFrame, Timeline]:
        """The customers in another order, and the timeline that goes with it."""
        place = np.empty(len(order), np.int64)
        place[order.to_numpy()] = np.arange(len(order))
        loose = (place[self.loose[0]], *self.loose[1:]) if self.loose else None
        return customers[order], replace(self, users=place[self.users], loose=loose)

    def by_customer(self, values: Ints) -> Ints:
        """A value of each user's, in the rows of the customers."""
        placed = np.empty(len(self.users), values.dtype)
        placed[self.users] = values
        return placed


def build(
    customers: pl.DataFrame, keys: pl.DataFrame, read_days: Callable[[], pl.DataFrame]
) -> Timeline:
    """The timeline of some customers.

    Args:
        customers: as `CUSTOMERS` gives them.
        keys: what `SORT_KEYS` or `SORT_KEYS_WITH_AMOUNTS` gave in the same pass.
        read_days: gives what `ORDER_DAYS` gives, by another pass; called where keys won't do.
    """
    if "bought" in keys:  # another engine has put each user's in order
        return from_rows(customers, keys)
    timeline = _from_keys(customers, keys)
    return from_rows(customers, read_days()) if timeline is None else timeline


def _from_keys(customers: pl.DataFrame, keys: pl.DataFrame) -> Timeline | None:
    if customers.is_empty():
        return EMPTY
    if _has_loose_refunds(keys):
        return None
    first, last = customers.select(pl.col("first_day").min(), pl.col("last_day").max()).row(0)
    ordered = _sorted(keys, first, last)
    if ordered is None:
        return None
    key_users, starts, days, sums = ordered
    customer_keys = (
        _integers(customers["user_id"]) if "id_key" in keys else hashes(customers["user_id"])
    )
    users = np.argsort(customer_keys, kind="stable")  # which is fast where they are in order
    if not np.array_equal(customer_keys[users], key_users):
        return None  # two users share a hash
    return Timeline(users, starts, days, sums)


def from_id_keys(keys: pl.DataFrame, window: Window) -> tuple[pl.DataFrame, Timeline] | None:
    """`user_id, first_day, last_day` of who bought, by user_id, and the timeline, from sort keys alone.

    Args:
        keys: what `SORT_KEYS` gave with integers for ids; or `SORT_KEYS_WITH_AMOUNTS`, and then the
            customers have `orders, amount` besides.
        window: no order is outside of it.

    Returns:
        None where 12 bits don't tell its days apart, or there are refunds whose order isn't there.
    """
    schema = _CUSTOMERS | (_TOTALS if "amount" in keys else {})
    if keys.is_empty():
        return pl.DataFrame(schema=schema), EMPTY
    if _has_loose_refunds(keys):
        return None
    first, last = window.ends
    ordered = _sorted(keys, first, last)
    if ordered is None:
        return None
    return _customers_and_timeline(*ordered)


def customers_from_id_keys(
    keys: pl.DataFrame, window: Window, finish: Finish | None
) -> pl.DataFrame | None:
    """The customers that `from_id_keys` gives from keys with amounts, finished, where nobody needs the timeline.

    It's made of some users after others, and none of it is kept.
    """
    first, last = window.ends
    base = base_of(first, last)
    if base is None or _has_loose_refunds(keys):
        return None

    def some(part: Ints, amounts: Ints) -> pl.DataFrame:
        customers, line = _customers_and_timeline(*split_keys(part, base), amounts)
        return finish(customers, line) if finish else customers

    return pl.concat(sort_keys.in_parts(keys["id_key"], keys["amount"], base, some))


def _customers_and_timeline(
    users: Ints, starts: Ints, days: Ints, sums: Ints | None
) -> tuple[pl.DataFrame, Timeline]:
    """Customers by their numbers, and the timeline."""
    columns = {"user_id": users, "first_day": days[starts[:-1]], "last_day": days[starts[1:] - 1]}
    schema = _CUSTOMERS
    if sums is not None:
        columns |= {"orders": np.diff(starts), "amount": np.add.reduceat(sums, starts[:-1])}
        schema = _CUSTOMERS | _TOTALS
    return pl.DataFrame(columns, schema=schema), Timeline(np.arange(len(users)), starts, days, sums)


def _has_loose_refunds(keys: pl.DataFrame) -> bool:
    """Whether there are refunds whose order isn't there, which may lie outside of the customers' days."""
    return "orders" in keys and keys["orders"].min() == 0


def _integers(users: pl.Series) -> Ints:
    return users.cast(pl.UInt64).to_numpy()


def _sorted(
    frame: pl.DataFrame, first: int, last: int
) -> tuple[Ints, Ints, Ints, Ints | None] | None:
    """Who bought, ascending; where each begins, and the end; the days; the amounts, if any."""
    base, sums = base_of(first, last), None
    if base is None:
        return None
    keys = frame["id_key" if "id_key" in frame else "hash_key"]
    if "amount" in frame:
        taken_with = sort_keys.in_parts(
            keys, frame["amount"], base,
            lambda part, amounts: (*split_keys(part, base), amounts),
        )  # fmt: skip
        *parts, amounts = zip(*taken_with, strict=True)
        sums = np.concatenate(amounts)
    else:
        taken = in_threads(lambda part: split_keys(part, base), ascending(keys, base))
        parts = [*zip(*taken, strict=True)]
    users, starts, days = parts
    begins = np.cumsum([0, *map(len, days)])
    placed = [start[:-1] + begin for start, begin in zip(starts, begins, strict=False)]
    return np.concatenate(users), np.concatenate((*placed, begins[-1:])), np.concatenate(days), sums


def from_lists(keys: pl.DataFrame, *, amounts: bool) -> tuple[pl.DataFrame, Timeline]:
    """What `from_id_keys` gives, by user_id, of lists that another engine made of the orders.

    Customers have `orders, amount` where these are asked for.
    """
    names = [*_CUSTOMERS, *(_TOTALS if amounts else ())]
    customers = keys.filter(pl.col("orders") > 0).select(names).sort("user_id")
    return customers, from_rows(customers, keys.select("user_id", "bought"))


def from_rows(customers: pl.DataFrame, orders: pl.DataFrame) -> Timeline:
    """The timeline of some customers from what `ORDER_DAYS` gave."""
    if customers.is_empty():
        return EMPTY
    known = customers.select("user_id").with_row_index("row")
    placed = orders.join(known, on="user_id")
    if "bought" in placed:
        placed = placed.sort("row").select("row", "bought").explode("bought").unnest("bought")
        if "orders" not in placed:
            placed = placed.with_columns(orders=1, amount=None)
    else:
        placed = placed.sort("row", "day")
    real = placed.filter(pl.col("orders") > 0)
    loose = placed.filter(pl.col("orders") == 0)
    at = real["row"].to_numpy()
    starts = starts_of(at)
    return Timeline(
        at[starts[:-1]].astype(np.int64),
        starts,
        real["day"].to_numpy(),
        None if real["amount"].dtype == pl.Null else real["amount"].to_numpy(),
        (
            loose["row"].to_numpy().astype(np.int64),
            loose["day"].to_numpy(),
            loose["amount"].to_numpy(),
        )
        if len(loose)
        else None,
    )


_NOTHING = np.zeros(0, np.int64)
EMPTY = Timeline(_NOTHING, np.zeros(1, np.int64), _NOTHING.astype(np.int32), _NOTHING)
_CUSTOMERS = {"user_id": pl.UInt64, "first_day": pl.Int32, "last_day": pl.Int32}
_TOTALS = {"orders": pl.Int32, "amount": pl.Int64}
