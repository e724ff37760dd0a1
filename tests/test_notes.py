from __future__ import annotations

import copy
import pickle
import re
from pathlib import Path

import pytest

from helpers.clicks import SHAPES, rows, write
from helpers.running import SAMPLES, userops
from userops import words
from userops.notes import Note, counted

SHOP = SAMPLES / "shop"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ASKED = {
    "segment": (SHOP / "orders.csv",),
    "lifecycle": (SHOP / "orders.csv", "--adaptive"),
    "cohorts": (SHOP / "orders.csv",),
    "repurchase": (SHOP / "orders.csv",),
    "ltv": (SHOP / "orders.csv", "--costs", SHOP / "costs.csv", "--by", "channel"),
    "activity": (SHOP / "events.csv",),
    "funnel": (SHOP / "events.csv", "--orders", SHOP / "orders.csv"),
}


def test_a_note_is_its_english_text_and_knows_its_chinese() -> None:
    note = Note("1 user left out", "1 位用户未列入")
    assert note == "1 user left out"
    assert words.phrase(note, "en") == "1 user left out"
    for same in (note, copy.deepcopy(note), pickle.loads(pickle.dumps(note))):
        assert words.phrase(same, "zh") == "1 位用户未列入"


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 users"), (1, "1 user"), (2, "2 users"), (1000, "1,000 users")]
)
def test_one_is_singular(count: int, said: str) -> None:
    assert counted(count, "user") == said


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
    assert not [note for note in english if CHINESE.search(note)]
    assert not [note for note in chinese if not CHINESE.search(note)]


def test_html_too_but_not_standard_error() -> None:
    ran = userops("cohorts", SHOP / "orders.csv", "--as-of", "2025-12-17", "-f", "html", "--lang", "zh")  # fmt: skip
    assert "2025-12-17 落在一月之内" in ran.text
    assert "cuts its month short" not in ran.text
    ran = userops("cohorts", SHOP / "orders.csv", "--as-of", "2025-12-17", "--lang", "zh")
    assert "cuts its month short" in ran.err


@pytest.mark.parametrize("command", ASKED)
def test_no_note_is_said_twice(command: str) -> None:
    err = userops(command, *ASKED[command], "--show", "all", "-f", "json").err
    said = [line for line in err.splitlines() if line.startswith("note: ")]
    assert len(said) == len(set(said))


def test_what_an_export_doesnt_reach_back_to(tmp_path: Path) -> None:
    events = write(tmp_path / "e.csv", [row for row in rows(SHAPES[0]) if row["event_time"].day > 4])  # fmt: skip
    err = userops("activity", events).err
    assert re.search(r"the events begin on 2025-03-0\d: who was there before counts as new", err)
    assert "the first week is not whole" in err
    assert "the first day" not in userops("activity", events, "--period", "day").err
    orders = ("lifecycle", SHOP / "orders.csv", "--show", "flow")
    assert "the orders begin on" in userops(*orders).err
