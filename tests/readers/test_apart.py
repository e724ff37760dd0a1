"""Rows of makers' exports that are none of groups: left out and counted, never refused, whichever way is taken."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from helpers.ways import carefully
from userops import api
from userops.core.errors import InputError
from userops.datasets import DATASETS
from userops.readers.dataset import Opened, Rows
from userops.readers.files.open import workspace
from userops.readers.options import ReadOptions

OF_TWO, SWITCHES = "one-to-one messages: only groups count", "switch lines: no messages"
CELLS = ("msgid", "action", "from", "roomid", "msgtime", "msgtype", "text.content", "time", "user")


@pytest.fixture
def folder() -> Iterator[Path]:
    with workspace() as place:
        yield place


def rows_of(folder: Path, dataset: str, path: Path, **options: Any) -> Rows:
    return Opened.open([str(path)], DATASETS[dataset], ReadOptions(**options), folder).rows()


def read(folder: Path, dataset: str, name: str, text: str, **options: Any) -> Rows:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return rows_of(folder, dataset, path, **options)


def archive(
    random: Random, rows: int, shares: tuple[float, float, float]
) -> tuple[list[dict[str, str]], Counter[str]]:
    """Lines of an archive, of groups, of two, switches and broken ones by their shares; and how many of each."""
    lines, counts = [], Counter[str]()
    for number in range(rows):
        line = {
            "msgid": f"m{number:06}", "action": "send", "from": f"wm{random.randrange(9)}", "roomid": f"wr{random.randrange(3)}",
            "msgtime": str(1735700000000 + 1000 * number), "msgtype": random.choice(["text", "image"]), "text.content": "在吗",
        }  # fmt: skip
        drawn = random.random()
        if drawn < shares[0]:
            line["roomid"] = ""
            counts[OF_TWO] += 1
        elif drawn < sum(shares[:2]):
            line = {
                "msgid": line["msgid"],
                "action": "switch",
                "time": line["msgtime"],
                "user": "XuJinSheng",
            }
            counts[SWITCHES] += 1
        elif drawn < sum(shares):
            line |= {"roomid": "", "msgtime": ""}  # of two it would have a time
            counts["no group_id"] += 1
        else:
            counts["used"] += 1
        lines.append(line)
    return lines, counts


def as_csv(path: Path, lines: list[dict[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, CELLS)
        writer.writeheader()
        writer.writerows(lines)
    return path


def as_json(path: Path, lines: list[dict[str, str]]) -> Path:
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
    return path


@pytest.mark.parametrize(
    "shares", [(0, 0, 0), (0.6, 0, 0), (0, 0.01, 0), (0.3, 0.1, 0), (0.2, 0.1, 0.05), (1, 0, 0)]
)
@pytest.mark.parametrize("seed", range(3))
def test_archives_are_read_alike_in_every_way(
    folder: Path, shares: tuple[float, float, float], seed: int
) -> None:
    lines, counts = archive(Random(seed), 400, shares)
    table, objects = as_csv(folder / "archive.csv", lines), as_json(folder / "archive.jsonl", lines)
    found = rows_of(folder, "messages", table)
    with carefully():
        ways = [rows_of(folder, "messages", table), rows_of(folder, "messages", objects)]
    for one in (found, *ways):
        tally = one.facts.tally
        assert tally.read == 400
        assert Counter(
            {"used": tally.used, **tally.refused, **tally.left_out}
        ) == +counts + Counter(used=0)
        assert one.frame.equals(found.frame)
        assert len(one.rejects()) == counts["no group_id"]


def test_an_archive_of_none_but_two_is_told(folder: Path) -> None:
    lines, _ = archive(Random(1), 50, (0.9, 0.1, 0))
    members = folder / "members.csv"
    members.write_text("group_id,user_id,joined\nwr1,wm1,2025-01-01\n", "utf-8")
    with pytest.raises(InputError, match=r"none of 50 rows counts: .*one-to-one messages") as told:
        api.community(memberships=str(members), messages=str(as_csv(folder / "a.csv", lines)))
    assert told.value.mend == "export the messages of groups"


def test_no_group_elsewhere_is_a_fault(folder: Path) -> None:
    text = "id,group_id,user_id,time\n1,g1,u1,2025-01-01\n2,,u2,2025-01-02\n"
    assert read(folder, "messages", "log.csv", text).facts.tally.refused == {"no group_id": 1}
    # Whoever names another column for the group has said what it is.
    lines, _ = archive(Random(2), 20, (0.5, 0, 0))
    found = rows_of(
        folder, "messages", as_csv(folder / "a.csv", lines), named={"group_id": "action"}
    )
    assert (found.facts.tally.used, found.facts.tally.left_out) == (20, {})


MEMOTRACE = "localId,TalkerId,Type,SubType,IsSender,CreateTime,Status,StrContent,StrTime,Remark,NickName,Sender\n"


@pytest.mark.parametrize(
    ("senders", "columns", "used"),
    [
        (("me", "a"), 9, 0),  # three columns short
        (("me", "a"), 12, 0),
        (("me", "a", "b"), 12, 40),
        (("me", "a", ""), 12, 40),  # the system's lines in a group
        (("me",), 12, 40),
    ],
)
def test_memotraces_chats_of_two(
    folder: Path, senders: tuple[str, ...], columns: int, used: int
) -> None:
    lines = []
    for at in range(40):
        who = senders[at % len(senders)]
        cells = [
            at,
            5,
            1 if who else 10000,
            0,
            int(who == "me"),
            1735700000 + at,
            "",
            '"hi, all"',
            f"2025-01-01 10:00:{at:02}",
        ]
        lines.append(",".join(map(str, [*cells, "", who, who][:columns])))
    found = read(folder, "messages", "chat.csv", "\ufeff" + MEMOTRACE + "\n".join(lines) + "\n")
    assert (found.facts.tally.used, found.facts.tally.refused) == (used, {})
    assert found.facts.tally.left_out == ({} if used else {OF_TWO: 40})


def test_lines_that_are_cut_off_are_refused(folder: Path) -> None:
    whole = "1,5,1,0,0,1735700000,,hi,2025-01-01 10:00:00,,a,a\n2,5,1,0,1,1735700000,,hi,2025-01-01 10:00:00,,b,b\n"
    found = read(folder, "messages", "chat.csv", MEMOTRACE + whole * 3 + "3,5,1,0,0\n")
    assert found.facts.tally.refused == {"too few fields": 1}


@pytest.mark.parametrize("word", ["1", "true", "True", "TRUE", "1.0"])
def test_weibans_who_left_at_no_time(folder: Path, word: str) -> None:
    head = "chat_msg_count,created_at,deleted,deleted_time,group_id,join_scene,join_time,unionid,user_id,user_type\n"
    text = (
        head
        + f"5,1735700000,0,0,g,3,1735700000,oA,a,2\n0,1735700000,{word},0,g,3,1735700000,oB,b,2\n0,1735700000,1,1735800000,g,3,1735700000,oC,c,2\n"
    )
    found = read(folder, "memberships", "members.csv", text)
    assert found.frame["user_id"].to_list() == ["a", "c"]
    assert found.facts.tally.left_out == {"members who left, it isn't said when": 1}


def test_discords_lines_of_the_system(folder: Path) -> None:
    text = (
        "AuthorID,Author,Date,Content,Attachments,Reactions\n"
        '"1","ann","2024-01-01T10:00:00+00:00","hello","",""\n"2","bo","2024-01-01T10:01:00+00:00","Joined the server.","",""\n'
    )
    paths = []
    for part in (
        "Mums - general [1].csv",
        "Mums - general [1] [part 2].csv",
        "Mums - general [1] (after 2024-01-01).csv",
    ):
        found = read(folder, "messages", part, text.replace("hello", part))
        assert found.facts.tally.left_out == {"lines of the system: no messages": 1}
        paths.append(str(folder / part))
    whole = Opened.open(paths, DATASETS["messages"], ReadOptions(), folder).rows()
    assert (whole.facts.tally.used, whole.frame["group_id"].unique().to_list()) == (
        3,
        ["Mums - general [1]"],
    )


def test_totals_below_groups_of_a_days_file(folder: Path) -> None:
    text = "群ID,群名称,群主,群人数,今日入群,今日退群,今日消息\nwrA,一群,周,12,1,0,30\nwrB,二群,周,4,0,-,0\n合计,,,16,1,0,30\n"
    for way in (text, text.replace("-", "0")):
        found = read(folder, "group_days", "客户群_2025-03-30.csv", way)
        assert found.frame["group_id"].sort().to_list() == ["wrA", "wrB"]
        assert found.facts.tally.left_out == {"a row of totals": 1}


def test_statistics_by_owner_take_their_day_from_the_files_name(folder: Path) -> None:
    items = [
        {"owner": who, "data": {"member_total": 10, "msg_total": 20}} for who in ("zhou", "li")
    ]
    answer = json.dumps({"errcode": 0, "errmsg": "ok", "items": items})
    found = read(folder, "group_days", "owners-2025-01-31.json", answer)
    assert found.frame["owner"].sort().to_list() == ["li", "zhou"]
    with pytest.raises(InputError, match="nothing says of which day"):
        read(folder, "group_days", "owners.json", answer)
