"""Counting by cohort and age: which cells there are, and what is in each.

What the words mean stands in `cohorts`, which makes the tables of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from userops.analyses.cohorts.params import MONEY_MEASURES, CohortParams
from userops.core import periods
from userops.core.errors import UsageError
from userops.core.periods import Period
from userops.engines.parallel import Ints
from userops.ledger.presence import Presence
from userops.ledger.spend_by_period import Spending
from userops.ledger.timeline import Timeline

PEOPLE = ("retention", "users")
_MOST_CELLS = 30_000_000


@dataclass(frozen=True, slots=True)
class Shape:
    """Cohorts by number from `begin`, one block of them for each value of the split."""

    kind: Period
    begin: int
    end: int  # as_of's period
    whole: int  # the last period that as_of doesn't cut short
    ages: int
    values: Sequence[str | None]
    by: str | None
    cohort: Ints  # of each member, from 0 on within its block
    block: Ints  # of each member

    @property
    def cohorts(self) -> int:
        """How many cohorts a block has."""
        return self.end - self.begin + 1

    @property
    def row(self) -> Ints:
        """Of each member: which cohort of which block."""
        return self.block * self.cohorts + self.cohort if self.by else self.cohort


def shape_of(
    population: pl.DataFrame, by: str | None, as_of: int, params: CohortParams, week_start: str
) -> Shape:
    """Which cells there are; `population` as `cohorts.members` gives it.

    Raises:
        UsageError: there are too many.
    """
    kind = Period(params.period)
    number = periods.number(population["day"].to_numpy(), kind, week_start).astype(np.int64)
    begin, end = int(number.min()), periods.number_of(as_of, kind, week_start)
    values: list[str | None] = [None]
    block = np.zeros(len(number), np.int64)
    if by:
        found = population[by].cast(pl.String)
        values = found.unique().sort(nulls_last=True).to_list()
        places = pl.Series(range(len(values)), dtype=pl.Int64)
        block = found.replace_strict(pl.Series(values, dtype=pl.String), places).to_numpy()
    ages = min(end - begin, params.max_age if params.max_age is not None else end - begin) + 1
    if len(values) * (end - begin + 1) * ages > _MOST_CELLS:
        raise UsageError(
            f"{len(values) * (end - begin + 1):,} cohorts of {ages:,} ages are too many",
            mend="--max-age, a longer --period, or --by a column of fewer values",
        )
    whole = periods.last_whole(as_of, kind, week_start)
    return Shape(kind, begin, end, whole, ages, values, by, number - begin, block)


def attending(
    shape: Shape,
    population: pl.DataFrame,
    customers: pl.DataFrame,
    came: Presence,
) -> Ints:
    """Members who came, a row a cohort, a column an age."""
    row = shape.row
    if not population["user_id"].equals(customers["user_id"]):
        member = _places(population, customers)
        row = np.where(member >= 0, row[member], -1)
    rows = len(shape.values) * shape.cohorts
    heads = came.heads(row, rows, shape.begin, shape.end)
    # From periods to ages: what a cohort did before it was one isn't counted.
    number = np.arange(rows)[:, None] % shape.cohorts + np.arange(shape.ages)
    reached = number < shape.cohorts
    cells = np.take_along_axis(heads, np.where(reached, number, 0), axis=1)
    return np.where(reached, cells, 0)


def added_up(
    shape: Shape,
    population: pl.DataFrame,
    customers: pl.DataFrame,
    spent: Spending,
    params: CohortParams,
) -> Ints:
    """Orders or net amounts, a row a cohort, a column an age."""
    row, cohort = shape.row, shape.cohort
    if not population["user_id"].equals(customers["user_id"]):
        member = _places(population, customers)
        row, cohort = np.where(member >= 0, row[member], -1), cohort[member]
    # A refund from before its user's first order counts with that.
    column = "amount" if params.measure in MONEY_MEASURES else "orders"
    of_all = (len(shape.values) * shape.cohorts, shape.ages)
    sums = spent.added_up(row, cohort + shape.begin, of_all, column)
    return sums.cumsum(axis=1) if params.measure == "cumulative_revenue_per_user" else sums


def counted(
    shape: Shape,
    population: pl.DataFrame,
    customers: pl.DataFrame,
    line: Timeline,
    params: CohortParams,
    week_start: str,
) -> Ints:
    """Members who came, or came then or later, a row a cohort, a column an age."""
    member = _places(population, customers)[line.users]
    inside = member >= 0
    cohort = np.where(inside, shape.cohort[member], 0)
    row = np.where(inside, shape.row[member], 0)
    size = len(shape.values) * shape.cohorts
    if not len(line.days):
        return np.zeros((size, shape.ages), np.int64)
    begin = int(line.days.min())
    table = np.arange(begin, int(line.days.max()) + 1, dtype=np.int32)
    table = periods.number(table, shape.kind, week_start) - shape.begin
    number = table[line.days - begin]
    if params.returning == "on-or-after":
        last = np.minimum(number[line.starts[1:] - 1] - cohort, shape.ages - 1)
        here = inside & (last >= 0)
        counts = np.bincount((row * shape.ages + last)[here], minlength=size * shape.ages)
        return counts.reshape(size, shape.ages)[:, ::-1].cumsum(axis=1)[:, ::-1]
    # Cells count on from the row's first, less the cohort's number: one sum an order.
    kind = np.int32 if size * shape.ages < 2**31 else np.int64
    cell = line.spread((row * shape.ages - cohort).astype(kind))
    cell += number
    keep = _came(line, number)
    first, last = number[line.starts[:-1]] - cohort, number[line.starts[1:] - 1] - cohort
    if not (inside & (first >= 0) & (last < shape.ages)).all():
        age = number - line.spread(cohort)
        keep &= (age >= 0) & (age < shape.ages) & line.spread(inside)
    return np.bincount(cell[keep], minlength=size * shape.ages).reshape(size, shape.ages)


def _came(line: Timeline, number: Ints) -> Ints:
    """Whether an order is its user's first in the period."""
    came = np.empty(len(number), bool)
    came[:1] = True
    np.not_equal(number[1:], number[:-1], out=came[1:])
    came[line.starts[:-1]] = True
    return came


def _places(population: pl.DataFrame, customers: pl.DataFrame) -> Ints:
    """The row of the population that each customer stands in; -1 for none."""
    if population["user_id"].equals(customers["user_id"]):
        return np.arange(len(customers))
    rows = population.select("user_id").with_row_index("row")
    joined = customers.select("user_id").join(rows, on="user_id", how="left", maintain_order="left")
    return joined["row"].cast(pl.Int64).fill_null(-1).to_numpy()
