"""What users spent by period, and buyers: told by sorted marks, they are what groupings tell."""

from __future__ import annotations

import tracemalloc
from collections import defaultdict
from unittest import mock

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from userops.analyses.cohorts.params import CohortParams
from userops.analyses.cohorts.tables import cohorts, members
from userops.core import periods
from userops.core.dates import Window, to_date
from userops.core.periods import Period
from userops.customers.buyers import BUYERS
from userops.engines import parallel
from userops.ledger import sort_keys, spend_by_period, timeline
from userops.ledger.customers import CUSTOMERS, ORDERS_BY_PERIOD

BEGINS = st.sampled_from([-400, 0, 12_700, 19_723])
AMOUNTS = st.one_of(st.integers(-500, 5_000), st.sampled_from([2**53 + 1, 10**15 - 1]))
Row = tuple[int, int, int]


@st.composite
def bought(draw: st.DrawFn, longest: int = 900) -> list[Row]:
    """(user, day, amount) of some orders."""
    begin = draw(BEGINS)
    day = st.integers(0, longest).map(lambda day: begin + day)
    return draw(st.lists(st.tuples(st.integers(0, 5), day, AMOUNTS), min_size=1, max_size=40))


def orders_of(rows: list[Row], *, numbered: bool = True, loose: bool = False) -> pl.LazyFrame:
    user, day, amount = zip(*rows, strict=True)
    found = pl.LazyFrame(
        {"user_id": user, "day": day, "amount": amount},
        schema={"user_id": pl.UInt64, "day": pl.Int32, "amount": pl.Int64},
    ).with_columns(orders=pl.lit(1, pl.Int32))
    if loose:  # of a customer, a day before anyone came
        refund = {"user_id": user[0], "day": min(day) - 1, "amount": -7, "orders": 0}
        found = pl.concat([found, pl.LazyFrame([refund], schema=found.collect_schema())])
    return found if numbered else found.with_columns(pl.col("user_id").cast(pl.String))


def window_of(rows: list[Row]) -> Window:
    days = [day for _, day, _ in rows]
    return Window(to_date(min(days)), to_date(max(days) + 3))


def by_hand(rows: list[Row], kind: Period, week_start: str) -> dict[tuple[int, int], list[int]]:
    """Orders and money by cohort and age."""
    number = {day: periods.number_of(day, kind, week_start) for _, day, _ in rows}
    first = {user: min(number[day] for who, day, _ in rows if who == user) for user, _, _ in rows}
    sums: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
    for user, day, amount in rows:
        cell = sums[first[user], number[day] - first[user]]
        cell[0] += 1
        cell[1] += amount
    return sums


@given(bought(), st.sampled_from(Period), st.sampled_from(["monday", "sunday"]), st.booleans())
def test_orders_and_money_by_cohort(
    rows: list[Row], kind: Period, week_start: str, numbered: bool
) -> None:
    window, want = window_of(rows), by_hand(rows, kind, week_start)
    seen = spend_by_period.SPEND_BY_PERIOD(
        orders_of(rows, numbered=numbered), kind, week_start
    ).collect()
    for part in (parallel._A_PART, 1):
        with mock.patch.object(parallel, "_A_PART", part):
            told = spend_by_period.spending_of(seen, window, kind, week_start)
        assert told is not None
        customers, spent = told
        assert isinstance(
            spent, spend_by_period.KeyedSpend if numbered else spend_by_period.SpendSums
        )
        for at, measure in enumerate(("orders", "revenue")):
            params = CohortParams(period=kind.value, measure=measure)
            _, long = cohorts(
                members(customers), customers, spent, window, params, week_start=week_start
            )
            found = {
                (row["cohort"], row["age"]): row["numerator"]
                for row in long.frame.filter(pl.col("cohort") != "all").iter_rows(named=True)
            }
            named = {
                (periods.label(cohort, kind, week_start), age): sums[at]
                for (cohort, age), sums in want.items()
            }
            assert found == {cell: named.get(cell, 0) for cell in found}
            assert named.keys() <= found.keys()


