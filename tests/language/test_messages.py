"""Notes: English as text, Chinese for readers of Chinese, and none without it."""

from __future__ import annotations

import ast
import copy
import pickle
import re
import string
from functools import cache
from pathlib import Path

import pytest

from columns import SOURCE
from helpers.clicks import SHAPES, write
from helpers.clicks import rows as clicks
from helpers.each import each
from helpers.running import SAMPLES, userops
from userops.core.messages import Note, Word, counted
from userops.datasets import DATASETS
from userops.language import vocabulary, words
from userops.readers import presets
from userops.readers.files import jsonlines, records
from userops.readers.strict import netting, rows

SHOP = SAMPLES / "shop"
HAN = re.compile(r"[\u4e00-\u9fff]")
CHINESE = vocabulary.everywhere("messages")


@cache
def noted() -> list[tuple[str, set[str]]]:
    """Every sentence given to `Note` in the source, with the names of its facts."""
    found = []
    for file in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Note":
                (sentence,) = node.args
                assert isinstance(sentence, ast.Constant), f"{file}: {node.lineno}"
                found.append((str(sentence.value), {str(one.arg) for one in node.keywords}))
    return found


def blanks(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@each(noted)
def test_every_note_has_its_chinese(sentence: str, facts: set[str]) -> None:
    assert sentence in CHINESE
    assert blanks(sentence) == facts


@each(lambda: CHINESE)
def test_chinese_is_used_and_keeps_the_blanks(sentence: str) -> None:
    assert sentence in {one for one, _ in noted()}
    assert blanks(CHINESE[sentence]) == blanks(sentence)
    assert HAN.search(CHINESE[sentence]) or not re.search(
        "[a-z]{2}", re.sub(r"{.*?}", "", sentence)
    )


def test_a_note_is_its_english_text() -> None:
    note = Note("{count:user|users} without a channel", count=1200)
    assert note == "1,200 users without a channel"
    assert words.phrase(note, "en") == note
    for same in (note, copy.deepcopy(note), pickle.loads(pickle.dumps(note))):
        assert same == note
        assert words.phrase(same, "zh") == "1,200 位用户没有渠道"


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 users"), (1, "1 user"), (2, "2 users"), (1000, "1,000 users")]
)
def test_one_is_singular(count: int, said: str) -> None:
    assert counted(count, "user") == said
    assert Note("{count:user|users} without a channel", count=count) == f"{said} without a channel"


def test_copies_keep_facts_that_look_like_blanks() -> None:
    note = Note("costs for channels that no user has: {channels}", channels=("{0.x}",))
    assert words.phrase(copy.deepcopy(note), "zh") == "有成本但没有用户的渠道：{0.x}"


def test_facts_in_a_note_are_told_in_chinese_where_they_are_ours() -> None:
    note = Note(
        "{file}: read as {codec} ({why}); --encoding overrides it",
        file="a.csv",
        codec="gb18030",
        why=Note("{place} isn't UTF-8", place=Note("byte {at:,} (0x{byte:02x})", at=7, byte=9)),
    )
    assert note == "a.csv: read as gb18030 (byte 7 (0x09) isn't UTF-8); --encoding overrides it"
    assert words.phrase(note, "zh") == (
        "a.csv：按 gb18030 编码读取（因为第 7 字节（0x09）不是 UTF-8）；可用 --encoding 指定"
    )
    channels = Note("users of channels without cost: {channels}", channels=("no date", "b"))
    assert words.phrase(channels, "zh").endswith("no date、b")
    ours = Note("users of channels without cost: {channels}", channels=(Word("no date"), "b"))
    assert words.phrase(ours, "zh").endswith("没有日期、b")


def test_facts_from_outside_are_taken_as_they_are() -> None:
    note = Note("users of channels without cost: {channels}", channels=("{0.x}", "new"))
    assert words.phrase(note, "zh") == "有用户但没有成本数据的渠道：{0.x}、new"


