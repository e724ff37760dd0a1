from __future__ import annotations

from datetime import date, datetime, timedelta
from math import sqrt
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyses.cohort_tables import read, table
from helpers.running import SAMPLES, userops
from helpers.shops import CLEAN, FIRST_DAY, SHAPES, Row, Shape, shop, shops, write
from helpers.ways import carefully
from oracles import returning as oracle
from userops.core.dates import Window
from userops.core.table import Currency, Kind, Result, Table
from userops.ledger import timeline
from userops.render import Style, render
from userops.stats.intervals import wilson_high, wilson_low

LONGER = Shape(users=25, rows=200, days=200)
LONG_AND_CLEAN = Shape(users=25, rows=200, days=200, returns=False)
ALL_SHAPES = (*SHAPES, LONGER, LONG_AND_CLEAN)
DAYS = st.integers(0, 210).map(lambda days: FIRST_DAY + timedelta(days))
PERIODS = st.sampled_from(["day", "week", "month"])
COUNTED = {
    "retention": "users",
    "users": "users",
    "orders": "orders",
    "revenue": "revenue",
    "cumulative_revenue_per_user": "spent",
}
MEASURES = st.sampled_from(list(COUNTED))
MONEY = ("revenue", "cumulative_revenue_per_user")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cohorts")


def label(cohort: date, unit: str) -> str:
    return cohort.isoformat()[: 7 if unit == "month" else 10]


def expected(
    rows: list[Row], as_of: date | None, unit: str, measure: str, counted: str | None = None
) -> list[tuple]:
    """Cells of `long` without the intervals, then those of `all`; money in minor units."""
    found = oracle.ask(oracle.COHORTS, rows, as_of, unit=unit)
    name = counted or COUNTED[measure]
    cells = [
        (label(cell["cohort"], unit), cell["size"], cell["age"], cell[name], cell["complete"])
        for cell in found
    ]
    for age in sorted({cell[2] for cell in cells}):
        whole = [cell for cell in cells if cell[2] == age and cell[4] and cell[0] != "all"]
        if whole:
            cells.append(
                ("all", sum(cell[1] for cell in whole), age, sum(cell[3] for cell in whole), True)
            )
    per_user = measure in ("retention", "cumulative_revenue_per_user")
    return [
        (cohort, size, age, number / size if per_user else number, number, complete)
        for cohort, size, age, number, complete in cells
    ]


def plain(long: pl.DataFrame, measure: str) -> list[tuple]:
    """The same of a table, money in minor units again."""
    if measure in MONEY:
        long = long.with_columns((pl.col("numerator") * 100).cast(pl.Int64))
        value = pl.col("value") * 100
        long = long.with_columns(value.cast(pl.Int64) if measure == "revenue" else value)
    return long.drop("low", "high").rows()


def same(found: list[tuple], wanted: list[tuple]) -> bool:
    assert [cell[:3] + cell[4:] for cell in found] == [cell[:3] + cell[4:] for cell in wanted]
    return [cell[3] for cell in found] == pytest.approx([cell[3] for cell in wanted])


