from __future__ import annotations

import os
import zipfile
from datetime import date
from io import BytesIO

import fastexcel
import polars as pl
import pytest

from userops.core.errors import UsageError
from userops.core.table import Kind, Result, Table
from userops.render import Style, render, workbook

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
    assert fastexcel.read_excel(data).sheet_names == ["Users", "Summary"]
    frame = read(data, dtypes={"User": "string", "Name": "string"})
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
    assert fastexcel.read_excel(data).sheet_names == ["用户", "概览"]
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
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
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
    assert sink.getvalue() == write(SUMMARY)[0]


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
