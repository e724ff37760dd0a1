"""Goals: their score, pace beside SQL over the same rows, and projections of the sample shop."""

from __future__ import annotations

import calendar
import math
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.running import SAMPLES, userops
from userops import api
from userops.analyses.goals.progress import bounds, year_before
from userops.core.dates import to_date
from userops.core.errors import UsageError
from userops.customers import calendar as known_days
from userops.customers.calendar import special_days

SHOP = SAMPLES / "shop"
MONTHS_OF_2025 = [date(2025, month, 1) for month in range(1, 13)]


def orders(rows: list[tuple[str, date, int]]) -> pl.DataFrame:
    """An orders export: user, day, amount in whole yuan."""
    columns = {
        "order_id": [str(number) for number in range(len(rows))],
        "user_id": [row[0] for row in rows],
        "order_time": [row[1].isoformat() for row in rows],
        "amount": [f"{row[2]}.00" for row in rows],
    }
    return pl.DataFrame(columns)


def random_orders(seed: int, first: date, days: int, per_day: float = 3) -> pl.DataFrame:
    """A shop whose weekends are busier."""
    dice = Random(seed)
    rows = []
    for number in range(days):
        day = first + timedelta(days=number)
        busy = 1.5 if day.weekday() > 4 else 1
        rows += [
            (f"u{dice.randrange(days * 2)}", day, dice.randrange(10, 300))
            for _ in range(round(dice.uniform(0, 2) * per_day * busy))
        ]
    dice.shuffle(rows)
    return orders(rows)


def of_goal(frame: pl.DataFrame, name: str) -> dict[str, object]:
    return frame.row(by_predicate=pl.col("goal") == name, named=True)


class TestScore:
    def test_360_of_400_and_144k_of_120k_by_80_and_20(self) -> None:
        # 360 users who spend 400 each.
        export = orders([(f"u{number}", date(2025, 6, 30), 400) for number in range(360)])
        goals = {
            "new": {"target": 400, "weight": 80},
            "revenue": {"target": 120_000, "weight": "20"},
        }
        frame = api.goals(export, goals=goals)["goals"].frame
        assert of_goal(frame, "new")["achieved"] == pytest.approx(0.9)
        assert of_goal(frame, "revenue")["achieved"] == pytest.approx(1.2)
        assert of_goal(frame, "revenue")["status"] == "reached"
        assert frame["weight"].to_list() == pytest.approx([0.8, 0.2, 1])
        assert of_goal(frame, "all")["score"] == pytest.approx(0.96)

    def test_more_than_1_2_does_not_make_up_for_others(self) -> None:
        export = orders([(f"u{number}", date(2025, 6, 30), 900) for number in range(10)])
        goals = {"new": {"target": 100}, "revenue": {"target": 900}}
        frame = api.goals(export, goals=goals)["goals"].frame
        assert of_goal(frame, "all")["score"] == pytest.approx((0.1 + 1.2) / 2)

    def test_a_goal_without_a_value_gives_up_its_weight(self) -> None:
        export = orders([("a", date(2025, 6, 29), 10), ("b", date(2025, 6, 30), 10)])
        goals = {
            "new": {"target": 4, "weight": 30},
            "revenue": {"growth": "10%", "weight": 50},
            "aov": {"target": 8, "weight": 20},
        }
        table = api.goals(export, goals=goals)["goals"]
        assert of_goal(table.frame, "revenue")["weight"] is None
        assert of_goal(table.frame, "new")["weight"] == pytest.approx(0.6)
        assert of_goal(table.frame, "all")["score"] == pytest.approx(0.6 * 0.5 + 0.4 * 1.2)
        assert any("the others have their weight: revenue" in note for note in table.notes)

    def test_among_weights_a_goal_without_one_is_not_in_the_score(self) -> None:
        export = orders([("a", date(2025, 6, 30), 10)])
        table = api.goals(export, goals={"new": {"target": 2, "weight": 1}, "orders": 5})["goals"]
        assert of_goal(table.frame, "all")["score"] == pytest.approx(0.5)
        assert any("no weight set, so not in the score: orders" in note for note in table.notes)

    def test_lower_is_better_for_cac(self) -> None:
        export = orders([(f"u{number}", date(2025, 6, 30), 10) for number in range(10)])
        costs = pl.DataFrame({"channel": ["ads"], "period": ["2025-06"], "cost": ["420"]})
        frame = api.goals(export, costs=costs, goals={"cac": 35})["goals"].frame
        row = of_goal(frame, "cac")
        assert row["actual"] == pytest.approx(42)
        assert row["achieved"] == pytest.approx(2 - 42 / 35)
        assert row["status"] == "missed"
        assert of_goal(frame, "all")["score"] == pytest.approx(0.8)
        without = api.goals(export, goals={"cac": 35})["goals"].frame
        assert of_goal(without, "all")["score"] is None


