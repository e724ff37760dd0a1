"""A shop's own ids come before those of WeChat, and what wasn't taken is said."""

from __future__ import annotations

import csv
import io
from itertools import product
from pathlib import Path

import pytest

from helpers.running import Ran, userops
from userops.datasets import DATASETS
from userops.readers.meaning.headers import folded

OWN = ("用户ID", "用户编号", "会员ID", "会员编号", "会员号", "客户ID", "客户编号")
OF_WECHAT = ("openid", "unionid", "external_userid")
# What people are called in groups, not in the shop.
IN_CHATS = {"identities", "memberships", "messages"}


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(
        "订单号,用户ID,付款时间,实付金额\nE1,u1,2026-10-20,100\nE2,u2,2026-11-29,100\n", "utf-8"
    )
    return path


def stages(ran: Ran) -> dict[str, int]:
    rows = csv.DictReader(io.StringIO(ran.text.removeprefix("\ufeff")))
    return {row["stage"]: int(row["users"]) for row in rows if row["users"] != "0"}


@pytest.mark.parametrize("own", OWN)
@pytest.mark.parametrize("other", OF_WECHAT)
def test_of_a_list_of_users_the_shops_id_is_read(
    tmp_path: Path, orders: Path, own: str, other: str
) -> None:
    (users := tmp_path / "users.csv").write_text(
        f"{own},{other}\nu1,ou1\nu2,ou2\nu3,ou3\n", "utf-8"
    )
    ran = userops("lifecycle", orders, "--users", users, "--show", "summary", "-f", "csv")
    assert stages(ran) == {"registered": 1, "introduction": 1, "slump": 1}
    assert f"user_id from '{own}' (not '{other}')" in ran.err


def test_of_orders_too(tmp_path: Path) -> None:
    (both := tmp_path / "both.csv").write_text(
        "订单号,unionid,用户ID,付款时间,实付金额\nE1,ou1,u1,2026-10-20,100\n", "utf-8"
    )
    ran = userops("segment", both, "-f", "csv")
    assert "\nu1," in ran.text
    assert "user_id from '用户ID' (not 'unionid')" in ran.err


def test_orders_go_by_what_buyers_have_before_they_join(tmp_path: Path) -> None:
    """A member's number is there from joining on, the openid always."""
    (both := tmp_path / "both.csv").write_text(
        "订单号,会员号,openid,付款时间,实付金额\nE1,,o1,2026-10-20,100\nE2,m1,o1,2026-11-20,100\n",
        "utf-8",
    )
    ran = userops("segment", both, "-f", "csv")
    assert "\no1,2026-10-20,2026-11-20," in ran.text


@pytest.mark.parametrize("own", OWN)
@pytest.mark.parametrize("of_wechat", ["openid", "unionid"])
def test_lists_go_by_the_column_that_has_the_orders_ids(
    tmp_path: Path, own: str, of_wechat: str
) -> None:
    (orders := tmp_path / "orders.csv").write_text(
        f"订单号,{of_wechat},付款时间,实付金额\nE1,ou1,2026-10-20,100\nE2,ou2,2026-11-29,100\n",
        "utf-8",
    )
    (users := tmp_path / "users.csv").write_text(
        f"{own},{of_wechat}\nu1,ou1\nu2,ou2\nu3,ou3\n", "utf-8"
    )
    ran = userops("lifecycle", orders, "--users", users, "--show", "summary", "-f", "csv")
    assert stages(ran) == {"registered": 1, "introduction": 1, "slump": 1}
    assert f"user_id from '{of_wechat}' (not '{own}')" in ran.err


def test_what_may_be_a_nickname_does_not_come_before_an_id(tmp_path: Path, orders: Path) -> None:
    (users := tmp_path / "users.csv").write_text("客户,unionid\n小王,u1\n小王,u3\n", "utf-8")
    ran = userops("lifecycle", orders, "--users", users, "--show", "summary", "-f", "csv")
    assert stages(ran) == {"registered": 1, "introduction": 1, "slump": 1}
    assert "user_id from 'unionid' (not '客户')" in ran.err


@pytest.mark.parametrize("name", DATASETS)
def test_every_dataset_of_the_shop_has_that_order(name: str) -> None:
    fields = {field.name: field for field in DATASETS[name].fields}
    if name in IN_CHATS or "user_id" not in fields:
        return
    spelled = [folded(one) for one in fields["user_id"].names]
    # In orders a member's number is there from joining on.
    of_all = [one for one in OWN if name != "orders" or "会员" not in one]
    for own, other in product(map(folded, of_all), map(folded, OF_WECHAT)):
        if own in spelled and other in spelled:
            assert spelled.index(own) < spelled.index(other)


def summary(folder: Path, orders: list[str], users: str) -> dict[str, int]:
    """Stages by orders of one or several exports and one of users, written into a folder."""
    names = []
    for number, text in enumerate(orders):
        names.append(folder / f"orders{number}.csv")
        names[-1].write_text(text, "utf-8")
    (folder / "users.csv").write_text(users, "utf-8")
    users_file, found = folder / "users.csv", []
    for paths in (names, names[::-1]):
        ran = userops("lifecycle", *paths, "--users", users_file, "--show", "summary", "-f", "csv")
        assert ran.code == 0, ran.err
        found.append(stages(ran))
    assert found[0] == found[1]
    return found[0]


