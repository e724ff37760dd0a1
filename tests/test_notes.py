"""Notes: English as text, Chinese for readers of Chinese, and none without it."""

from __future__ import annotations

import ast
import re
import string
from functools import cache

import pytest

from columns import SOURCE
from userops import words
from userops.costs import COSTS
from userops.events import EVENTS
from userops.fields import Dataset
from userops.notes import CHINESE, Note, Word
from userops.orders import ORDERS
from userops.sources import (
    event_intake,
    jsonlines,
    netting,
    people,
    presets,
    records,
    rows,
    spending,
)
from userops.users import USERS

HAN = re.compile(r"[\u4e00-\u9fff]")


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


@pytest.mark.parametrize(("sentence", "facts"), noted())
def test_every_note_has_its_chinese(sentence: str, facts: set[str]) -> None:
    assert sentence in CHINESE
    assert blanks(sentence) == facts


@pytest.mark.parametrize("sentence", CHINESE)
def test_chinese_is_used_and_keeps_the_blanks(sentence: str) -> None:
    assert sentence in {one for one, _ in noted()}
    assert blanks(CHINESE[sentence]) == blanks(sentence)
    assert HAN.search(CHINESE[sentence]) or not re.search(
        "[a-z]{2}", re.sub(r"{.*?}", "", sentence)
    )


def test_a_note_is_its_english_text() -> None:
    note = Note("{count:,} users have no channel", count=1200)
    assert note == "1,200 users have no channel"
    assert words.phrase(note, "en") == note
    assert words.phrase(note, "zh") == "1,200 位用户没有渠道"


def test_facts_in_a_note_are_told_in_chinese_where_they_are_ours() -> None:
    note = Note(
        "{file}: read as {codec}, {why}; --encoding says otherwise",
        file="a.csv",
        codec="gb18030",
        why=Note("for {place} isn't UTF-8", place=Note("byte {at:,} (0x{byte:02x})", at=7, byte=9)),
    )
    assert (
        note == "a.csv: read as gb18030, for byte 7 (0x09) isn't UTF-8; --encoding says otherwise"
    )
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
        netting.OUT_WITH_ORDER, netting.STRANGERS, netting.TWO_USERS, event_intake.TWICE,
        people.AGAIN, spending.AGAIN,
        records.BLANK, records.SHORT, records.LONG, records.UNCLOSED, records.STRAY,
        jsonlines.NOT_JSON, jsonlines.NO_OBJECT, jsonlines.DEEP,
        "not a date", "not an amount", "not a number", "a row of totals", "the header again",
        "a NUL character",
    ]  # fmt: skip
    datasets: tuple[Dataset, ...] = (ORDERS, EVENTS, USERS, COSTS)
    found += [
        rows._LACKS.get(one[name].type, f"no {name}") for one in datasets for name in one.needed
    ]
    return sorted(set(found))


@pytest.mark.parametrize("text", [*reasons(), *(maker.title for maker in presets.known())])
def test_reasons_and_makers_have_chinese_words(text: str) -> None:
    assert HAN.search(words.phrase(text, "zh"))