def reasons() -> list[str]:
    """Why a row is refused or left out."""
    found = [
        netting.AFTER, netting.IN_LATER, netting.TWICE, netting.VOID, netting.REFUNDED,
        netting.OUT_WITH_ORDER, netting.STRANGERS, netting.TWO_USERS,
        *(one.same.reason for one in DATASETS.values() if one.same),
        records.BLANK, records.SHORT, records.LONG, records.UNCLOSED, records.STRAY,
        jsonlines.NOT_JSON, jsonlines.NO_OBJECT, jsonlines.DEEP,
        "not a date", "not an amount", "not a number", "a row of totals", "the header again",
        "a NUL character",
    ]  # fmt: skip
    found += [rows.lacking(one[name]) for one in DATASETS.values() for name in one.needed]
    return sorted(set(found))


@each(
    lambda: [
        *reasons(),
        *(maker.title for maker in presets.known()),
        *(rule.rows for maker in presets.known() for rule in maker.apart),
    ]
)
def test_reasons_and_makers_have_chinese_words(text: str) -> None:
    assert HAN.search(words.phrase(text, "zh"))


ASKED = {
    "segment": (SHOP / "orders.csv",),
    "lifecycle": (SHOP / "orders.csv", "--adaptive"),
    "cohorts": (SHOP / "orders.csv",),
    "repurchase": (SHOP / "orders.csv",),
    "ltv": (SHOP / "orders.csv", "--costs", SHOP / "costs.csv", "--by", "channel"),
    "activity": (SHOP / "events.csv",),
    "funnel": (SHOP / "events.csv", "--orders", SHOP / "orders.csv"),
}


def footnotes(*asked: object) -> list[str]:
    """What stands beneath the tables."""
    ran = userops(*asked, "--show", "all", "-f", "md")
    assert ran.code == 0, ran.err
    return [line for line in ran.text.splitlines() if line and line[0] not in "|#"]


@pytest.mark.parametrize("command", ASKED)
def test_footnotes_are_in_the_readers_language(command: str) -> None:
    asked = (command, *ASKED[command], "--as-of", "2025-12-17")
    english, chinese = footnotes(*asked, "-q"), footnotes(*asked, "-q", "--lang", "zh")
    assert len(english) == len(chinese)
    # Categories are called what the shop calls them.
    own = [
        note
        for note in english
        if not note.replace("\\", "").startswith(
            "left out, as what doesn't run out ([replenishment] leave_out)"
        )
    ]
    assert not [note for note in own if HAN.search(note)]
    assert not [note for note in chinese if not HAN.search(note)]


def test_html_and_standard_error_too() -> None:
    ran = userops("cohorts", SHOP / "orders.csv", "--as-of", "2025-12-17", "-f", "html", "--lang", "zh")  # fmt: skip
    assert "2025-12-17 落在一月之内" in ran.text
    assert "the month of 2025-12-17" not in ran.text
    ran = userops("cohorts", SHOP / "orders.csv", "--as-of", "2025-12-17", "--lang", "zh")
    assert "提示：2025-12-17 落在一月之内" in ran.err


@pytest.mark.parametrize("command", ASKED)
def test_no_note_is_said_twice(command: str) -> None:
    err = userops(command, *ASKED[command], "--show", "all", "-f", "json").err
    said = [line for line in err.splitlines() if line.startswith("note: ")]
    assert len(said) == len(set(said))


def test_what_an_export_doesnt_reach_back_to(tmp_path: Path) -> None:
    events = write(tmp_path / "e.csv", [row for row in clicks(SHAPES[0]) if row["event_time"].day > 4])  # fmt: skip
    err = userops("activity", events).err
    assert re.search(
        r"the events begin on 2025-03-0\d: users from before that also count as new", err
    )
    assert "the first week is incomplete" in err
    assert "the first day" not in userops("activity", events, "--period", "day").err
    orders = ("lifecycle", SHOP / "orders.csv", "--show", "flow")
    assert "the orders begin on" in userops(*orders).err
