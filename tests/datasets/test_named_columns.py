"""Columns that `--map` and settings name, of several datasets in one run."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.exports import events, orders, people, put, rows
from helpers.running import userops


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("activity", "e.csv", "--map", "event_time=evnt_time"), "no column named 'evnt_time'"),
        (("segment", "--events", "e.csv", "--map", "event_time=evnt_time"), "no column named"),
        (("segment", "o.csv", "--events", "e.csv", "--map", "event_time=x"), "no column named 'x'"),
        (("funnel", "e.csv", "--map", "evnt=event"), "unknown field in --map: evnt"),
        (("funnel", "e.csv", "--users", "un.csv", "--map", "registered_time=x"), "no column named"),
        (("lifecycle", "o.csv", "--users", "un.csv", "--map", "amuont=x"), "unknown field in --map"),
        (("lifecycle", "o.csv", "--map", "event_time=event_time"), "unknown field in --map"),
    ],
)  # fmt: skip
def test_a_column_named_wrongly_is_said(here: Path, asked: tuple[str, ...], said: str) -> None:
    orders(), events(), people()
    ran = userops(*asked)
    assert ran.code in (2, 3)
    assert said in ran.err


def test_columns_named_for_whichever_export_has_them(here: Path) -> None:
    put("o2.csv", "order_id,member,paid_at,amount", "1,u1,2025-02-01,5", "2,u2,2025-02-03,7")
    put("e2.csv", "user_id,happened,event_time,event", "u1,2025-02-02,2020-01-01,view")
    found = rows(
        "segment", "o2.csv", "--events", "e2.csv", "--map", "user_id=member", "--map",
        "event_time=happened",
    )  # fmt: skip
    assert [(row["user_id"], row["last_active"]) for row in found] == [
        ("u1", "2025-02-02"),
        ("u2", ""),
    ]


def test_settings_name_columns_of_the_whole_project(here: Path) -> None:
    """What they say of orders binds no events, and the other way round."""
    made = (f"{n},u{n % 3},2025-02-0{1 + n % 9},5,a" for n in range(20))
    put("o2.csv", "no,member,at,paid,channel", *made)
    put("e2.csv", "user_id,happened,event_time,event", "u1,2025-02-02 10:00:00,2020-01-01,register",
        "u1,2025-02-03 10:00:00,2020-01-01,pay")  # fmt: skip
    put("un2.csv", "user_id,since,channel", "u1,2025-01-01,a")
    put("c2.csv", "channel,month,spent", "a,2025-02,10")
    put(
        "userops.toml", "[columns]", 'order_id = "no"', 'user_id = "member"', 'order_time = "at"',
        'amount = "paid"', 'event_time = "happened"', 'registered_time = "since"', 'cost = "spent"',
    )  # fmt: skip
    for asked in (
        ("segment", "o2.csv"),
        ("segment", "o2.csv", "--events", "e2.csv"),
        ("segment", "--events", "e2.csv"),
        ("activity", "e2.csv"),
        ("funnel", "e2.csv", "--users", "un2.csv", "--steps", "register,pay"),
        ("cohorts", "--events", "e2.csv"),
        ("lifecycle", "o2.csv", "--users", "un2.csv"),
        ("ltv", "o2.csv", "--costs", "c2.csv", "--show", "channels"),
        ("check", "o2.csv"),
        ("prepare", "o2.csv"),
    ):
        assert userops(*asked).code == 0, asked
    (only,) = rows("activity", "e2.csv", "--show", "users")
    assert only["first_active"] == "2025-02-02"
    put("userops.toml", "[columns]", 'evnt_time = "happened"')
    assert "unknown field in [columns]: evnt_time" in userops("activity", "e2.csv").err


def test_a_named_column_is_taken_though_another_isnt_there(here: Path) -> None:
    put("e2.csv", "user_id,who,event_time,event", "u1,w1,2025-01-01 10:00:00,register")
    put("un2.csv", "user_id,who,channel,src", "u1,w1,ads,a")
    asked = ("segment", "o2.csv", "--events", "e2.csv", "--users", "un2.csv", "--show", "users")
    put("o2.csv", "order_id,who,paid_at,amount,src", "1,w1,2025-01-03,5,b")
    (only,) = rows(*asked, "--map", "user_id=who", "--map", "channel=src")
    assert (only["user_id"], only["last_active"]) == ("w1", "2025-01-01")
    typo = userops("activity", "e2.csv", "--users", "un2.csv", "--map", "user_id=whom")
    assert typo.code == 3


def test_links_and_attributes_go_by_named_columns(here: Path) -> None:
    put("e2.csv", "user_id,device,event_time,event", "u1,d1,2025-01-01 10:00:00,view",
        "u1,d1,2025-01-01 11:00:00,pay", ",d2,2025-01-01 12:00:00,view")  # fmt: skip
    put("plain.csv", "user_id,registered_at,level", "u1,2025-01-01,gold")
    put("linked.csv", "user_id,device,registered_at", "u1,d2,2025-01-01")
    seen = ("activity", "e2.csv", "--map", "anonymous_id=device", "--show", "users")
    assert [row["user_id"] for row in rows(*seen, "--users", "plain.csv")] == ["d2", "u1"]
    assert [row["user_id"] for row in rows(*seen, "--users", "linked.csv")] == ["u1"]
    asked = ("funnel", "e2.csv", "--users", "plain.csv", "--steps", "view,pay", "--by", "grade",
             "--show", "groups", "--map", "anonymous_id=device", "--as-of", "2025-12-31")  # fmt: skip
    assert {row["group"] for row in rows(*asked, "--map", "grade=level")} == {"gold", ""}
    assert "no column named 'lvl'" in userops(*asked, "--map", "grade=lvl").err
    orders()
    groups = rows("cohorts", orders(), "--users", people(), "--by", "area", "--map", "area=region")
    assert {row["area"] for row in groups} == {"x", "y"}


def test_orders_beside_events_needn_t_have_their_columns(here: Path) -> None:
    orders()
    put("e2.csv", "kunde,event_time,event", "u1,2025-01-01 10:00:00,view")
    asked = ("funnel", "e2.csv", "--steps", "view,pay", "--as-of", "2025-12-31")
    assert rows(*asked, "--orders", "o.csv", "--map", "user_id=kunde")[0]["users"] == "1"
    assert userops(*asked, "--orders", "o.csv", "--map", "user_id=kunden").code == 3


def test_settings_that_name_links_bind_no_events(here: Path) -> None:
    events()
    put("userops.toml", "[columns]", 'anonymous_id = "device"')
    assert userops("activity", "e.csv").code == 0