class TestCells:
    @settings(max_examples=20)
    @given(rows=shops(ALL_SHAPES), as_of=st.none() | DAYS, unit=PERIODS, measure=MEASURES)
    def test_every_cell(self, folder, rows, as_of, unit, measure) -> None:
        told = ("--period", unit, "--measure", measure, *(("--as-of", as_of) if as_of else ()))
        found = table(folder, rows, "long", *told)
        assert same(plain(found, measure), expected(rows, as_of, unit, measure))

    @settings(max_examples=12)
    @given(rows=shops(ALL_SHAPES), unit=PERIODS, measure=st.sampled_from(["retention", "users"]))
    def test_returning_on_or_after(self, folder, rows, unit, measure) -> None:
        told = ("--period", unit, "--measure", measure, "--returning", "on-or-after")
        found = table(folder, rows, "long", *told)
        wanted = [
            (*cell[:5], cell[4] == cell[1])  # whole once everyone has come back
            for cell in expected(rows, None, unit, measure, "later")
        ]
        assert same(plain(found, measure), wanted)
        growing = found.filter(~pl.col("complete"))
        assert growing["low"].null_count() == growing["high"].null_count() == len(growing)
        if measure == "retention":
            assert found.filter("complete")["low"].null_count() == 0

    def test_cells_that_can_still_grow_are_marked(self, folder) -> None:
        """January's cohort of two: one comes back in February, and whether the other does is open."""
        rows = [
            Row("1", "a", date(2024, 1, 3), 1), Row("2", "b", date(2024, 1, 4), 1),
            Row("3", "a", date(2024, 2, 3), 1), Row("4", "a", date(2024, 3, 31), 1),
        ]  # fmt: skip
        name = write(folder / "orders.csv", rows)
        ran = userops("cohorts", name, "--returning", "on-or-after", "-f", "md")
        assert "| 2024-01 | 2 | 100.0 % | 50.0 %\\* | 50.0 %\\* |" in ran.text
        assert "until everyone has, a cell can still grow" in ran.text

    @settings(max_examples=10)
    @given(rows=shops((CLEAN, LONG_AND_CLEAN)), unit=PERIODS, measure=MEASURES)
    def test_fast_careful_and_without_marks(self, folder, rows, unit, measure) -> None:
        told = ("long", "--period", unit, "--measure", measure)
        fast = table(folder, rows, *told)
        with carefully():
            assert table(folder, rows, *told).equals(fast)
        kept, timeline._from_keys = timeline._from_keys, lambda *_: None
        try:
            assert table(folder, rows, *told).equals(fast)
        finally:
            timeline._from_keys = kept

    @settings(max_examples=12)
    @given(
        rows=shops(ALL_SHAPES), unit=PERIODS, most=st.none() | st.integers(0, 3),
        a_part=st.integers(1, 4), returning=st.sampled_from(["in", "on-or-after"]),
    )  # fmt: skip
    def test_some_users_after_others(self, folder, rows, unit, most, a_part, returning) -> None:
        told = ["long", "--period", unit, "--returning", returning]
        told += [] if most is None else ["--max-age", most]
        at_once = table(folder, rows, *told)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(timeline, "_A_PART", a_part)
            assert table(folder, rows, *told).equals(at_once)

    @settings(max_examples=10)
    @given(rows=shops(ALL_SHAPES), as_of=DAYS, unit=PERIODS, measure=MEASURES)
    def test_as_of_is_cutting_the_file(self, folder, rows, as_of, unit, measure) -> None:
        cut = [row for row in rows if row.day <= as_of]
        told = ("--as-of", as_of, "--period", unit, "--measure", measure)
        for show in ("matrix", "long"):
            assert table(folder, rows, show, *told).equals(table(folder, cut, show, *told))

    @settings(max_examples=10)
    @given(rows=shops(ALL_SHAPES), unit=PERIODS)
    def test_parts_sum_to_the_whole(self, folder, rows, unit) -> None:
        cells = pl.col("cohort") != "all"
        orders = table(folder, rows, "long", "--period", unit, "--measure", "orders")
        revenue = table(folder, rows, "long", "--period", unit, "--measure", "revenue")
        out = folder / "users.parquet"
        userops("segment", folder / "orders.csv", "-o", out, "--max-rejects", "100%")
        users = pl.read_parquet(out)
        assert orders.filter(cells)["numerator"].sum() == users["frequency"].sum()
        assert revenue.filter(cells)["numerator"].sum() == users["monetary"].sum()
        sizes = table(folder, rows, "matrix", "--period", unit)
        assert sizes.filter(cells)["size"].sum() == len(users)
        assert sizes.filter(~cells)["size"].sum() == len(users)

    @settings(max_examples=10)
    @given(rows=shops(ALL_SHAPES), unit=PERIODS, most=st.integers(0, 5), measure=MEASURES)
    def test_highest_age(self, folder, rows, unit, most, measure) -> None:
        told = ("long", "--period", unit, "--measure", measure)
        whole = table(folder, rows, *told)
        part = table(folder, rows, *told, "--max-age", most)
        assert part.equals(whole.filter(pl.col("age") <= most))


