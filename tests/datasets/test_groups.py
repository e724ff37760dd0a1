"""Datasets of groups: which headers serve which fields, and which day a row is of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from userops.commands.kinds import kind_of
from userops.core.dates import to_day
from userops.datasets import DATASETS
from userops.readers.dataset import Opened, Rows
from userops.readers.files.open import workspace
from userops.readers.options import ReadOptions


@pytest.fixture
def folder() -> Iterator[Path]:
    with workspace() as place:
        yield place


def read(folder: Path, dataset: str, text: str, as_of: date | None = None) -> Rows:
    path = folder / f"{dataset}.csv"
    path.write_text(text, encoding="utf-8")
    opened = Opened.open([str(path)], DATASETS[dataset], ReadOptions(), folder)
    return opened.rows(to_day(as_of) if as_of else None)


@pytest.mark.parametrize(
    ("dataset", "header", "fields"),
    [
        ("memberships", "group_id,user_id,joined,left", "group_id user_id joined left"),
        ("memberships", "群ID,成员ID,入群时间,退群时间,群主", "group_id user_id joined left owner"),
        ("memberships", "group,user,time,action", "group user_id time action"),
        ("memberships", "群名称,用户ID,操作时间,操作", "group user_id time action"),
        ("memberships", "chat_id,userid,join_time,snapshot_date", "group_id user_id joined snapshot"),
        ("messages", "group_id,user_id,time,text", "group_id user_id time text"),
        ("messages", "群ID,发送人ID,发送时间,内容,消息类型", "group_id user_id time text kind"),
        ("group_days", "stat_time,member_total,msg_total", "day_of members messages"),
        ("identities", "external_userid,user_id,unionid,手机号", "external_userid user_id unionid phone"),
    ],
)  # fmt: skip
def test_headers_in_two_languages(folder: Path, dataset: str, header: str, fields: str) -> None:
    cells = ["2025-01-02" if {"time", "joined", "left", "snapshot", "day_of"} & {field} else "7" for field in fields.split()]  # fmt: skip
    rows = read(folder, dataset, f"{header}\n{','.join(cells)}\n")
    assert rows.fields == set(fields.split())
    assert len(rows.frame) == 1


def test_a_row_of_memberships_is_of_the_day_that_it_was_known(folder: Path) -> None:
    text = (
        "group_id,user_id,joined,left,time,action,snapshot\n"
        "g,stay,2025-01-01,2025-03-01,,,\n"
        "g,step,,,2025-02-01,join,\n"
        "g,found,2025-01-05,,,,2025-02-10\n"
        "g,gone,,2025-01-20,,,\n"
    )
    whole = read(folder, "memberships", text)
    assert dict(whole.frame.select("user_id", pl.col("day").cast(pl.Date)).rows()) == {
        "stay": date(2025, 1, 1), "step": date(2025, 2, 1),
        "found": date(2025, 2, 10), "gone": date(2025, 1, 20),
    }  # fmt: skip
    cut = read(folder, "memberships", text, date(2025, 1, 31))
    assert sorted(cut.frame["user_id"]) == ["gone", "stay"]
    assert cut.facts.tally.left_out == {"after as_of": 2}


def test_lines_of_the_system_need_no_writer_where_the_kind_is_said(folder: Path) -> None:
    text = "group_id,user_id,time,kind\ng,a,2025-01-01 10:00,text\ng,,2025-01-01 10:01,system\n"
    assert len(read(folder, "messages", text).frame) == 2
    bare = read(folder, "messages", text.replace(",kind", ",text"))
    assert bare.facts.tally.refused == {"no user": 1}


@pytest.mark.parametrize(
    ("header", "row", "kind"),
    [
        ("group_id,user_id,joined,left", "g,a,2025-01-01,", "memberships"),
        ("group_id,user_id,time,text", "g,a,2025-01-01,hi", "messages"),
        ("message_id,group_id,user_id,time,text", "1,g,a,2025-01-01,hi", "messages"),
        ("messageId,userId,event,timestamp", "1,a,view,2025-01-01", "events"),
        ("external_userid,user_id", "w,a", "identities"),
        ("user_id,registered_time,phone,unionid", "a,2025-01-01,1,o", "users"),
        ("user_id,phone,unionid", "a,1,o", "users"),
        ("user_id,event_time,event,group_id", "a,2025-01-01,view,g", "events"),
        ("user_id,order_time,amount,group_id", "a,2025-01-01,5,g", "orders"),
    ],
)
def test_what_init_takes_a_file_for(folder: Path, header: str, row: str, kind: str) -> None:
    path = folder / "one.csv"
    path.write_text(f"{header}\n{row}\n", encoding="utf-8")
    assert kind_of(str(path), ReadOptions(), folder).dataset.name == kind
