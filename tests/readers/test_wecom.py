"""WeCom's exports: detail of groups, the archive, the groups' list, daily statistics."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from helpers.running import userops
from userops import api
from userops.core.errors import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_wecom_detail_of_groups(folder: Path) -> None:
    detail = {
        "errcode": 0,
        "group_chat": {
            "chat_id": "wrA", "name": "浙江一群", "owner": "zhou", "create_time": 1735693200,
            "member_list": [
                {"userid": "zhou", "type": 1, "join_time": 1735693200, "join_scene": 1},
                {"userid": "wmB", "type": 2, "unionid": "oB", "join_time": 1735693200, "join_scene": 1},
                {"userid": "wmC", "type": 2, "join_time": 1736000000, "join_scene": 3, "name": "Lily"},
            ],
        },
    }  # fmt: skip
    path = folder / "detail.json"
    path.write_text(json.dumps(detail, ensure_ascii=False), encoding="utf-8")
    orders = pl.DataFrame({"order_id": ["1"], "user_id": ["oB"], "order_time": ["2025-01-20"], "amount": ["5"]})  # fmt: skip
    found = api.community(orders, memberships=str(path), reading=api.ReadOptions(timezone="Asia/Shanghai"))  # fmt: skip
    row = found["groups"].frame.row(0, named=True)
    assert (row["group"], row["owner"], row["joined"], row["members_end"]) == (
        "浙江一群",
        "zhou",
        2,
        2,
    )
    assert (row["left"], row["matched"], row["converted"]) == (None, 1, 1)
    assert found["flow"].frame["founding"].sum() == 1


def test_who_joined_at_one_by_wecoms_detail_joined_that_day_on_its_clock(folder: Path) -> None:
    one = 1735660800 + 3600  # 2025-01-01 01:00 in Shanghai
    member = {"userid": "wmA", "type": 2, "join_time": one, "join_scene": 3}
    detail = {"group_chat": {"chat_id": "wrA", "name": "A", "member_list": [member]}}
    path = folder / "groups-2025-01-05.json"
    path.write_text(json.dumps(detail), "utf-8")
    told = userops("check", "--dataset", "memberships", path)
    assert "on the clock of Asia/Shanghai, as all times of its maker" in told.err
    for zone, day in ((None, date(2025, 1, 1)), ("America/New_York", date(2024, 12, 31))):
        found = api.community(
            memberships=str(path), period="day", reading=api.ReadOptions(timezone=zone)
        )
        flow = found["flow"].frame
        assert flow.filter(pl.col("joined") > 0)["period"].to_list() == [day]
        assert flow["period"].max() == date(2025, 1, 5)  # the list's


def test_wecom_archive_with_recalls_and_quotes_as_text(folder: Path) -> None:
    lines = [
        {"msgid": "1", "action": "send", "from": "wmA", "roomid": "wrA", "msgtime": 1735700000000, "msgtype": "text", "text": {"content": "有货吗"}},
        {"msgid": "2", "action": "send", "from": "wmB", "roomid": "wrA", "msgtime": 1735700060000, "msgtype": "text", "text": {"content": "This is a quote/reply: “wmA: 有货吗”\n------\n有"}},
        {"msgid": "3", "action": "send", "from": "wmC", "roomid": "wrA", "msgtime": 1735700120000, "msgtype": "image"},
        {"msgid": "4", "action": "recall", "from": "wmC", "roomid": "wrA", "msgtime": 1735700130000, "msgtype": "revoke", "revoke": {"pre_msgid": "3"}},
    ]  # fmt: skip
    path = folder / "archive.jsonl"
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), "utf-8")
    members = pl.DataFrame({"group_id": "wrA", "user_id": ["wmA", "wmB", "wmC"], "joined": "2024-12-01", "left": None})  # fmt: skip
    found = api.community(memberships=members, messages=str(path))
    assert found["groups"].frame.select("active", "messages").row(0) == (2, 2)
    assert found["members"].frame["messages"].to_list() == [1, 1, 0]


def test_what_wecom_counts_since_1970_is_on_its_clock(folder: Path) -> None:
    """Midnight in Shanghai is a day before in UTC; whoever joined at nine wrote after that, and not before."""
    midnight = 1735660800  # 2025-01-01 in Shanghai
    (folder / "days.csv").write_text(
        f"stat_time,member_total,new_member_cnt,member_has_msg,msg_total\n{midnight},10,1,2,3\n",
        "utf-8",
    )
    counted = userops("check", "--dataset", "group_days", folder / "days.csv")
    assert "on the clock of Asia/Shanghai, as all times of its maker" in counted.err
    assert "2025-01-01 to 2025-01-01" in counted.err
    abroad = userops(
        "check", "--dataset", "group_days", folder / "days.csv", "--tz", "America/New_York"
    )
    assert "2024-12-31 to 2024-12-31" in abroad.err
    nine, late = midnight + 9 * 3600, midnight + 7 * 86_400 + 1800
    said = [
        {"msgid": str(at), "action": "send", "from": "wmA", "roomid": "wrA", "msgtime": 1000 * at, "msgtype": "text"}
        for at in (nine + 60, late)
    ]  # fmt: skip
    (folder / "archive.jsonl").write_text("\n".join(map(json.dumps, said)), "utf-8")
    members = pl.DataFrame(
        {"group_id": "wrA", "user_id": "wmA", "joined": "2025-01-01 09:00:00", "left": None}
    )
    found = api.community(memberships=members, messages=str(folder / "archive.jsonl"), period="day")
    active = found["summary"].frame.filter(pl.col("messages") > 0)["period"].to_list()
    assert active == [date(2025, 1, 1), date(2025, 1, 8)]
    assert found["flow"].frame["joined"].sum() == 1


def test_wecom_group_export_takes_its_day_from_the_files_name(folder: Path) -> None:
    header = [
        "群ID",
        "群名称",
        "群主",
        "群人数",
        "员工人数",
        "客户人数",
        "今日入群",
        "今日退群",
        "今日消息",
    ]
    for day, row in (("2025-03-30", ["wrA", "浙江一群", "周敏", 12, 2, 10, 1, 0, 30]), ("20250331", ["wrA", "浙江一群", "周敏", 11, 2, 9, 0, 1, 12])):  # fmt: skip
        with xlsxwriter.Workbook(folder / f"客户群_{day}.xlsx") as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, header)
            sheet.write_row(1, 0, row)
    paths = [str(path) for path in sorted(folder.glob("客户群*.xlsx"))]
    found = api.community(group_days=paths, period="day")
    assert found["groups"].frame.select("group", "owner", "members_end", "messages").row(0) == ("浙江一群", "周敏", 9, 42)  # fmt: skip
    assert found["summary"].frame["left"].to_list() == [0, 1]
    (folder / "客户群_2025-03-30.xlsx").rename(folder / "客户群.xlsx")
    with pytest.raises(InputError, match="nothing says of which day"):
        api.community(group_days=str(folder / "客户群.xlsx"))


def test_wecom_daily_statistics_at_another_zones_midnight(folder: Path) -> None:
    path = folder / "stat.csv"
    rows = "\n".join(f"{1735660800 + 86400 * n},{10 + n},1,{3 - n},5" for n in range(3))
    path.write_text(
        f"stat_time,member_total,new_member_cnt,member_has_msg,msg_total\n{rows}\n", "utf-8"
    )
    found = api.community(group_days=str(path), period="day")
    assert found["summary"].frame.select("period", "active", "members_end").rows() == [
        (date(2025, 1, 1), 3, 10), (date(2025, 1, 2), 2, 11), (date(2025, 1, 3), 1, 12),
    ]  # fmt: skip
    # Of an export whose maker isn't known it's asked.
    path.write_text(f"date,members,new_members,active_members,messages\n{rows}\n", "utf-8")
    with pytest.raises(InputError, match="every day begins at 16:00"):
        api.community(group_days=str(path))
    told = api.community(
        group_days=str(path), reading=api.ReadOptions(timezone="Asia/Shanghai"), period="day"
    )
    assert told["summary"].frame.equals(found["summary"].frame)
