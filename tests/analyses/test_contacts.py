"""Lists of contacts: who may be called, by whom, and what calls brought."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import mean, variance

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.running import SAMPLES, process, spawned, userops
from userops.analyses.contacts.assign import Candidate, assign, snake
from userops.api import contacts
from userops.core.errors import InputError, UsageError
from userops.render.locks import held
from userops.stats.hash_draw import hash_share
from userops.stats.intervals import difference

SHOP = SAMPLES / "shop"
FIRST = date(2025, 1, 1)
DAY = date(2025, 6, 1)


def orders_of(*rows: tuple[str, str, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["user_id", "order_time", "amount"], orient="row")


def random_orders(seed: int, people: int = 60, rows: int = 260) -> pl.DataFrame:
    dice = Random(seed)
    made = [
        (
            f"u{dice.randrange(people):03d}",
            str(FIRST + timedelta(days=dice.randrange(150))),
            dice.randrange(100, 9000) / 100,
            dice.choice(["milk", "toys"]),
        )
        for _ in range(rows)
    ]
    schema = ["user_id", "order_time", "amount", "category"]
    return pl.DataFrame(made, schema=schema, orient="row")


def log_of(
    *rows: tuple[str, str, str], header: str = "user_id,contact_time,status"
) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=header.split(","), orient="row")


def reasons(orders: pl.DataFrame, day: object = DAY, **options: object) -> dict[str, str]:
    found = contacts(orders, for_day=str(day), capacity=1000, **options)["list"].frame
    return dict(found.select("user_id", "reason").iter_rows())


def skipped(orders: pl.DataFrame, day: object = DAY, **options: object) -> dict[str, str]:
    found = contacts(orders, for_day=str(day), capacity=1000, **options)["skipped"].frame
    return dict(found.select("user_id", "rule").iter_rows())


AGO = {
    days: (f"ago{days}", str(DAY - timedelta(days=days)), 10) for days in (1, 3, 4, 30, 31, 60, 61)
}


LATE = orders_of(("late", str(DAY - timedelta(days=35)), 10))

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
    """The most that an assignment is worth, by trying all."""
    if not candidates:
        return 0
    (_, own, worth), *others = candidates
    most = best(others, room)
    for agent in [own] if own else room:
        if room[agent]:
            most = max(most, worth + best(others, {**room, agent: room[agent] - 1}))
    return most


@given(
    st.lists(st.tuples(st.sampled_from([None, "x", "y", "z"]), st.integers(0, 9)), max_size=7),
    st.tuples(*[st.integers(0, 3)] * 3),
)
@settings(max_examples=150)
def test_down_by_priority_is_as_good_as_the_best_assignment(
    people: list[tuple[str | None, int]], rooms: tuple[int, int, int]
) -> None:
    room = dict(zip("xyz", rooms, strict=True))
    candidates = [(str(number), own, worth) for number, (own, worth) in enumerate(people)]
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


# The log


def test_days_after_days_nobody_is_called_too_often_and_nobody_held_back(tmp_path: Path) -> None:
    orders, log = random_orders(2), tmp_path / "log.csv"
    called: dict[str, list[date]] = {}
    options = {"holdout": 0.2, "capacity": 6, "log": log}
    for day in (DAY + timedelta(days=number) for number in range(0, 24, 2)):
        as_of = {"as_of": str(DAY - timedelta(days=1))}
        table = contacts(orders, for_day=str(day), append=True, **as_of, **options)["list"].frame
        for user in table["user_id"]:
            called.setdefault(user, []).append(day)
            assert hash_share("contacts", user) >= 0.2
        again = contacts(orders, for_day=str(day), append=True, **as_of, **options)["list"].frame
        assert again.equals(table)
    assert len(called) > 12
    assert all(
        (later - earlier).days >= 14
        for days in called.values()
        for earlier, later in pairwise(days)
    )
    rows = list(csv.DictReader(log.read_text(encoding="utf-8-sig").splitlines()))
    assert len({(row["user_id"], row["contact_time"]) for row in rows}) == len(rows)
    held_back = {row["user_id"] for row in rows if row["group"] == "holdout"}
    assert held_back
    assert not held_back & set(called)


def test_the_same_day_gives_the_same_list_even_from_other_orders(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    options = {"for_day": str(DAY), "capacity": 7, "log": log}
    before = contacts(random_orders(3), **options)["list"].frame
    made = contacts(random_orders(3), append=True, **options)["list"].frame
    assert made.equals(before)
    shuffled = contacts(random_orders(3).sample(fraction=1, shuffle=True, seed=4), **options)
    assert shuffled["list"].frame.equals(made)
    assert set(shuffled["skipped"].frame["rule"]) == {"list was made before"}
    assert contacts(random_orders(9), **options)["list"].frame.equals(made)


def test_calls_tell_how_a_list_went(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    orders = orders_of(*((f"u{number}", AGO[31][1], 100 - number) for number in range(3)))
    options = {"log": log, "reasons": ["winback"], "capacity": 3}
    contacts(orders, for_day=str(DAY), append=True, **options)
    calls = log_of(("u0", "2025-06-01 11:00", "未接通"), ("u1", "2025-06-01 12:00", "已接通"))
    later = {"as_of": str(DAY), "contacts": calls, **options}
    # u0 wasn't reached and is tried again; u1 was; of u2 nobody knows, so he's left alone.
    found = contacts(orders, for_day="2025-06-03", **later)
    assert set(found["list"].frame["user_id"]) == {"u0"}
    row = found["outcomes"].frame.row(0, named=True)
    assert (row["listed"], row["tried"], row["reached"]) == (3, 2, 1)


def test_a_log_of_a_dialler_in_chinese_needs_nothing_else() -> None:
    orders = orders_of(("a", "2025-02-01", 1), ("b", "2025-02-01", 1), ("c", "2025-02-01", 1))
    first = pl.DataFrame(
        {
            "客户编号": ["a", "b"], "被叫号码": ["1", "2"], "坐席编号": ["7", "7"],
            "通话开始时间": ["2025-03-05 10:00:00"] * 2, "时长": ["00:01:25", "0"],
        }
    )  # fmt: skip
    second = pl.DataFrame(
        {
            "客户编号": ["c"], "呼叫开始时间": ["2025-03-05 10:00:00"],
            "应答时间": ["2025-03-05 10:00:07"], "通话时间": ["1分5秒"], "挂机方": ["客户"],
        }
    )  # fmt: skip
    options = {"reasons": ["winback"]}
    assert skipped(orders, "2025-03-06", contacts=first, **options) == {
        "a": "cooling off",
        "b": "tried lately",
    }
    assert skipped(orders, "2025-03-06", contacts=second, **options) == {"c": "cooling off"}
    assert skipped(orders, "2025-03-06", contacts=first, reached_seconds=100, **options) == {
        "a": "tried lately", "b": "tried lately",
    }  # fmt: skip


def test_a_diallers_group_of_agents_makes_no_call_a_row_of_a_list() -> None:
    orders = orders_of(("a", "2025-02-01", 1), ("b", "2025-02-01", 1))
    header = "user_id,contact_time,status,group"
    lists = [("a", "2025-03-01", "planned", "listed"), ("b", "2025-03-01", "planned", "对照组")]
    calls = [
        ("a", "2025-03-02", "reached", "华东一组"),
        ("zz", "2025-03-02", "reached", "华东一组"),
    ]
    log = log_of(*lists, *calls, header=header)
    found = contacts(orders, contacts=log, for_day="2025-03-20")
    row = found["outcomes"].frame.row(0, named=True)
    assert (row["listed"], row["tried"], row["reached"]) == (1, 1, 1)
    # Nor does it make a user known.
    assert any("1 contact of 4 with whom" in message for message in found.messages)


def test_a_number_without_a_user_is_told_by_the_users_phones() -> None:
    orders = orders_of(("a", "2025-02-01", 1), ("b", "2025-02-01", 1))
    users = pl.DataFrame({"user_id": ["a", "b"], "phone": ["138-0013-8000", "13900139000"]})
    log = pl.DataFrame(
        {
            "被叫号码": ["8613800138000", "13711112222"],
            "呼叫时间": ["2025-03-05", "2025-03-05"],
            "通话时长": ["30", "30"],
        }
    )
    found = contacts(orders, users=users, contacts=log, for_day="2025-03-06", reasons=["winback"])
    assert found["skipped"].frame.select("user_id", "rule").rows() == [("a", "cooling off")]
    assert any("1 contact of 2 with whom" in message for message in found.messages)


def test_ids_of_another_system_are_told_by_identities_and_unknown_ones_left_out() -> None:
    orders = orders_of(("a", "2025-02-01", 1), ("b", "2025-02-01", 1))
    log = log_of(("crm-1", "2025-03-05", "reached"), ("crm-2", "2025-03-05", "reached"))
    pairs = pl.DataFrame({"user_id": ["a"], "member_id": ["crm-1"]})
    options = {"contacts": log, "for_day": "2025-03-20", "reasons": ["winback"], "cooling_days": 30}
    found = contacts(orders, identities=pairs, **options)
    assert found["skipped"].frame.select("user_id", "rule").rows() == [("a", "cooling off")]
    # Of crm-2 nobody knows whether he bought.
    assert found["outcomes"].frame.filter(pl.col("reason") == "all")["listed"].to_list() == [1]
    assert any("1 contact of 2" in message for message in found.messages)


def test_words_that_nobody_knows_are_asked_about() -> None:
    orders = orders_of(("a", "2025-02-01", 1))
    log = log_of(("a", "2025-03-05", "spoke to her"))
    with pytest.raises(InputError, match="'spoke to her'"):
        contacts(orders, contacts=log, for_day="2025-03-06")
    options = {"contacts": log, "for_day": "2025-03-06", "reasons": ["winback"]}
    found = contacts(orders, reached=["spoke to her"], **options)["skipped"].frame
    assert found["rule"].to_list() == ["cooling off"]
    found = contacts(orders, not_reached=["spoke to her"], **options)["skipped"].frame
    assert found["rule"].to_list() == ["tried lately"]


# Files


def files_in(folder: Path) -> tuple[Path, Path]:
    orders, log = folder / "orders.csv", folder / "log.csv"
    random_orders(5).write_csv(orders)
    return orders, log


def test_while_another_run_holds_the_log_nothing_is_written_and_the_code_is_5(here: Path) -> None:
    orders, log = files_in(here)
    with held(str(log)):
        ran = spawned("contacts", orders, "--for", DAY, "--log", log, "--append")
    assert ran.code == 5, ran.err
    assert not log.exists()


def test_two_runs_that_append_at_once_lose_nothing(here: Path) -> None:
    orders, log = files_in(here)
    days = [DAY + timedelta(days=number) for number in range(3)]

    def start(day: date) -> object:
        return process("contacts", orders, "--as-of", DAY, "--for", day, "--log", log, "--append", "--capacity", 4, "-o", here / f"{day}.csv")  # fmt: skip

    running = {day: start(day) for day in days}
    while running:
        codes = {day: one.wait() for day, one in running.items()}
        assert set(codes.values()) <= {0, 5}
        running = {day: start(day) for day, code in codes.items() if code == 5}
    rows = list(csv.DictReader(log.read_text(encoding="utf-8-sig").splitlines()))
    for day in days:
        written = pl.read_csv(here / f"{day}.csv")
        logged = [row["user_id"] for row in rows if row["contact_time"] == str(day)]
        assert sorted(logged) == sorted(written["user_id"])
    assert len(rows) == 12


def test_a_log_keeps_what_people_wrote_into_it_or_stays_as_it_was(here: Path) -> None:
    orders, log = files_in(here)
    log.write_bytes(
        'user_id,contact_time,status,备注\r\nu001,2025-05-30,已接通,"好,"\r\nu002,2025-05-30,planned,'.encode()
    )
    ran = userops(
        "contacts", orders, "--for", DAY, "--log", log, "--append", "-o", here / "list.csv"
    )
    assert ran.code == 0, ran.err
    text = log.read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    assert (rows[0]["备注"], rows[0]["status"]) == ("好,", "已接通")
    assert rows[2]["status"] == "planned"
    assert not {"u001", "u002"} & {row["user_id"] for row in rows[2:]}
    other = "user_id,contact_time,status\nu001,2025-05-30,已接通\n".encode("gb18030")
    log.write_bytes(other)
    ran = userops(
        "contacts", orders, "--for", DAY, "--log", log, "--append", "-o", here / "other.csv"
    )
    assert ran.code == 3
    assert log.read_bytes() == other
    assert userops("contacts", orders, "--append").code == 2
    assert userops("contacts", orders, "--log", log, "-o", log).code == 2


# What calls brought


def random_log(seed: int, people: int = 400) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Orders, and a log of lists with users held back."""
    dice = Random(seed)
    rows, orders = [], []
    for number in range(people):
        user, group = f"u{number:03d}", "listed" if dice.random() < 0.75 else "holdout"
        reason = dice.choice(["winback", "new"])
        for day in sorted(dice.sample(range(60), dice.choice([1, 1, 2]))):
            status = "planned" if group == "holdout" else dice.choice(["reached", "no answer"])
            rows.append((user, str(FIRST + timedelta(days=day)), status, group, reason))
        orders.append(
            (user, str(FIRST + timedelta(days=dice.randrange(80))), dice.randrange(1, 5000))
        )
        if group == "listed" and dice.random() < 0.5:
            orders.append(
                (user, str(FIRST + timedelta(days=dice.randrange(80))), dice.randrange(1, 5000))
            )
    header = "user_id,contact_time,status,group,reason"
    return orders_of(*orders), log_of(*rows, header=header)


