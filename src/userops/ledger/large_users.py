"""Users that stay where they were worked out, for there may be more than this machine holds.

What is asked of them is few numbers: values at ranks, and sums over cells. A cell is of users who lie
between the same cut points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

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

    The last two are days from the last and the first day with an order to as_of.
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
        orders, amount`.
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