@given(bought(), st.data())
def test_some_customers_in_another_order(rows: list[Row], data: st.DataObject) -> None:
    window, kind = window_of(rows), Period.MONTH
    tables = []
    for numbered in (True, False):
        seen = spend_by_period.SPEND_BY_PERIOD(orders_of(rows, numbered=numbered), kind).collect()
        told = spend_by_period.spending_of(seen, window, kind)
        assert told is not None
        customers = told[0].with_columns(pl.col("user_id").cast(pl.String))
        tables.append((customers, told[1]))
    kept = data.draw(st.permutations(tables[0][0].rows()))
    kept = kept[: data.draw(st.integers(1, len(kept)))]
    some = pl.DataFrame(kept, schema=tables[0][0].schema, orient="row")
    params = CohortParams(measure="cumulative_revenue_per_user")
    of_marks, of_sums = (
        [table.frame for table in cohorts(members(some), customers, spent, window, params)]
        for customers, spent in tables
    )
    for one, other in zip(of_marks, of_sums, strict=True):
        assert one.rows() == other.rows()


def test_many_cells_are_held_once() -> None:
    """Each part adds to the same table, whether it has more orders than that has cells or fewer."""
    at = [np.array([0, 0, 1, 2]), np.array([2, 5])]
    paid = [np.array([2**60, 1, -5, 7]), np.array([3, 4])]
    for size in (6, 3_000_000):
        sums = sort_keys.sums_by_cell(lambda *part: part, size, at, paid)
        assert sums[:6].tolist() == [2**60 + 1, -5, 10, 0, 0, 4]
        counts = sort_keys.sums_by_cell(lambda part: (part, None), size, at)
        assert counts[:6].tolist() == [2, 1, 2, 0, 0, 1]
    tracemalloc.start()
    sort_keys.sums_by_cell(lambda part: (part, None), 3_000_000, [at[0]] * 50)
    assert tracemalloc.get_traced_memory()[1] < 1.5 * 3_000_000 * 8
    tracemalloc.stop()


@given(bought(longest=4_200))
def test_what_marks_cannot_tell(rows: list[Row]) -> None:
    """Too many periods, or refunds whose orders aren't there: sums do."""
    window = window_of(rows)
    assert window.first_day is not None
    assert window.as_of is not None
    seen = spend_by_period.SPEND_BY_PERIOD(orders_of(rows), Period.DAY).collect()
    many = (window.as_of - window.first_day).days >= 4096
    assert (spend_by_period.spending_of(seen, window, Period.DAY) is None) == many
    loose = orders_of(rows, loose=True)
    assert (
        spend_by_period.spending_of(
            spend_by_period.SPEND_BY_PERIOD(loose, Period.MONTH).collect(), window, Period.MONTH
        )
        is None
    )
    told = spend_by_period.spending_of(
        ORDERS_BY_PERIOD(loose, Period.MONTH).collect(), window, Period.MONTH
    )
    assert told is not None
    assert sorted(told[0]["user_id"]) == sorted({user for user, _, _ in rows})


@given(bought(longest=4_200), st.booleans())
def test_customers_and_BUYERS(rows: list[Row], loose: bool) -> None:
    orders, window = orders_of(rows, loose=loose), window_of(rows)
    marked = timeline.SORT_KEYS_WITH_AMOUNTS(orders).collect()
    told = timeline.from_id_keys(marked, window)
    days = [day for _, day, _ in rows]
    assert (told is None) == (loose or max(days) + 3 - min(days) >= 4096)
    if told is None:
        assert timeline.customers_from_id_keys(marked, window, None) is None
        return
    customers, line = told
    assert customers.equals(CUSTOMERS(orders).collect())
    how = BUYERS.from_keys
    assert how is not None
    assert how.finish is not None
    want = BUYERS(orders).collect()
    assert how.finish(customers, line).equals(want)
    for part in (parallel._A_PART, 1):
        with mock.patch.object(parallel, "_A_PART", part):
            alone = timeline.customers_from_id_keys(marked, window, how.finish)
        assert alone is not None
        assert alone.equals(want)


def test_nobody() -> None:
    nothing = orders_of([(1, 1, 1)]).filter(pl.col("orders") > 1)
    for kind in Period:
        told = spend_by_period.spending_of(
            spend_by_period.SPEND_BY_PERIOD(nothing, kind).collect(), Window(None, None), kind
        )
        assert told is not None
        assert told[0].is_empty()
    told_too = timeline.from_id_keys(
        timeline.SORT_KEYS_WITH_AMOUNTS(nothing).collect(), Window(None, None)
    )
    assert told_too is not None
    assert told_too[0].schema == CUSTOMERS(nothing).collect_schema()
    how = BUYERS.from_keys
    assert how is not None
    marked = timeline.SORT_KEYS_WITH_AMOUNTS(nothing).collect()
    nobody = timeline.customers_from_id_keys(marked, Window(None, None), how.finish)
    assert nobody is not None
    assert nobody.equals(BUYERS(nothing).collect())
