"""Why users are called."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from analyses.contacts_by_hand import AGO, DAY, LATE, orders_of, reasons
from userops.api import contacts
from userops.core.errors import UsageError

# Reasons


def test_new_and_winback_begin_and_end_where_they_say() -> None:
    orders = orders_of(
        *AGO.values(), ("old", str(DAY - timedelta(days=200)), 1), ("old", AGO[1][1], 1)
    )
    found = reasons(orders, reasons=["new", "winback"])
    assert found == {"ago1": "new", "ago3": "new", "ago31": "winback", "ago60": "winback"}


def test_who_registered_lately_and_has_not_bought_is_new_and_welcomed() -> None:
    users = pl.DataFrame(
        {
            "user_id": ["r1", "r9", "ago31"],
            "registered_time": ["2025-05-30", "2025-05-20", "2025-05-30"],
        }
    )
    table = contacts(orders_of(AGO[31]), users=users, for_day=str(DAY), reasons=["new"])[
        "list"
    ].frame
    assert table["user_id"].to_list() == ["r1"]
    assert table["script"][0].startswith("Welcome!")


def test_a_birthday_of_29_february_is_kept_on_the_28th() -> None:
    users = pl.DataFrame({"user_id": ["leap", "b", "c"], "birthday": ["2000-02-29", "02-28", None]})
    orders = orders_of(("leap", "2025-01-01", 1), ("b", "2025-01-01", 1), ("c", "2025-01-01", 1))
    wanted = {
        "2025-02-28": {"leap", "b"},
        "2025-03-01": set(),
        "2024-02-28": {"b"},
        "2024-02-29": {"leap"},
    }
    for day, who in wanted.items():
        before = orders.with_columns(order_time=pl.lit(f"{int(day[:4]) - 1}-06-01"))
        assert set(reasons(before, day, users=users, reasons=["birthday"])) == who, day


def test_what_runs_out_is_said_with_its_day() -> None:
    rows = []
    for number in range(40):
        start = DAY - timedelta(days=100 + number % 5)
        rows += [
            (f"s{number}", str(start + timedelta(days=20 * turn)), 10, "milk") for turn in range(5)
        ]
    orders = pl.DataFrame(
        rows, schema=["user_id", "order_time", "amount", "category"], orient="row"
    )
    table = contacts(orders, for_day=str(DAY), capacity=99, reasons=["replenish"])["list"].frame
    # The last ones were bought 20 to 24 days ago, and last 20.
    assert len(table) == 40
    assert "Your milk of 2025-05-12 should last until about 2025-06-01. Shall I" in set(
        table["script"].str.slice(0, 67)
    )
    early = contacts(
        orders, for_day=str(DAY - timedelta(days=5)), capacity=99, reasons=["replenish"]
    )
    late = contacts(orders, as_of=str(DAY - timedelta(days=1)), for_day=str(DAY + timedelta(days=5)), capacity=99, reasons=["replenish"])  # fmt: skip
    assert 0 < len(early["list"].frame) < 40
    assert 0 < len(late["list"].frame) < 40


def test_a_coupon_that_lies_unused_for_a_week_is_a_reason_until_it_expires() -> None:
    coupons = pl.DataFrame(
        {
            "user_id": ["a", "b", "c", "d", "e"],
            "coupon": ["满200减30"] * 5,
            "claimed_time": ["2025-05-25", "2025-05-26", "2025-05-20", "2025-05-20", "2025-05-20"],
            "redeemed_time": [None, None, "2025-05-22", None, None],
            "expires": [None, None, None, "2025-05-31", "2025-06-01"],
        }
    )
    orders = orders_of(*((user, AGO[30][1], 10) for user in "abcde"))
    options = {"for_day": str(DAY), "reasons": ["coupon"], "capacity": 9, "coupons": coupons}
    table = contacts(orders, **options)["list"].frame
    scripts = dict(table.select("user_id", "script").iter_rows())
    assert set(scripts) == {"a", "e"}
    assert "满200减30" in scripts["a"]
    assert "good until 2025-06-01" in scripts["e"]


def test_of_coupons_that_are_claimed_nobody_has_one_who_didnt() -> None:
    coupons = pl.DataFrame(
        {
            "user_id": ["a", "b", "c", "d", "e"],
            "coupon": ["满200减30", "满200减30", "新人礼", None, None],
            "issued_time": ["2025-05-20"] * 5,
            # Nobody knows on the day who will claim one later, nor what nameless ones have in common.
            "claimed_time": ["2025-05-21", None, None, None, "2025-05-21"],
        }
    )
    coupons = pl.concat([coupons, coupons.filter(user_id="c").with_columns(user_id=pl.lit("f"), claimed_time=pl.lit("2025-06-09"))])  # fmt: skip
    orders = orders_of(*((user, AGO[30][1], 10) for user in "abcdef"))
    options = {"for_day": str(DAY), "reasons": ["coupon"], "capacity": 9, "coupons": coupons}
    listed = contacts(orders, **options)["list"].frame["user_id"].to_list()
    assert sorted(set(listed) - {"f"}) == ["a", "c", "d", "e"]


def test_points_that_run_out_are_a_reason_two_weeks_before() -> None:
    points = pl.DataFrame(
        {
            "user_id": ["a", "b", "c", "d"],
            "entry_time": ["2025-01-01"] * 4,
            "points": [100, 50, 30, 20],
            "valid_until": ["2025-06-15", "2025-06-16", "2025-05-30", "2025-06-01"],
        }
    )
    orders = orders_of(*((user, AGO[30][1], 10) for user in "abcd"))
    options = {"for_day": str(DAY), "reasons": ["points"], "capacity": 9, "points": points}
    table = contacts(orders, **options)["list"].frame
    scripts = dict(table.select("user_id", "script").iter_rows())
    assert set(scripts) == {"a", "d"}
    assert scripts["a"].startswith("100 of your points expire on 2025-06-15")


def test_who_is_near_the_next_level_is_told_so(tmp_path: Path) -> None:
    settings = (
        "[[members.rules]]\nevent = 'order'\nper = 1\n[[members.ladder]]\nname = 'basic'\n"
        "[[members.ladder]]\nname = 'gold'\nthreshold = 500\n"
    )
    (tmp_path / "userops.toml").write_text(settings, encoding="utf-8")
    orders = orders_of(
        ("near", AGO[30][1], 450), ("far", AGO[30][1], 449), ("there", AGO[30][1], 500)
    )
    options = {"for_day": str(DAY), "reasons": ["level"], "config": tmp_path / "userops.toml"}
    table = contacts(orders, **options)["list"].frame
    assert dict(table.select("user_id", "script").iter_rows()) == {
        "near": "You are 50 short of level gold. Shall I show you what would get you there?"
    }


def test_who_is_about_to_lose_a_level_is_told_so(tmp_path: Path) -> None:
    settings = (
        "[[members.rules]]\nevent = 'order'\nper = 1\n[[members.ladder]]\nname = 'basic'\n"
        "[[members.ladder]]\nname = 'gold'\nthreshold = 500\n"
    )
    (tmp_path / "userops.toml").write_text(settings, encoding="utf-8")
    a_year_ago = [str(DAY - timedelta(days=365 - later)) for later in (14, 15)]
    orders = orders_of(
        ("soon", a_year_ago[0], 600), ("soon", AGO[30][1], 80), ("later", a_year_ago[1], 600)
    )
    options = {"for_day": str(DAY), "reasons": ["level"], "config": tmp_path / "userops.toml"}
    table = contacts(orders, **options)["list"].frame
    assert dict(table.select("user_id", "script").iter_rows()) == {
        "soon": "Your level gold ends on 2025-06-15; 420 more will keep it. Shall I show you what would do?"
    }


def test_points_by_rules_run_out_without_a_ledger(tmp_path: Path) -> None:
    settings = "[points]\nvalid = '30 days'\n[[points.rules]]\nevent = 'order'\nper = 1\n"
    (tmp_path / "userops.toml").write_text(settings, encoding="utf-8")
    bought = [str(DAY - timedelta(days=30 - later)) for later in (14, 15)]
    orders = orders_of(("soon", bought[0], 70), ("later", bought[1], 70))
    options = {"for_day": str(DAY), "reasons": ["points"], "config": tmp_path / "userops.toml"}
    table = contacts(orders, **options)["list"].frame
    scripts = dict(table.select("user_id", "script").iter_rows())
    assert list(scripts) == ["soon"]
    assert scripts["soon"].startswith("70 of your points expire on 2025-06-15")


def test_other_reasons_stand_beside_the_first() -> None:
    found = contacts(LATE, for_day=str(DAY), reasons=["winback", "churn"])["list"].frame
    assert found.select("reason", "also").row(0) == ("winback", "churn")
    assert reasons(LATE, reasons=["churn", "winback"]) == {"late": "churn"}


def test_reasons_of_ones_own_come_first_with_their_script() -> None:
    rule = {
        "name": "big",
        "when": "revenue >= 500",
        "script": "Thank you for {orders} orders, {region}.",
    }
    users = pl.DataFrame({"user_id": ["ago31", "vip"], "region": ["north", "south"]})
    rules = [
        rule,
        {"name": "winback", "script": "Come back."},
        {"name": "south", "when": "region = south"},
    ]
    orders = orders_of(AGO[31], ("vip", AGO[30][1], 600))
    with pytest.raises(UsageError, match="unknown fact"):
        contacts(orders, users=users, for_day=str(DAY), rules=rules)
    rules[0]["script"] = "Thank you for {orders} orders."
    table = contacts(orders, users=users, for_day=str(DAY), rules=rules)["list"].frame
    rows = {row["user_id"]: row for row in table.iter_rows(named=True)}
    assert (rows["vip"]["reason"], rows["vip"]["also"]) == ("big", "south, churn") or rows["vip"][
        "reason"
    ] == "big"
    assert rows["vip"]["script"] == "Thank you for 1 orders."
    assert rows["ago31"]["script"] == "Come back."
    with pytest.raises(UsageError, match="unknown reason"):
        contacts(orders, for_day=str(DAY), reasons=["winbak"])
    with pytest.raises(UsageError, match="no condition"):
        contacts(orders, for_day=str(DAY), rules=[{"name": "mine"}])