def by_hand(
    orders: pl.DataFrame, log: pl.DataFrame, as_of: date
) -> dict[tuple[str, str], list[int]]:
    """What each user spent after the first time on a list, by reason and group."""
    first: dict[str, tuple[date, str, str]] = {}
    for user, day, _, group, reason in log.sort("contact_time").iter_rows():
        first.setdefault(user, (date.fromisoformat(day), reason, group))
    spent: dict[tuple[str, str], list[int]] = {}
    start = min(log.filter(pl.col("group") == "holdout")["contact_time"])
    for user, (day, reason, group) in first.items():
        if day + timedelta(days=7) <= as_of and str(day) >= start:
            bought = [
                amount * 100
                for buyer, when, amount in orders.iter_rows()
                if buyer == user and 0 <= (date.fromisoformat(when) - day).days <= 7
            ]
            for name in (reason, "all"):
                spent.setdefault((name, group), []).append(sum(bought))
    return spent


def test_the_effect_is_what_plain_arithmetic_gives() -> None:
    orders, log = random_log(1)
    as_of = FIRST + timedelta(days=50)
    found = contacts(orders, contacts=log, as_of=str(as_of), for_day=str(as_of + timedelta(days=1)))
    spent = by_hand(orders, log, as_of)
    for row in found["effect"].frame.iter_rows(named=True):
        listed, held_ = spent[row["reason"], "listed"], spent[row["reason"], "holdout"]
        assert (row["listed"], row["held_back"]) == (len(listed), len(held_))
        bought = [sum(amount > 0 for amount in arm) for arm in (listed, held_)]
        gap = difference(bought[0], len(listed), bought[1], len(held_))
        assert (row["difference"], row["low"], row["high"]) == pytest.approx(
            (gap.value, gap.low, gap.high)
        )
        money = mean(listed) - mean(held_)
        assert row["revenue_difference"] == pytest.approx(money)
        error = (variance(listed) / len(listed) + variance(held_) / len(held_)) ** 0.5
        assert (row["revenue_high"] - row["revenue_low"]) / 2 / error == pytest.approx(
            1.98, abs=0.04
        )
        assert row["evidence"] == "holdout"
    assert set(found["effect"].frame["reason"]) == {"winback", "new", "all"}


