"""The tables of `userops cohorts`."""

from __future__ import annotations

import numpy as np
import polars as pl

from userops.analyses.cohorts.cells import (
    USER_MEASURES,
    CohortGrid,
    count_timeline,
    grid_of,
    sum_spending,
)
from userops.analyses.cohorts.params import MONEY_MEASURES, CohortMeasure, CohortParams
from userops.core import periods
from userops.core.dates import Window, to_date, to_day
from userops.core.errors import UsageError
from userops.core.messages import Note, Word
from userops.core.periods import Period
from userops.core.table import Currency, Kind, Table
from userops.engines.parallel import Ints
from userops.ledger.spend_by_period import KeyedSpend, Spending, SpendSums
from userops.ledger.timeline import Timeline
from userops.stats.intervals import wilson_high, wilson_low

__all__ = ["ALL", "LONG", "CohortParams", "cohorts", "members"]

ALL = "all"


def members(customers: pl.DataFrame, attributes: pl.DataFrame | None = None) -> pl.DataFrame:
    """`user_id, day` of joining, and the split's column: customers by their first order.

    `attributes` has `user_id` and one more column; who isn't in it has none of its values.

    Raises:
        UsageError: that column has a name that's taken.
    """
    joined = customers.select("user_id", day="first_day")
    if attributes is None:
        return joined
    if taken := set(attributes.columns[1:]) & {"day", *LONG}:
        raise UsageError(
            f"--by {taken.pop()}: the tables have a column of that name", mend="rename it"
        )
    return joined.join(attributes, on="user_id", how="left", maintain_order="left")


def cohorts(
    population: pl.DataFrame,
    customers: pl.DataFrame,
    history: Timeline | Spending,
    window: Window,
    params: CohortParams,
    *,
    currency: Currency | None = None,
    week_start: str = "monday",
    since: int | None = None,
) -> tuple[Table, Table]:
    """The tables `matrix` and `long`.

    Args:
        population: `user_id, day` (when each joined), and a column to split by if there's a
            third; as `members` gives it.
        customers: whom the timeline is of.
        history: when they came, a timeline; for orders and money what they bought in each period.
        window: its `as_of` is the last day that counts.
        params: what to measure.
        currency: what the amounts are in.
        week_start: the first day of a week.
        since: the first day that the timeline covers, where some joined before it.

    Raises:
        UsageError: `returning` doesn't go with the measure, or there are too many cells.
    """
    if params.returning != "in" and params.measure not in USER_MEASURES:
        raise UsageError(
            f"--returning {params.returning} counts users, and {params.measure} doesn't",
            mend="--measure retention, or users",
        )
    by = population.columns[2] if population.width > 2 else None
    if window.as_of is None or population.is_empty():
        long = pl.DataFrame(schema={**({by: pl.String} if by else {}), **_EMPTY})
        sizes = long.select(*([by] if by else []), "cohort", "size")
    else:
        grid = grid_of(population, by, to_day(window.as_of), params, week_start)
        if isinstance(history, (SpendSums, KeyedSpend)):
            cells = sum_spending(grid, population, customers, history, params)
        else:
            cells = count_timeline(grid, population, customers, history, params, week_start)
        first_covered = (
            grid.first if since is None else _first_covered_period(since, grid.period, week_start)
        )
        long, sizes = _long_and_sizes(grid, cells, params, week_start, first_covered)
    kinds = ({by: Kind.TEXT} if by else {}) | LONG | _value_columns(params.measure)
    notes = _notes(long, window, params)
    if since is not None and len(sizes) and first_covered > grid.first:
        note = Note(
            "there are no events before {day}: cells of earlier periods are empty, "
            "and left out of the row all",
            day=to_date(since),
        )
        notes = (note, *notes)
    money = currency or Currency()
    matrix = _matrix(long, sizes, by, params, Table("long", long, kinds, window, money, notes))
    return matrix, Table("long", long, kinds, window, money, notes)


LATER_NOTE = Note(
    "counted is who came in the period or later (returning = on-or-after): until everyone has, a cell "
    "can still grow; it's marked, and has no interval"
)

LONG: dict[str, Kind] = {
    "cohort": Kind.WORD,
    "size": Kind.COUNT,
    "age": Kind.COUNT,
    "value": Kind.RATE,
    "numerator": Kind.COUNT,
    "low": Kind.RATE,
    "high": Kind.RATE,
    "complete": Kind.FLAG,
}
_EMPTY = {
    "cohort": pl.String,
    "size": pl.Int64,
    "age": pl.Int64,
    "value": pl.Float64,
    "numerator": pl.Int64,
    "low": pl.Float64,
    "high": pl.Float64,
    "complete": pl.Boolean,
}


def _value_columns(measure: CohortMeasure) -> dict[str, Kind]:
    money = measure in MONEY_MEASURES
    value = Kind.RATE if measure == "retention" else Kind.MONEY if money else Kind.COUNT
    return {"value": value, "numerator": Kind.MONEY if money else Kind.COUNT}


def _notes(long: pl.DataFrame, window: Window, params: CohortParams) -> tuple[Note, ...]:
    if params.returning == "on-or-after":
        return (LATER_NOTE,)
    if long["complete"].all():
        return ()
    return (
        Note(
            "the {period} of {as_of} is incomplete: its cells are marked, and left out of the row all",
            as_of=window.as_of,
            period=Word(params.period),
        ),
    )


def _first_covered_period(since: int, period: Period, week_start: str) -> int:
    """The first period that doesn't begin before a day."""
    return periods.number_of(since - 1, period, week_start) + 1


