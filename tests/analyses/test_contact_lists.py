"""Lists of contacts: who may be called, by whom, and the tables as people get them."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from random import Random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from analyses.contacts_by_hand import (
    AGO,
    DAY,
    FIRST,
    SHOP,
    files_in,
    log_of,
    orders_of,
    random_log,
    random_orders,
    reasons,
    skipped,
)
from helpers.running import userops
from userops.analyses.contacts.assign import Candidate, assign, snake
from userops.api import contacts
from userops.core.errors import InputError, UsageError
from userops.stats.hash_draw import hash_share

# Who may be called


def test_reached_on_1_march_and_free_on_the_15th() -> None:
    orders = orders_of(("a", "2025-02-01", 1), ("a", "2025-01-01", 1))
    log = log_of(("a", "2025-03-01 10:00", "reached"))
    assert skipped(orders, "2025-03-14", contacts=log, reasons=["winback"]) == {"a": "cooling off"}
    assert reasons(orders, "2025-03-15", contacts=log, reasons=["winback"]) == {"a": "winback"}
    table = contacts(orders, contacts=log, for_day="2025-03-14")["skipped"].frame
    assert table["until"].to_list() == [date(2025, 3, 15)]
    found = contacts(orders, contacts=log, for_day="2025-03-15")["list"].frame
    assert found["last_contact"].to_list() == [date(2025, 3, 1)]


def test_tries_are_two_days_apart_and_three_are_enough() -> None:
    orders = orders_of(("a", "2025-02-01", 1))
    tries = [("a", f"2025-03-{day:02d}", "no answer") for day in (4, 6, 8)]
    options = {"reasons": ["winback"]}
    assert skipped(orders, "2025-03-05", contacts=log_of(*tries[:1]), **options) == {
        "a": "tried lately"
    }
    assert reasons(orders, "2025-03-06", contacts=log_of(*tries[:1]), **options) == {"a": "winback"}
    assert reasons(orders, "2025-03-10", contacts=log_of(*tries[:2]), **options) == {"a": "winback"}
    assert skipped(orders, "2025-03-12", contacts=log_of(*tries), **options) == {
        "a": "tried enough"
    }
    # Whoever was reached since is tried anew.
    again = log_of(*tries[:2], ("a", "2025-03-07", "reached"), tries[2])
    assert reasons(orders, "2025-03-25", contacts=again, **options) == {"a": "winback"}


def test_the_list_of_who_is_left_alone_holds_by_id_and_by_phone() -> None:
    orders = orders_of(AGO[31], ("p", AGO[31][1], 1), ("q", AGO[31][1], 1), ("z", AGO[31][1], 1))
    users = pl.DataFrame({"user_id": ["p", "q"], "phone": ["+86 138 0013 8000", "13900139000"]})
    list_ = pl.DataFrame({"user_id": ["ago31", None], "phone": [None, "13800138000"]})
    found = skipped(orders, users=users, do_not_contact=list_)
    assert found == {"ago31": "do not contact", "p": "do not contact"}
    later = list_.with_columns(since=pl.lit("2025-06-02"))
    assert not skipped(orders, users=users, do_not_contact=later)


@pytest.mark.parametrize("column", ["手机号", "客户"])
@pytest.mark.parametrize("written", ["13800138000", "+86 138-0013-8000", "008613800138000"])
def test_where_ids_are_phones_the_list_of_who_is_left_alone_holds_by_them(
    column: str, written: str
) -> None:
    orders = orders_of(*((user, AGO[31][1], 1) for user in ("13800138000", "+8613900139000", "z")))
    list_ = pl.DataFrame({column: [written, "139 0013 9000"]})
    found = skipped(orders, do_not_contact=list_)
    assert found == {"13800138000": "do not contact", "13900139000": "do not contact"}
    # Whatever phone the users export has of them.
    users = pl.DataFrame({"user_id": ["13800138000", "z"], "phone": ["13711112222", "13800138000"]})
    assert set(skipped(orders, users=users, do_not_contact=list_)) == {
        "13800138000",
        "13900139000",
        "z",
    }


def test_a_list_of_who_is_left_alone_that_matches_nobody_is_loud(here: Path) -> None:
    orders, _ = files_in(here)
    (here / "d.csv").write_text("phone\n13800138000\n13800138001\n")
    asked = ("contacts", orders, "--do-not-contact", here / "d.csv", "--for", DAY, "-f", "csv")
    assert "warning: nobody on the do-not-contact list (2 rows)" in userops(*asked, "-q").err
    (here / "d.csv").write_text("user_id\nu001\n13800138001\n13800138002\n")
    said = userops(*asked).err
    assert "note: 2 rows of 3 on the do-not-contact list: nobody of the orders" in said
    assert "warning" not in said
    assert "勿联系名单 3 行中有 2 行不对应" in userops(*asked, "--lang", "zh").err


def test_whoever_has_a_reason_is_listed_or_skipped_and_never_both() -> None:
    orders = random_orders(1)
    log = log_of(*((f"u{number:03d}", "2025-05-25", "reached") for number in range(0, 60, 7)))
    options = {"contacts": log, "holdout": 0.3, "salt": "x"}
    found = contacts(orders, for_day=str(DAY), capacity=5, **options)
    listed, others = (set(found[name].frame["user_id"]) for name in ("list", "skipped"))
    everyone = set(reasons(orders))
    assert listed | others == everyone
    assert not listed & others
    assert len(listed) == 5
    assert not [user for user in listed if hash_share("x", user) < 0.3]
    assert {"cooling off", "held back", "no room"} <= set(found["skipped"].frame["rule"])


# Who calls


def best(candidates: list[tuple[str, str | None, int]], room: dict[str, int]) -> int:
    """The most that an assignment is worth: SciPy's, over a column a call that somebody can make."""
    calls = [agent for agent, calls in room.items() for _ in range(calls)]
    if not candidates or not calls:
        return 0
    worth = np.array(
        [[value if own in (None, agent) else 0 for agent in calls] for _, own, value in candidates]
    )
    return int(worth[linear_sum_assignment(worth, maximize=True)].sum())