class TestMatrix:
    @settings(max_examples=10)
    @given(rows=shops(ALL_SHAPES), unit=PERIODS, measure=MEASURES)
    def test_it_is_long_laid_out(self, folder, rows, unit, measure) -> None:
        told = ("--period", unit, "--measure", measure)
        matrix = table(folder, rows, "matrix", *told)
        long = table(folder, rows, "long", *told)
        cells = {(cohort, age): value for cohort, _, age, value, *_ in long.rows()}
        ages = matrix.columns[2:]
        assert ages == [str(age) for age in range(len(ages))]
        for row in matrix.iter_rows(named=True):
            assert [row[age] for age in ages] == [
                cells.pop((row["cohort"], int(age)), None) for age in ages
            ]
        assert not cells
        if len(matrix):
            assert matrix["cohort"].to_list()[-1] == "all"

    def test_cdnow(self, folder) -> None:
        found = read(folder, "matrix", SAMPLES / "cdnow" / "orders.csv", "--measure", "users")
        assert found.row(0)[:7] == ("1997-01", 7846, 7846, 1157, 964, 810, 679)
        assert found["size"].to_list() == [7846, 8476, 7248, 23570]
        assert found.row(2)[-2:] == (None, None)
        assert found.row(3)[2] == 23570

    def test_what_isnt_reached_is_empty_and_what_is_cut_short_is_marked(self, folder) -> None:
        rows = [Row("1", "a", date(2024, 1, 5), 1), Row("2", "b", date(2024, 2, 5), 1)]
        long = table(folder, rows, "long", "--as-of", "2024-03-10")
        assert long.select("cohort", "age", "value", "complete").rows() == [
            ("2024-01", 0, 1, True),
            ("2024-01", 1, 0, True),
            ("2024-01", 2, 0, False),
            ("2024-02", 0, 1, True),
            ("2024-02", 1, 0, False),
            ("all", 0, 1, True),
            ("all", 1, 0, True),
        ]
        assert table(folder, rows, "matrix", "--as-of", "2024-03-10").rows() == [
            ("2024-01", 1, 1, 0, 0),
            ("2024-02", 1, 1, 0, None),
            ("all", 2, 1, 0, None),
        ]

    def test_a_note_says_that_a_period_is_cut_short(self, folder) -> None:
        name = write(folder / "orders.csv", [Row("1", "a", date(2024, 1, 5), 1)])
        assert "is incomplete: its cells" in userops("cohorts", name).err
        assert "short" not in userops("cohorts", name, "--as-of", "2024-01-31").err

    def test_the_note_speaks_of_cells_that_are_there(self, folder) -> None:
        rows = [Row("1", "a", date(2024, 1, 5), 1), Row("2", "b", date(2024, 1, 6), 1)]
        name = write(folder / "orders.csv", rows)
        early = userops("cohorts", name, "--as-of", "2024-03-10", "--max-age", 1).err
        assert "short" not in early
        assert "short" not in userops("cohorts", name, "--as-of", "2020-01-10").err
        every = userops("cohorts", name, "--as-of", "2024-03-10", "--show", "all", "-f", "json").err
        assert every.count("is incomplete: its cells") == 1

    def test_cells_cut_short_are_marked_wherever_people_read(self, folder) -> None:
        rows = [Row("1", "a", date(2024, 1, 5), 1), Row("2", "b", date(2024, 2, 5), 1)]
        name = write(folder / "orders.csv", rows)
        shown = {
            fmt: userops("cohorts", name, "-f", fmt, "-q").text for fmt in ("table", "md", "html")
        }
        assert "| 2024-02 | 1 | 100.0 %\\* |" in shown["md"]
        assert '<td class="n">100.0 %*</td>' in shown["html"]
        for text in shown.values():
            assert "not whole yet" in text
        for fmt in ("csv", "json"):
            assert "*" not in userops("cohorts", name, "-f", fmt, "-q").text
        whole = userops("cohorts", name, "-f", "md", "-q", "--as-of", "2024-02-29").text
        assert "*" not in whole

    def test_a_title_without_a_first_day(self, folder) -> None:
        name = write(folder / "orders.csv", [Row("1", "a", date(2024, 1, 5), 1)])
        for fmt in ("table", "html"):
            text = userops("cohorts", name, "--as-of", "2020-01-10", "-f", fmt).text
            assert "– 2020-01-10" in text
            assert "None" not in text