def test_another_thing_of_the_same_name_is_no_id(tmp_path: Path) -> None:
    """The orders call an id a customer, the users export calls a name so."""
    orders = "order_id,customer,paid at,amount\nE1,C1,2026-10-20,100\nE2,C2,2026-11-29,100\n"
    users = "customer_id,customer\nC1,Name 1\nC2,Name 2\nC3,Name 3\n"
    assert summary(tmp_path, [orders], users) == {"registered": 1, "introduction": 1, "slump": 1}


def test_the_order_of_exports_does_not_matter(tmp_path: Path) -> None:
    orders = [
        "订单号,会员号,付款时间,实付金额\nE1,m1,2026-10-20,100\nE2,m2,2026-10-20,100\n",
        "订单号,手机号,付款时间,实付金额\nE3,13800000003,2026-11-29,100\n",
    ]
    users = "会员号,手机号\nm1,13800000001\nm2,13800000002\nm3,13800000003\n"
    assert summary(tmp_path, orders, users) == {"registered": 1, "introduction": 1, "slump": 2}


def test_a_partly_blank_column_stops_nobody(tmp_path: Path) -> None:
    orders = "订单号,手机号,付款时间,实付金额\nE1,13800000001,2026-10-20,100\n"
    users = "会员号,手机号\nm1,13800000001\nm2,\n"
    assert summary(tmp_path, [orders], users) == {"registered": 2, "introduction": 1}


def test_people_of_chats_go_by_what_chats_call_them(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(
        "订单号,手机号,付款时间,实付金额\nE1,13800000001,2026-10-20,100\n", "utf-8"
    )
    (tmp_path / "m.csv").write_text(
        "群ID,用户编号,手机号,入群时间\nwr0,wm1,13800000001,2026-06-01\n", "utf-8"
    )
    (tmp_path / "ids.csv").write_text("user_id,member_id\n13800000001,wm1\n", "utf-8")
    (row,) = csv.DictReader(io.StringIO(members(tmp_path).text.removeprefix("\ufeff")))
    assert (row["matched"], row["orders"]) == ("true", "1")


def members(folder: Path) -> Ran:
    """Who is in groups, by the files of a folder."""
    given = {"--memberships": "m.csv", "--identities": "ids.csv"}
    options = [part for option, name in given.items() for part in (option, folder / name)]
    ran = userops("community", folder / "orders.csv", *options, "--show", "members", "-f", "csv")
    assert ran.code == 0, ran.err
    return ran


def test_phones_are_matched_however_each_export_writes_them(tmp_path: Path) -> None:
    """Orders by mobile number; lists, identities and users write it with +86, spaces or both."""
    buyers = [f"1380000{number:04}" for number in range(60)]
    lines = [f"E{n},{who},2026-10-2{n % 10},100" for n, who in enumerate(buyers)]
    (tmp_path / "orders.csv").write_text(
        "订单号,手机号,付款时间,实付金额\n" + "\n".join([*lines, "E99,x,2026-12-20,1"]) + "\n",
        "utf-8",
    )
    groups = {
        "control": buyers[:30],
        "sent": [f"+86 {one[:3]} {one[3:7]} {one[7:]}" for one in buyers[30:]],
    }
    listed = [f"{who},c,{group},2026-10-19" for group, users in groups.items() for who in users]
    (tmp_path / "lists.csv").write_text(
        "手机号,campaign,group,assigned_time\n" + "\n".join(listed) + "\n", "utf-8"
    )
    ran = userops(
        "campaigns",
        tmp_path / "orders.csv",
        "--assignments",
        tmp_path / "lists.csv",
        "--show",
        "summary",
        "-f",
        "csv",
    )
    assert ran.code == 0, ran.err
    found = {
        row["group"]: row for row in csv.DictReader(io.StringIO(ran.text.removeprefix("\ufeff")))
    }
    assert {group: float(row["conversion"]) for group, row in found.items()} == {
        "control": 1,
        "sent": 1,
    }
    (tmp_path / "m.csv").write_text("群ID,成员ID,入群时间\nwr0,wm1,2026-06-01\n", "utf-8")
    (tmp_path / "ids.csv").write_text("user_id,member_id\n+86 138 0000 0003,wm1\n", "utf-8")
    ran = members(tmp_path)
    (row,) = csv.DictReader(io.StringIO(ran.text.removeprefix("\ufeff")))
    assert (row["user_id"], row["matched"], row["orders"]) == ("13800000003", "true", "1")


def test_a_phone_is_the_shops_id_of_identities_beside_an_openid(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(
        "订单号,手机号,付款时间,实付金额\nE1,13800000001,2026-10-20,100\n", "utf-8"
    )
    (tmp_path / "m.csv").write_text(
        "群ID,openid,入群时间\nwr0,op1,2026-06-01\nwr0,op9,2026-06-01\n", "utf-8"
    )
    (tmp_path / "ids.csv").write_text("openid,手机号\nop1,13800000001\n", "utf-8")
    ran = members(tmp_path)
    found = csv.DictReader(io.StringIO(ran.text.removeprefix("\ufeff")))
    assert {row["user_id"]: row["orders"] for row in found} == {"13800000001": "1", "op9": ""}
    assert "ids.csv: user_id from '手机号'" in ran.err
