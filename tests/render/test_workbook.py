from __future__ import annotations

import os
import zipfile
from datetime import date
from io import BytesIO

import fastexcel
import polars as pl
import pytest

from userops.core.errors import UsageError
from userops.core.table import Currency, Kind, Result, Table
from userops.core.tally import Tally
from userops.render import Style, render, workbook, workbook_rows
from userops.render.workbook_cover import as_number

from .nasty import IDS, MINOR, NAMES, RESULT, ROWS, SUMMARY, USERS, WINDOW


def write(*tables: Table, lang: str = "en") -> tuple[bytes, tuple[str, ...]]:
    sink = BytesIO()
    notes = render(Result("t", tables), tables, "xlsx", sink, style=Style(lang=lang))
    return sink.getvalue(), notes


def one(values: list[object], kind: Kind) -> Table:
    return Table("t", pl.DataFrame({"x": values}), {"x": kind}, WINDOW)


def read(data: bytes, sheet: int | str = 0, **options: object) -> pl.DataFrame:
    return fastexcel.read_excel(data).load_sheet(sheet, **options).to_polars()


def test_reads_back() -> None:
    data, notes = write(*RESULT.tables)
    assert notes == ()
    assert fastexcel.read_excel(data).sheet_names == ["About", "Users", "Summary"]
    frame = read(data, "Users", dtypes={"User": "string", "Name": "string"})
    assert frame.height == ROWS
    assert frame["User"].to_list()[:9] == IDS[:9]
    assert frame["Name"].to_list() == NAMES
    assert frame["Net revenue (CNY)"].to_list() == [
        None if minor is None else minor / 100 for minor in MINOR
    ]
    shares = [None if share is None else share for share in USERS.frame["share"]]
    assert frame["Share"].to_list() == pytest.approx(shares)
    assert frame["Mean revenue (CNY)"][2] is None


def test_types() -> None:
    days = [date(1900, 3, 1), None, date(2024, 2, 29)]
    assert read(write(one(days, Kind.DATE))[0]).to_series().cast(pl.Date).to_list() == days
    assert read(write(one([date(1899, 12, 31)], Kind.DATE))[0])[0, 0] == "1899-12-31"
    flags = [True, None, False]
    assert read(write(one(flags, Kind.FLAG))[0]).to_series().to_list() == flags


def test_language() -> None:
    data, _ = write(*RESULT.tables, lang="zh")
    assert fastexcel.read_excel(data).sheet_names == ["说明", "用户", "概览"]
    assert read(data, "概览").columns[:3] == ["分群", "用户数", "用户占比"]


def test_nothing_runs() -> None:
    hostile = ["=1+1", "{=1}", "http://evil.example", "mailto:a@b", "<r><t>x</t></r>", "_x0041_"]
    data, _ = write(one([*hostile, "\x1b[0m", "\ufffe", " pad "], Kind.TEXT))
    with zipfile.ZipFile(BytesIO(data)) as parts:
        names = parts.namelist()
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert not [name for name in names if "rels" in name and "sheet" in name]
    back = read(data).to_series().to_list()
    assert back[:4] == hostile[:4]
    assert back[4] == "<r><t>x</t></r> "
    assert back[5] == "_x0041_"
    assert back[8] == " pad "


def test_long_text_is_cut_and_counted() -> None:
    data, notes = write(one(["x" * 40_000, "y"], Kind.TEXT))
    assert len(read(data)[0, 0]) == 32_767
    assert notes == ("1 text cut to the 32,767 characters of a cell",)


def test_too_many_rows_names_another_format(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 2)
    with pytest.raises(UsageError, match=r"csv or parquet"):
        write(one([1, 2, 3], Kind.COUNT))


def test_sheet_names_are_short_legal_and_unlike() -> None:
    used: set[str] = set()
    titles = ["a" * 40, "a" * 40, "x/y:z*[]?\\", "'quoted'", "History", "", "A" * 40]
    names = [workbook._sheet_name(title, used) for title in titles]
    assert len({name.casefold() for name in names}) == len(titles)
    assert all(0 < len(name) <= 31 for name in names)
    assert not any(set(name) & set("[]:*?/\\'") for name in names)


def test_same_bytes_whatever_the_umask() -> None:
    once, _ = write(*RESULT.tables)
    before = os.umask(0)
    try:
        again, _ = write(*RESULT.tables)
    finally:
        os.umask(before)
    assert once == again
    with zipfile.ZipFile(BytesIO(once)) as parts:
        assert {info.date_time[0] for info in parts.infolist()} == {1980}
        assert b"2000-01-01" in parts.read("docProps/core.xml")


def test_sheet_furniture() -> None:
    with zipfile.ZipFile(BytesIO(write(USERS, SUMMARY)[0])) as parts:
        sheet = parts.read("xl/worksheets/sheet2.xml").decode()
        styles = parts.read("xl/styles.xml").decode()
    assert 'state="frozen"' in sheet
    assert "<autoFilter" in sheet
    assert "yyyy\\-mm\\-dd" in styles or "yyyy-mm-dd" in styles
    assert "0.0%" in styles