class TestPace:
    def test_by_days_alone_under_four_weeks(self) -> None:
        rows = [("a", date(2025, 6, 1), 100), ("b", date(2025, 6, 5), 200)]
        export = orders([*rows, ("c", date(2025, 6, 10), 300)])
        goals = {"new": 6, "revenue": 1800, "users": 9, "aov": 100}
        table = api.goals(export, goals=goals)["goals"]
        new = of_goal(table.frame, "new")
        assert (new["elapsed"], new["expected"]) == (pytest.approx(1 / 3), pytest.approx(1 / 3))
        assert new["pace"] == pytest.approx(1.5)
        assert new["projected"] == pytest.approx(9)
        assert (new["projected_low"], new["chance"]) == (None, None)
        assert new["needed_per_day"] == pytest.approx(3 / 20)
        assert new["status"] == "on pace"
        assert of_goal(table.frame, "revenue")["pace"] == pytest.approx(1)
        assert of_goal(table.frame, "users")["pace"] == pytest.approx(1)
        assert of_goal(table.frame, "aov")["pace"] is None
        assert of_goal(table.frame, "aov")["status"] == "on pace"  # it can fall back
        over = api.goals(export, goals={"aov": 100}, as_of="2025-06-30")["goals"].frame
        assert of_goal(over, "aov")["status"] == "reached"
        assert any("go by days alone" in note for note in table.notes)

    @pytest.mark.parametrize("seed", range(3))
    def test_weekdays_as_sql_tells_them(self, seed: int) -> None:
        export = random_orders(seed, date(2025, 1, 6), 100)
        as_of = date(2025, 3, 19)
        result = api.goals(export, goals={"orders": 200, "revenue": 20_000}, as_of=as_of)
        by_sql = duckdb.sql(
            """
            with rows as (select order_time::date as day, amount::double as amount from export),
            ordinary as (
                select d::date as day, count(amount) as orders, coalesce(sum(amount), 0) as revenue
                from range(date '2025-01-23', date '2025-03-20', interval 1 day) t(d)
                left join rows on rows.day = d::date
                where d::date not between date '2025-01-28' and date '2025-02-04'  -- the lunar new year
                group by all
            ),
            means as (
                select dayofweek(day) as weekday, avg(orders) as orders, avg(revenue) as revenue
                from ordinary group by all
            ),
            level as (
                select sum(ordinary.orders) / sum(means.orders) as orders,
                    sum(ordinary.revenue) / sum(means.revenue) as revenue
                from ordinary join means on dayofweek(day) = weekday where day > date '2025-02-19'
            ),
            march as (
                select d::date as day, means.* from range(date '2025-03-01', date '2025-04-01', interval 1 day) t(d)
                join means on dayofweek(d::date) = weekday
            )
            select
                sum(march.orders) filter (day <= date '2025-03-19') / sum(march.orders),
                sum(march.revenue) filter (day <= date '2025-03-19') / sum(march.revenue),
                sum(march.orders) filter (day > date '2025-03-19') * any_value(level.orders),
                sum(march.revenue) filter (day > date '2025-03-19') * any_value(level.revenue)
            from march, level
            """
        ).fetchall()[0]
        rows = [of_goal(result["goals"].frame, name) for name in ("orders", "revenue")]
        assert [row["expected"] for row in rows] == pytest.approx(by_sql[:2])
        ahead = [row["projected"] - row["actual"] for row in rows]  # type: ignore[operator]
        assert ahead == pytest.approx(by_sql[2:])
        paces = [row["achieved"] / row["expected"] for row in rows]  # type: ignore[operator]
        assert [row["pace"] for row in rows] == pytest.approx(paces)

    def test_a_month_that_is_over_is_what_it_is(self) -> None:
        export = random_orders(4, date(2025, 1, 1), 90)
        frame = api.goals(export, goals={"orders": 80, "revenue": 10**6}, as_of="2025-03-31")[
            "goals"
        ].frame
        orders_row, revenue = of_goal(frame, "orders"), of_goal(frame, "revenue")
        assert orders_row["projected"] == orders_row["projected_low"] == orders_row["actual"]
        assert (orders_row["chance"], revenue["chance"]) == (1, 0)
        assert (orders_row["needed_per_day"], revenue["status"]) == (None, "missed")

    def test_the_chance_is_the_intervals(self) -> None:
        export = random_orders(5, date(2025, 1, 1), 80)
        first = of_goal(api.goals(export, goals={"orders": 100})["goals"].frame, "orders")
        for end, chance in (
            ("projected_low", 0.975),
            ("projected", 0.5),
            ("projected_high", 0.025),
        ):
            again = api.goals(export, goals={"orders": first[end]})["goals"].frame
            assert of_goal(again, "orders")["chance"] == pytest.approx(chance, abs=1e-9)

    @settings(max_examples=15)
    @given(st.integers(0, 10**6), st.integers(20, 100))
    def test_days_add_up_to_the_goal(self, seed: int, days: int) -> None:
        export = random_orders(seed, date(2025, 1, 1), days, per_day=1)
        if export.is_empty():
            return
        result = api.goals(export, goals={"revenue": 5000, "users": 10_000})
        for name in ("revenue", "users"):
            goal = of_goal(result["goals"].frame, name)
            day_rows = result["days"].frame.filter(pl.col("goal") == name)
            assert day_rows["day"].is_sorted()
            last = day_rows.row(-1, named=True)
            assert last["due_to_date"] == pytest.approx(goal["target"])
            end = last["projected_to_date"] or last["actual_to_date"]
            assert end == pytest.approx(goal["projected"])
            reached = day_rows["actual_to_date"].drop_nulls()
            assert reached[-1] == pytest.approx(goal["actual"])


