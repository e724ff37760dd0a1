"""The tables of `userops cohorts`."""

from __future__ import annotations

import numpy as np
import polars as pl

from userops.analyses.cohorts.cells import PEOPLE, Shape, added_up, attending, counted, shape_of
from userops.analyses.cohorts.params import MONEY_MEASURES, CohortMeasure, CohortParams
from userops.core import periods
from userops.core.dates import Window, to_date, to_day
from userops.core.errors import UsageError
from userops.core.messages import Note, Word
from userops.core.periods import Period
from userops.core.table import Currency, Kind, Table
from userops.engines.parallel import Ints
from userops.ledger.presence import Presence
from userops.ledger.spend_by_period import KeyedSpend, Spending, SpendSums
from userops.ledger.timeline import Timeline
from userops.stats.intervals import wilson_high, wilson_low

__all__ = ["ALL", "LONG", "PEOPLE", "TABLES", "CohortParams", "cohorts", "members"]

TABLES = ("matrix", "long")
ALL = "all"


def members(customers: pl.DataFrame, split: pl.DataFrame | None = None) -> pl.DataFrame:
    """`user_id, day` of joining, and the split's column: customers by their first order.

    `split` has `user_id` and one more column; who isn't in it has none of its values.

    Raises:
        UsageError: that column has a name that's taken.
    """
    joined = customers.select("user_id", day="first_day")
    if split is None:
        return joined
    if by := set(split.columns[1:]) & {"day", *LONG}:
        raise UsageError(
            f"--by {by.pop()}: the tables have a column of that name", mend="rename it"
        )
    return joined.join(split, on="user_id", how="left", maintain_order="left")


