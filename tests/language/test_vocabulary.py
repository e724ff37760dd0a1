"""Files of words: the nearest counts, each is read when it's needed, and nothing in them is idle."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from columns import SOURCE
from helpers.each import each
from helpers.running import ENVIRONMENT, SAMPLES
from userops.core.dates import Window
from userops.core.messages import Note
from userops.core.table import Kind, Result, Table
from userops.language import definitions, meanings, vocabulary, words
from userops.readers import presets
from userops.render import cells

SHOP = SAMPLES / "shop"
KINDS = {
    "columns", "titles", "phrases", "messages", "tables", "definitions", "aliases",
}  # fmt: skip
OF_COMMON = {"units", "scores", "headings"}


@pytest.fixture
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of two analyses and what's common."""
    files = {
        "analyses/loyalty": """
            [columns]
            points = ["Points in the ledger", "积分"]
            [titles]
            users = ["Members", "会员"]
            [phrases]
            gold = "金卡"
            [messages]
            "{count:member|members} left" = "{count:,} 位会员退出"
            """,
        "analyses/price": """
            [columns]
            points = ["Percentage points ({level})", "百分点（{level}）"]
            [phrases]
            gold = "黄金"
            """,
        "language": """
            [columns]
            users = ["Users", "用户数"]
            [titles]
            users = ["Users", "用户"]
            [phrases]
            new = "新"
            """,
    }
    for room, text in files.items():
        file = tmp_path / room / "words.toml"
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
    monkeypatch.setattr(vocabulary, "_PACKAGE", tmp_path)
    vocabulary.forget()
    yield tmp_path
    monkeypatch.undo()
    vocabulary.forget()


@pytest.mark.usefixtures("toys")
class TestTheNearest:
    def test_a_column_is_called_otherwise_in_another_analysis(self) -> None:
        assert words.column("points", "en", analysis="loyalty") == "Points in the ledger"
        assert words.column("points", "zh", analysis="price") == "百分点（95 %）"
        assert words.column("points", "en", 0.9, analysis="price") == "Percentage points (90 %)"

    def test_what_an_analysis_does_not_say_is_common(self) -> None:
        assert words.column("users", "zh", analysis="loyalty") == "用户数"
        assert words.title("users", "en", analysis="loyalty") == "Members"
        assert words.title("users", "en", analysis="price") == "Users"
        assert words.phrase("new", "zh", analysis="price") == "新"

    def test_another_analysis_labels_are_not_its_own(self, toys: Path) -> None:
        file = toys / "analyses/price/words.toml"
        file.write_text('[columns]\nprice = ["Price", "价格"]\n', encoding="utf-8")
        vocabulary.forget()
        assert words.column("points", "en", analysis="price") == "Points"
        assert words.column("points", "zh", analysis="price") == "points"

    def test_where_nobody_says_whose_it_is_anyones_serves(self) -> None:
        assert words.column("points", "en") == "Points in the ledger"
        assert words.title("users", "zh") == "用户"  # what's common goes first
        assert words.phrase("gold", "zh", analysis="price") == "黄金"
        assert words.phrase("gold", "zh", analysis="loyalty") == "金卡"

    def test_sentences_are_known_wherever_they_are_said(self) -> None:
        note = Note("{count:member|members} left", count=1200)
        assert words.phrase(note, "zh") == "1,200 位会员退出"
        assert words.phrase(note, "zh", analysis="price") == "1,200 位会员退出"

    def test_tables_of_results_are_of_their_command(self) -> None:
        frame = pl.DataFrame({"points": [1], "card": ["gold"]})
        kinds = {"points": Kind.COUNT, "card": Kind.WORD}
        inner = Table("inner", frame, kinds, Window(None, None))
        (table,) = Result("price", (inner.but(name="users", headline=inner),)).tables
        assert table.headline is not None
        assert {table.analysis, table.headline.analysis} == {"price"}
        assert cells.label("points", table, "en") == "Percentage points (95 %)"
        (other,) = Result("price", (inner.but(analysis="loyalty"),)).tables
        assert cells.label("points", other, "en") == "Points in the ledger"
        shown = cells.cell_format(Kind.WORD, other.currency, "zh", analysis=other.analysis)
        assert shown("gold") == "金卡"