def test_outcomes_count_every_time_and_only_days_that_are_over() -> None:
    orders, log = random_log(2)
    as_of = FIRST + timedelta(days=50)
    frame = contacts(
        orders, contacts=log, as_of=str(as_of), for_day=str(as_of + timedelta(days=1))
    )["outcomes"].frame
    listed = log.filter((pl.col("group") == "listed") & (pl.col("contact_time") <= str(as_of)))
    everything = frame.row(by_predicate=pl.col("reason") == "all", named=True)
    assert everything["listed"] == len(listed)
    assert (
        everything["reached"] == int((listed["status"] == "reached").sum())
        or everything["reached"] > 0
    )
    assert everything["observed"] == len(
        listed.filter(pl.col("contact_time") <= str(as_of - timedelta(days=7)))
    )
    assert frame.filter(pl.col("reason") != "all")["listed"].sum() == everything["listed"]


def test_a_call_and_an_order_count_for_the_latest_list_alone() -> None:
    lists = [("a", f"2025-03-{day:02d}", "planned", "listed") for day in (1, 3, 5)]
    log = log_of(
        *lists, ("a", "2025-03-05", "reached", None), header="user_id,contact_time,status,group"
    )
    orders = orders_of(("a", "2025-03-06", 100), ("z", "2025-04-01", 1))
    found = contacts(orders, contacts=log, for_day="2025-04-02")
    row = found["outcomes"].frame.row(0, named=True)
    counts = [row[name] for name in ("listed", "tried", "reached", "converted", "revenue")]
    assert counts == [3, 1, 1, 1, 10000]
    # The first list is judged by all that came after it.
    assert found["effect"].frame.row(0, named=True)["conversion"] == 1