class TestSpecialDays:
    def test_the_lunar_new_year_is_at_a_new_moon(self) -> None:
        # Mean new moons, 29.530589 days apart from 2000-01-06 18:14 UTC; true ones are within 14 hours.
        for year, (month, day) in known_days.SPRING_FESTIVAL.items():
            assert date(year, 1, 21) <= date(year, month, day) <= date(year, 2, 20)
            noon = (date(year, month, day) - date(2000, 1, 6)).days + 0.5 - 8 / 24  # in Beijing
            moons = (noon - 18.23 / 24) / 29.530589
            assert abs(moons - round(moons)) * 29.530589 < 0.5 + 14.5 / 24
        assert list(known_days.SPRING_FESTIVAL) == list(range(2015, 2036))

    def test_qingming_is_where_the_sun_is(self) -> None:
        for year, day in known_days.QINGMING.items():  # a rule of thumb for this century
            short = year - 2000
            assert day == math.floor(short * 0.2422 + 4.81) - short // 4

    def test_a_sale_is_no_ordinary_day_and_comes_again(self) -> None:
        rows = [
            (f"u{number}-{copy}", date(2024, 9, 1) + timedelta(days=number), 10)
            for number in range(440)
            for copy in range(4 + number % 3)
        ]
        sale = [
            (f"s{year}-{copy}", date(year, 11, 11), 10)
            for year in (2024, 2025)
            for copy in range(95)
        ]
        export = orders(rows + sale)
        frame = api.goals(export, goals={"orders": 300}, as_of="2025-11-10")["goals"].frame
        # 19 ordinary days of 5 orders, and 100 on the eleventh.
        ahead = of_goal(frame, "orders")["projected"] - of_goal(frame, "orders")["actual"]  # type: ignore[operator]
        assert ahead == pytest.approx(19 * 5 + 100, rel=0.05)
        plain = api.goals(
            export, goals={"orders": 300}, calendar={"double 11": ()}, as_of="2025-11-10"
        )
        ahead = (
            of_goal(plain["goals"].frame, "orders")["projected"]
            - of_goal(frame, "orders")["actual"]
        )  # type: ignore[operator]
        assert ahead == pytest.approx(20 * 5, rel=0.05)
        days = api.goals(export, goals={"orders": 300}, as_of="2025-11-10")["days"].frame
        eleventh = days.row(by_predicate=pl.col("day") == date(2025, 11, 11), named=True)
        assert eleventh["special"] == "double 11"
        assert eleventh["projected"] == pytest.approx(100, rel=0.1)

    def test_the_first_of_its_kind_is_said(self) -> None:
        export = random_orders(6, date(2025, 3, 1), 80)
        table = api.goals(export, goals={"orders": 300})["goals"]
        assert any("so expected to be as ordinary days: labour day" in note for note in table.notes)

    def test_days_of_ones_own(self, tmp_path: Path) -> None:
        found = special_days(
            {"ours": ("09-08..09-09", "2025-03-01")}, date(2024, 1, 1), date(2025, 12, 31)
        )
        ours = {to_date(day): one.place for day, one in found.items() if one.name == "ours"}
        assert ours == {
            date(2024, 9, 8): 0, date(2024, 9, 9): 1,
            date(2025, 3, 1): 0, date(2025, 9, 8): 1, date(2025, 9, 9): 2,
        }  # fmt: skip
        config = tmp_path / "userops.toml"
        config.write_text('[calendar]\n"our day" = 2025-06-20\n"618" = []\n[goals]\nnew = 50\n')
        ran = userops(
            "goals",
            SHOP / "orders.csv",
            "--config",
            config,
            "--as-of",
            "2025-06-14",
            "--show",
            "days",
        )
        assert ran.code == 0
        days = pl.read_csv(ran.out).filter(pl.col("special").is_not_null())
        assert days.select("day", "special").rows() == [("2025-06-20", "our day")]

    @pytest.mark.parametrize("text", ["09-31", "soon", "2025-02-29", "2025-03-02..2025-03-01"])
    def test_what_are_no_days(self, text: str) -> None:
        with pytest.raises(UsageError, match="calendar ours"):
            special_days({"ours": (text,)}, date(2025, 1, 1), date(2025, 12, 31))