def test_down_by_priority_is_as_good_as_the_best_assignment() -> None:
    dice = Random(25)
    for _ in range(500):
        agents = "vwxyz"[: dice.randrange(1, 6)]
        room = {agent: dice.randrange(5) for agent in agents}
        candidates = [
            (str(number), dice.choice([None, *agents]), dice.randrange(100))
            for number in range(dice.randrange(25))
        ]
        ordered = sorted(candidates, key=lambda one: -one[2])
        found = assign([Candidate(user, own) for user, own, _ in ordered], room)
        worth = {user: value for user, _, value in candidates}
        assert sum(worth[user] for user in found.agents) == best(candidates, room)
        counts = Counter(found.agents.values())
        assert all(counts[agent] <= room[agent] for agent in room)
        assert all(found.agents.get(user, own) == own for user, own, _ in candidates if own)
        assert set(found.agents) | set(found.rules) == set(worth)


def test_whoever_is_held_back_takes_no_room() -> None:
    people = [Candidate("a", held=True), Candidate("b"), Candidate("c", held=True), Candidate("d")]
    found = assign(people, {"x": 1})
    assert found.agents == {"b": "x"}
    assert found.held == ("a",)  # c's turn came when there was no room left
    assert found.rules == {"a": "held back", "c": "held back", "d": "no room"}


def test_a_snake_draft_deals_lists_of_about_the_same_worth() -> None:
    dealt = snake([str(number) for number in range(9)], {"x": 9, "y": 9, "z": 2})
    by_agent = {agent: [int(user) for user, one in dealt if one == agent] for agent in "xyz"}
    assert (
        by_agent == {"x": [0, 5, 6], "y": [1, 4, 7], "z": [2, 3]}
        or sum(map(len, by_agent.values())) == 9
    )
    assert len(by_agent["z"]) == 2