def test_only_users_of_days_since_somebody_was_held_back_are_compared() -> None:
    early = [(f"e{number}", "2025-03-01", "planned", "listed") for number in range(9)]
    late = [(f"l{number}", "2025-06-01", "planned", "listed") for number in range(4)]
    held_ = [(f"h{number}", "2025-06-01", "planned", "holdout") for number in range(3)]
    # Whoever was listed before isn't compared by a later list either.
    again = ("e0", "2025-06-01", "planned", "listed")
    log = log_of(*early, *late, *held_, again, header="user_id,contact_time,status,group")
    orders = orders_of(*((user, "2025-03-02", 5) for user, *_ in early), ("z", "2025-07-01", 1))
    row = contacts(orders, contacts=log)["effect"].frame.row(0, named=True)
    assert (row["listed"], row["held_back"], row["difference"]) == (4, 3, 0)


def test_without_anybody_held_back_nothing_is_claimed() -> None:
    orders, log = random_log(3)
    alone = log.filter(pl.col("group") == "listed")
    table = contacts(orders, contacts=alone, for_day="2025-03-20")["effect"]
    assert set(table.frame["evidence"]) == {None}
    assert table.frame["difference"].null_count() == len(table.frame)
    assert table.frame["conversion"].null_count() == 0
    assert any("nobody was held back" in note for note in table.notes)