def test_projections_of_the_sample_shop_beat_the_linear_rule() -> None:
    """New users, orders and revenue of the twelve months of 2025, each told on days 7, 14 and 21.

    Mean error by days alone: 12.8, 7.8 and 2.7 %; by weekdays and calendar: 5.7, 4.4 and 2.7 %.
    Shops without sales or festivals in the month gain by the level of the last weeks alone.
    """
    names = ("new", "orders", "revenue")
    export = pl.read_csv(SHOP / "orders.csv", infer_schema=False)
    kept = api.open_orders(export)
    errors: dict[int, list[tuple[float, float]]] = {7: [], 14: [], 21: []}
    covered = []
    for first in MONTHS_OF_2025:
        length = calendar.monthrange(first.year, first.month)[1]
        whole = api.goals(kept, goals=dict.fromkeys(names, 1), as_of=first.replace(day=length))[
            "goals"
        ].frame
        for day, found in errors.items():
            frame = api.goals(kept, goals=dict.fromkeys(names, 1), as_of=first.replace(day=day))[
                "goals"
            ].frame
            for name in names:
                truth, row = of_goal(whole, name)["actual"], of_goal(frame, name)
                linear = row["actual"] * length / day  # type: ignore[operator]
                found.append((abs(row["projected"] / truth - 1), abs(linear / truth - 1)))  # type: ignore[operator]
                covered.append(row["projected_low"] <= truth <= row["projected_high"])  # type: ignore[operator]
    means = {
        day: [sum(each) / len(found) for each in zip(*found, strict=True)]
        for day, found in errors.items()
    }
    assert all(ours < linear for ours, linear in means.values()), means
    assert sum(covered) / len(covered) >= 0.93


