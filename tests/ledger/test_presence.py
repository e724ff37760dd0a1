"""Periods told by bits, or by marks of numbers, are the periods that a timeline tells."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from random import Random
from unittest import mock

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.running import userops
from userops.analyses.cohorts.params import CohortParams
from userops.analyses.cohorts.tables import cohorts, members
from userops.analyses.lifecycle import flow
from userops.core import periods
from userops.core.dates import Window, to_date, to_day
from userops.core.periods import Period
from userops.engines import parallel
from userops.engines.reductions import Ids
from userops.ledger import presence, timeline
from userops.ledger.customers import CUSTOMER_SPANS_BY_ID, CUSTOMERS
from userops.ledger.presence import Bitmaps, Presence, Runs

KINDS = st.sampled_from([Period.WEEK, Period.MONTH])
WEEKDAYS = st.sampled_from(["monday", "sunday"])
# Around where words of bits begin anew, years and months turn, and before 1970.
BEGINS = st.sampled_from([-400, -3, 0, 440, 12_700, 19_700, 19_723])


def orders_of(days: list[tuple[int, int]], *, numbered: bool) -> pl.LazyFrame:
    users, at = zip(*days, strict=True) if days else ((), ())
    return pl.LazyFrame(
        {"user_id": [one(user, numbered=numbered) for user in users], "day": at},
        schema={"user_id": pl.UInt64 if numbered else pl.String, "day": pl.Int32},
    ).with_columns(orders=pl.lit(1, pl.Int32), amount=pl.lit(100, pl.Int64))


def one(user: int, *, numbered: bool) -> int | str:
    """A user's id; of numbers some of the largest, too."""
    return (user if user % 2 else 10**15 - 1 - user) if numbered else f"u{user}"


@st.composite
def happened(draw: st.DrawFn, longest: int = 880) -> list[tuple[int, int]]:
    begin = draw(BEGINS)
    one = st.tuples(st.integers(0, 5), st.integers(0, longest).map(lambda day: begin + day))
    return draw(st.lists(one, min_size=1, max_size=40))


def both(
    days: list[tuple[int, int]], kind: Period, week_start: str, *, numbered: bool
) -> tuple[pl.DataFrame, Presence, timeline.Timeline, Window]:
    orders = orders_of(days, numbered=numbered)
    at = [day for _, day in days]
    window = Window(to_date(min(at)), to_date(max(at) + 3))
    seen = presence.PRESENCE(orders, kind, week_start).collect()
    told = presence.presence_of(seen.sort("^user_id$"), window, kind, week_start)
    assert told is not None
    assert isinstance(told[1], Runs if numbered else Bitmaps)
    customers = CUSTOMERS(orders).collect()
    assert told[0]["user_id"].equals(customers["user_id"])
    line = timeline.build(
        customers, timeline.SORT_KEYS(orders).collect(), timeline.ORDER_DAYS(orders).collect
    )
    return customers, told[1], line, window


@given(happened(), KINDS, WEEKDAYS, st.booleans())
def test_cohorts(
    days: list[tuple[int, int]], kind: Period, week_start: str, numbered: bool
) -> None:
    customers, came, line, window = both(days, kind, week_start, numbered=numbered)
    params = CohortParams(period=kind.value)
    for ages in (None, 2):
        params = CohortParams(period=kind.value, max_age=ages)
        of_bits, of_line = (
            cohorts(members(customers), customers, how, window, params, week_start=week_start)
            for how in (came, line)
        )
        assert [table.frame.rows() for table in of_bits] == [
            table.frame.rows() for table in of_line
        ]


@given(happened(), KINDS, WEEKDAYS, st.booleans(), st.data())
def test_cohorts_of_others(
    days: list[tuple[int, int]],
    kind: Period,
    week_start: str,
    numbered: bool,
    data: st.DataObject,
) -> None:
    """Members who joined years before they bought, never bought, or bought before they joined."""
    customers, came, line, window = both(days, kind, week_start, numbered=numbered)
    begin = min(day for _, day in days)
    joined = data.draw(st.lists(st.integers(begin - 1200, begin + 300), min_size=8, max_size=8))
    population = pl.DataFrame(
        {"user_id": [one(user, numbered=numbered) for user in range(8)], "day": joined},
        schema={"user_id": customers.schema["user_id"], "day": pl.Int32},
    )
    end = window.as_of
    assert end is not None
    population = population.filter(pl.col("day").cast(pl.Date) <= end)
    if population.is_empty():
        return
    params = CohortParams(period=kind.value)
    of_bits, of_line = (
        cohorts(population, customers, how, window, params, week_start=week_start)
        for how in (came, line)
    )
    assert [table.frame.rows() for table in of_bits] == [table.frame.rows() for table in of_line]


