"""Format `xlsx`: a sheet a table, every value in its type and text as text, never a formula."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from tempfile import TemporaryFile
from typing import Any, BinaryIO

import xlsxwriter
from rich.cells import cell_len
from xlsxwriter.exceptions import FileCreateError

from userops.core.errors import UsageError
from userops.core.messages import counted
from userops.core.table import Kind, Table
from userops.engines import temporary
from userops.language import words
from userops.language.words import Lang
from userops.render import cells
from userops.render.style import Style
from userops.render.workbook_values import (
    cell_writer,
    column_width,
    number_format,
    safe_text,
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


@dataclass(frozen=True, slots=True)
class Cover:
    """The first sheet: a title, lines under it, and rows of texts with a heading each."""

    name: str
    title: str
    lines: tuple[str, ...] = ()
    blocks: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = ()


def write(tables: Sequence[Table], sink: BinaryIO, style: Style) -> tuple[str, ...]:
    """Write the workbook; returns a note where a text was too long for a cell."""
    return write_sheets([Sheet(table) for table in tables], sink, style)


def write_sheets(
    sheets: Sequence[Sheet], sink: BinaryIO, style: Style, cover: Cover | None = None
) -> tuple[str, ...]:
    """Write a workbook of sheets, after a cover if there's one; notes as `write`."""
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
        cut_texts = _fill(book, sheets, style, cover)
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


def _fill(book: Any, sheets: Sequence[Sheet], style: Style, cover: Cover | None) -> int:
    """Lay out the cover and the sheets; returns how many texts were cut."""
    book.set_properties({"created": _CREATED})
    used: set[str] = set()
    cut_texts = 0
    if cover is not None:
        _write_cover(book, book.add_worksheet(_sheet_name(cover.name, used)), cover)
    for sheet in sheets:
        own_title = words.title(sheet.table.name, style.lang, analysis=sheet.table.analysis)
        worksheet = book.add_worksheet(_sheet_name(sheet.title or own_title, used))
        cut_texts += _write_sheet(book, worksheet, sheet.table, style.lang)
        _colour(worksheet, sheet)
        if sheet.graph is not None and sheet.table.frame.height:
            worksheet.insert_chart(*_graph(book, worksheet, sheet, sheet.graph, style.lang))
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
    for position, (name, kind) in enumerate(table.columns.items()):
        cell_format = number_format(kind, table.frame.schema[name], table.currency)
        look = book.add_format({"num_format": cell_format}) if cell_format else None
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
    return _write_rows(sheet, table, lang, _cut_looks(book, sheet, table, lang))


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


_INK, _SOFT, _PALE, _DEEP = "#1B2127", "#59636E", "#F0F5FB", "#3B77B3"
_SERIES = ("#2A68AD", "#C2611A", "#148072", "#9B4F86")


def _write_cover(book: Any, sheet: Any, cover: Cover) -> None:
    """Titles and texts; no grid, so that it looks like a page."""
    looks = {
        "title": book.add_format({"bold": True, "font_size": 18, "font_color": _INK}),
        "line": book.add_format({"font_color": _SOFT}),
        "head": book.add_format({"bold": True, "bottom": 1, "font_color": _INK}),
        "name": book.add_format({"font_color": _SOFT, "valign": "top"}),
        "text": book.add_format({"valign": "top", "text_wrap": True, "indent": 1}),
        "value": book.add_format({"bold": True, "align": "right", "valign": "top"}),
    }
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 22)
    sheet.set_column(2, 2, 14)
    sheet.set_column(3, 3, 60)
    sheet.write_string(0, 0, safe_text(cover.title), looks["title"])
    row = 1
    for line in cover.lines:
        sheet.write_string(row, 0, safe_text(line), looks["line"])
        row += 1
    for heading, rows in cover.blocks:
        row += 1
        for column in range(4):
            sheet.write_string(row, column, safe_text(heading) if not column else "", looks["head"])
        row += 1
        for texts in rows:
            styles = ("name", "value", "text", "text") if len(texts) > 2 else ("name", "text")
            for column, text in enumerate(texts):
                if len(texts) == 1:
                    sheet.merge_range(row, 0, row, 3, safe_text(text), looks["text"])
                    sheet.set_row(row, 15 * (1 + cell_len(text) // 110))
                elif len(texts) == 2 and column == 1:
                    sheet.merge_range(row, 1, row, 3, safe_text(text), looks["text"])
                else:
                    sheet.write_string(row, column, safe_text(text), looks[styles[column]])
            row += 1
    sheet.fit_to_pages(1, 0)


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
            {"type": "2_color_scale", "min_color": _PALE, "max_color": "#5F95C9"},
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


def _write_rows(sheet: Any, table: Table, lang: Lang, looks: Mapping[tuple[int, int], Any]) -> int:
    writers = [cell_writer(sheet, kind) for kind in table.columns.values()]
    row = cut = 0
    for piece in cells.chunks(table):
        columns = [
            sheet_values(piece[name], kind, table, lang) for name, kind in table.columns.items()
        ]
        for values in zip(*columns, strict=True):
            row += 1
            for position, value in enumerate(values):
                if value is None:
                    continue
                if looks and (look := looks.get((row - 1, position))):
                    sheet.write_number(row, position, value, look)
                elif writers[position](row, position, value) == -2:
                    cut += 1
    return cut