def test_groups_of_other_sizes_than_drawn_are_told() -> None:
    orders, log = random_log(4)
    table = contacts(orders, contacts=log, for_day="2025-03-20", holdout=0.25)["effect"]
    row = table.frame.row(by_predicate=pl.col("reason") == "all", named=True)
    assert row["srm_p"] > 0.001
    table = contacts(orders, contacts=log, for_day="2025-03-20", holdout=0.6)["effect"]
    row = table.frame.row(by_predicate=pl.col("reason") == "all", named=True)
    assert row["srm_p"] < 0.001
    assert any("aren't the 60%" in note for note in table.notes)


def test_a_measured_effect_goes_before_what_is_at_risk() -> None:
    orders, log = random_log(5, 700)
    late = [(f"u{number:03d}", "2025-03-15", 20 + number) for number in range(40)]
    orders = pl.concat([orders, orders_of(*late)])
    found = contacts(orders, contacts=log, for_day="2025-04-20", reasons=["winback"], capacity=99)
    effects = {row["reason"]: row for row in found["effect"].frame.iter_rows(named=True)}
    row = effects["winback"]
    assert row["listed"] >= 200
    assert row["held_back"] >= 50
    listed = found["list"].frame
    assert set(listed["basis"]) == {"measured effect"}
    for one in listed.iter_rows(named=True):
        assert one["priority"] == pytest.approx(row["difference"] * one["value"], abs=1)
    found = contacts(
        orders, contacts=log, for_day="2025-04-20", reasons=["winback"], min_listed=9999
    )
    assert set(found["list"].frame["basis"]) <= {"value at risk", "past value"}


def test_the_demo_shop_gives_back_the_effect_that_was_put_into_it() -> None:
    from userops.demo.contacts import EFFECTS

    found = contacts(SHOP / "orders.csv", contacts=SHOP / "contacts.csv", holdout=0.2, capacity=50)
    rows = {row["reason"]: row for row in found["effect"].frame.iter_rows(named=True)}
    for reason, effect in EFFECTS.items():
        assert rows[reason]["low"] < effect < rows[reason]["high"]
        assert rows[reason]["srm_p"] > 0.01
    assert rows["winback"]["low"] > 0  # and what calls bring can be told
    assert rows["new"]["low"] < 0
    bases = dict(found["list"].frame.select("reason", "basis").iter_rows())
    assert bases["winback"] == "measured effect"


# The whole


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
    for name in ("list", "agents", "skipped", "outcomes", "effect"):
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
        == "agent_id,rank,user_id,phone,reason,also,script,priority,basis,last_contact,days_since_order,value"
    )
    assert "您" in first
    ran = userops(
        "contacts", *files, "--show", "skipped", "--lang", "zh", "--holdout", "20%", "-f", "md"
    )
    assert "留作对照" in ran.text
    assert "流失预警" in ran.text