@given(happened(), KINDS, WEEKDAYS, st.booleans())
def test_flow(days: list[tuple[int, int]], kind: Period, week_start: str, numbered: bool) -> None:
    _, came, line, window = both(days, kind, week_start, numbered=numbered)
    of_both, of_line = (flow.flow(how, window, kind.value, week_start) for how in (came, line))
    assert of_both.frame.rows() == of_line.frame.rows()


@given(happened(longest=5000))
def test_customers_by_marks_alone(days: list[tuple[int, int]]) -> None:
    """Those of a grouping, and the same timeline; nothing where the days are too many."""
    orders = orders_of(days, numbered=True)
    at = [day for _, day in days]
    window = Window(to_date(min(at)), to_date(max(at)))
    marked, customers = timeline.SORT_KEYS(orders).collect(), CUSTOMER_SPANS_BY_ID(orders).collect()
    told = timeline.from_id_keys(marked, window)
    assert (told is None) == (max(at) - min(at) >= 4096)
    if told is None:
        return
    line = timeline.from_rows(customers, timeline.ORDER_DAYS(orders).collect())
    assert told[0].equals(customers)
    for name in ("users", "starts", "days"):
        assert getattr(told[1], name).tolist() == getattr(line, name).tolist()
    assert CUSTOMER_SPANS_BY_ID.on(Ids.OWN)(orders).collect().equals(customers.clear())


@given(happened(), KINDS, st.integers(2, 5))
def test_in_parts_all_is_the_same(days: list[tuple[int, int]], kind: Period, cores: int) -> None:
    """Of few users and many, whose marks lie on both sides of where a part would end."""
    orders = orders_of(days, numbered=True)
    at = [day for _, day in days]
    window = Window(to_date(min(at)), to_date(max(at)))
    begin, end = (periods.number_of(day, kind) for day in (min(at), max(at)))

    def found() -> list[list[int]]:
        told = presence.presence_of(presence.PRESENCE(orders, kind).collect(), window, kind)
        line = timeline.from_id_keys(timeline.SORT_KEYS(orders).collect(), window)
        assert told is not None
        assert line is not None
        came = told[1]
        groups = came.first % 3 - 1
        arrays = [came.first, came.heads(groups, 2, begin, end).ravel(), *came.totals(end)]
        arrays += [line[1].users, line[1].starts, line[1].days]
        arrays += [told[0]["user_id"].to_numpy(), line[0]["last_day"].to_numpy()]
        return [array.tolist() for array in arrays]

    whole = found()
    with (
        mock.patch.object(parallel, "_A_PART", 1),
        mock.patch.object(pl, "thread_pool_size", return_value=cores),
    ):
        assert found() == whole


@pytest.mark.parametrize("numbered", [False, True])
@pytest.mark.parametrize("kind", [Period.WEEK, Period.MONTH])
def test_so_many_periods_and_no_more(kind: Period, numbered: bool) -> None:
    most = 4096 if numbered else {Period.WEEK: 128, Period.MONTH: 64}[kind]
    first = -3000 if most == 4096 and kind is Period.WEEK else 0
    begin, last, beyond = (
        int(periods.first_day(np.array([first + more]), kind)[0]) for more in (0, most - 1, most)
    )
    seen = presence.PRESENCE(orders_of([(1, begin)], numbered=numbered), kind).collect()
    if last <= to_day(date(2299, 12, 31)):
        assert presence.presence_of(seen, Window(to_date(begin), to_date(last)), kind) is not None
    assert presence.presence_of(seen, Window(to_date(begin), to_date(beyond)), kind) is None
    assert presence.presence_of(seen.clear(), Window(None, None), kind) is not None


@pytest.mark.parametrize("form", ["u{}", "U{:03}"])
def test_a_longer_time_gives_the_same_cells(tmp_path: Path, form: str) -> None:
    """Twelve years, where bits would stand for two months: read by another pass, or by marks."""
    random, first = Random(3), to_date(15_000)
    days = [first + timedelta(random.randrange(4_400)) for _ in range(300)]
    rows = sorted((day, form.format(random.randrange(9))) for day in days)
    orders = tmp_path / "orders.csv"
    lines = [f"o{number},{user},{day},5" for number, (day, user) in enumerate(rows)]
    orders.write_text("order_id,user_id,order_time,amount\n" + "\n".join(lines) + "\n")
    out = tmp_path / "long.parquet"
    assert userops("cohorts", orders, "--show", "long", "-o", out, "--quiet").code == 0
    began: dict[str, str] = {}
    cells: dict[tuple[str, int], set[str]] = {}
    for day, user in rows:
        cohort = began.setdefault(user, f"{day:%Y-%m}")
        age = (day.year - int(cohort[:4])) * 12 + day.month - int(cohort[5:])
        cells.setdefault((cohort, age), set()).add(user)
    long = pl.read_parquet(out).filter((pl.col("cohort") != "all") & (pl.col("numerator") > 0))
    found = {(row["cohort"], row["age"]): row["numerator"] for row in long.iter_rows(named=True)}
    assert found == {cell: len(users) for cell, users in cells.items()}