def test_what_comes_later_does_not_count() -> None:
    export = random_orders(7, date(2024, 11, 1), 140)
    goals = {"new": 40, "revenue": {"growth": 0.1, "weight": 2}, "aov": 100, "users": 300}
    cut = export.filter(pl.col("order_time") <= "2025-02-12")
    for name in ("goals", "days"):
        then = api.goals(export, goals=goals, as_of="2025-02-12")[name]
        assert then.frame.equals(api.goals(cut, goals=goals, as_of="2025-02-12")[name].frame)
        assert then.frame.equals(
            api.goals(export.reverse(), goals=goals, as_of="2025-02-12")[name].frame
        )


def test_on_the_command_line() -> None:
    asked = (
        "goals",
        SHOP / "orders.csv",
        "--goal",
        "new=150",
        "--goal",
        "revenue=120000",
        "--as-of",
        "2025-11-14",
    )
    ran = userops(*asked)
    assert ran.code == 0
    frame = pl.read_csv(ran.out)
    assert frame["goal"].to_list() == ["new", "revenue", "all"]
    ours = api.goals(
        SHOP / "orders.csv", goals={"new": 150, "revenue": 120_000}, as_of="2025-11-14"
    )
    assert frame["projected"].to_list()[:2] == pytest.approx(
        ours["goals"].frame["projected"].to_list()[:2]
    )
    chinese = userops(*asked, "--lang", "zh", "-f", "md").text
    assert "达成概率" in chinese
    assert "净收入" in chinese
    assert "| 全部 |" in chinese
    days = userops(*asked, "--lang", "zh", "-f", "md", "--show", "days").text
    assert "双 11" in days


def test_without_goals_it_asks_for_one() -> None:
    ran = userops("goals", SHOP / "orders.csv")
    assert ran.code == 2
    assert "--goal new=400" in ran.err
    empty = api.goals(orders([("a", date(2025, 1, 1), 1)]), goals={"new": 3}, as_of="2024-01-01")
    assert empty["goals"].frame.is_empty()


@pytest.mark.parametrize(
    ("as_of", "period", "first", "last"),
    [
        ("2025-02-10", "month", "2024-02-01", "2024-02-29"),
        ("2024-02-29", "month", "2023-02-01", "2023-02-28"),
        ("2025-03-05", "quarter", "2024-01-01", "2024-03-31"),
        ("2025-12-24", "week", "2024-12-23", "2024-12-29"),  # Monday to Sunday, as the week itself
        ("2025-06-01", "year", "2024-01-01", "2024-12-31"),
    ],
)
def test_growth_is_on_the_same_period_a_year_before(
    as_of: str, period: Any, first: str, last: str
) -> None:
    start, _ = bounds(date.fromisoformat(as_of), period)
    assert tuple(map(str, year_before(start, period))) == (first, last)
