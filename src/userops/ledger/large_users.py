"""Users that stay where they were worked out, for there may be more than this machine holds.

What is asked of them is few numbers: values at ranks, and sums over cells. A cell is of users who lie
between the same cut points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from userops.engines import query as engine
from userops.engines.reductions import Reduction

if TYPE_CHECKING:
    import polars as pl

# By each name a column of the users, and points: how many of them its value is above.
Cuts = Mapping[str, tuple[str, Sequence[int]]]


@dataclass(frozen=True, slots=True)
class Written:
    """A column of a table of users: the users' own of a `name` as a `kind`, or a cell's label.

    Kinds are `text`, `date`, `days`, `count`, `money`.
    """

    name: str
    kind: str = ""


class LargeUsers(Protocol):
    """Customers by another engine: `user_id, first_day, last_day, orders, amount, recency_days, age_days`.

    The last two are days from the last and the first day with an order to as_of. Where they were asked
    for with gaps, `gap` is of the days from the purchase day before the last to that; 0 without one.
    """

    @property
    def count(self) -> int:
        """How many they are."""

    def at_ranks(self, asked: Mapping[str, Sequence[int]]) -> Mapping[str, Mapping[int, int]]:
        """Of columns the values at some ranks, from 0, ascending. They're exact."""

    def first_days(self) -> pl.DataFrame:
        """`first_day, users`: how many came on a day."""

    def cells(self, cuts: Cuts) -> pl.DataFrame:
        """A row a cell that anyone is in: its cuts' names, sums and one of its users.

        Sums are `users, sum_orders, sum_amount, sum_recency`, the user is `first_day, last_day,
        orders, amount`, and `gap` where that's known.
        """

    def write(self, cuts: Cuts, labels: pl.DataFrame, columns: Mapping[str, Written]) -> None:
        """Write a table as a folder of Parquet, each file by user_id, where it was asked for.

        Args:
            cuts: what tells cells apart.
            labels: a row a cell.
            columns: those of the table, in order.

        Raises:
            InputError: it can't be written.
        """


def _customers_with_gaps(orders: Any) -> Any:
    """On another engine: what `CUSTOMERS` gives, and `gap`."""
    bought = "CASE WHEN orders > 0 THEN day END"
    customers = engine.grouped(
        orders,
        "user_id",
        first_day=f"min({bought})",
        last_day=f"max({bought})",
        orders="CAST(sum(orders) AS INT)",
        amount="CAST(sum(amount) AS BIGINT)",
        days=f"array_sort(collect_set({bought}))",
    )
    x = engine.api(orders)
    gap = "CASE WHEN size(days) > 1 THEN element_at(days, -1) - element_at(days, -2) ELSE 0 END"
    names = ("user_id", "first_day", "last_day", "orders", "amount")
    return engine.selected(customers.filter(x.col("orders") > 0), *names, gap=gap)


CUSTOMERS_WITH_GAPS = Reduction(_customers_with_gaps)
