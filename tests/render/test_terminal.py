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


def test_eighty_columns_keep_what_the_table_is_for() -> None:
    table = many(50).but(keeps=("segment", "action", "rfm_score"))
    drawn = draw(table, width=80, height=24)
    assert "555  Potential loyalists  Offer the membership" in drawn
    assert "in every row: First\xa0order\xa0=\xa02024-01-01, " in drawn
    assert "too narrow for: Net spend" in drawn
    # Below a table that says it of each group, it isn't said again of everybody.
    head = SUMMARY.but(
        frame=SUMMARY.frame.with_columns(action=pl.lit("Offer")),
        columns={**SUMMARY.columns, "action": Kind.WORD},
    )
    below = draw(table.but(headline=head), width=80, height=24)
    assert "  Potential loyalists\n" in below
    assert "Action\xa0=" in below


def test_bars_empty_columns_and_both_ends_of_an_interval_go_before_numbers() -> None:
    frame = pl.DataFrame(
        {
            "segment": ["Champions", "Loyal"] * 3,
            "cost": [None] * 6,
            "users_share": [0.5, 0.25] * 3,
            **{name: [n / 100 for n in range(6)] for name in ("rate", "low", "high", "lift")},
        },
        schema_overrides={"cost": pl.Int64},
    )
    kinds = {"segment": Kind.WORD, "cost": Kind.MONEY} | dict.fromkeys(frame.columns[2:], Kind.RATE)
    table = Table("summary", frame, kinds, WINDOW, bars=("users_share",), keeps=("lift",))
    assert "█" in draw(table, width=90, height=24)
    drawn = draw(table, width=48, height=24)
    assert "█" not in drawn
    assert "empty: Cost" in drawn
    assert "too narrow" not in drawn
    narrower = draw(table, width=43, height=24)
    assert "too narrow for: Low (95 %), High (95 %)" in narrower
    assert "Lift" in narrower


def test_a_terminal_shows_first_and_last_rows_and_says_how_many_more() -> None:
    drawn = draw(many(1234), width=80, height=24)
    assert "u0 " in drawn
    assert "u20 " not in drawn
    assert "u1233 " in drawn
    assert re.search(r"⋮ 1,2\d\d more rows: -o FILE writes them all", drawn)
    assert "more rows" not in draw(many(10), width=80, height=24)
    assert "行：用 -o 文件" in draw(many(1234), width=80, height=24, lang="zh")


def test_of_periods_the_newest_are_shown() -> None:
    days = pl.date_range(date(2024, 1, 1), date(2024, 3, 1), eager=True)
    frame = pl.DataFrame({"period": days, "users": range(len(days))})
    drawn = draw(
        Table("flow", frame, {"period": Kind.DATE, "users": Kind.COUNT}, WINDOW),
        width=80,
        height=24,
    )
    shown = re.findall(r"2024-\d\d-\d\d(?=  )", drawn)
    assert shown[:3] == ["2024-01-01", "2024-01-02", "2024-01-03"]
    assert shown[3:] == [str(day) for day in days[-len(shown[3:]) :]]
    assert len(shown) > 10


def test_few_rows_of_many_columns_are_turned() -> None:
    frame = pl.DataFrame({f"column_{n}": [f"value {n}", f"other {n}"] for n in range(12)})
    table = Table("list", frame, dict.fromkeys(frame.columns, Kind.TEXT), WINDOW)
    lines = draw(table, width=60, height=24).splitlines()
    assert lines[1].split() == ["Column", "0", "value", "0", "other", "0"]
    assert len(lines) == 13
    assert draw(table).splitlines()[2].startswith("───")


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


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("自 2025-10-23 以来一直没见您来", 20, ["自 2025-10-23 以来一", "直没见您来"]),
        ("未显示：20、21、22、23", 12, ["未显示：20、", "21、22、23"]),
        ("已实现 LTV（按收入）", 10, ["已实现 LTV", "（按收入）"]),
        ("冠军用户、忠诚用户", 8, ["冠军用", "户、忠诚", "用户"]),
        ("short of level 铂金. Shall I", 18, ["short of level", "铂金. Shall I"]),
        (" spaces before and after ", 9, ["spaces", "before", "and after"]),
        ("Hibernating users", 12, ["Hibernating", "users"]),
    ],
)
def test_lines_break_where_readers_expect_it(text: str, width: int, lines: list[str]) -> None:
    assert [line.strip() for line in fold(text, width) if line.strip()] == lines


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
