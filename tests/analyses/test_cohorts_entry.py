"""When users enter a cohort: their first event, their registration, an export that begins midway."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from random import Random

import polars as pl
import pytest

from analyses.cohort_tables import read
from helpers.running import SAMPLES, userops
from helpers.shops import FIRST_DAY, Row, write


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cohorts")


class TestEvents:
    EVENTS = (
        ("a", "2024-01-01"), ("a", "2024-01-02"), ("a", "2024-01-02"), ("b", "2024-01-02"),
        ("b", "2024-01-04"), ("c", "2024-01-01"), ("x", "2024-01-03"),
    )  # fmt: skip

    @pytest.fixture
    def events(self, folder) -> Path:
        path = folder / "events.csv"
        lines = [f"{user},{day} 10:00:0{n},browse\n" for n, (user, day) in enumerate(self.EVENTS)]
        path.write_text("user_id,event_time,event\n" + "".join(lines))
        return path

    def test_days_after_the_first_event(self, folder, events) -> None:
        found = read(folder, "matrix", "--events", events, "--period", "day", "--measure", "users")
        assert found.rows() == [
            ("2024-01-01", 2, 2, 1, 0, 0),
            ("2024-01-02", 1, 1, 0, 1, None),
            ("2024-01-03", 1, 1, 0, None, None),
            ("all", 4, 4, 1, 1, 0),
        ]

    def test_nobody_registered_before_the_events_begin(self, folder) -> None:
        """The events begin within January, and so do the users: January's age 0 is known."""
        events, users = folder / "young.csv", folder / "young-users.csv"
        events.write_text(
            "user_id,event,time\na,x,2024-01-15 10:00\nb,x,2024-01-20 10:00\na,x,2024-02-29 10:00\n"
        )
        users.write_text("user_id,registered_at\na,2024-01-15\nb,2024-01-20\nc,2024-01-31\n")
        told = ("cohorts", "--events", events, "--users", users, "-f", "md")
        assert "| 2024-01 | 3 | 66.7 % | 33.3 % |" in userops(*told).text
        users.write_text("user_id,registered_at\na,2024-01-14\nb,2024-01-20\nc,2024-01-31\n")
        assert "| 2024-01 | 3 |  | 33.3 % |" in userops(*told).text

    def test_days_after_registration(self, folder, events) -> None:
        users = folder / "registered.csv"
        users.write_text(
            "user_id,registered_at\na,2024-01-01\nb,2024-01-01\nc,2024-01-02\nd,2024-01-02\ne,\n"
            "f,2024-01-09\n"
        )
        told = ("--events", events, "--users", users, "--period", "day", "--measure", "users")
        found = read(folder, "matrix", *told)
        assert found.rows() == [
            ("2024-01-01", 2, 1, 2, 0, 1),
            ("2024-01-02", 2, 0, 0, 0, None),
            ("all", 4, 1, 2, 0, 1),
        ]
        ran = userops("cohorts", *told)
        assert "1 user without a registration date" in ran.err
        assert "1 user of the events not registered" in ran.err

    def test_money_isnt_in_events(self, events) -> None:
        ran = userops("cohorts", "--events", events, "--measure", "revenue")
        assert ran.code == 2

    def test_the_sample_shops_first_day(self, folder) -> None:
        shop_files = SAMPLES / "shop"
        told = ("--events", shop_files / "events.csv", "--users", shop_files / "users.csv")
        found = read(
            folder, "long", *told, "--period", "day", "--max-age", 1, "--as-of", "2025-12-31"
        )
        whole = found.filter((pl.col("cohort") == "all") & (pl.col("age") == 1))
        assert whole["size"].item() > 0


class TestBeginsMidway:
    """An export that begins in the middle of a shop's life: its first month is no cohort."""

    @pytest.fixture
    def name(self, tmp_path) -> str:
        random, rows = Random(5), []
        for number in range(400):  # who had come before, and goes on buying
            days = range(random.randrange(25), 240, random.choice([20, 30, 40]))
            rows += [
                Row(f"o{number}-{day}", f"o{number}", FIRST_DAY + timedelta(day), 500)
                for day in days
            ]
        # Who comes now, one a day.
        rows += [Row(f"n{n}", f"n{n}", FIRST_DAY + timedelta(n), 500) for n in range(240)]
        return write(tmp_path / "midway.csv", rows)

    @pytest.mark.parametrize("command", [("cohorts",), ("repurchase",), ("ltv",), ("segment",)])
    def test_is_said(self, name, command) -> None:
        ran = userops(*command, name)
        assert "the export seems to begin in the middle of the shop's life" in ran.err
        assert "--since-start 2024-01-31" in ran.err

    def test_the_report_says_it_once(self, name) -> None:
        text = userops("report", name, "-f", "md").text
        assert text.count("in the middle of the shop's life") == 1
        assert "从店铺经营中途开始" in userops("report", name, "-f", "md", "--lang", "zh").text

    def test_since_start_leaves_them_out(self, name) -> None:
        ran = userops("cohorts", name, "--since-start", "2024-01-31", "--show", "long")
        assert "430 users who joined before 2024-01-31: left out" in ran.err
        assert "middle of the shop's life" not in ran.err
        found = pl.read_csv(ran.out)
        assert found["cohort"][0] == "2024-01"
        assert found["size"][0] == 1  # of the 31st
        whole = pl.read_csv(userops("cohorts", name, "--show", "long").out)
        same = ["cohort", "age", "size", "numerator"]
        later = pl.col("cohort").is_between(pl.lit("2024-02"), pl.lit("2024-12"))
        assert found.filter(later).select(same).equals(whole.filter(later).select(same))
        revenue = ("cohorts", name, "--since-start", "2024-01-31", "--measure", "revenue")
        assert userops(*revenue).code == 0
        assert userops("cohorts", name, "--since-start", "soon").code == 2

    def test_other_shops_are_not_told_so(self) -> None:
        for file in ("shop/orders.csv", "cdnow/sample.csv"):
            assert "middle of the shop" not in userops("cohorts", SAMPLES / file).err