def test_agents_have_days_off_capacities_and_their_own_users() -> None:
    agents = pl.DataFrame(
        {
            "agent_id": ["x", "y", "z"],
            "capacity": [1, None, 3],
            "days_off": ["周日", None, "2025-05-31..2025-06-02"],
        }
    )
    orders = orders_of(*((f"u{number}", AGO[31][1], 100 - number) for number in range(6)))
    log = log_of(
        ("u1", "2025-05-01", "reached", "y"), ("u2", "2025-05-01", "reached", "y"),
        ("u3", "2025-05-01", "reached", "z"), header="user_id,contact_time,status,agent_id",
    )  # fmt: skip
    found = contacts(orders, agents=agents, contacts=log, for_day="2025-06-01", capacity=2, reasons=["winback"])  # fmt: skip
    rows = {row["agent_id"]: row for row in found["agents"].frame.iter_rows(named=True)}
    assert [rows[agent]["off"] for agent in "xyz"] == [True, False, True]
    assert (rows["y"]["capacity"], rows["y"]["listed"], rows["y"]["room"]) == (2, 2, 0)
    assert set(found["list"].frame["user_id"]) == {"u0", "u1"}
    rules = dict(found["skipped"].frame.select("user_id", "rule").iter_rows())
    assert rules["u3"] == "agent off"
    assert rules["u2"] in ("agent full", "no room")
    for text in ("someday", "2025-13-01"):
        bad = agents.with_columns(days_off=pl.lit(text))
        with pytest.raises(InputError, match="no day"):
            contacts(orders, agents=bad, for_day="2025-06-01")


# The whole


def test_a_list_says_how_to_reach_users_by_name_and_phone_as_their_export_does() -> None:
    orders = orders_of(*(AGO[31], AGO[60]))
    users = pl.DataFrame({"user_id": ["ago31", "ago60"], "手机": ["138****0001", "13800138002"], "姓名": ["王芳", "李娜"]})  # fmt: skip
    found = contacts(orders, users=users, for_day=str(DAY), holdout=0)["list"].frame
    assert set(found.select("user_id", "phone", "name").iter_rows()) == {
        ("ago31", "138****0001", "王芳"),
        ("ago60", "13800138002", "李娜"),
    }


def test_a_list_has_the_id_for_a_phone_where_it_is_one_and_no_whole_phone_is_known() -> None:
    numbers = ["13800138001", "+86 138 0013 8002", "13800138003", "ago31"]
    orders = orders_of(*((user, AGO[31][1], 10) for user in numbers))
    alone = contacts(orders, for_day=str(DAY), holdout=0)
    numbers[1] = "13800138002"  # its eleven digits
    expected = {**dict(zip(numbers[:3], numbers[:3], strict=True)), "ago31": None}
    assert dict(alone["list"].frame.select("user_id", "phone").iter_rows()) == expected
    assert dict(alone["ready"].frame.select("user_id", "phone").iter_rows()) == expected
    assert not any("phone" in note for note in alone["list"].notes)
    users = pl.DataFrame({"user_id": numbers[:2], "phone": ["138****8001", "13900139000"]})
    found = contacts(orders, users=users, for_day=str(DAY), holdout=0)["list"].frame
    expected[numbers[1]] = "13900139000"
    assert dict(found.select("user_id", "phone").iter_rows()) == expected