def cohorts(
    population: pl.DataFrame,
    customers: pl.DataFrame,
    line: Timeline | Presence | Spending,
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
        line: when they came: a timeline, or who came in which period; for orders and money what
            they did in each period.
        window: its `as_of` is the last day that counts.
        params: what to measure.
        currency: what the amounts are in.
        week_start: the first day of a week.
        since: the first day that the timeline covers, where some joined before it.

    Raises:
        UsageError: `returning` doesn't go with the measure, or there are too many cells.
    """
    if params.returning != "in" and params.measure not in PEOPLE:
        raise UsageError(
            f"--returning {params.returning} counts users, and {params.measure} doesn't",
            mend="--measure retention, or users",
        )
    by = population.columns[2] if population.width > 2 else None
    if window.as_of is None or population.is_empty():
        long = pl.DataFrame(schema={**({by: pl.String} if by else {}), **_EMPTY})
        sizes = long.select(*([by] if by else []), "cohort", "size")
    else:
        shape = shape_of(population, by, to_day(window.as_of), params, week_start)
        if isinstance(line, Presence):
            cells = attending(shape, population, customers, line)
        elif isinstance(line, (SpendSums, KeyedSpend)):
            cells = added_up(shape, population, customers, line, params)
        else:
            cells = counted(shape, population, customers, line, params, week_start)
        covered = shape.begin if since is None else _first_whole(since, shape.kind, week_start)
        long, sizes = _long(shape, cells, params, week_start, covered)
    kinds = ({by: Kind.TEXT} if by else {}) | LONG | _measured(params.measure)
    notes = _notes(long, window, params)
    if since is not None and len(sizes) and covered > shape.begin:
        told = Note(
            "before {day} there are no events: cells of periods that begin earlier are empty, "
            "and not in the row all",
            day=to_date(since),
        )
        notes = (told, *notes)
    money = currency or Currency()
    matrix = _matrix(long, sizes, by, params, Table("long", long, kinds, window, money, notes))
    return matrix, Table("long", long, kinds, window, money, notes)


LATER = Note("counted is who came in the period or later (returning = on-or-after)")

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


def _measured(measure: CohortMeasure) -> dict[str, Kind]:
    money = measure in MONEY_MEASURES
    value = Kind.RATE if measure == "retention" else Kind.MONEY if money else Kind.COUNT
    return {"value": value, "numerator": Kind.MONEY if money else Kind.COUNT}


def _notes(long: pl.DataFrame, window: Window, params: CohortParams) -> tuple[Note, ...]:
    later = (LATER,) if params.returning == "on-or-after" else ()
    if long["complete"].all():
        return later
    return (
        *later,
        Note(
            "{as_of} cuts its {period} short: the cells that fall into it are not whole, and not in the row all",
            as_of=window.as_of,
            period=Word(params.period),
        ),
    )


def _first_whole(since: int, kind: Period, week_start: str) -> int:
    """The first period that doesn't begin before a day."""
    return periods.number_of(since - 1, kind, week_start) + 1


def _long(
    shape: Shape, cells: Ints, params: CohortParams, week_start: str, covered: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The cells that as_of has reached, by cohort and age; and the size of every cohort.

    Periods before the number `covered` have none.
    """
    rows = len(shape.values) * shape.cohorts
    size = np.bincount(shape.row, minlength=rows)
    cohort = np.tile(np.arange(shape.cohorts), len(shape.values))
    ages = np.arange(shape.ages)
    number = cohort[:, None] + ages + shape.begin
    reached = (number >= covered) & (number <= shape.end) & (size > 0)[:, None]
    whole = reached & (number <= shape.whole)
    row, age = np.nonzero(reached)
    names = [
        periods.label(number, shape.kind, week_start)
        for number in range(shape.begin, shape.end + 1)
    ]
    each_cell = pl.DataFrame(
        {
            "block": row // shape.cohorts,
            "cohort": pl.Series(names).gather(cohort[row]),
            "size": size[row],
            "age": age,
            "numerator": cells[row, age],
            "complete": whole[row, age],
        }
    )
    blocks = (len(shape.values), shape.cohorts, shape.ages)
    sizes = np.where(whole, size[:, None], 0).reshape(blocks).sum(axis=1)
    sums = np.where(whole, cells, 0).reshape(blocks).sum(axis=1)
    block, age = np.nonzero(sizes)
    totals = pl.DataFrame(
        {
            "block": block,
            "cohort": pl.repeat(ALL, len(block), dtype=pl.String, eager=True),
            "size": sizes[block, age],
            "age": age,
            "numerator": sums[block, age],
            "complete": pl.repeat(True, len(block), dtype=pl.Boolean, eager=True),
        }
    )
    long = pl.concat([each_cell, totals]).sort("block", maintain_order=True)
    kept = np.flatnonzero(size)
    each = pl.DataFrame(
        {
            "block": np.concatenate((kept // shape.cohorts, np.arange(len(shape.values)))),
            "cohort": [*(names[cohort[one]] for one in kept), *[ALL] * len(shape.values)],
            "size": np.concatenate((size[kept], size.reshape(len(shape.values), -1).sum(axis=1))),
        }
    ).sort("block", maintain_order=True)
    return _named(_valued(long, params.measure), shape), _named(each, shape)


def _named(frame: pl.DataFrame, shape: Shape) -> pl.DataFrame:
    """With the split's value in place of its number."""
    if shape.by is None:
        return frame.drop("block")
    values = pl.Series(shape.values, dtype=pl.String)
    return frame.select(pl.lit(values).gather(pl.col("block")).alias(shape.by), pl.exclude("block"))


def _valued(long: pl.DataFrame, measure: CohortMeasure) -> pl.DataFrame:
    numerator, size = pl.col("numerator"), pl.col("size")
    rate = measure == "retention"
    value = numerator / size if rate or measure == "cumulative_revenue_per_user" else numerator
    nothing = pl.lit(None, pl.Float64)
    return long.select(
        "block",
        "cohort",
        "size",
        "age",
        value.alias("value"),
        "numerator",
        (wilson_low(numerator, size) if rate else nothing).alias("low"),
        (wilson_high(numerator, size) if rate else nothing).alias("high"),
        "complete",
    )


def _matrix(
    long: pl.DataFrame, sizes: pl.DataFrame, by: str | None, params: CohortParams, like: Table
) -> Table:
    keys = [*([by] if by else []), "cohort"]
    ages = [str(age) for age in range((int(long["age"].max()) if len(long) else -1) + 1)]  # type: ignore[arg-type]
    wide = long.pivot("age", index=keys, values=["value"]) if ages else long.select(keys)
    # An age that no cohort has a cell of: the events begin after it.
    wide = wide.with_columns(
        pl.lit(None, long.schema["value"]).alias(age) for age in ages if age not in wide.columns
    )
    frame = sizes.join(wide, on=keys, how="left", maintain_order="left", nulls_equal=True).select(
        *keys, "size", *ages
    )
    kind = _measured(params.measure)["value"]
    kinds = {name: like.columns[name] for name in (*keys, "size")} | dict.fromkeys(ages, kind)
    rate = params.measure == "retention"
    per_user = params.measure == "cumulative_revenue_per_user"
    open_ones = long.filter(~pl.col("complete")).select(*keys, "age")
    rows = frame.select(keys).with_row_index("row")
    cut = rows.join(open_ones, on=keys, nulls_equal=True)
    return Table(
        "matrix",
        frame,
        kinds,
        like.window,
        like.currency,
        like.notes,
        # Counts depend on the cohort's size, and everyone is there at age 0: both would pale the rest.
        shade=tuple(ages[1:] if rate else ages if per_user else ()),
        cut=frozenset((row, str(age)) for row, age in cut.select("row", "age").iter_rows()),
    )
