"""`userops referral` from exports, and through the command line."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest

from analyses.referral_by_hand import (
    Shop,
)
from analyses.referral_shops import (
    Row,
    one_order,
    rows,
    told,
)
from helpers.running import SAMPLES, userops
from userops import api
from userops.core.errors import InputError

# From the exports, and through the command line

DEMO = SAMPLES / "shop"


def asked(*options: object) -> list[Row]:
    ran = userops("referral", *options, "-f", "csv", "-q")
    assert ran.code == 0, ran.err
    return list(csv.DictReader(io.StringIO(ran.text)))


def test_the_demo_shop_accuses_nobody_else() -> None:
    found = asked(
        DEMO / "orders.csv", "--users", DEMO / "users.csv", "--leaders", DEMO / "leaders.csv",
        "--events", DEMO / "events.csv", "--show", "signs",
    )  # fmt: skip
    signs = Counter(row["sign"] for row in found)
    assert signs == {"ring": 3, "self": 1, "burst": 1}
    (burst,) = (row for row in found if row["sign"] == "burst")
    assert burst["users"] == "6"
    assert burst["evidence"].startswith("6 invited on 2024-11-11; at 0.0")
    text = (DEMO / "users.csv").read_text(encoding="utf-8")
    users = {row["user_id"]: row for row in csv.DictReader(io.StringIO(text))}
    ring = {row["leader_id"] for row in found if row["sign"] == "ring"}
    assert {users[one]["inviter_id"] for one in ring} == ring
    (alone,) = (row["leader_id"] for row in found if row["sign"] == "self")
    assert users[alone]["inviter_id"] == alone


YOUZAN = """\
订单号,订单状态,买家手机号,买家付款时间,订单实付金额,订单已退款金额,订单退款状态,全部商品名称,分销员,分销员,分销员手机号,订单佣金金额
E1,交易完成,13900000001,2025-01-05 10:00:00,100.00,0.00,——,奶粉,王,王,13800138000,5.00
E2,交易完成,13900000002,2025-01-06 10:00:00,200.00,0.00,——,奶粉,王,王,13800138000,10.00
E3,交易完成,13900000002,2025-01-07 10:00:00,50.00,50.00,全额退款成功,奶粉,王,王,13800138000,2.50
E4,交易完成,13900000003,2025-01-08 10:00:00,80.00,0.00,——,奶粉,——,——,——,——
E5,交易完成,13800138000,2025-01-09 10:00:00,60.00,0.00,——,奶粉,王,王,13800138000,3.00
"""


def test_a_youzan_export_alone_will_do(tmp_path: Path) -> None:
    path = tmp_path / "youzan.csv"
    path.write_text(YOUZAN, encoding="utf-8")
    (leader,) = asked(path, "--show", "leaders")
    assert {name: leader[name] for name in ("leader_id", "invited", "effective", "orders", "gmv")} == {
        "leader_id": "13800138000", "invited": "2", "effective": "2", "orders": "2", "gmv": "300.00",
    }  # fmt: skip
    # 3.00 of it for the leader's own order; 2.50 was paid for what was given back.
    assert (leader["commission"], leader["to_recover"]) == ("18.00", "2.50")
    assert leader["effective_rate"] == ""
    (sign,) = asked(path, "--show", "signs")
    assert (sign["sign"], sign["evidence"], sign["at_risk"]) == ("self", "own orders: 1", "3.00")


def test_people_read_it_in_chinese() -> None:
    ran = userops(
        "referral", DEMO / "orders.csv", "--users", DEMO / "users.csv", "--show", "signs",
        "-f", "table", "--lang", "zh", "-q",
    )  # fmt: skip
    assert "3 人互相邀请成环" in ran.text
    assert "邀请人是自己：1 人" in ran.text


def test_shares_and_money_are_read_as_such() -> None:
    ran = userops(
        "referral", DEMO / "orders.csv", "--users", DEMO / "users.csv", "--show", "compared",
        "-f", "table", "-q",
    )  # fmt: skip
    first, _, ltv = [line for line in ran.text.splitlines() if "matched" in line][-3:]
    assert " %" in first
    assert "%" not in ltv.replace("100.0 %", "")


def test_rules_stand_in_the_settings(tmp_path: Path) -> None:
    config = tmp_path / "userops.toml"
    config.write_text(
        '[referral]\nbasis = "month"\nmarginal = true\nreward = 5\n'
        '[[referral.rules]]\nfrom = 0\nrate = "5%"\n'
        '[[referral.rules]]\nfrom = 500\nrate = "8%"\nflat = 10\n'
    )
    rows = asked(
        DEMO / "orders.csv", "--users", DEMO / "users.csv", "--config", config, "--show", "leaders"
    )
    assert sum(float(row["commission"]) for row in rows) > 0
    assert all(
        float(row["cost"]) == pytest.approx(float(row["commission"]) + 5 * int(row["effective"]))
        for row in rows
    )


def test_who_is_invited_by_nobody_is_not_invited() -> None:
    """Systems write 0 or none for no inviter; a user may be called so."""
    one = one_order(1000)
    one.users += [
        {"user_id": f"n{n}", "registered_at": datetime(2025, 1, 2), "inviter_id": word}
        for n, word in enumerate(("0", "无", "none", "unknown"))
    ]
    assert [row["user_id"] for row in rows(told(one), "users")] == ["b"]
    one.users.append(
        {"user_id": "unknown", "registered_at": datetime(2025, 1, 1), "inviter_id": ""}
    )
    known = told(one, nobody=["unknown=user"])
    assert [row["user_id"] for row in rows(known, "users")] == ["b", "n3"]


@pytest.mark.parametrize(
    ("inviter", "says"),
    [("138****8000", "masked"), ("https://www.google.com/", "of web addresses")],
)
def test_inviters_that_tell_nobody_apart_are_an_error(inviter: str, says: str) -> None:
    one = one_order(1000)
    one.users[1]["inviter_id"] = inviter
    with pytest.raises(InputError, match=says) as error:
        told(one)
    assert "--map inviter_id=" in error.value.mend or "columns=" in error.value.mend


def test_users_who_came_after_the_orders_end_do_not_count_yet() -> None:
    one = one_order(1000)
    late = {"user_id": "c", "registered_at": datetime(2025, 3, 1), "inviter_id": "a"}
    one.users.append(late)
    one.leaders.append({"leader_id": "z", "since": date(2025, 3, 1)})
    result = told(one, as_of=None)
    assert [row["leader_id"] for row in rows(result, "leaders")] == ["a"]
    assert [row["user_id"] for row in rows(result, "users")] == ["b"]


def test_of_a_users_rows_the_first_in_time_holds() -> None:
    one = one_order(1000)
    later = {
        "user_id": "b",
        "registered_at": datetime(2025, 1, 9),
        "inviter_id": "c",
        "group_id": "g",
    }
    for users in ([*one.users, later], [later, *one.users]):
        result = told(Shop(users, one.orders))
        (row,) = rows(result, "users")
        assert (row["inviter_id"], row["registered"]) == ("a", date(2025, 1, 2))
        assert {one["leader_id"] for one in rows(result, "leaders")} == {"a"}


def test_nothing_that_says_who_invited_is_an_error() -> None:
    with pytest.raises(InputError, match="nothing says who invited whom"):
        api.referral(SAMPLES / "cdnow" / "sample.csv")
