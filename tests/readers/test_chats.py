"""Logs of groups and exports of their makers: what they say as messages, memberships and daily counts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from helpers.ways import carefully
from userops import api
from userops.core.errors import InputError
from userops.datasets import DATASETS
from userops.readers.dataset import Opened, Rows
from userops.readers.files.open import workspace
from userops.readers.options import ReadOptions


@pytest.fixture
def folder() -> Iterator[Path]:
    with workspace() as place:
        yield place


def read(folder: Path, dataset: str, name: str, text: str, **options: Any) -> Rows:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return Opened.open([str(path)], DATASETS[dataset], ReadOptions(**options), folder).rows()


TELEGRAM = {
    "name": "Mothers", "type": "private_supergroup", "id": 77,
    "messages": [
        {"id": 1, "type": "service", "date": "2024-01-01T10:00:00", "actor": "Ann", "actor_id": "user1",
         "action": "create_group", "title": "Mothers", "members": ["Ann", "Bo"], "text": ""},
        {"id": 2, "type": "message", "date": "2024-01-01T10:05:00", "date_unixtime": "1704103500",
         "from": "Ann", "from_id": "user1", "text": "hello"},
        {"id": 3, "type": "message", "date": "2024-01-01T10:06:00", "from": "Bo", "from_id": "user2",
         "reply_to_message_id": 2, "text": ["hi ", {"type": "mention_name", "text": "Ann", "user_id": 1}, "!"]},
        {"id": 4, "type": "service", "date": "2024-01-02T09:00:00", "actor": "Cy", "actor_id": "user3",
         "action": "join_group_by_link", "inviter": "Ann", "text": ""},
        {"id": 5, "type": "service", "date": "2024-01-03T09:00:00", "actor": "Ann", "actor_id": "user1",
         "action": "remove_members", "members": ["Cy"], "text": ""},
        {"id": 6, "type": "service", "date": "2024-01-04T09:00:00", "actor": "Bo", "actor_id": "user2",
         "action": "remove_members", "members": ["Bo"], "text": ""},
    ],
}  # fmt: skip


def test_telegram(folder: Path) -> None:
    text = json.dumps(TELEGRAM, indent=1)
    said = read(folder, "messages", "result.json", text).frame
    people = said.filter(pl.col("kind") == "text")
    assert people.select("group_id", "user_id", "text", "reply_to", "mentions").rows() == [
        ("77", "user1", "hello", None, None), ("77", "user2", "hi Ann!", "2", "user1"),
    ]  # fmt: skip
    steps = read(folder, "memberships", "result.json", text).frame
    assert steps.select("user_id", "action").rows() == [
        ("user1", "create"), ("user2", "create"), ("user3", "join"), ("user3", "remove"), ("user2", "leave"),
    ]  # fmt: skip
    path = folder / "all.json"
    path.write_text(json.dumps({"chats": {"list": [TELEGRAM]}, "messages": 1, "date": 2}), "utf-8")
    found = api.community(memberships=str(path), messages=str(path))
    assert found["groups"].frame.select("group", "joined", "left", "members_end", "active").rows() == [("Mothers", 3, 2, 1, 2)]  # fmt: skip
    assert found["members"].frame.select("user_id", "responders").rows() == [("user1", 1)]


@pytest.mark.parametrize(
    ("name", "text", "when"),
    [
        (
            "WhatsApp Chat with Mums.txt",
            "06.08.2016, 13:23 - Messages and calls are end-to-end encrypted.\n"
            "16.08.2016, 13:24 - Ann created group \"Mums\"\n16.08.2016, 13:25 - Ann added Bo and Cy\n"
            "16.08.2016, 13:30 - Ann: hello\nsecond line: yes\n17.08.2016, 08:00 - Bo: hi\n"
            "18.08.2016, 09:00 - Cy left\n18.08.2016, 10:00 - Ann removed Bo\n"
            "19.08.2016, 10:00 - Di joined using this group's invite link\n",
            datetime(2016, 8, 16, 13, 30),
        ),
        (
            "Mums.txt",
            "[2016-08-16 13:20] Mums: \u200eMessages and calls are end-to-end encrypted.\n"
            "[2016-08-16 13:24] Ann: \u200eAnn created this group\n[2016-08-16 13:25] Ann: \u200eAnn added Bo, Cy\n"
            "[2016-08-16 13:30] Ann: hello\nsecond line: yes\n[2016-08-17 08:00] Bo: hi\n"
            "\u200e[2016-08-18 09:00] Cy: \u200eCy left\n[2016-08-18 10:00] Ann: \u200eAnn removed Bo\n"
            "[2016-08-19 10:00] Di: \u200eDi joined using this group's invite link\n",
            datetime(2016, 8, 16, 13, 30),
        ),
        (
            "Mums.txt",
            "8/16/16, 1:24\u202fPM - Ann created group \"Mums\"\n8/16/16, 1:25 PM - Ann added Bo and Cy\n"
            "8/16/16, 1:30 PM - Ann: hello\nsecond line: yes\n8/17/16, 8:00 AM - Bo: hi\n"
            "8/18/16, 9:00 AM - Cy left\n8/18/16, 10:00 AM - Ann removed Bo\n"
            "8/19/16, 10:00 AM - Di joined using this group's invite link\n",
            datetime(2016, 8, 16, 13, 30),
        ),
    ],
)  # fmt: skip
def test_whatsapp_in_its_forms(folder: Path, name: str, text: str, when: datetime) -> None:
    said = read(folder, "messages", name, text).frame.filter(pl.col("kind") == "text")
    assert said.select("group", "user_id", "text").rows() == [
        ("Mums", "Ann", "hello\nsecond line: yes"), ("Mums", "Bo", "hi"),
    ]  # fmt: skip
    assert said["time"][0] == when
    steps = read(folder, "memberships", name, text).frame
    assert steps.select("user_id", "action").rows() == [
        ("Ann", "create"), ("Bo", "join"), ("Cy", "join"), ("Cy", "leave"), ("Bo", "remove"), ("Di", "join"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "form",
    ["2016/8/16 下午1:{} - ", "[2016/8/16 下午1:{}:05] ", "16/8/16, 1:{} p.\u00a0m. - ", "2016-08-16, 1:{} p.m. - ",
     "2016-08-16, 13:{} - ", "16.08.16, 13:{} - ", "16-08-2016 13:{} - ", "8/16/2016, 1:{}\u202fPM - "],
)  # fmt: skip
def test_whatsapp_writes_the_afternoon_in_many_ways(folder: Path, form: str) -> None:
    text = "".join(f"{form.format(minute)}Ann: at 9:30 a. m.\n" for minute in (30, 31))
    options = {"16/8": "%d/%m/%y, %I:%M %p", "16.0": "%d.%m.%y, %H:%M"}
    given = options.get(form[:4])  # whether 16 is a year isn't told
    said = read(folder, "messages", "Mums.txt", text, date_format=given).frame
    assert [(one.date(), one.hour, one.minute) for one in said["time"]] == [
        (date(2016, 8, 16), 13, 30), (date(2016, 8, 16), 13, 31),
    ]  # fmt: skip
    assert said["text"].to_list() == ["at 9:30 a. m."] * 2


@pytest.mark.parametrize("group_id", [None, ""])
def test_messages_of_a_named_group_are_one_by_id_and_time(
    folder: Path, group_id: str | None
) -> None:
    """Exports that overlap, though somebody has another name since; groups of one name count alike."""
    one = [("福利群", "1", "a", "Ann", "2025-01-01 10:00:00"), ("福利群", "2", "b", "Ben", "2025-01-01 10:01:00")]  # fmt: skip
    other = [(*one[1][:3], "Benny", one[1][4]), ("福利群", "1", "c", "Cy", "2025-01-03 09:00:00")]
    paths = []
    for number, rows in enumerate((one, other)):
        names = ["group", "message_id", "user_id", "name", "time"]
        frame = pl.DataFrame(rows, schema=names, orient="row")
        if group_id is not None:
            frame = frame.with_columns(group_id=pl.lit(group_id))
        paths.append(str(folder / f"{number}.csv"))
        frame.write_csv(paths[-1])
    members = pl.DataFrame(
        {"group": "福利群", "user_id": ["a", "b", "c"], "joined": "2024-12-01", "left": None}
    )
    for way in (nullcontext, carefully):
        with way():
            found = api.community(memberships=members, messages=paths)
        assert found["members"].frame["messages"].to_list() == [1, 1, 1]


def test_days_alone_tell_no_messages_of_named_groups_apart(folder: Path) -> None:
    """Two groups of one name count their messages alike, and say no hour."""
    head = "group,message_id,user_id,time,text\n"
    texts = (
        "A,1,u1,2025-01-01,hi\nA,2,u1,2025-01-01,hi again\n",
        "A,1,u2,2025-01-01,hello\nA,2,u2,2025-01-01,all\nA,2,u2,2025-01-01,all\n",
    )
    paths = [str(folder / f"{number}.csv") for number in range(2)]
    for path, text in zip(paths, texts, strict=True):
        Path(path).write_text(head + text)
    members = pl.DataFrame({"group": "A", "user_id": ["u1", "u2"], "joined": "2024-12-01"})
    for way in (nullcontext, carefully):
        with way():
            found = api.community(memberships=members, messages=paths)
        assert found["members"].frame["messages"].to_list() == [2, 2]


def test_weiban_has_those_who_left(folder: Path) -> None:
    text = (
        "chat_msg_count,created_at,deleted,deleted_time,group_id,invitor_ext_id,join_scene,join_time,last_chat_msg_time,unionid,user_id,user_type\n"
        "5,1735700000,0,0,wrA,,3,1735700000,1735800000,oA,wmA,2\n"
        "0,1735700000,1,1736700000,wrA,,3,1735700000,,oB,wmB,2\n"
        "9,1735700000,0,0,wrA,,1,1735700000,,,zhou,1\n"
    )
    frame = read(folder, "memberships", "members.csv", text).frame
    assert frame["left"].null_count() == 2
    found = api.community(memberships=str(folder / "members.csv"))
    assert found["groups"].frame.select("joined", "left", "members_end").row(0) == (2, 1, 1)


def test_memotrace(folder: Path) -> None:
    text = (
        "\ufefflocalId,TalkerId,Type,SubType,IsSender,CreateTime,Status,StrContent,StrTime,Remark,NickName,Sender\n"
        "1,77@chatroom,1,0,0,1735700000,,你好,2025-01-01 10:53:20,,糖糖,wxid_a\n"
        "2,77@chatroom,10000,0,0,1735700100,,“糖糖”邀请豆豆,2025-01-01 10:55:00,,,\n"
        "3,77@chatroom,1,0,1,1735700200,,@糖糖\u2005在吗,2025-01-01 10:56:40,,我,wxid_me\n"
    )
    rows = read(folder, "messages", "群.csv", text)
    assert rows.frame.select("group_id", "user_id", "name", "kind").rows()[0] == ("77@chatroom", "wxid_a", "糖糖", "1")  # fmt: skip
    assert rows.facts.tally.refused == {}


def test_discords_file_is_the_channel(folder: Path) -> None:
    text = (
        "AuthorID,Author,Date,Content,Attachments,Reactions\n"
        '"1066000000000000001","ann","2024-01-01T10:00:00.0000000+00:00","hello, all","",""\n'
        '"1066000000000000002","bo","2024-01-01T10:01:00.0000000+00:00","@ann hi","",""\n'
    )
    rows = read(folder, "messages", "general.csv", text)
    assert rows.frame.select("group_id", "user_id").rows() == [
        ("general", "1066000000000000001"), ("general", "1066000000000000002"),
    ]  # fmt: skip
    assert any("group_id is 'general', by its name" in note for note in rows.facts.notes)
    for copy in ("general (1).csv", "general - Copy.csv", "general - 副本.csv"):
        assert read(folder, "messages", copy, text).frame["group_id"].to_list() == ["general"] * 2


@pytest.mark.parametrize(
    ("dataset", "names", "text", "field"),
    [
        pytest.param(
            "messages",
            ("general.csv", "random.csv"),
            "AuthorID,Author,Date,Content,Attachments\n111,ann,2024-01-01 10:00:00,hello,\n",
            "group_id",
            id="a message in two channels",
        ),
        pytest.param(
            "group_days",
            ("groups-2025-03-30.csv", "groups-2025-03-31.csv"),
            "owner,member_total,msg_total\nZhang,100,40\n",
            "day_of",
            id="two days alike",
        ),
    ],
)
def test_rows_alike_are_apart_where_their_files_names_are(
    folder: Path, dataset: str, names: tuple[str, ...], text: str, field: str
) -> None:
    for name in names:
        (folder / name).write_text(text, encoding="utf-8")
    paths = [str(folder / name) for name in names]
    for way in (nullcontext, carefully):
        with way():
            rows = Opened.open(paths, DATASETS[dataset], ReadOptions(), folder).rows()
            assert rows.frame[field].n_unique() == len(rows.frame) == 2
    (folder / "again").mkdir()
    again = folder / "again" / names[0]
    again.write_text(text, encoding="utf-8")
    rows = Opened.open([*paths, str(again)], DATASETS[dataset], ReadOptions(), folder).rows()
    assert len(rows.frame) == 2


def test_telegrams_export_of_all_chats(folder: Path) -> None:
    def chat(number: int, kind: str, messages: Any, **more: Any) -> dict[str, Any]:
        return {"id": number, "type": kind, "name": kind, "messages": messages, **more}

    pair = [
        {
            "id": 1,
            "type": "message",
            "date": "2024-01-01T10:00:00",
            "from": "Zed",
            "from_id": "user9",
            "text": "hi",
        }
    ]
    whole = {
        "about": "Here is the data you requested.", "personal_information": {"user_id": 1},
        "contacts": {"list": [{"first_name": "B", "date": "2020-01-01T00:00:00"}] * 3000},
        "chats": {"list": [chat(1, "personal_chat", pair), TELEGRAM, chat(2, "public_channel", pair)]},
        "left_chats": {"list": [chat(3, "private_group", pair)]},
    }  # fmt: skip
    found = read(folder, "messages", "result.json", json.dumps(whole, indent=1))
    assert found.frame["group_id"].unique().sort().to_list() == ["3", "77"]
    assert found.facts.tally.left_out == {
        "one-to-one messages: only groups count": 1, "posts of channels: only groups count": 1,
    }  # fmt: skip
    steps = read(folder, "memberships", "result.json", json.dumps(whole, indent=1))
    assert steps.frame["group_id"].unique().to_list() == ["77"]


def test_telegrams_older_ids_are_numbers(folder: Path) -> None:
    def numbered(one: dict[str, Any]) -> dict[str, Any]:
        ids = {
            key: int(one[key].removeprefix("user")) for key in ("from_id", "actor_id") if key in one
        }
        return one | ids

    older = TELEGRAM | {"messages": [numbered(one) for one in TELEGRAM["messages"]]}  # type: ignore[attr-defined]
    for dataset in ("messages", "memberships"):
        now, then = (
            read(folder, dataset, "result.json", json.dumps(one)) for one in (TELEGRAM, older)
        )
        assert then.frame.equals(now.frame)


def test_who_writes_as_telegrams_group_runs_it(folder: Path) -> None:
    post = {
        "id": 9,
        "type": "message",
        "date": "2024-01-05T10:00:00",
        "from": "Mothers",
        "from_id": "channel77",
        "text": "news",
    }
    path = folder / "result.json"
    path.write_text(json.dumps(TELEGRAM | {"messages": [*TELEGRAM["messages"], post]}), "utf-8")  # type: ignore[misc]
    found = api.community(memberships=str(path), messages=str(path))["groups"].frame
    assert found.select("active", "messages", "staff_messages").row(0) == (2, 2, 1)


def test_discords_json(folder: Path) -> None:
    def message(number: int, who: int, kind: str = "Default", **more: Any) -> dict[str, Any]:
        author = {
            "id": str(10**18 + who),
            "name": f"n{who}",
            "nickname": f"N{who}",
            "isBot": who == 9,
        }
        at = f"2024-01-0{number}T10:00:00.123+00:00"
        return {
            "id": str(number),
            "type": kind,
            "timestamp": at,
            "content": "x",
            "author": author,
            "mentions": [],
            **more,
        }

    whole = {
        "guild": {"id": "2", "name": "Mums"}, "channel": {"id": "111", "type": "GuildTextChat", "name": "general"},
        "messages": [
            message(1, 1), message(2, 2, "Reply", reference={"messageId": "1"}, mentions=[{"id": str(10**18 + 1)}]),
            message(3, 3, "GuildMemberJoin"), message(4, 9, mentions=[{"id": "3"}]),
        ],
    }  # fmt: skip
    found = read(folder, "messages", "general.json", json.dumps(whole, indent=2)).frame
    assert found.select(
        "group_id", "group", "user_id", "kind", "member_type", "reply_to"
    ).rows() == [
        ("111", "Mums - general", "1000000000000000001", "text", None, None),
        ("111", "Mums - general", "1000000000000000002", "text", None, "1"),
        ("111", "Mums - general", "1000000000000000003", "system", None, None),
        ("111", "Mums - general", "1000000000000000009", "text", "bot", None),
    ]
    with pytest.raises(InputError, match="tells of no joins or leaves"):
        read(folder, "memberships", "general.json", json.dumps(whole))
    whole["channel"] = {"id": "5", "type": "DirectTextChat", "name": "bo"}
    assert read(folder, "messages", "bo.json", json.dumps(whole)).facts.tally.used == 0


def test_irc_logs_of_days_are_of_their_folders_channel(folder: Path) -> None:
    place = folder / "#mums"
    place.mkdir()
    for day in (16, 17):
        text = "[15:12:02] *** Joins: bo (b@h)\n[15:12:03] <ann> hello\n[15:12:03] <ann> hello\n[15:12:04] <bo> hi\n"
        (place / f"2024-01-{day}.log").write_text(text, "utf-8")
    found = Opened.open([str(place)], DATASETS["messages"], ReadOptions(), folder).rows()
    assert found.frame["group"].unique().to_list() == ["#mums"]
    # Who says the same twice has said it twice.
    assert (found.facts.tally.used, found.facts.tally.left_out) == (6, {})


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_logs_in_other_encodings(folder: Path, encoding: str) -> None:
    text = (
        "--- Log opened Tue Jan 16 15:12:02 2024\n" + "15:13 < ann> 大家好，今天有什么活动吗\n" * 2
    )
    (folder / "mums.log").write_text(text, encoding)
    found = Opened.open(
        [str(folder / "mums.log")], DATASETS["messages"], ReadOptions(), folder
    ).rows()
    assert found.frame["text"].to_list() == ["大家好，今天有什么活动吗"] * 2
    assert any(f"read as {encoding}" in note for note in found.facts.notes)


@pytest.mark.parametrize("dataset", ["messages", "memberships"])
@pytest.mark.parametrize(
    "text",
    [
        '{"messages": [{"date": "2024-01-01", "sender": "A", "content": "hi"}]}',
        '{"chatInfo": {"name": "G"}, "messages": [{"time": "2024-01-01", "dateText": "x", "text": "hi"}]}',
        '{"id": 1, "type": "private_group", "messages": [null, {"date": "2024-01-01T10:00:00"}]}',
        '{"guild": "x", "channel": {}, "messages": [{"author": {}}]}',
        '{"guild": {}, "channel": {}, "messages": [null, {"author": "x"}]}',
        '{"chat_id": "c", "member_list": [null]}',
        "{}",
    ],
)
def test_other_documents_are_no_makers_logs(folder: Path, dataset: str, text: str) -> None:
    with pytest.raises(InputError, match="no column for"):
        read(folder, dataset, "chat.json", text)


def test_logs_beside_other_exports_are_told(folder: Path) -> None:
    place = folder / "chats"
    place.mkdir()
    (place / "general.csv").write_text(
        "AuthorID,Author,Date,Content,Attachments,Reactions\n1066000000000000001,ann,2024-01-01T10:00:00.0000000+00:00,a,,\n"
    )
    for at in range(4):
        (place / f"{at}.json").write_text(json.dumps(TELEGRAM), "utf-8")
    found = Opened.open([str(place)], DATASETS["messages"], ReadOptions(), folder).rows()
    assert [str(note) for note in found.facts.notes if "may be chats" in str(note)] == [
        f"{place}: 4 files that may be chats not read, beside other exports: 0.json, 1.json, 2.json…; name them to read them"
    ]
    (place / "general.csv").unlink()
    found = Opened.open([str(place)], DATASETS["messages"], ReadOptions(), folder).rows()
    assert not [note for note in found.facts.notes if "may be chats" in str(note)]