def _long_and_sizes(
    grid: CohortGrid, cells: Ints, params: CohortParams, week_start: str, first_covered: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The cells that as_of has reached, by cohort and age; and the size of every cohort.

    `cells` has a row a cohort and a column an age. Periods before the number `first_covered` have
    no cells.
    """
    count = len(grid.split_values)
    size = np.bincount(grid.member_rows, minlength=count * grid.cohorts)
    period = np.tile(np.arange(grid.cohorts), count)[:, None] + np.arange(grid.ages) + grid.first
    is_reached = (period >= first_covered) & (period <= grid.last) & (size > 0)[:, None]
    is_whole = is_reached & (period <= grid.last_whole)
    names = pl.Series(
        [
            periods.label(number, grid.period, week_start)
            for number in range(grid.first, grid.last + 1)
        ]
    )
    row, age = np.nonzero(is_reached)
    by_cohort = pl.DataFrame(
        {
            "block": row // grid.cohorts,
            "cohort": names.gather(row % grid.cohorts),
            "size": size[row],
            "age": age,
            "numerator": cells[row, age],
            "complete": is_whole[row, age],
        }
    )
    long = pl.concat([by_cohort, _totals(grid, cells, size, is_whole)])
    if params.returning == "on-or-after":
        # Whoever comes back at any time counts: nothing can change once everyone has.
        long = long.with_columns(complete=pl.col("numerator") == pl.col("size"))
    return (
        _with_split_names(_with_values(long.sort("block", maintain_order=True), params), grid),
        _with_split_names(_sizes(grid, size, names), grid),
    )


def _totals(grid: CohortGrid, cells: Ints, size: Ints, is_whole: Ints) -> pl.DataFrame:
    """At each age of each block, the sums over the cohorts that have reached it whole."""
    blocks = (len(grid.split_values), grid.cohorts, grid.ages)
    sizes = np.where(is_whole, size[:, None], 0).reshape(blocks).sum(axis=1)
    sums = np.where(is_whole, cells, 0).reshape(blocks).sum(axis=1)
    block, age = np.nonzero(sizes)
    return pl.DataFrame(
        {
            "block": block,
            "cohort": pl.repeat(ALL, len(block), dtype=pl.String, eager=True),
            "size": sizes[block, age],
            "age": age,
            "numerator": sums[block, age],
            "complete": pl.repeat(True, len(block), dtype=pl.Boolean, eager=True),
        }
    )


def _sizes(grid: CohortGrid, size: Ints, names: pl.Series) -> pl.DataFrame:
    """`block, cohort, size` of the cohorts with members, then of all, block by block."""
    count = len(grid.split_values)
    rows = np.flatnonzero(size)
    return pl.DataFrame(
        {
            "block": np.concatenate((rows // grid.cohorts, np.arange(count))),
            "cohort": [*names.gather(rows % grid.cohorts), *[ALL] * count],
            "size": np.concatenate((size[rows], size.reshape(count, -1).sum(axis=1))),
        }
    ).sort("block", maintain_order=True)


def _with_split_names(frame: pl.DataFrame, grid: CohortGrid) -> pl.DataFrame:
    """With the split's value in place of its number."""
    if grid.by is None:
        return frame.drop("block")
    values = pl.Series(grid.split_values, dtype=pl.String)
    return frame.select(pl.lit(values).gather(pl.col("block")).alias(grid.by), pl.exclude("block"))


def _with_values(long: pl.DataFrame, params: CohortParams) -> pl.DataFrame:
    measure = params.measure
    numerator, size = pl.col("numerator"), pl.col("size")
    is_rate = measure == "retention"
    value = numerator / size if is_rate or measure == "cumulative_revenue_per_user" else numerator
    empty = pl.lit(None, pl.Float64)
    settled = pl.lit(value=True) if params.returning == "in" else pl.col("complete")
    return long.select(
        "block",
        "cohort",
        "size",
        "age",
        value.alias("value"),
        "numerator",
        (pl.when(settled).then(wilson_low(numerator, size)) if is_rate else empty).alias("low"),
        (pl.when(settled).then(wilson_high(numerator, size)) if is_rate else empty).alias("high"),
        "complete",
    )


def _matrix(
    long: pl.DataFrame, sizes: pl.DataFrame, by: str | None, params: CohortParams, long_table: Table
) -> Table:
    keys = [*([by] if by else []), "cohort"]
    ages = [str(age) for age in range((int(long["age"].max()) if len(long) else -1) + 1)]  # type: ignore[arg-type]
    values = long.pivot("age", index=keys, values=["value"]) if ages else long.select(keys)
    # An age that no cohort has a cell of: the events begin after it.
    values = values.with_columns(
        pl.lit(None, long.schema["value"]).alias(age) for age in ages if age not in values.columns
    )
    frame = sizes.join(values, on=keys, how="left", maintain_order="left", nulls_equal=True).select(
        *keys, "size", *ages
    )
    kind = _value_columns(params.measure)["value"]
    kinds = {name: long_table.columns[name] for name in (*keys, "size")} | dict.fromkeys(ages, kind)
    is_rate = params.measure == "retention"
    per_user = params.measure == "cumulative_revenue_per_user"
    open_cells = long.filter(~pl.col("complete")).select(*keys, "age")
    rows = frame.select(keys).with_row_index("row")
    cut_cells = rows.join(open_cells, on=keys, nulls_equal=True)
    return Table(
        "matrix",
        frame,
        kinds,
        long_table.window,
        long_table.currency,
        long_table.notes,
        # Counts depend on the cohort's size, and everyone is there at age 0: both would pale the rest.
        shade=tuple(ages[1:] if is_rate else ages if per_user else ()),
        cut=frozenset((row, str(age)) for row, age in cut_cells.select("row", "age").iter_rows()),
    )