def test_a_pipe_that_cannot_seek() -> None:
    class Pipe(BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: object) -> int:
            raise OSError("not seekable")

    sink = Pipe()
    render(RESULT, (SUMMARY,), "xlsx", sink, style=Style())
    seekable = BytesIO()
    render(RESULT, (SUMMARY,), "xlsx", seekable, style=Style())
    assert sink.getvalue() == seekable.getvalue()


@pytest.mark.parametrize(("lang", "said"), [("en", "not whole yet"), ("zh", "尚不完整")])
def test_cells_cut_short_stay_numbers_and_are_marked(lang: str, said: str) -> None:
    table = Table(
        "t", pl.DataFrame({"x": [0.5, 0.25]}), {"x": Kind.RATE}, WINDOW, cut=frozenset({(1, "x")})
    )
    data, _ = write(table, lang=lang)
    assert write(table, lang=lang)[0] == data
    assert read(data).to_series().to_list() == [0.5, 0.25]
    with zipfile.ZipFile(BytesIO(data)) as parts:
        assert "0.0%&quot;*&quot;" in parts.read("xl/styles.xml").decode()
        comments = parts.read("xl/comments1.xml").decode()
    assert 'ref="A3"' in comments
    assert comments.count("<comment ") == 1
    assert said in comments


def test_by_the_column_a_sheet_holds_what_it_holds_cell_by_cell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workbook_rows, "PIECE", 2)
    frame = pl.DataFrame(
        {
            "user_id": ["0012", "a&b <c>", None, " pad ", "用户", "_x0041_", "plain", "=1+1"],
            "first_order": [date(2024, 2, 29), None, date(1899, 12, 31), *[date(1900, 3, 1)] * 5],
            "monetary": [12, None, -1999, 0, 2**40 + 1, 5, 6, 7],
            "mean": [1 / 3, float("nan"), None, 1e-7, 0.1 + 0.2, 1e15, 2.5, 0.0],
            "active": [True, None, False, True, True, False, False, True],
            "segment": ["Champions", None, "At risk", "Champions", "own", "New", "New", "New"],
        }
    )
    kinds = [Kind.ID, Kind.DATE, Kind.MONEY, Kind.NUMBER, Kind.FLAG, Kind.WORD]
    columns = dict(zip(frame.columns, kinds, strict=True))
    table = Table("users", frame, columns, WINDOW, Currency("CNY"), analysis="segment")
    by_column, _ = write(table, lang="zh")
    monkeypatch.setattr(workbook_rows, "can_write", lambda *_: False)
    by_cell, _ = write(table, lang="zh")
    sheets = [read(data, header_row=None, dtypes="string").rows() for data in (by_column, by_cell)]
    assert len(sheets[0]) == frame.height + 1
    for line, expected in zip(*sheets, strict=True):
        for cell, other in zip(line, expected, strict=True):
            try:
                assert float(cell) == pytest.approx(float(other))
            except (TypeError, ValueError):
                assert cell == other
    with zipfile.ZipFile(BytesIO(by_column)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert f'<dimension ref="A1:F{frame.height + 1}"/>' in sheet


def test_a_cover_says_what_it_is_of_which_files_with_notes() -> None:
    tally = Tally(10, 7, {"no date": 1}, {"void": 2})
    table = SUMMARY.but(notes=("a remark",), cut=frozenset())
    result = Result("segment", (USERS, table), tally, sources={"orders": ("orders.csv",)})
    sink = BytesIO()
    render(result, result.tables, "xlsx", sink, style=Style())
    rows = read(sink.getvalue(), "About", header_row=None).rows()
    said = [tuple(cell for cell in row if cell not in (None, "")) for row in rows]
    assert ("userops segment",) in said
    assert ("2024-01-01 – 2024-06-30 · CNY",) in said
    assert ("orders.csv",) in said
    assert ("a remark",) in said
    counts = dict(row for row in said if len(row) == 2)
    assert float(counts["rows read"]) == 10
    assert float(counts["left out: void"]) == 2
    assert float(counts["Users"]) == ROWS
    # It opens on the summary, which heads the first table.
    with zipfile.ZipFile(BytesIO(sink.getvalue())) as parts:
        assert 'activeTab="2"' in parts.read("xl/workbook.xml").decode()


def test_shaded_columns_have_one_colour_scale() -> None:
    frame = pl.DataFrame({"cohort": ["2024-01"], "0": [1.0], "1": [0.5], "2": [0.25]})
    kinds = {"cohort": Kind.TEXT} | dict.fromkeys("012", Kind.RATE)
    data, _ = write(Table("matrix", frame, kinds, WINDOW, shade=("1", "2")))
    with zipfile.ZipFile(BytesIO(data)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert '<conditionalFormatting sqref="C2:D2">' in sheet
    assert "<colorScale>" in sheet


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1,507,705.50", (1507705.5, "#,##0.00")),
        ("12.3 %", (0.123, "#,##0.0%")),
        ("+5.0 %", (0.05, "+#,##0.0%;-#,##0.0%")),
        ("-12", (-12.0, "#,##0")),
        ("CNY 1,204.10", (1204.1, '"CNY "#,##0.00')),
        ("2025-12-31", None),
        ("–", None),
        ("3 of 5", None),
    ],
)
def test_numbers_on_a_cover_are_numbers(text: str, found: tuple[float, str] | None) -> None:
    assert as_number(text) == found
