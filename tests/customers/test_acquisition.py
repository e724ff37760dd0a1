from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from userops.core.dates import to_day
from userops.core.errors import InputError
from userops.customers.acquisition import payback
from userops.customers.costs import Costs


def day(text: str) -> int:
    return to_day(date.fromisoformat(text))


def costs(
    *rows: tuple[str, str, int], first: str = "2024-01-10", as_of: str = "2024-12-31"
) -> Costs:
    frame = pl.DataFrame(
        rows,
        schema={"channel": pl.String, "period": pl.String, "cost": pl.Int64},
        orient="row",
    )
    return Costs.of(frame, day(first), day(as_of))


class TestPeriods:
    @pytest.mark.parametrize(
        ("text", "first", "last"),
        [
            ("2024-02", "2024-02-01", "2024-02-29"),
            ("2024/2", "2024-02-01", "2024-02-29"),
            ("202402", "2024-02-01", "2024-02-29"),
            ("2024年2月", "2024-02-01", "2024-02-29"),
            ("2024-02-03", "2024-02-03", "2024-02-03"),
            ("20240203", "2024-02-03", "2024-02-03"),
            ("2024年2月3日", "2024-02-03", "2024-02-03"),
            ("2024-02-03 00:00:00", "2024-02-03", "2024-02-03"),
        ],
    )
    def test_are_days_or_months(self, text, first, last) -> None:
        found = costs(("a", text, 100))
        assert (found.first, found.last) == (day(first), day(last))

    @pytest.mark.parametrize("text", ["2024", "Q1", "2024-13", "2024-02-30", "02-03-2024", ""])
    def test_anything_else_stops(self, text) -> None:
        with pytest.raises(InputError, match="neither a day nor a month"):
            costs(("a", text, 100))

    def test_firsts_of_months_are_months(self) -> None:
        found = costs(("a", "2024-01-01", 310), ("a", "2024-02-01", 290))
        assert found.last == day("2024-02-29")
        assert "whole months" in found.notes[0]
        assert found.within() == {"a": 600}


class TestGrain:
    """What a date stands for where every row is one."""

    def test_dates_a_week_apart_are_weeks(self) -> None:
        found = costs(
            *(("a", text, 100_000) for text in ("2024-01-15", "2024-01-22", "2024-01-29"))
        )
        assert (found.first, found.last) == (day("2024-01-15"), day("2024-02-04"))
        assert found.within() == {"a": 300_000}
        assert found.within(day("2024-01-29"), day("2024-01-29")) == {"a": 14_286}
        assert any("each taken as the week that begins on it" in note for note in found.notes)

    def test_also_where_a_week_or_a_channel_lacks(self) -> None:
        found = costs(("a", "2024-01-15", 7), ("a", "2024-02-05", 7), ("b", "2024-01-22", 7))
        assert found.last == day("2024-02-11")

    def test_days_among_them_make_all_of_them_days(self) -> None:
        found = costs(("a", "2024-01-15", 7), ("a", "2024-01-22", 7), ("b", "2024-01-23", 7))
        assert (found.last, found.notes) == (day("2024-01-23"), ())

    def test_lasts_of_months_are_months(self) -> None:
        found = costs(("a", "2024-01-31", 310), ("a", "2024-02-29", 290))
        assert (found.first, found.last) == (day("2024-01-01"), day("2024-02-29"))

    @pytest.mark.parametrize("dates", [["2024-02-01"], ["2024-01-15", "2024-02-15"]])
    def test_lonely_dates_are_days_and_it_is_said_what_else_to_write(self, dates) -> None:
        found = costs(*(("a", text, 100) for text in dates))
        assert (found.first, found.last) == (day(dates[0]), day(dates[-1]))
        assert any("columns from and to" in note for note in found.notes)

    def test_a_span_of_its_own(self) -> None:
        frame = pl.DataFrame(
            {
                "channel": ["a", "a"], "period": [None, "2024-03"], "cost": [2_100, 31],
                "from": ["2024-01-10", None], "to": [date(2024, 1, 30), None],
            },
            schema_overrides={"to": pl.Object},
        )  # fmt: skip
        found = Costs.of(frame, day("2024-01-10"), day("2024-12-31"))
        assert found.within(day("2024-01-10"), day("2024-01-16")) == {"a": 700}
        assert (found.first, found.last) == (day("2024-01-10"), day("2024-03-31"))

    def test_a_span_that_ends_before_it_begins_stops(self) -> None:
        frame = pl.DataFrame(
            {"channel": ["a"], "cost": [1], "from": ["2024-02-10"], "to": ["2024-02-01"]}
        )
        with pytest.raises(InputError, match="ends before it begins"):
            Costs.of(frame, day("2024-01-10"), day("2024-12-31"))

    def test_rows_of_another_time_are_counted(self) -> None:
        found = costs(
            ("a", "2023-01", 9), ("a", "2024-01", 9), ("a", "2025-01", 9), ("a", "2025-02", 9)
        )
        assert "1 row of costs from before the first order: left out" in found.notes
        assert "2 rows of costs after as_of: left out" in found.notes