def reads(*arguments: object) -> set[str]:
    """Rooms whose words a command reads."""
    code = (
        "import sys\n"
        "def told(event, given):\n"
        "    if event == 'open' and str(given[0]).endswith('words.toml'):\n"
        "        print('read', given[0], file=sys.stderr)\n"
        "sys.addaudithook(told)\n"
        "from userops import cli\n"
        "cli.main(sys.argv[1:])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True, text=True, encoding="utf-8", env=ENVIRONMENT, check=True,
    )  # fmt: skip
    named = [line[5:] for line in done.stderr.splitlines() if line.startswith("read ")]
    assert len(named) == len(set(named))
    return {Path(name).parent.relative_to(SOURCE).as_posix() for name in named}


@pytest.mark.parametrize("fmt", ["csv", "json"])
def test_machine_formats_read_no_words(fmt: str) -> None:
    assert not reads("segment", SHOP / "orders.csv", "-f", fmt, "--lang", "en")


def test_help_reads_no_words() -> None:
    assert not reads("--help")
    assert not reads("funnel", "--help")


def test_english_tables_read_their_own_words_and_the_common_ones() -> None:
    for fmt in ("table", "md"):
        read = reads("repurchase", SHOP / "orders.csv", "-f", fmt, "--show", "all")
        assert read == {"language", "analyses/repurchase"}


def test_rooms_have_tables_of_known_kinds() -> None:
    for room in vocabulary.rooms():
        assert {*vocabulary.book(room)} <= KINDS | (
            OF_COMMON if room == vocabulary.COMMON else set()
        )
    assert {*vocabulary.rooms()} >= {
        vocabulary.of_analysis(one.name)
        for one in (SOURCE / "analyses").iterdir()
        if (one / "__init__.py").is_file()
    }


@pytest.mark.parametrize("kind", ["columns", "titles", "phrases", "messages"])
def test_what_several_say_alike_is_said_once(kind: str) -> None:
    said: dict[tuple[str, str], str] = {}
    for room in vocabulary.rooms():
        for key, value in vocabulary.book(room).get(kind, {}).items():
            assert said.setdefault((key, str(value)), room) == room, f"{key}: move it to common"


@cache
def texts() -> frozenset[str]:
    """Every text that stands in the source, and every name of an argument."""
    found: set[str] = {maker.title for maker in presets.known()}
    found |= {rule.rows for maker in presets.known() for rule in maker.apart}
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            if isinstance(node, ast.keyword) and node.arg:
                found.add(node.arg)
    return frozenset(found)


def made(text: str) -> bool:
    """Whether it's put together from what stands in the source."""
    one, by, other = text.partition(" x ")  # a pair of tiers
    kind, space, name = text.partition(" ")
    lacking = bool(space) and kind == "no" and name in texts()
    prefixed = text.startswith("mean_") and text.removeprefix("mean_") in texts()
    banded = kind == "under" and name.isdigit()  # an age
    return lacking or prefixed or banded or bool(by and {one, other} <= texts())


@cache
def used() -> frozenset[tuple[str, str, str]]:
    """Every room, kind and key of a definition's Chinese that some definition has."""
    found: set[tuple[str, str, str]] = set()
    for one in definitions.definitions():
        kind = "tables" if one.kind == definitions.TABLE else "definitions"
        chinese = meanings.text(one, "zh")
        for room in meanings.homes(definitions.paths()[one.module]):
            for name in (one.name, *one.siblings):
                for key in (f"{one.module}.{name}", name):
                    if vocabulary.book(room).get(kind, {}).get(key) == chinese:
                        found.add((room, kind, key))
    return frozenset(found)


def keys() -> list[tuple[str, str, str]]:
    """Every word by its room and kind."""
    return [
        (room, kind, key)
        for room in vocabulary.rooms()
        for kind in vocabulary.book(room)
        for key in vocabulary.book(room)[kind]
    ]


@each(keys)
def test_every_word_is_used(room: str, kind: str, key: str) -> None:
    if kind in ("tables", "definitions"):
        assert (room, kind, key) in used()
    elif kind == "units":
        units = {one.unit for one in definitions.definitions()}
        assert key in units or any(key in re.split(", or |, | or ", unit) for unit in units)
    elif kind == "scores":
        assert any(key in one.text for one in definitions.definitions())
    elif kind != "aliases":  # which `test_explain` follows
        assert key in texts() or made(key)


@each(lambda: [one for one in keys() if one[1] in ("columns", "titles")])
def test_labels_are_english_and_chinese(room: str, kind: str, key: str) -> None:
    english, chinese = vocabulary.book(room)[kind][key]
    assert english.isascii()
    assert chinese
