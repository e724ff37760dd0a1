"""IRC logs of three clients: the same channel's messages, joins and leaves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from userops import api
from userops.core.errors import InputError
from userops.datasets import DATASETS
from userops.readers.dataset import Opened, Rows
from userops.readers.files.open import workspace
from userops.readers.options import ReadOptions

IRSSI = """\
--- Log opened Tue Jan 16 23:50:02 2024
23:50 -!- bo [b@host.example] has joined #mums
23:51 < bo> hello: all
23:52 <@ann> hi \x02bo\x02
23:53  * ann waves
23:54 -!- bo is now known as bobby
23:55 -!- mode/#mums [+o bobby] by ann
--- Day changed Wed Jan 17 2024
00:01 <+bobby> still me
00:02 -!- bobby [b@host.example] has quit [Quit: bye]
00:03 -!- cy [c@host.example] has joined #mums
00:04 -!- cy was kicked from #mums by ann [spam]
00:05 -!- bo [other@host.example] has joined #mums
--- Log closed Wed Jan 17 00:06:00 2024
"""
WEECHAT = """\
2024-01-16 23:50:00\t-->\tbo (b@host.example) has joined #mums
2024-01-16 23:51:00\tbo\thello: all
2024-01-16 23:52:00\t@ann\thi bo
2024-01-16 23:53:00\t *\tann waves
2024-01-16 23:54:00\t--\tbo is now known as bobby
2024-01-17 00:01:00\t+bobby\tstill me
2024-01-17 00:02:00\t<--\tbobby (b@host.example) has quit (Quit: bye)
2024-01-17 00:03:00\t-->\tcy (c@host.example) has joined #mums
2024-01-17 00:04:00\t<--\tann has kicked cy (spam)
2024-01-17 00:05:00\t-->\tbo (other@host.example) has joined #mums
"""
ZNC = """\
[23:50:00] *** Joins: bo (b@host.example)
[23:51:00] <bo> hello: all
[23:52:00] <@ann> hi bo
[23:53:00] * ann waves
[23:54:00] *** bo is now known as bobby
[23:54:30] *** ann sets mode: +o bobby
"""
ZNC_NEXT = """\
[00:01:00] <bobby> still me
[00:02:00] *** Quits: bobby (b@host.example) (Quit: bye)
[00:03:00] *** Joins: cy (c@host.example)
[00:04:00] *** cy was kicked by ann (spam)
[00:05:00] *** Parts: ann (a@host.example) (bye)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with workspace() as place:
        yield place


def read(folder: Path, dataset: str, text: str, name: str = "#mums.log") -> Rows:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return Opened.open([str(path)], DATASETS[dataset], ReadOptions(), folder).rows()


@pytest.mark.parametrize("text", [IRSSI, WEECHAT])
def test_days_nicks_and_steps(folder: Path, text: str) -> None:
    said = read(folder, "messages", text).frame
    assert said.select(pl.col("time").cast(pl.String).str.head(16), "user_id", "text").rows() == [
        ("2024-01-16 23:51", "bo", "hello: all"), ("2024-01-16 23:52", "ann", "hi bo"),
        ("2024-01-16 23:53", "ann", "waves"), ("2024-01-17 00:01", "bo", "still me"),
    ]  # fmt: skip
    steps = read(folder, "memberships", text).frame
    assert steps.select(pl.coalesce("group_id", "group"), "user_id", "action").rows() == [
        ("#mums", "bo", "join"), ("#mums", "bo", "leave"), ("#mums", "cy", "join"),
        ("#mums", "cy", "remove"), ("#mums", "bo", "join"),
    ]  # fmt: skip


def test_znc_has_the_day_in_the_files_name(folder: Path) -> None:
    said = read(folder, "messages", ZNC, "#mums_20240116.log").frame
    assert said.select(pl.col("time").cast(pl.String).str.head(16), "user_id").rows() == [
        ("2024-01-16 23:51", "bo"), ("2024-01-16 23:52", "ann"), ("2024-01-16 23:53", "ann"),
    ]  # fmt: skip
    steps = read(folder, "memberships", ZNC_NEXT, "#mums_2024-01-17.log").frame
    assert steps.select("user_id", "action").rows() == [
        ("bobby", "leave"), ("cy", "join"), ("cy", "remove"), ("ann", "leave"),
    ]  # fmt: skip
    assert set(steps["group"]) == {"#mums"}
    with pytest.raises(InputError, match="no day"):
        read(folder, "messages", ZNC, "mums.log")


def test_a_community_of_a_log(folder: Path) -> None:
    path = folder / "#mums.log"
    path.write_text(IRSSI, encoding="utf-8")
    found = api.community(memberships=str(path), messages=str(path), period="day")
    flow = found["flow"].frame.select("joined", "left", "rejoined", "members_end")
    assert flow.rows() == [(1, 0, 0, 2), (2, 2, 1, 2)]
    talk = found["summary"].frame.select("active", "messages")
    assert talk.rows() == [(2, 3), (1, 1)]


def test_other_forms_are_tables_or_refused(folder: Path) -> None:
    plain = WEECHAT.splitlines()[1] + "\n" + WEECHAT.splitlines()[2] + "\n"
    with pytest.raises(InputError):  # a table without a header
        read(folder, "messages", plain, "plain.tsv")
    with pytest.raises(InputError, match="English names"):
        read(folder, "messages", IRSSI.replace("Wed Jan 17 2024", "Mer Gen 17 2024"))


def test_days_on_which_nothing_was_said_or_nobody_came(folder: Path) -> None:
    place = folder / "#mums"
    place.mkdir()
    days = (
        "[10:00:00] <ann> hi\n",
        "[10:00:00] *** Joins: bo (b@host.example)\n",
        "[10:00:00] <bo> hi\n",
    )
    for number, text in enumerate(days, start=16):
        (place / f"2024-01-{number}.log").write_text(text, encoding="utf-8")

    def read(dataset: str, *names: str) -> Rows:
        return Opened.open(list(names), DATASETS[dataset], ReadOptions(), folder).rows()

    found = read("messages", str(place))
    assert found.frame["user_id"].to_list() == ["ann", "bo"]
    assert "passed over 1 log in which nobody wrote: 2024-01-17.log" in found.facts.notes
    found = read("memberships", str(place))
    assert found.frame.select("user_id", "action").rows() == [("bo", "join")]
    assert (
        "passed over 2 logs in which nobody came or went: 2024-01-16.log, 2024-01-18.log"
        in found.facts.notes
    )
    for quiet in (str(place / "2024-01-16.log"), str(place / "2024-01-1[68].log")):
        with pytest.raises(InputError, match="IRC's log tells of no joins or leaves"):
            read("memberships", quiet)
