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
from userops.ledger.sort_keys import sums_by_cell
from userops.ledger.spend_by_period import Spending
from userops.ledger.timeline import Timeline

USER_MEASURES = ("retention", "users")
_MOST_CELLS = 30_000_000


@dataclass(frozen=True, slots=True)
class CohortGrid:
    """The cells of cohort by age. Cohorts are numbers from `first` on, one block of them for each value of the split."""

    period: Period
    first: int
    last: int  # as_of's period
    last_whole: int  # the last period that as_of doesn't cut short
    ages: int
    split_values: Sequence[str | None]
    by: str | None
    member_cohorts: Ints  # of each member, from 0 on within its block
    member_blocks: Ints  # of each member

    @property
    def cohorts(self) -> int:
        """How many cohorts a block has."""
        return self.last - self.first + 1

    @property
    def member_rows(self) -> Ints:
        """Of each member: which cohort of which block."""
        return (
            self.member_blocks * self.cohorts + self.member_cohorts
            if self.by
            else self.member_cohorts
        )


def grid_of(
    population: pl.DataFrame, by: str | None, as_of: int, params: CohortParams, week_start: str
) -> CohortGrid:
    """Which cells there are; `population` as `cohorts.members` gives it.

    Raises:
        UsageError: there are too many.
    """
    period = Period(params.period)
    joining_periods = periods.number(population["day"].to_numpy(), period, week_start).astype(
        np.int64
    )
    first, last = int(joining_periods.min()), periods.number_of(as_of, period, week_start)
    split_values: list[str | None] = [None]
    member_blocks = np.zeros(len(joining_periods), np.int64)
    if by:
        group_values = population[by].cast(pl.String)
        split_values = group_values.unique().sort(nulls_last=True).to_list()
        positions = pl.Series(range(len(split_values)), dtype=pl.Int64)
        member_blocks = group_values.replace_strict(
            pl.Series(split_values, dtype=pl.String), positions
        ).to_numpy()
    ages = min(last - first, params.max_age if params.max_age is not None else last - first) + 1
    if len(split_values) * (last - first + 1) * ages > _MOST_CELLS:
        raise UsageError(
            f"{len(split_values) * (last - first + 1):,} cohorts of {ages:,} ages are too many",
            mend="--max-age, a longer --period, or --by a column of fewer values",
        )
    last_whole = periods.last_whole(as_of, period, week_start)
    return CohortGrid(
        period,
        first,
        last,
        last_whole,
        ages,
        split_values,
        by,
        joining_periods - first,
        member_blocks,
    )


def sum_spending(
    grid: CohortGrid,
    population: pl.DataFrame,
    customers: pl.DataFrame,
    spending: Spending,
    params: CohortParams,
) -> Ints:
    """Orders or net amounts, a row a cohort, a column an age."""
    rows, cohorts = grid.member_rows, grid.member_cohorts
    if not population["user_id"].equals(customers["user_id"]):
        member = _member_rows(population, customers)
        rows, cohorts = np.where(member >= 0, rows[member], -1), cohorts[member]
    # A refund from before its user's first order counts with that.
    column = "amount" if params.measure in MONEY_MEASURES else "orders"
    grid_size = (len(grid.split_values) * grid.cohorts, grid.ages)
    cells = spending.added_up(rows, cohorts + grid.first, grid_size, column)
    return cells.cumsum(axis=1) if params.measure == "cumulative_revenue_per_user" else cells


def count_timeline(
    grid: CohortGrid,
    population: pl.DataFrame,
    customers: pl.DataFrame,
    timeline: Timeline,
    params: CohortParams,
    week_start: str,
) -> Ints:
    """Members who came, or came then or later, a row a cohort, a column an age."""
    size = len(grid.split_values) * grid.cohorts
    if not len(timeline.days):
        return np.zeros((size, grid.ages), np.int64)
    member_rows = _member_rows(population, customers)
    first_day = int(timeline.days.min())
    period_of_day = np.arange(first_day, int(timeline.days.max()) + 1, dtype=np.int32)
    period_of_day = periods.number(period_of_day, grid.period, week_start) - grid.first

    def cells_of(some: Timeline) -> tuple[Ints, None]:
        members = member_rows[some.users]
        period_of_order = period_of_day[some.days - first_day]
        if params.returning == "on-or-after":
            return _last_cells(grid, members, some, period_of_order), None
        return _cells(grid, members, some, period_of_order), None

    counts = sums_by_cell(cells_of, size * grid.ages, timeline.parts()).reshape(size, grid.ages)
    if params.returning == "on-or-after":
        return counts[:, ::-1].cumsum(axis=1)[:, ::-1]
    return counts


def _last_cells(grid: CohortGrid, members: Ints, timeline: Timeline, period_of_order: Ints) -> Ints:
    """The cell of each member's last order, or the cohort's last."""
    is_member, rows, cohorts = _placed(grid, members)
    last_age = np.minimum(period_of_order[timeline.starts[1:] - 1] - cohorts, grid.ages - 1)
    cells: Ints = (rows * grid.ages + last_age)[is_member & (last_age >= 0)]
    return cells


def _cells(grid: CohortGrid, members: Ints, timeline: Timeline, period_of_order: Ints) -> Ints:
    """The cells that each member has an order in."""
    is_member, rows, cohorts = _placed(grid, members)
    size = len(grid.split_values) * grid.cohorts
    # Cells count on from the row's first, less the cohort's number: one sum an order.
    dtype = np.int32 if size * grid.ages < 2**31 else np.int64
    cells = timeline.spread((rows * grid.ages - cohorts).astype(dtype))
    cells += period_of_order
    is_in_cell = _first_of_period(timeline, period_of_order)
    first_age, last_age = (
        period_of_order[timeline.starts[:-1]] - cohorts,
        period_of_order[timeline.starts[1:] - 1] - cohorts,
    )
    if not (is_member & (first_age >= 0) & (last_age < grid.ages)).all():
        age = period_of_order - timeline.spread(cohorts)
        is_in_cell &= (age >= 0) & (age < grid.ages) & timeline.spread(is_member)
    return cells[is_in_cell]


def _placed(grid: CohortGrid, members: Ints) -> tuple[Ints, Ints, Ints]:
    """Whether each is a member, the row of the table, and the cohort; of others 0."""
    is_member = members >= 0
    rows = np.where(is_member, grid.member_rows[members], 0)
    return is_member, rows, np.where(is_member, grid.member_cohorts[members], 0)


def _first_of_period(timeline: Timeline, period_of_order: Ints) -> Ints:
    """Whether an order is its user's first in the period."""
    is_first = np.empty(len(period_of_order), bool)
    is_first[:1] = True
    np.not_equal(period_of_order[1:], period_of_order[:-1], out=is_first[1:])
    is_first[timeline.starts[:-1]] = True
    return is_first


def _member_rows(population: pl.DataFrame, customers: pl.DataFrame) -> Ints:
    """The row of the population that each customer stands in; -1 for none."""
    if population["user_id"].equals(customers["user_id"]):
        return np.arange(len(customers))
    rows = population.select("user_id").with_row_index("row")
    joined = customers.select("user_id").join(rows, on="user_id", how="left", maintain_order="left")
    return joined["row"].cast(pl.Int64).fill_null(-1).to_numpy()
