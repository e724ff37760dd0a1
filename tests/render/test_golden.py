"""Each format of the nasty table, byte for byte.

After a change that is meant: `USEROPS_GOLDEN=write pytest tests/render/test_golden.py`, and
read the difference.
"""

from __future__ import annotations

import os
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest

from userops.language.words import Lang
from userops.render import FORMATS, Style, render

from .nasty import RESULT, SUMMARY, USERS

GOLDEN = Path(__file__).parents[1] / "golden"
STYLES = {
    "-80": Style(width=80, height=24),
    "-color": Style(width=140, height=24, color=True),
}
# The bytes of parquet and xlsx depend on the libraries' versions; they're read back instead.
MACHINE = ("csv", "tsv", "json", "jsonl")
PEOPLE = ("table", "md", "html")


def rendered(fmt: str, lang: Lang, style: Style) -> bytes:
    tables = (USERS, SUMMARY) if fmt in ("html", "md") else (USERS,)
    sink = BytesIO()
    style = Style(lang=lang, width=style.width, height=style.height, color=style.color)
    render(RESULT, tables, fmt, sink, style=style)
    return sink.getvalue()


def compare(path: Path, found: bytes) -> None:
    if os.environ.get("USEROPS_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(found)
    assert found.decode() == path.read_bytes().decode()


@pytest.mark.parametrize("fmt", MACHINE)
def test_machine_format(fmt: str) -> None:
    compare(GOLDEN / f"nasty.{fmt}", rendered(fmt, "en", Style()))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("fmt", PEOPLE)
def test_format(fmt: str, lang: Lang) -> None:
    compare(GOLDEN / f"nasty-{lang}.{fmt}", rendered(fmt, lang, Style()))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", ["-80", "-color"])
def test_terminal(name: str, lang: Lang) -> None:
    compare(GOLDEN / f"nasty-{lang}{name}.table", rendered("table", lang, STYLES[name]))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_bundle(lang: Lang) -> None:
    sink = BytesIO()
    render(RESULT, RESULT.tables, "json", sink, style=Style(lang=lang), together=True)
    compare(GOLDEN / "nasty-all.json", sink.getvalue())


@pytest.mark.parametrize("fmt", [*MACHINE, "parquet"])
def test_machine_formats_have_no_language(fmt: str) -> None:
    assert rendered(fmt, "en", Style()) == rendered(fmt, "zh", Style())


@pytest.mark.parametrize("fmt", FORMATS)
def test_same_tables_same_bytes(fmt: str) -> None:
    once, again = (sha256(rendered(fmt, "zh", Style())).hexdigest() for _ in range(2))
    assert once == again
