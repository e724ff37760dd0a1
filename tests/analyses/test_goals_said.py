"""Goals that can't be meant as they're written, and what is said of those that lack something."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from analyses.test_goals import SHOP, orders, random_orders
from helpers.running import userops
from userops import api
from userops.core.errors import UsageError
from userops.customers.calendar import special_days


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("new=5", "new=400"), "--goal new: given twice"),
        (("new=inf",), "must be a number"),
        (("new=20%",), "a target of 0.2 is less than one"),
        (("revenue=20%",), 'revenue = { growth = "20%" }'),
        (("repurchase_rate=30",), "write a share: 30%"),
        (("visits=3",), "'repurchase_rate' or 'cac'"),
        (("new=0",), "greater than 0"),
    ],
)
def test_what_is_no_goal(given: tuple[str, ...], said: str) -> None:
    options = [part for one in given for part in ("--goal", one)]
    ran = userops("goals", SHOP / "orders.csv", *options)
    assert (ran.code, ran.out) == (2, b"")
    assert said in ran.err


def test_a_number_given_twice_for_all_the_time() -> None:
    ran = userops("business", SHOP / "orders.csv", "--team", "5", "--team", "6")
    assert ran.code == 2
    assert "--team: given twice" in ran.err


def notes(export: pl.DataFrame, goals: dict[str, object], as_of: str) -> list[str]:
    return list(api.goals(export, goals=goals, as_of=as_of)["goals"].notes)


def test_nothing_grows_from_nothing() -> None:
    """Nobody bought in November 2024, and its revenue was a refund."""
    export = orders([("a", date(2024, 10, 5), 100), ("b", date(2025, 11, 5), 300)])
    told = api.goals(
        export, goals={"new": {"growth": 0.1}, "revenue": {"growth": 0.1}}, as_of="2025-11-06"
    )["goals"]
    assert told.frame["target"].to_list() == [None, None, None]
    assert told.frame["status"].to_list() == [None, None, None]
    assert "new: nothing in the same month of the year before to grow from" in told.notes
    whole = notes(export, {"new": {"growth": 0.1}}, "2025-10-06")
    assert "new: no whole month of the year before to grow from" in whole


def test_costs_that_are_missing() -> None:
    export = orders([("a", date(2025, 10, 5), 100)])
    told = notes(export, {"cac": 5, "new": 1}, "2025-10-06")
    assert "cac: no costs known of its days, or no new users: --costs FILE" in told


def test_money_of_less_than_one_may_have_been_meant_as_a_share() -> None:
    export = orders([("a", date(2025, 10, 5), 100)])
    said = "aov: the target is 0.2, money of less than one"
    assert [note for note in notes(export, {"aov": "20%"}, "2025-10-06") if said in note]
    assert not [
        note for note in notes(export, {"repurchase_rate": "20%"}, "2025-10-06") if "money" in note
    ]


def test_orders_that_begin_within_the_period() -> None:
    export = random_orders(3, date(2025, 9, 10), 90)
    said = "the orders begin on 2025-09-10, after the period of these goals did"
    assert [note for note in notes(export, {"new": 90}, "2025-09-20") if said in note]
    assert not [note for note in notes(export, {"new": 90}, "2025-10-20") if said in note]


def test_weeks_in_which_nothing_came() -> None:
    export = random_orders(3, date(2025, 5, 1), 60)
    told = notes(export, {"new": 90, "users": 900}, "2025-11-20")
    assert [note for note in told if note.startswith("nothing in the last 8 weeks to tell by")]
    assert [note for note in told if note.endswith("(new, users)")]


@pytest.mark.parametrize(
    ("weights", "whole"),
    [
        ((80, 20), None),
        (("80%", "20%"), None),
        (("33.3%", "66.6%"), None),
        ((66.7, 33.4), None),
        ((30, "50%"), "30.5"),
        (("50%", "20%"), "70%"),
    ],
)
def test_weights_that_do_not_add_up(weights: tuple[object, object], whole: str | None) -> None:
    goals = {
        name: {"target": 100, "weight": weight}
        for name, weight in zip(("new", "aov"), weights, strict=True)
    }
    told = notes(random_orders(3, date(2025, 9, 1), 60), goals, "2025-10-20")
    said = [note for note in told if note.startswith("the weights add up to")]
    assert said == (
        []
        if whole is None
        else [f"the weights add up to {whole}, not to 100%: each counts as its part of that"]
    )


def test_days_over_the_new_year_are_the_same_each_year() -> None:
    days = special_days({"ours": ("12-30..01-02",)}, date(2024, 12, 1), date(2026, 1, 31))
    found = {day for day, what in days.items() if what.name == "ours"}
    ours = pl.Series(sorted(found), dtype=pl.Int32).cast(pl.Date).dt.to_string().to_list()
    assert ours == [
        "2024-12-30", "2024-12-31", "2025-01-01", "2025-01-02", "2025-12-30", "2025-12-31",
        "2026-01-01", "2026-01-02",
    ]  # fmt: skip
    places = [days[day].place for day in sorted(found)]
    assert places == [2, 3, 0, 1, 2, 3, 0, 1]
    with pytest.raises(UsageError, match="ends before"):
        special_days({"ours": ("2025-12-30..01-02",)}, date(2025, 1, 1), date(2025, 12, 31))


def test_months_without_costs_are_told(tmp_path: Path) -> None:
    costs = tmp_path / "costs.csv"
    costs.write_text(
        "kind,month,cost\ntraffic,2025-11,500\ntraffic,2025-12,500\n"
        "delivery,2025-10,100\ndelivery,2025-12,100\n",
        encoding="utf-8",
    )
    asked = ("business", SHOP / "orders.csv", "--costs", costs)
    assert "months without costs count as no spend: delivery 2025-11" in userops(*asked).err
    assert "没有成本数据的月份按零花费计：物流 2025-11" in userops(*asked, "--lang", "zh").err
    # 2025-12 beside the year before: the gap is in neither.
    assert "months without" not in userops(*asked, "--against", "year").err


def test_costs_in_another_currency_name_both(tmp_path: Path) -> None:
    costs = tmp_path / "costs.csv"
    costs.write_text("kind,month,cost,currency\ntraffic,2025-12,500,USD\n")
    ran = userops("business", SHOP / "orders.csv", "--costs", costs)
    assert ran.code == 3
    assert "amounts in USD (1), not in CNY" in ran.err


def test_what_costs_of_a_goal_were_taken_for() -> None:
    costs = ("--costs", SHOP / "costs.csv", "--costs", SHOP / "ad_costs.csv")
    ran = userops("goals", SHOP / "orders.csv", "--goal", "cac=200", *costs)
    assert "spans of different lengths overlap for douyin" in ran.err
