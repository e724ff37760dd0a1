from __future__ import annotations

import re
from datetime import date
from io import BytesIO

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from userops.core.table import Kind, Result, Table
from userops.render import Style, render
from userops.render.cells import visible
from userops.render.layout import fold

from .nasty import RESULT, SUMMARY, USERS, WINDOW


def draw(*tables: Table, **style: object) -> str:
    sink = BytesIO()
    render(RESULT, tables, "table", sink, style=Style(**style))  # type: ignore[arg-type]
    return sink.getvalue().decode()


def many(rows: int) -> Table:
    frame = pl.DataFrame(
        {
            "user_id": [f"u{n}" for n in range(rows)],
            "first_order": [date(2024, 1, 1)] * rows,
            "last_order": [date(2024, 1, 1)] * rows,
            "recency_days": range(rows),
            "frequency": range(rows),
            "monetary": range(rows),
            "r_score": [5] * rows,
            "f_score": [5] * rows,
            "m_score": [5] * rows,
            "rfm_score": [555] * rows,
            "segment": ["Potential loyalists"] * rows,
            "tier": ["middle"] * rows,
            "action": ["Offer the membership, and ask for a referral while they are glad"] * rows,
        }
    )
    kinds = [Kind.ID, Kind.DATE, Kind.DATE, Kind.DAYS, Kind.COUNT, Kind.MONEY]
    kinds += [Kind.SCORE] * 4 + [Kind.WORD] * 3
    return Table("users", frame, dict(zip(frame.columns, kinds, strict=True)), WINDOW)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [20, 30, 40, 60, 80, 100, 132, 200])
def test_no_line_is_wider_than_the_terminal(width: int, lang: str) -> None:
    for table in (USERS, SUMMARY, many(50)):
        for line in draw(table, width=width, height=24, lang=lang).splitlines():
            assert cell_len(line) <= width, line


def test_eighty_columns_keep_the_conclusion() -> None:
    drawn = draw(many(50), width=80, height=24)
    assert "Potential loyalists" in drawn
    assert "555" in drawn
    assert "too narrow for: First order, Last order, Action" in drawn


def test_a_terminal_shows_first_rows_and_says_how_many_more() -> None:
    drawn = draw(many(1234), width=80, height=24)
    assert "u9 " in drawn
    assert "u20 " not in drawn
    assert re.search(r"1,2\d\d more rows: -o FILE writes them all", drawn)
    assert "more rows" not in draw(many(10), width=80, height=24)
    assert "行：用 -o 文件" in draw(many(1234), width=80, height=24, lang="zh")


def test_a_pipe_gets_everything() -> None:
    drawn = draw(many(1234))
    assert drawn.count("\n") == 1234 + 3
    assert "more rows" not in drawn
    assert "\x1b" not in drawn


def test_headline_once() -> None:
    assert draw(USERS).count("Summary") == 1
    assert draw(*RESULT.tables).count("Summary") == 1


def test_bars_speak_without_colour() -> None:
    lines = draw(SUMMARY, width=80, height=24).splitlines()
    champions = next(line for line in lines if line.startswith("Champions"))
    at_risk = next(line for line in lines if line.startswith("At risk"))
    assert champions.count("█") == 20
    assert "97.2 %" in champions
    assert "█" not in at_risk
    assert "▋" in at_risk


def test_hostile_text_stays_text() -> None:
    drawn = draw(USERS, width=400, height=100, color=True)
    plain = re.sub("\x1b\\[[0-9;]*m", "", drawn)
    assert "[/bad] [red]markup[/red]" in plain
    assert "␛[31mred␛[0m" in plain
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", plain)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f]", draw(USERS))


def test_empty_table() -> None:
    assert "no rows" in draw(many(0), width=80, height=24)
    assert "没有数据" in draw(many(0), width=80, height=24, lang="zh")


def test_no_columns() -> None:
    assert "Users" in draw(Table("users", pl.DataFrame(), {}, WINDOW), width=80, height=24)


@given(st.text(max_size=60), st.integers(2, 30))
def test_folded_lines_fit(text: str, width: int) -> None:
    shown = visible(text)
    assert all(cell_len(line) <= width for line in fold(shown, width))
    assert all(cell_len(line) <= width for line in fold(shown, width, max_lines=2))
    assert len(fold(shown, width, max_lines=2)) <= 2
    assert "".join(fold(shown, width)).replace(" ", "") == shown.replace(" ", "")


@given(st.text())
def test_visible_is_one_line_and_stable(text: str) -> None:
    shown = visible(text)
    assert len(shown.splitlines()) <= 1
    assert visible(shown) == shown


def test_result_is_untouched() -> None:
    before = USERS.frame.clone()
    draw(USERS, width=40, height=24)
    assert USERS.frame.equals(before)
    assert isinstance(RESULT, Result)


def test_what_stands_in_brackets_stays_on_a_line_where_it_fits() -> None:
    assert fold("回本月数（按收入）", 12) == ["回本月数", "（按收入）"]
    assert fold("上限（95 %）", 8) == ["上限", "（95 %）"]
    assert fold("回本月数（按收入）", 8) == ["回本月数", "（按收入", "）"]