def test_where_no_phone_is_known_it_is_said_where_phones_come_from(here: Path) -> None:
    rows = ("T1,tb小明,13800000001,2025-05-01 10:00:00,100,交易成功", "T2,tb小红,13800000002,2025-05-01 11:00:00,100,交易成功")  # fmt: skip
    head = "订单编号,买家会员名,联系手机,订单付款时间,买家实际支付金额,订单状态"
    (here / "taobao.csv").write_text("\n".join((head, *rows)), encoding="utf-8")
    asked = ("contacts", here / "taobao.csv", "--for", DAY, "-f", "csv")
    ran = userops(*asked)
    assert "1380000000" not in ran.text
    assert "nobody's phone is known: --users FILE adds phones" in ran.err
    assert "名单上的人均没有手机号" in userops(*asked, "--lang", "zh").err
    # As it says, the export of orders will do.
    ran = userops(*asked, "--users", here / "taobao.csv")
    assert {"13800000001", "13800000002"} <= set(ran.text.replace("\n", ",").split(","))
    assert "phone is known" not in ran.err


def test_weeks_hold_todays_list_and_what_earlier_ones_brought(here: Path) -> None:
    orders, log = files_in(here)
    options = ("--capacity", 6, "--log", log, "--append", "-q")
    shares = ("--holdout", "30%", "--reasons", "winback,churn")
    first = userops("contacts", orders, "--as-of", "2025-05-04", "--for", "2025-05-05", *options, *shares, "-f", "csv")  # fmt: skip
    listed = pl.read_csv(first.text.encode())
    found = contacts(orders, contacts=log, for_day="2025-05-19", holdout=0.3, reasons=["winback", "churn"], capacity=5)  # fmt: skip
    rows = {(str(row["week"]), row["reason"]): row for row in found["weeks"].frame.iter_rows(named=True)}  # fmt: skip
    before, now = rows["2025-05-05", "all"], rows["2025-05-19", "all"]
    assert before["listed"] == listed.height == 6
    assert before["priority"] == round(listed["priority"].sum() * 100)
    bought = pl.read_csv(orders).filter(
        pl.col("order_time").is_between(pl.lit("2025-05-05"), pl.lit("2025-05-12")),
        pl.col("user_id").is_in(listed["user_id"].implode()),
    )
    assert before["converted"] == bought["user_id"].n_unique()
    assert before["revenue"] == round(bought["amount"].sum() * 100)
    assert now["listed"] == len(found["list"].frame)
    assert now["priority"] == found["list"].frame["priority"].sum()
    assert now["observed"] == now["converted"] == 0
    assert now["revenue"] is None
    assert next(iter(rows))[0] == "2025-05-19"


def test_a_report_shows_no_phone_and_no_list(here: Path) -> None:
    orders, log = files_in(here)
    users = ["user_id,phone", *(f"u{number:03d},138001380{number:02d}" for number in range(60))]
    (here / "users.csv").write_text("\n".join(users))
    (here / "agents.csv").write_text("agent_id,capacity\nx,5\n")
    files = ("--users", here / "users.csv", "--agents", here / "agents.csv")
    ran = userops("contacts", orders, *files, "--for", DAY, "--log", log, "--append", "-f", "csv")
    assert "13800138" in ran.text
    files = (*files, "--contacts", log, "--pii", "raw", "--sections", "contacts", "-f", "md")
    ran = userops("report", orders, *files, "-o", here / "report.md")
    assert ran.code == 0, ran.err
    text = (here / "report.md").read_text(encoding="utf-8")
    assert "138001380" not in text
    assert "| x | " in text


@given(st.integers(0, 10**6), st.integers(70, 140))
@settings(max_examples=5)
def test_as_of_is_cutting_the_files(seed: int, days: int) -> None:
    orders, log = random_orders(seed, 30, 120), random_log(seed, 30)[1]
    day = FIRST + timedelta(days=days)
    until = str(day - timedelta(days=1))
    options = {"for_day": str(day), "holdout": 0.2, "capacity": 9}
    whole = contacts(orders, contacts=log, **options)
    cut = contacts(
        orders.filter(pl.col("order_time") <= until).reverse(),
        contacts=log.filter(pl.col("contact_time") <= until).reverse(),
        as_of=until,
        **options,
    )
    for name in ("list", "agents", "skipped", "ready", "reasons", "recent", "outcomes", "effect"):
        assert whole[name].frame.equals(cut[name].frame), name


