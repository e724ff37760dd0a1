"""The demo shop and the sample data: made the same everywhere, and consistent."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from helpers.running import userops
from userops.core.errors import UsageError
from userops.demo import STATUS_ZH, demo_files, write_demo
from userops.demo.shop import CATEGORIES, DAYS, EVENTS_FROM, LAST_DAY, Dice
from userops.demo.shop import users as made_users

SAMPLE = Path(__file__).parents[2] / "sample_data"
FILES = [
    "README.md",
    "userops.toml",
    "orders.csv",
    "orders_zh.csv",
    "users.csv",
    "agents.csv",
    "contacts.csv",
    "do_not_contact.csv",
    "events.csv",
    "costs.csv",
    "ad_costs.csv",
    "memberships.csv",
    "messages.csv",
    "identities.csv",
    "points.csv",
    "leaders.csv",
    "assignments.csv",
    "coupons.csv",
    "running_costs.csv",
]
UNPAID = ("cancelled", "pending")
VOID = (*UNPAID, "refunded")

Rows = list[dict[str, str]]


def table(path: Path, encoding: str = "utf-8") -> Rows:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(encoding), newline="")))


def cents(text: str) -> int:
    whole, places = re.fullmatch(r"(\d+)\.(\d\d)", text).groups()  # type: ignore[union-attr]
    return int(whole) * 100 + int(places)


def shop(name: str) -> Rows:
    return table(SAMPLE / "shop" / name)


@pytest.fixture(scope="module")
def orders() -> Rows:
    return shop("orders.csv")


@pytest.fixture(scope="module")
def users() -> dict[str, dict[str, str]]:
    return {row["user_id"]: row for row in shop("users.csv")}


@pytest.fixture(scope="module")
def events() -> Rows:
    return shop("events.csv")


def valid(orders: Rows) -> Rows:
    return [row for row in orders if row["status"] not in VOID]


# The generator


def test_sample_is_what_the_generator_writes() -> None:
    made = demo_files(seed=7, users=3000)
    kept = {path.name: path.read_bytes() for path in (SAMPLE / "shop").iterdir()}
    differ = sorted(name for name in made.keys() | kept.keys() if made.get(name) != kept.get(name))
    assert not differ, (
        "sample_data/shop isn't what userops.demo writes now; sample_data/README.md, "
        "section shop, has the commands that make it again"
    )


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from userops.demo import write_demo;"
        "write_demo(Path(sys.argv[1]), seed=3, users=60)"
    )
    for salt in ("1", "2"):
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / salt)],
            check=True,
            env={
                **os.environ,
                "PYTHONHASHSEED": salt,
                "TZ": f"UTC-{salt}",
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
        )
    here = demo_files(seed=3, users=60)
    for name in FILES:
        assert (tmp_path / "1" / name).read_bytes() == here[name]
        assert (tmp_path / "2" / name).read_bytes() == here[name]


def test_other_seed_other_shop() -> None:
    assert demo_files(1, 60)["orders.csv"] != demo_files(2, 60)["orders.csv"]


@pytest.mark.parametrize("users", [1, 2, 7])
def test_small_shops(users: int) -> None:
    made = demo_files(5, users)
    assert list(made) == FILES
    assert made["users.csv"].count(b"\n") == users + 1


def test_writes_the_files_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "new" / "shop"
    paths = write_demo(target, users=20)
    assert paths == [target / name for name in FILES]
    assert sorted(path.name for path in target.iterdir()) == sorted(FILES)


@pytest.mark.parametrize("there", FILES)
def test_refuses_to_overwrite(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("mine")
    with pytest.raises(UsageError, match="is there already") as refusal:
        write_demo(tmp_path, users=20)
    assert refusal.value.mend
    assert [path.name for path in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_text() == "mine"


@pytest.mark.parametrize("users", [0, -1, 1_000_001])
def test_refuses_impossible_sizes(tmp_path: Path, users: int) -> None:
    with pytest.raises(UsageError):
        write_demo(tmp_path, users=users)


def test_readme_names_every_column() -> None:
    text = (SAMPLE / "shop" / "README.md").read_text(encoding="utf-8")
    for name in ("orders.csv", "users.csv", "events.csv", "costs.csv", "leaders.csv"):
        section = text.split(f"## {name}\n")[1].split("\n## ")[0]
        for column in shop(name)[0]:
            assert f"`{column}`" in section, f"{name}: {column}"


# The shop


def test_line_ends() -> None:
    for name in FILES:
        content = (SAMPLE / "shop" / name).read_bytes()
        ends = b"\r\n" if name == "orders_zh.csv" else b"\n"
        assert content.endswith(ends)
        assert content.count(b"\r") == (content.count(b"\n") if ends == b"\r\n" else 0)


def test_both_order_files_agree(orders: Rows) -> None:
    chinese = table(SAMPLE / "shop" / "orders_zh.csv", "gb18030")
    with pytest.raises(UnicodeDecodeError):
        (SAMPLE / "shop" / "orders_zh.csv").read_bytes().decode("utf-8")
    assert len(orders) == len(chinese)
    english = {zh: en for en, zh in STATUS_ZH.items()}
    for here, there in zip(orders, chinese, strict=True):
        assert {
            "order_id": there["订单编号"],
            "user_id": there["会员编号"],
            "paid_at": str(datetime.strptime(there["付款时间"], "%Y/%m/%d %H:%M:%S")),
            "status": english[there["订单状态"]],
            "amount": there["实付金额"].removeprefix("¥").replace(",", ""),
            "refund_amount": there["退款金额"].removeprefix("¥").replace(",", ""),
            "currency": there["币种"],
            "channel": there["渠道"],
            "category": there["类目"],
            "product": there["商品"],
            "quantity": there["数量"],
        } == here
    assert any("," in row["实付金额"] for row in chinese)
    assert any(re.match(r"2025/\d/\d ", row["付款时间"]) for row in chinese)


def test_orders_are_consistent(orders: Rows, users: dict[str, dict[str, str]]) -> None:
    assert len({row["order_id"] for row in orders}) == len(orders)
    assert [row["paid_at"] for row in orders] == sorted(row["paid_at"] for row in orders)
    for row in orders:
        amount, refund = cents(row["amount"]), cents(row["refund_amount"])
        assert re.fullmatch(r"\d{19}", row["order_id"])
        assert users[row["user_id"]]["registered_at"] < row["paid_at"] < "2026"
        assert row["status"] in STATUS_ZH
        assert 0 <= refund <= amount
        assert (row["status"] == "refunded") == (refund == amount > 0)
        assert not (row["status"] in UNPAID and refund)
        assert row["currency"] == "CNY"
        assert int(row["quantity"]) > 0
        assert (row["category"] == "赠品") == (amount == 0)


def test_orders_have_what_analyses_look_for(orders: Rows) -> None:
    statuses = Counter(row["status"] for row in orders)
    assert statuses.keys() == STATUS_ZH.keys()
    assert min(statuses.values()) >= 20
    counts = Counter(row["user_id"] for row in valid(orders))
    once = sum(count == 1 for count in counts.values())
    assert 0.40 < once / len(counts) < 0.50
    assert max(counts.values()) >= 20
    assert any(0 < cents(row["refund_amount"]) < cents(row["amount"]) for row in orders)
    days = Counter(row["paid_at"][:10] for row in orders)
    assert days.most_common(1)[0][0] == "2025-11-11"
    weekdays = Counter(date.fromisoformat(row["paid_at"][:10]).weekday() for row in orders)
    assert min(weekdays[5], weekdays[6]) > max(weekdays[day] for day in range(4))


@pytest.mark.parametrize("name", [name for name, made in CATEGORIES.items() if made.days])
def test_a_unit_lasts_its_days(orders: Rows, name: str) -> None:
    bought: defaultdict[str, list[tuple[datetime, int]]] = defaultdict(list)
    for row in valid(orders):
        if row["category"] == name:
            time = datetime.fromisoformat(row["paid_at"])
            bought[row["user_id"]].append((time, int(row["quantity"])))
    per_unit = [
        (later - time).days / quantity
        for one in bought.values()
        for (time, quantity), (later, _) in pairwise(one)
    ]
    assert len(per_unit) > 300
    assert median(per_unit) == pytest.approx(CATEGORIES[name].days, rel=0.15)


def test_users(orders: Rows, users: dict[str, dict[str, str]]) -> None:
    assert len(users) == len(shop("users.csv")) == 3000
    bought = {row["user_id"] for row in orders}
    assert 400 < len(users.keys() - bought) < 800
    assert sum(key.startswith("0") for key in users) > 300
    for row in users.values():
        assert re.fullmatch(r"\d{8}", row["user_id"])
        assert re.fullmatch(r"1\d\d\*{4}\d{4}", row["phone"])
        if inviter := row["inviter_id"]:
            assert row["channel"] == "referral"
            assert inviter in users


def test_few_invitations_are_odd(users: dict[str, dict[str, str]]) -> None:
    before = {user.user_id: user.inviter for user in made_users(Dice(7, 1), 3000)}
    odd = {key for key, row in users.items() if row["inviter_id"] != before[key]}
    assert len(odd) == 10
    for key, row in users.items():
        if row["inviter_id"] and key not in odd:
            assert users[row["inviter_id"]]["registered_at"] <= row["registered_at"]
    named = [key for key in odd if users[key]["inviter_id"] == key]
    assert len(named) == 1
    (leader,) = (
        one for one, count in Counter(users[key]["inviter_id"] for key in odd).items() if count > 1
    )
    days = {users[key]["registered_at"][:10] for key in odd if users[key]["inviter_id"] == leader}
    assert days == {"2024-11-11"}
    ring = [key for key in odd if key not in named and users[key]["inviter_id"] != leader]
    assert {users[key]["inviter_id"] for key in ring} == set(ring)


def test_events(orders: Rows, events: Rows, users: dict[str, dict[str, str]]) -> None:
    assert [row["event_time"] for row in events] == sorted(row["event_time"] for row in events)
    assert str(EVENTS_FROM) <= events[0]["event_time"] <= events[-1]["event_time"] < "2026"
    seen: dict[str, dict[str, str]] = {}
    for row in events:
        user, first = users[row["user_id"]], seen.setdefault(row["session_id"], row)
        assert first["user_id"] == row["user_id"]
        assert user["registered_at"] <= row["event_time"]
        assert bool(row["duration_s"]) == (row["event"] in ("browse", "click"))
        assert bool(row["value"]) == (row["event"] in ("order", "pay"))
        if row["event"] == "register":
            assert row["event_time"] == user["registered_at"]
        if row["event"] == "message":
            assert row["group_id"] == user["group_id"] != ""
            if answered := row["item"]:
                assert users[answered]["group_id"] == row["group_id"]
    registered = {key for key, row in users.items() if row["registered_at"] >= str(EVENTS_FROM)}
    assert registered == {row["user_id"] for row in events if row["event"] == "register"}


def test_events_tell_the_same_orders(orders: Rows, events: Rows) -> None:
    ordered = [
        (row["user_id"], row["paid_at"], row["amount"])
        for row in orders
        if row["paid_at"] >= str(EVENTS_FROM)
        and cents(row["amount"])
        and row["status"] not in UNPAID
    ]
    paid = [
        (row["user_id"], row["event_time"], row["value"]) for row in events if row["event"] == "pay"
    ]
    assert sorted(paid) == sorted(ordered)
    sessions = defaultdict(list)
    for row in events:
        sessions[row["session_id"]].append(row["event"])
    for steps in sessions.values():
        if "pay" in steps and len(steps) > 1:
            assert steps[-2:] == ["order", "pay"]


def test_costs(orders: Rows, users: dict[str, dict[str, str]]) -> None:
    costs = shop("costs.csv")
    months = {f"{year}-{month:02d}" for year in (2024, 2025) for month in range(1, 13)}
    channels = {row["channel"] for row in users.values()}
    assert {(row["channel"], row["month"]) for row in costs} == {
        (channel, month) for channel in channels for month in months
    }
    assert len(costs) == len(channels) * 24
    spent: Counter[str] = Counter()
    for row in costs:
        spent[row["channel"]] += cents(row["cost"])
    earned: Counter[str] = Counter()
    for row in valid(orders):
        earned[users[row["user_id"]]["channel"]] += cents(row["amount"]) - cents(
            row["refund_amount"]
        )
    # LTV / CAC is revenue / cost when both are of the same users.
    assert earned["wechat_group"] / spent["wechat_group"] == pytest.approx(17, abs=0.5)
    assert earned["douyin"] < spent["douyin"]
    assert all(earned[name] > spent[name] for name in channels - {"douyin"})


def test_channels_keep_differently(orders: Rows, users: dict[str, dict[str, str]]) -> None:
    counts = Counter(row["user_id"] for row in valid(orders))
    again: defaultdict[str, list[bool]] = defaultdict(list)
    for user, count in counts.items():
        again[users[user]["channel"]].append(count > 1)
    rate = {name: sum(those) / len(those) for name, those in again.items()}
    assert rate["douyin"] < 0.4 < rate["xiaohongshu"] < 0.55 < rate["wechat_group"]


def test_shop_is_small() -> None:
    assert sum(path.stat().st_size for path in (SAMPLE / "shop").iterdir()) < 5_000_000
    assert date(2025, 12, 31) == LAST_DAY


# CDNOW


def test_cdnow_whole() -> None:
    rows = table(SAMPLE / "cdnow" / "orders.csv")
    assert list(rows[0]) == ["user_id", "order_date", "quantity", "amount"]
    assert len(rows) == 69_659
    assert len({row["user_id"] for row in rows}) == 23_570
    assert all(re.fullmatch(r"\d{5}", row["user_id"]) for row in rows)
    assert sum(cents(row["amount"]) for row in rows) == 250_031_563
    assert sum(cents(row["amount"]) == 0 for row in rows) == 80
    days = {(row["user_id"], row["order_date"]) for row in rows}
    assert len(days) == 69_659 - 2_068
    assert min(date.fromisoformat(day) for _, day in days) == date(1997, 1, 1)
    assert max(date.fromisoformat(day) for _, day in days) == date(1998, 6, 30)


def test_cdnow_first_orders() -> None:
    rows = table(SAMPLE / "cdnow" / "orders.csv")
    months: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        months[row["user_id"]].add(row["order_date"][:7])
    january = [seen for seen in months.values() if min(seen) == "1997-01"]
    ages = [f"1997-{month:02d}" for month in range(1, 6)]
    assert [sum(month in seen for seen in january) for month in ages] == [7846, 1157, 964, 810, 679]


def test_cdnow_sample() -> None:
    rows = table(SAMPLE / "cdnow" / "sample.csv")
    sampled = {row["user_id"] for row in rows}
    assert (len(rows), len(sampled)) == (6_919, 2_357)
    assert sum(cents(row["amount"]) for row in rows) == 24_409_194
    whole = table(SAMPLE / "cdnow" / "orders.csv")
    in_whole = Counter(tuple(row.values()) for row in whole if row["user_id"] in sampled)
    assert Counter(tuple(row.values()) for row in rows) == in_whole


def test_costs_by_day_add_up_to_the_months() -> None:
    months: Counter[tuple[str, str]] = Counter()
    for row in shop("ad_costs.csv"):
        months[row["channel"], row["date"][:7]] += cents(row["cost"])
    assert months == {
        (row["channel"], row["month"]): cents(row["cost"]) for row in shop("costs.csv")
    }
    assert {row["date"] for row in shop("ad_costs.csv")} == {str(day) for day in DAYS}


def test_the_demo_is_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands read what they need in its folder, without a word more.

    So does every analysis: tests/render/test_demo_tables.py.
    """
    ran = userops("demo", tmp_path / "my shop", "--users", 400)
    assert ran.code == 0
    assert f"try: cd '{tmp_path}/my shop', then" in ran.err
    monkeypatch.chdir(tmp_path / "my shop")
    commands = [line.split()[1:] for line in ran.err.splitlines() if line.startswith("  userops ")]
    assert len(commands) == 3
    for command in commands:
        found = userops(*command)
        assert found.code == 0, (command, found.err)
    assert (tmp_path / "my shop" / "report.html").is_file()
