"""`init` and `check`: what files are taken for, and why; orders are never filed as users."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from helpers.running import SAMPLES, userops

ORDERS_WITHOUT_AMOUNT = """Order No,Customer ID,Order Date,Order Status,Tax Total,Sum of all
100,5,2026-01-13,Shipped,4.55,x
101,6,2026-01-14,Completed,5.45,x
"""
FILES = {
    "orders.csv": ("orders", "order_id,user_id,order_time,amount\n1,u1,2025-01-01,5.00\n"),
    "shopify.csv": ("orders", "Name,Email,Financial Status,Paid at,Total,Created at,Lineitem quantity,Lineitem name\n#1,a@y.example,paid,2026-04-01,15.00,2026-04-01,1,Soap\n"),
    "events.csv": ("events", "user_id,event,event_time\nu1,browse,2025-01-01 10:00:00\n"),
    "users.csv": ("users", "user_id,registered_at,channel\nu1,2025-01-01,ads\nu2,2025-01-02,ads\n"),
    "people.csv": ("users", "customer id,city\nu1,Rome\nu2,Oslo\n"),
    "costs.csv": ("costs", "channel,date,cost\nads,2025-01-01,5.00\n"),
    "meta.csv": ("costs", "Campaign name,Amount spent (USD),Reporting starts,Reporting ends\nA,5.00,2025-01-01,2025-01-31\n"),
    # Two ids, and nothing else that a list of users says.
    "identities.csv": ("identities", "openid,手机号\nop1,13800000001\nop2,13800000002\n"),
    "customers.csv": ("users", "openid,手机号,邮箱\nop1,13800000001,a@y.example\n"),
    # A leader's phone is who they are; without a word of leaders it's whom nobody is to call.
    "团长名单.csv": ("leaders", "团长姓名,手机号,加入时间\n小王,13800000001,2026-01-01\n"),
    "left_alone.csv": ("do_not_contact", "姓名,手机号,加入时间\n小王,13800000001,2026-01-01\n"),
    # Who buys again can be told without money; a list of users has a row each.
    "visits.csv": ("orders", "date,customer_id\n2014-03-08,5\n2014-05-21,1\n2014-06-21,1\n"),
    "bare.csv": ("orders", ORDERS_WITHOUT_AMOUNT),
    "big.csv": ("orders", "Order ID,Customer ID,Order Date,Order Status,Tax Total,Order Total (inc tax),Refund Amount\n100,5,13/01/2026,Shipped,4.55,50.00,0.00\n"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str) -> None:
    Path(name).write_text(FILES[name][1], encoding="utf-8")


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_filed_as_what_it_is_and_why(name: str) -> None:
    write(name)
    ran = userops("init", name)
    assert ran.code == 0, ran.err
    kind = FILES[name][0]
    assert f"note: {name}: taken for {kind}: " in ran.err
    assert ", for it has " in ran.err or ": for it has " in ran.err
    filed = tomllib.loads(Path("userops.toml").read_text(encoding="utf-8"))["exports"]
    assert filed == {kind: [name]}


def test_orders_without_an_amount_are_said_to_be_so() -> None:
    write("bare.csv")
    ran = userops("init", "bare.csv")
    assert "bare.csv: looks like orders, but no column for amount was found" in ran.err
    assert "every command works" not in ran.err
    assert '# amount = "COLUMN"' in Path("userops.toml").read_text(encoding="utf-8")
    assert userops("repurchase").code == 0
    stopped = userops("segment")
    assert stopped.code == 3
    assert "no column for amount" in stopped.err


def test_only_with_orders_does_every_command_work() -> None:
    write("events.csv")
    said = userops("init", "events.csv").err
    assert "every command works" not in said
    assert "commands about events work in this folder" in said
    Path("userops.toml").unlink()
    write("orders.csv")
    assert "every command works in this folder" in userops("init", "orders.csv", "events.csv").err


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", "note: .: 1 file that may be chats not read, beside other exports: result.json; name them"),
        ("zh", "有 1 个可能是聊天记录的文件未读取（同一文件夹中还有其他导出）：result.json"),
    ],
)  # fmt: skip
def test_chats_beside_orders_are_told(lang: str, told: str) -> None:
    write("orders.csv")
    Path("result.json").write_text("{}", encoding="utf-8")
    assert told in userops("init", ".", "--lang", lang).err


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", ["stock.csv: left out, for nothing says what it holds", "photo.csv: left out, for it can't be read: "]),
        ("zh", ["stock.csv：未写入配置，看不出是什么数据", "photo.csv：未写入配置，无法读取："]),
    ],
)  # fmt: skip
def test_a_file_that_is_not_known_is_told_and_the_others_are_filed(
    lang: str, told: list[str]
) -> None:
    write("orders.csv")
    Path("stock.csv").write_text("仓库,库位\n北京,A1\n", encoding="utf-8")
    Path("photo.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4)
    ran = userops("init", "orders.csv", "photo.csv", "stock.csv", "--lang", lang)
    assert ran.code == 0, ran.err
    assert all(one in ran.err for one in told), ran.err
    filed = tomllib.loads(Path("userops.toml").read_text(encoding="utf-8"))["exports"]
    assert filed == {"orders": ["orders.csv"]}


def test_where_no_file_is_known_init_stops() -> None:
    Path("stock.csv").write_text("仓库,库位\n北京,A1\n", encoding="utf-8")
    assert userops("init", "stock.csv").code == 3
    assert not Path("userops.toml").exists()


def test_a_question_about_orders_stops_init() -> None:
    """Settings without the orders would stand in the way of those with them."""
    write("events.csv")
    rows = "".join(f"{n},u{n},03/04/2026,5.00\n" for n in range(5))
    Path("o.csv").write_text("order_id,user_id,order_time,amount\n" + rows, encoding="utf-8")
    ran = userops("init", "o.csv", "events.csv")
    assert ran.code == 3, ran.err
    assert not Path("userops.toml").exists()


def test_quiet_says_nothing() -> None:
    write("orders.csv")
    assert userops("init", "orders.csv", "-q").err == ""


@pytest.mark.parametrize("name", ["events.csv", "users.csv", "costs.csv", "meta.csv"])
@pytest.mark.parametrize("told", [True, False])
def test_check_takes_what_it_is_shown(name: str, told: bool) -> None:
    write(name)
    kind = FILES[name][0]
    ran = userops("check", name, *(["--dataset", kind] if told else []), "-f", "json")
    assert ran.code == 0, ran.err
    assert {
        "topic": "rows",
        "item": "read",
        "value": str(FILES[name][1].count("\n") - 1),
    } in ran.json
    assert ("taken for" in ran.err) is not told
    shown = userops("check", name, "--dataset", kind, "--show", "columns", "-f", "json")
    assert shown.code == 0
    assert {row["why"] for row in shown.json} <= {"name", "source"}


def test_check_of_orders_that_lack_something_says_what() -> None:
    write("bare.csv")
    ran = userops("check", "bare.csv")
    assert ran.code == 3
    assert "no column for amount" in ran.err


@pytest.mark.parametrize("name", ["orders", "events", "users", "costs"])
def test_the_sample_shop_is_told_apart(name: str) -> None:
    ran = userops("init", SAMPLES / "shop" / f"{name}.csv")
    assert f"taken for {name}: for it has" in ran.err