class TestIntervals:
    @settings(max_examples=10)
    @given(rows=shops(ALL_SHAPES), unit=PERIODS)
    def test_retention_has_wilsons(self, folder, rows, unit) -> None:
        z = 1.959963984540054
        for _, size, _, rate, _, low, high, _ in table(
            folder, rows, "long", "--period", unit
        ).rows():
            middle = (rate + z * z / 2 / size) / (1 + z * z / size)
            half = z * sqrt(rate * (1 - rate) / size + z * z / 4 / size**2) / (1 + z * z / size)
            assert (low, high) == pytest.approx((middle - half, middle + half))

    def test_published(self) -> None:
        # Newcombe (1998), Table I, method 3.
        cases = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)]  # fmt: skip
        frame = pl.DataFrame(cases, schema=["x", "n", "low", "high"], orient="row").select(
            "low",
            "high",
            found_low=wilson_low(pl.col("x"), pl.col("n")),
            found_high=wilson_high(pl.col("x"), pl.col("n")),
        )
        for low, high, found_low, found_high in frame.rows():
            assert (found_low, found_high) == pytest.approx((low, high), abs=6e-5)

    def test_ends(self) -> None:
        frame = pl.DataFrame({"x": [0, 7, 0], "n": [7, 7, 0]}).select(
            wilson_low(pl.col("x"), pl.col("n")), high=wilson_high(pl.col("x"), pl.col("n"))
        )
        assert frame.row(0)[0] == 0.0
        assert frame.row(1)[1] == 1.0
        assert frame.row(2) == (None, None)