class TestSpreading:
    def test_a_part_is_the_nearest_cent(self) -> None:
        assert costs(("a", "2024-01", 10_000), as_of="2024-01-20").within() == {"a": 6_452}

    def test_a_month_that_as_of_cuts_counts_in_part(self) -> None:
        assert costs(("a", "2024-01", 3100), as_of="2024-01-10").within() == {"a": 1000}

    def test_the_month_of_the_first_order_counts_whole(self) -> None:
        assert costs(("a", "2023-12", 99), ("a", "2024-01", 3100)).within() == {"a": 3100}

    @given(
        cost=st.integers(-(10**9), 10**12),
        cuts=st.lists(st.integers(0, 31), max_size=5),
    )
    def test_parts_add_up(self, cost, cuts) -> None:
        found = costs(("a", "2024-01", cost))
        ends = [0, *sorted(cuts), 31]
        start = day("2024-01-01")
        parts = [found.within(start + begin, start + end - 1)["a"] for begin, end in pairwise(ends)]
        assert sum(parts) == cost

    def test_no_days_in_common(self) -> None:
        found = costs(("a", "2023-01", 100))
        assert not found.met
        assert "no CAC" in found.notes[0]


def paid(cac: int, margin: str = "1", as_of: str = "2024-04-30") -> tuple[int | None, int]:
    """Two cohorts: January's users bring 10, 5 and 5 each; March's 30 each at once."""
    users = pl.DataFrame({"first_day": [day("2024-01-03")] * 2 + [day("2024-03-31")]})
    month = 54 * 12
    earned = pl.DataFrame(
        [
            (day("2024-01-03"), month, 20),
            (day("2024-01-03"), month + 1, 10),
            (day("2024-01-03"), month + 3, 10),
            (day("2024-03-31"), month + 2, 30),
        ],
        schema=["first_day", "month", "amount"],
        orient="row",
    )
    found = payback(users, earned, Fraction(cac), Fraction(margin), day(as_of))
    return found.months, found.months_seen


class TestPayback:
    @pytest.mark.parametrize(
        ("cac", "months"),
        [(0, 0), (16, 0), (17, 1), (20, 1), (21, None), (99, None)],
    )
    def test_the_first_age_that_pays(self, cac, months) -> None:
        # 50 of 3 users at age 0, 60 of 3 at 1, 30 of 2 at 2, 40 of 2 at 3.
        assert paid(cac) == (months, 4)

    def test_a_margin(self) -> None:
        assert paid(10, "0.6") == (0, 4)
        assert paid(11, "0.6") == (1, 4)

    def test_equality_pays(self) -> None:
        assert paid(2, "0.1")[0] == 1

    def test_months_cut_short_say_nothing(self) -> None:
        assert paid(17, as_of="2024-04-29") == (None, 3)
        assert paid(1, as_of="2024-01-30") == (None, 0)