def test_a_list_before_the_orders_end_is_refused() -> None:
    with pytest.raises(UsageError, match="a list for 2025-01-05"):
        contacts(random_orders(1), as_of="2025-02-01", for_day="2025-01-05")


def test_the_value_at_risk_is_what_the_forecasts_say() -> None:
    from userops.api import ltv

    options = {"as_of": "2025-12-31", "for_day": "2026-01-01", "reasons": ["winback", "churn"]}
    found = contacts(SHOP / "orders.csv", capacity=3000, **options)["list"].frame
    now, then = (
        {row["user_id"]: row for row in ltv(SHOP / "orders.csv", as_of=day)["users"].frame.iter_rows(named=True)}
        for day in ("2025-12-31", "2025-12-03")
    )  # fmt: skip
    assert set(found["basis"]) == {"value at risk"}
    close = 0
    for row in found.iter_rows(named=True):
        value = now[row["user_id"]]
        assert row["value"] == pytest.approx(value["clv"], abs=1)
        before = then.get(row["user_id"])
        if before is None:
            continue
        # By the model of that day, whose parameters differ a little.
        risk = max(0, before["p_alive"] - value["p_alive"]) * value["clv"] / value["p_alive"]
        close += abs(row["priority"] - risk) <= 0.1 * risk + 500
    assert close > 0.9 * len(found)
    assert found["priority"].is_sorted(descending=True)


def test_through_the_command_line_in_both_languages(here: Path) -> None:
    files = (SHOP / "orders.csv", "--users", SHOP / "users.csv", "--as-of", "2025-12-31")
    ran = userops("contacts", *files, "--lang", "zh", "--capacity", 3, "-f", "csv")
    assert ran.code == 0, ran.err
    header, first = ran.text.splitlines()[:2]
    assert (
        header
        == "agent_id,rank,user_id,phone,name,reason,also,script,priority,basis,last_contact,days_since_order,value"
    )
    assert "您" in first
    ran = userops(
        "contacts", *files, "--show", "skipped", "--lang", "zh", "--holdout", "20%", "-f", "md"
    )
    assert "留作对照" in ran.text
    assert "流失预警" in ran.text


def test_who_may_be_called_is_listed_or_waits_for_room() -> None:
    orders = random_orders(11)
    found = contacts(orders, for_day=DAY, holdout=0.3, capacity=4)
    ready, skipped_ = found["ready"].frame, found["skipped"].frame
    waiting = skipped_.filter(pl.col("rule").is_in(["no room", "agent full", "agent off"]))
    assert sorted(ready["user_id"]) == sorted(
        [*found["list"].frame["user_id"], *waiting["user_id"]]
    )
    assert ready["priority"].is_sorted(descending=True)
    table = found["reasons"].frame
    assert table["ready"].sum() == ready.height
    assert table["held_back"].sum() == skipped_.filter(pl.col("rule") == "held back").height
    assert table["priority"].sum() == ready["priority"].sum()
    assert table["priority"].is_sorted(descending=True)


def test_an_export_that_two_reasons_read_is_told_of_once(here: Path) -> None:
    orders, _ = files_in(here)
    users = here / "users.csv"
    users.write_text("user_id,registered_at\nu001,2025-01-01\n")
    (here / "userops.toml").write_text(
        '[[members.rules]]\nevent = "order"\nper = 1\n\n[[members.ladder]]\nname = "a"\n\n'
        '[[members.ladder]]\nname = "b"\nthreshold = 100\n'
    )
    settings = ("--config", here / "userops.toml")
    ran = userops("contacts", orders, "--users", users, *settings, "--show", "agents", "-f", "csv")
    assert ran.code == 0, ran.err
    notes = [line for line in ran.err.splitlines() if line.startswith("note: ")]
    assert len(notes) == len(set(notes))
    assert sum("rows read" in note and "users" not in note for note in notes) == 1