class TestSplit:
    @pytest.fixture
    def orders(self, folder) -> Path:
        """Orders whose first channel is known by its time, at equal times by its name."""
        path = folder / "channels.csv"
        path.write_text(
            "order_id,user_id,order_time,amount,channel,status\n"
            "1,a,2024-01-05 12:00:00,1,web,paid\n"
            "2,a,2024-01-05 09:00:00,1,app,paid\n"
            "3,b,2024-01-06 09:00:00,1,web,cancelled\n"
            "4,b,2024-01-07 09:00:00,1,shop,paid\n"
            "5,c,2024-02-01 09:00:00,1,web,paid\n"
            "6,c,2024-02-01 09:00:00,1,app,paid\n"
            "7,d,2024-02-02 09:00:00,1,,paid\n"
            "8,d,2024-02-03 09:00:00,1,web,paid\n",
            encoding="utf-8",
        )
        return path

    def test_by_the_first_orders_channel(self, folder, orders) -> None:
        found = read(folder, "matrix", orders, "--by", "channel", "--as-of", "2024-02-29")
        wanted = [
            ("app", "2024-01", 1, 1, 0),
            ("app", "2024-02", 1, 1, None),
            ("app", "all", 2, 1, 0),
            ("shop", "2024-01", 1, 1, 0),
            ("shop", "all", 1, 1, 0),
            (None, "2024-02", 1, 1, None),
            (None, "all", 1, 1, None),
        ]
        assert found.columns == ["channel", "cohort", "size", "0", "1"]
        assert found.rows() == wanted
        with carefully():
            assert read(
                folder, "matrix", orders, "--by", "channel", "--as-of", "2024-02-29"
            ).equals(found)

    def test_by_an_attribute_of_users(self, folder, orders) -> None:
        users = folder / "users.csv"
        users.write_text("user_id,registered_at,gender\na,2023-01-01,f\nb,2023-01-01,m\n")
        found = read(folder, "matrix", orders, "--by", "gender", "--users", users)
        assert found.select("gender", "cohort", "size").rows() == [
            ("f", "2024-01", 1),
            ("f", "all", 1),
            ("m", "2024-01", 1),
            ("m", "all", 1),
            (None, "2024-02", 2),
            (None, "all", 2),
        ]

    def test_columns_that_arent_there(self, folder, orders) -> None:
        ran = userops("cohorts", orders, "--by", "gender")
        assert ran.code == 2
        assert "--users" in ran.err
        users = folder / "plain.csv"
        users.write_text("user_id\na\n")
        ran = userops("cohorts", orders, "--by", "gender", "--users", users)
        assert ran.code == 2
        assert "no column for gender in the orders, nor in the users export" in ran.err

    @settings(max_examples=8)
    @given(seed=st.integers(0, 1000), measure=MEASURES, unit=PERIODS)
    def test_parts_are_cohorts_of_their_own(self, folder, seed, measure, unit) -> None:
        rows = shop(Random(seed), LONGER)
        users = folder / "half.csv"
        names = sorted({row.user_id for row in rows})
        halves = {name: str(at % 2) for at, name in enumerate(names)}
        users.write_text(
            "user_id,half\n" + "".join(f"{name},{half}\n" for name, half in halves.items())
        )
        told = ("--measure", measure, "--period", unit, "--as-of", "2024-08-01")
        split = table(folder, rows, "long", *told, "--users", users, "--by", "half")
        for half in ("0", "1"):
            own = [row for row in rows if halves[row.user_id] == half]
            part = table(folder, own, "long", *told)
            assert split.filter(pl.col("half") == half).drop("half").equals(part)


class TestRefusals:
    def test_returning_counts_users(self, folder) -> None:
        name = write(folder / "orders.csv", [Row("1", "a", FIRST_DAY, 1)])
        ran = userops("cohorts", name, "--measure", "orders", "--returning", "on-or-after")
        assert ran.code == 2

    def test_too_many_cells(self, folder) -> None:
        far = [Row("1", "a", date(1995, 1, 1), 1), Row("2", "b", date(2024, 1, 1), 1)]
        name = write(folder / "orders.csv", far)
        ran = userops("cohorts", name, "--period", "day")
        assert ran.code == 2
        assert "--max-age" in ran.err
        assert userops("cohorts", name, "--period", "day", "--max-age", 30).code == 0

    def test_nobody(self, folder) -> None:
        rows = [Row("1", "a", FIRST_DAY, 1)]
        early = ("--as-of", FIRST_DAY - timedelta(1))
        assert table(folder, rows, "matrix", *early).columns == ["cohort", "size"]
        assert table(folder, rows, "long", *early).height == 0


class TestHeat:
    def test_shades_need_no_colour(self) -> None:
        class Sink:
            text = b""

            def write(self, data: bytes) -> None:
                self.text += data

        frame = pl.DataFrame({"cohort": ["2024-01", "all"], "1": [0.5, None], "2": [0.25, 0.0]})
        kinds = {"cohort": Kind.WORD, "1": Kind.RATE, "2": Kind.RATE}
        window = Window(date(2024, 1, 1), datetime(2024, 3, 1).date())
        drawn = Table(
            "matrix", frame, kinds, window, Currency(), shade=("1", "2"), cut=frozenset({(0, "2")})
        )
        sink = Sink()
        render(Result("cohorts", (drawn,)), (drawn,), "table", sink, style=Style())
        lines = sink.text.decode().splitlines()
        assert lines[3].split() == ["2024-01", "50.0", "%", "█", "25.0", "%*▄"]
        assert lines[4].split() == ["all", "0.0", "%"]
        assert lines[5] == "* not whole yet"
