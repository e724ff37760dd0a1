from __future__ import annotations

import csv
import re
from io import BytesIO, StringIO

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from userops.core.table import Kind, Result, Table
from userops.render import Style, render

from .nasty import RESULT, SUMMARY, USERS, WINDOW

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def write(table: Table, fmt: str, **style: bool) -> tuple[str, tuple[str, ...]]:
    sink = BytesIO()
    notes = render(Result("t", (table,)), (table,), fmt, sink, style=Style(**style))
    return sink.getvalue().decode(), notes


def texts(values: list[str | None]) -> Table:
    frame = pl.DataFrame(
        {"n": range(len(values)), "text": values}, {"n": pl.Int64, "text": pl.String}
    )
    return Table("t", frame, {"n": Kind.COUNT, "text": Kind.TEXT}, WINDOW)


def runs(text: str) -> bool:
    return text[:1] in ("=", "+", "-", "@", "\t", "\r") and not re.fullmatch(r"[0-9 +\-().]*", text)


@pytest.mark.parametrize(("fmt", "separator"), [("csv", ","), ("tsv", "\t")])
@given(values=st.lists(TEXT | st.sampled_from(["=1", "+86138", "-5", "@a", "\tx", "\r", "+"])))
def test_any_text_comes_back_but_for_the_quote(fmt: str, separator: str, values: list[str]) -> None:
    written, notes = write(texts(list(values)), fmt)
    rows = list(csv.reader(StringIO(written, newline=""), delimiter=separator))
    assert rows[0] == ["n", "text"]
    assert [row[1] for row in rows[1:]] == [f"'{v}" if runs(v) else v for v in values]
    count = sum(map(runs, values))
    assert len(notes) == (count > 0)
    assert all(
        note.startswith("1 cell that" if count == 1 else f"{count} cells that") for note in notes
    )


@given(values=st.lists(TEXT | st.none()))
def test_raw_comes_back_whole(values: list[str | None]) -> None:
    written, notes = write(texts(values), "csv", raw=True)
    back = pl.read_csv(written.encode(), schema={"n": pl.Int64, "text": pl.String})
    assert back["text"].to_list() == values
    assert notes == ()


def test_chunks_join(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {fmt: write(USERS, fmt) for fmt in ("csv", "tsv", "json", "jsonl", "md", "html")}
    monkeypatch.setattr("userops.render.cells.CHUNK", 3)
    assert whole == {fmt: write(USERS, fmt) for fmt in whole}
    assert whole["csv"][1] == (
        "4 cells that a spreadsheet would run got a leading ' (--raw leaves them)",
    )


def test_hostile_column_name_is_quoted() -> None:
    table = Table("t", pl.DataFrame({"=x()": [1]}), {"=x()": Kind.COUNT}, WINDOW)
    assert write(table, "csv")[0] == "'=x()\n1\n"


def test_a_terminal_gets_no_controls_in_csv() -> None:
    sink = BytesIO()
    render(RESULT, (USERS,), "csv", sink, style=Style(width=80, height=24))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", sink.getvalue().decode())


def test_no_rows_is_a_header() -> None:
    empty = USERS.but(frame=USERS.frame.clear())
    assert write(empty, "csv")[0] == ",".join(USERS.columns) + "\n"
    assert write(empty, "md")[0].count("\n") == 2


@given(
    values=st.lists(
        TEXT
        | st.sampled_from(
            [
                "<b>x</b>",
                "a|b",
                "`x`",
                "[a](b)",
                "![a](b)",
                "&lt;",
                "\\",
                "a\nb",
                "www.a.b",
                "http://a.b",
            ]
        ),
        min_size=1,
    )
)
def test_markdown_is_inert(values: list[str]) -> None:
    table = texts(list(values))
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    written = write(table, "md")[0]
    allowed = {"text", "text_special", "html_inline"}
    tokens = parser.parse(written)
    assert sum(token.type == "tr_open" for token in tokens) == len(values) + 1
    for token in tokens:
        for child in token.children or ():
            assert child.type in allowed
            assert child.type != "html_inline" or child.content == "<br>"
    assert not re.search(r"https?://|www\.", written)


def test_markdown_headings_and_notes() -> None:
    sink = BytesIO()
    render(RESULT, (USERS, SUMMARY), "md", sink, style=Style(lang="zh"))
    written = sink.getvalue().decode()
    assert "## 用户\n" in written
    assert "a note with \\<b\\>markup\\</b\\> \\| and a pipe\n" in written
