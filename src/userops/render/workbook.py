"""Format `xlsx`: a sheet a table, every value in its type and text as text, never a formula."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from tempfile import TemporaryFile
from typing import Any, BinaryIO

import polars as pl
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from userops.core import progress
from userops.core.errors import UsageError
from userops.core.messages import counted
from userops.core.table import Kind, Result, Table
from userops.engines import temporary
from userops.language import words
from userops.language.words import Lang
from userops.render import cells, workbook_cover, workbook_rows
from userops.render.style import Style
from userops.render.workbook_cover import Cover, cover_of
from userops.render.workbook_values import (
    cell_writer,
    column_width,
    number_format,
    row_formats,
    sheet_values,
)

MOST_ROWS = 1_048_575  # a sheet's, less the header
_MOST_COLUMNS = 16_384
_CREATED = datetime(2000, 1, 1)  # fixed, so that the bytes are
# Whatever a text looks like, also where xlsxwriter chooses how to write it.
_TEXT_IS_TEXT = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


@dataclass(frozen=True, slots=True)
class Graph:
    """A native chart over a sheet's columns. `kind` is as xlsxwriter names it: line, bar, column."""

    kind: str
    title: str
    across: str
    values: tuple[str, ...]
    rows: int | None = None  # the first so many; all by default


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table, and what's drawn of it: `title` in place of its own, columns on one colour scale."""

    table: Table
    title: str | None = None
    graph: Graph | None = None
    scale: tuple[str, ...] = ()
    bars: tuple[str, ...] = ()


def write(result: Result, tables: Sequence[Table], sink: BinaryIO, style: Style) -> tuple[str, ...]:
    """Write tables of a result, and what they are; returns a note where a text was too long for a cell.

    Of several tables the sheet that says it comes first; behind a single one last, for programs read
    the first. It opens on what sums up the first table, where that's among them.
    """
    sheets = [Sheet(table, scale=table.shade, bars=table.bars) for table in tables]
    used: set[str] = set()
    names = [
        _sheet_name(words.title(one.name, style.lang, analysis=one.analysis), used)
        for one in tables
    ]
    cover = cover_of(result, tables, names, style.lang)
    head = tables[0].headline
    opens_on = next((n for n, one in enumerate(tables) if head and one.name == head.name), None)
    return write_sheets(sheets, sink, style, cover, cover_first=len(tables) > 1, opens_on=opens_on)


def write_sheets(
    sheets: Sequence[Sheet],
    sink: BinaryIO,
    style: Style,
    cover: Cover,
    *,
    cover_first: bool = True,
    opens_on: int | None = None,
) -> tuple[str, ...]:
    """Write a workbook of sheets after a cover, or before it; notes as `write`.

    It opens on the first sheet, or the one of that number.
    """
    for sheet in sheets:
        _check_size(sheet.table)
    with (
        temporary.folder() as folder,
        TemporaryFile(dir=folder) as spare_file,
        _plain_permissions(),
    ):
        # A zip needs to go back in its file, which a pipe can't.
        target = sink if sink.seekable() else spare_file
        book = xlsxwriter.Workbook(target, {"tmpdir": str(folder), **_TEXT_IS_TEXT})
        cut_texts = _fill(book, sheets, style, cover, cover_first, opens_on)
        try:
            book.close()
        except FileCreateError as error:
            raise OSError(*error.args[0].args) from error
        if target is spare_file:
            spare_file.seek(0)
            while block := spare_file.read(1 << 20):
                sink.write(block)
    return (
        (f"{counted(cut_texts, 'text')} cut to the 32,767 characters of a cell",)
        if cut_texts
        else ()
    )


def _fill(
    book: Any,
    sheets: Sequence[Sheet],
    style: Style,
    cover: Cover,
    cover_first: bool,
    opens_on: int | None,
) -> int:
    """Lay out the cover and the sheets; returns how many texts were cut."""
    book.set_properties({"created": _CREATED})
    used: set[str] = set()
    cut_texts = 0
    cover_name = _sheet_name(cover.name, used)
    if cover_first:
        workbook_cover.write(book, book.add_worksheet(cover_name), cover)
    for number, sheet in enumerate(sheets):
        own_title = words.title(sheet.table.name, style.lang, analysis=sheet.table.analysis)
        worksheet = book.add_worksheet(_sheet_name(sheet.title or own_title, used))
        if number == opens_on:
            worksheet.activate()
        cut_texts += _write_sheet(book, worksheet, sheet.table, style.lang)
        _colour(worksheet, sheet)
        if sheet.graph is not None and sheet.table.frame.height:
            worksheet.insert_chart(*_graph(book, worksheet, sheet, sheet.graph, style.lang))
    if not cover_first:
        workbook_cover.write(book, book.add_worksheet(cover_name), cover)
    return cut_texts


