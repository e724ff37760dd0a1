"""What users bought in each period: what orders and money by cohort are added up from.

Where integers stand for ids, one whole number of each order, its user's and its period's, sorted
with the amounts: then nothing is grouped by user, which takes most of what sums by user and period
take. These serve where ids are texts, and refunds without their order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from userops.core import periods
from userops.core.dates import Window, to_day
from userops.core.periods import Period
from userops.engines import query as engine
from userops.engines.parallel import Ints
from userops.engines.reductions import Reduction, has_integer_ids
from userops.ledger import sort_keys
from userops.ledger.customers import ORDERS_BY_PERIOD


def _spend_by_period(
    orders: pl.LazyFrame, period: Period, week_start: str = "monday"
) -> pl.LazyFrame:
    """`id_key, amount` where ids are integers, else as `ORDERS_BY_PERIOD`; `spending_of` reads it."""
    if has_integer_ids(orders):
        number = sort_keys.period_of(period, week_start)
        # None of a refund without its order.
        return orders.select("amount", pl.when(pl.col("orders") > 0).then(sort_keys.id_key(number)))
    return ORDERS_BY_PERIOD(orders, period, week_start)


SPEND_BY_PERIOD = Reduction(_spend_by_period, id_digits=sort_keys.MOST_DIGITS)


def spending_of(
    frame: pl.DataFrame, window: Window, period: Period, week_start: str = "monday"
) -> tuple[pl.DataFrame, Spending] | None:
    """Customers (`user_id, first_day` of the first period with an order), and what they bought.

    `frame` is what `SPEND_BY_PERIOD` or `ORDERS_BY_PERIOD` gave. None where sort keys won't do.
    """
    if "id_key" not in frame:
        spending: Spending | None = SpendSums.of(frame)
    else:
        first, last = (to_day(day) if day else 0 for day in (window.first_day, window.as_of))
        known = first >= sort_keys.FIRST and last <= sort_keys.LAST
        begin, end = (periods.number_of(day, period, week_start) for day in (first, last))
        spending = KeyedSpend.of(frame, begin, end) if known else None
    if spending is None:
        return None
    days = periods.first_day(spending.first, period, week_start)
    return pl.DataFrame({"user_id": spending.users, "first_day": days.astype(np.int32)}), spending


@dataclass(frozen=True, slots=True)
class SpendSums:
    """Sums by user and period, and of each customer the first period with an order."""

    users: pl.Series
    first: Ints
    sums: pl.DataFrame

    @classmethod
    def of(cls, sums: pl.DataFrame) -> Self:
        """Of what `ORDERS_BY_PERIOD` gave. A refund whose order isn't there makes nobody a customer."""
        bought = pl.col("number").filter(pl.col("orders") > 0)
        users = engine.collect(
            sums.lazy()
            .group_by("user_id")
            .agg(first=bought.min())
            .filter(pl.col("first").is_not_null())
        )
        return cls(users["user_id"], users["first"].to_numpy(), sums)

    def added_up(self, rows: Ints, since: Ints, shape: tuple[int, int], column: str) -> Ints:
        """Sums of `orders` or `amount`, a row for each number in `rows`, a column a period.

        Of each customer `rows` is the row, -1 for none, and periods count from `since`; what is
        earlier counts with that one.
        """
        members = pl.LazyFrame({"user_id": self.users, "row": rows, "since": since})
        cells = engine.collect(
            self.sums.lazy()
            .join(members.filter(pl.col("row") >= 0), on="user_id")
            .select("row", column, age=(pl.col("number") - pl.col("since")).clip(0))
            .filter(pl.col("age") < shape[1])
            .group_by("row", "age")
            .agg(pl.col(column).sum())
        )
        sums = np.zeros(shape, np.int64)
        sums[cells["row"].to_numpy(), cells["age"].to_numpy()] = cells[column].to_numpy()
        return sums


@dataclass(frozen=True, slots=True)
class _Part:
    """Orders of some users: `numbers[starts[i]:starts[i + 1]]` are the periods of `users[i]`."""

    users: Ints
    starts: Ints
    numbers: Ints
    amounts: Ints

    def cells(self, rows: Ints, since: Ints, ages: int) -> tuple[Ints, Ints]:
        """The cell of each order that has one, and what was paid."""
        each = np.diff(self.starts)
        age = np.maximum(self.numbers - np.repeat(since, each), 0)
        row = np.repeat(rows, each)
        inside = (row >= 0) & (age < ages)
        return (row * ages + age)[inside], self.amounts[inside]


@dataclass(frozen=True, slots=True)
class KeyedSpend:
    """Every order's period and amount, by user; in parts of users that follow each other."""

    parts: tuple[_Part, ...]

    @classmethod
    def of(cls, frame: pl.DataFrame, begin: int, end: int) -> Self | None:
        """Of `id_key, amount` in periods from one number to another.

        None for too many of these, or where there are refunds without their order.
        """
        base = sort_keys.base_of(begin, end)
        if base is None or frame["id_key"].has_nulls():
            return None
        parts = sort_keys.in_parts(
            frame["id_key"], frame["amount"], base,
            lambda keys, amounts: _Part(*sort_keys.split_keys(keys, base), amounts),
        )  # fmt: skip
        return cls(tuple(parts))

    @property
    def users(self) -> pl.Series:
        """The customers' numbers, ascending."""
        return pl.Series(np.concatenate([part.users for part in self.parts]), dtype=pl.UInt64)

    @property
    def first(self) -> Ints:
        """Of each customer the first period with an order."""
        return np.concatenate([part.numbers[part.starts[:-1]] for part in self.parts])

    def added_up(self, rows: Ints, since: Ints, shape: tuple[int, int], column: str) -> Ints:
        """As `SpendSums.added_up`."""
        ends = np.cumsum([len(part.users) for part in self.parts])[:-1]

        def cells(part: _Part, rows: Ints, since: Ints) -> tuple[Ints, Ints | None]:
            at, amounts = part.cells(rows, since, shape[1])
            return at, amounts if column == "amount" else None

        of = (self.parts, np.split(rows, ends), np.split(since, ends))
        return sort_keys.sums_by_cell(cells, shape[0] * shape[1], *of).reshape(shape)


Spending = SpendSums | KeyedSpend
