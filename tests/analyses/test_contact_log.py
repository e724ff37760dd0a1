"""The log of lists and calls: what it tells, and how it is written."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from analyses.contacts_by_hand import AGO, DAY, files_in, log_of, orders_of, random_orders, skipped
from helpers.running import process, spawned, userops
from userops.api import contacts
from userops.core.errors import InputError
from userops.render.locks import held
from userops.stats.hash_draw import hash_share

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
    assert any("1 contact of 4 with people" in message for message in found.messages)


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
    assert any("1 contact of 2 with people" in message for message in found.messages)


@pytest.mark.parametrize("column", ["被叫号码", "客户号码", "客户"])
def test_a_number_without_a_user_is_that_of_whose_id_it_is(column: str) -> None:
    orders = orders_of(("13800138000", "2025-02-01", 1), ("13900139000", "2025-02-01", 1))
    log = pl.DataFrame(
        {
            column: ["+86 138-0013-8000", "13711112222"],
            "呼叫时间": ["2025-03-05", "2025-03-05"],
            "通话时长": ["30", "30"],
        }
    )
    options = {"contacts": log, "for_day": "2025-03-06", "reasons": ["winback"]}
    found = contacts(orders, **options)
    assert found["skipped"].frame.select("user_id", "rule").rows() == [
        ("13800138000", "cooling off")
    ]
    assert any("1 contact of 2 with people" in message for message in found.messages)
    if column == "客户":
        return  # an id is whose it is
    # Another user's phone by the users export: nobody knows which of them was called.
    users = pl.DataFrame({"user_id": ["13900139000"], "phone": ["13800138000"]})
    assert contacts(orders, users=users, **options)["skipped"].frame.is_empty()


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