def _check_size(table: Table) -> None:
    if table.frame.height > MOST_ROWS or table.frame.width > _MOST_COLUMNS:
        raise UsageError(
            f"{table.name} has {table.frame.height:,} rows and {table.frame.width:,} columns; "
            f"a sheet holds {MOST_ROWS:,} and {_MOST_COLUMNS:,}",
            mend="write it with --format csv or parquet",
        )


@contextmanager
def _plain_permissions() -> Iterator[None]:
    """The zip records the permissions of its temporary parts: make them the same everywhere."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def _sheet_name(title: str, used: set[str]) -> str:
    """A name that Excel takes: short, without its reserved characters, unlike the others."""
    base = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", title).strip(" '")[:31] or "Sheet"
    name, number = base, 1
    while name.casefold() in used | {"history"}:
        number += 1
        name = f"{base[: 31 - len(f' {number}')]} {number}"
    used.add(name.casefold())
    return name


def _write_sheet(book: Any, sheet: Any, table: Table, lang: Lang) -> int:
    """Fill a sheet, row after row; returns how many texts were cut."""
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    labels = [cells.label(name, table, lang, unit=True) for name in table.columns]
    looks = []
    for position, (name, kind) in enumerate(table.columns.items()):
        cell_format = number_format(kind, table.frame.schema[name], table.currency)
        look = book.add_format({"num_format": cell_format}) if cell_format else None
        looks.append(look)
        sheet.set_column(
            position, position, column_width(labels[position], name, table, lang), look
        )
        sheet.write_string(0, position, labels[position], bold)
    last = (table.frame.height, max(len(labels) - 1, 0))
    sheet.freeze_panes(1, 1)
    # On paper a sheet is as wide as a page, under its header on each.
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.autofilter(0, 0, *last)
    corner = xlsxwriter.utility.xl_rowcol_to_cell(*last)
    sheet.ignore_errors({"number_stored_as_text": f"A1:{corner}"})
    cut_looks = _cut_looks(book, sheet, table, lang)
    return _write_rows(sheet, table, lang, looks, cut_looks, _Varied(book, table))


@dataclass(frozen=True, slots=True)
class _Varied:
    """How cells look in columns whose rows are of several kinds."""

    book: Any
    table: Table
    _known: dict[str | None, Any] = field(default_factory=dict)

    def looks(self, piece: pl.DataFrame) -> dict[int, list[Any]]:
        """Of a piece of the table's frame: of each row, by the column's position."""
        return {
            position: [self._look(one) for one in row_formats(piece, name, self.table)]
            for position, name in enumerate(self.table.columns)
            if name in self.table.varied
        }

    def _look(self, number_format: str | None) -> Any:
        if number_format not in self._known:
            self._known[number_format] = self.book.add_format(
                {"num_format": number_format or "General"}
            )
        return self._known[number_format]


def _cut_looks(book: Any, sheet: Any, table: Table, lang: Lang) -> dict[tuple[int, int], Any]:
    """Cells that as_of cuts short, by row and column: still numbers, with a mark and a comment."""
    looks: dict[tuple[int, int], Any] = {}
    for position, (name, kind) in enumerate(table.columns.items()):
        rows = sorted(cells.cut_rows(table, name))
        cell_format = number_format(kind, table.frame.schema[name], table.currency)
        cut_format = {"num_format": f'{cell_format or "General"}"{cells.CUT}"', "italic": True}
        look = book.add_format(cut_format) if rows else None
        for row in rows:
            looks[row, position] = look
            sheet.write_comment(row + 1, position, cells.cut_meaning(lang))
    return looks


_PALE, _DEEP = "#F0F5FB", "#5F95C9"
_SERIES = ("#2A68AD", "#C2611A", "#148072", "#9B4F86")


def _colour(page: Any, sheet: Sheet) -> None:
    """Columns on one scale from pale to deep, and bars within cells."""
    names, last = list(sheet.table.columns), sheet.table.frame.height
    if not last:
        return
    if sheet.scale:
        first_column, last_column = (names.index(sheet.scale[position]) for position in (0, -1))
        page.conditional_format(
            1,
            first_column,
            last,
            last_column,
            {"type": "2_color_scale", "min_color": _PALE, "max_color": _DEEP},
        )
    for name in sheet.bars:
        position = names.index(name)
        page.conditional_format(
            1,
            position,
            last,
            position,
            {"type": "data_bar", "bar_color": "#87B2DB", "bar_solid": True},
        )


def _graph(
    book: Any, page: Any, sheet: Sheet, graph: Graph, lang: Lang
) -> tuple[int, int, Any, dict[str, Any]]:
    """Where a native chart goes, and the chart."""
    names, table = list(sheet.table.columns), sheet.table
    last = min(table.frame.height, graph.rows or table.frame.height)
    chart = book.add_chart({"type": graph.kind})
    across = names.index(graph.across)
    for number, name in enumerate(graph.values):
        column, colour = names.index(name), _SERIES[number % len(_SERIES)]
        series: dict[str, Any] = {
            "name": _shown(cells.label(name, table, lang)),
            "categories": [page.get_name(), 1, across, last, across],
            "values": [page.get_name(), 1, column, last, column],
            "gap": 60,
        }
        if graph.kind == "line":
            series["line"] = {"color": colour, "width": 2}
            series["marker"] = {
                "type": "circle", "size": 4, "fill": {"color": colour}, "border": {"color": colour},
            }  # fmt: skip
        else:
            series["fill"] = {"color": colour}
        chart.add_series(series)
    chart.set_title(
        {"name": _shown(graph.title), "overlay": False, "name_font": {"size": 12, "bold": True}}
    )
    chart.set_legend({"position": "bottom"} if len(graph.values) > 1 else {"none": True})
    if graph.kind == "bar":
        chart.set_y_axis({"reverse": True, "line": {"none": True}, "label_position": "low"})
        chart.set_x_axis({"major_gridlines": {"visible": True, "line": {"color": "#D9DEE4"}}})
    else:
        chart.set_y_axis({"major_gridlines": {"visible": True, "line": {"color": "#D9DEE4"}}})
        date = table.columns[graph.across] is Kind.DATE
        chart.set_x_axis({"num_format": "yyyy-mm-dd", "text_axis": True} if date else {})
    chart.set_size({"width": 640, "height": 340})
    return 1, len(names) + 1, chart, {"object_position": 3}


def _shown(text: str) -> str:
    """A text of a chart, which would be a reference to cells if it began as a formula does."""
    return f" {text}" if text.startswith("=") else text


def _write_rows(
    sheet: Any,
    table: Table,
    lang: Lang,
    looks: Sequence[Any],
    cut: Mapping[tuple[int, int], Any],
    varied: _Varied,
) -> int:
    """Write the rows, by the column where they're plain; returns how many texts were cut."""
    by_column = workbook_rows.can_write(sheet, table)
    writers = [cell_writer(sheet, kind) for kind in table.columns.values()]
    texts_cut = 0
    for start in range(0, table.frame.height, workbook_rows.PIECE):
        piece = table.frame.slice(start, workbook_rows.PIECE)
        progress.advance(piece.height)
        if by_column and workbook_rows.is_plain(piece, table):
            workbook_rows.write(sheet, piece, start + 1, table, lang, looks)
            continue
        columns = [
            sheet_values(piece[name], kind, table, lang) for name, kind in table.columns.items()
        ]
        own_looks = varied.looks(piece)
        for row, values in enumerate(zip(*columns, strict=True), start + 1):
            for position, value in enumerate(values):
                if value is None:
                    continue
                if cut and (look := cut.get((row - 1, position))):
                    sheet.write_number(row, position, value, look)
                elif own_looks and position in own_looks:
                    sheet.write_number(row, position, value, own_looks[position][row - start - 1])
                elif writers[position](row, position, value) == -2:
                    texts_cut += 1
    return texts_cut
