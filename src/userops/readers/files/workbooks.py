"""Workbooks: which sheet, and its cells as text; what would harm is found before it's opened.

A workbook is packed XML. One pass over the packed sheets, in bounded memory, proves them
whole (their checksums), finds the outermost cell (readers hold every cell up to it, so
one stray cell in the last row can take all memory), and finds numbers of more digits
than a spreadsheet keeps.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from userops.core.errors import InputError
from userops.core.messages import Note
from userops.readers.files.contents import Content, Recognise
from userops.readers.files.open import ZIP_ERRORS, Source
from userops.readers.files.records import BLANK, LINE, columns_of

_BLOCK = 1 << 20
_CELL = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_LONG = re.compile(
    rb'<(?:\w+:)?c r="([A-Z]{1,3})\d+"([^>]*)><(?:\w+:)?v>(\d{16,}|\d(?:\.\d+)?[eE]\+?(?:1[5-9]|[2-9]\d))</'
)
# More cells than this are held only if a good part of them has something in it.
_MANY_CELLS, _MIN_FILLED = 5_000_000, 0.02
# No sheet packs more tightly than this; a bomb does.
_MAX_UNPACKED, _MAX_RATIO = 100 << 20, 200


@dataclass(slots=True)
class _Sheet:
    cells: int = 0
    rows: int = 0
    columns: int = 0
    damaged: dict[int, str] = field(default_factory=dict)


def open_workbook(source: Source, recognise: Recognise) -> Content:
    """Open the sheet, and find the row of it, whose names are known best.

    Raises:
        InputError: it can't be used, and why.
    """
    import fastexcel

    name = source.name
    surveyed = _survey(name, source.path) if zipfile.is_zipfile(source.path) else {}
    try:
        book = fastexcel.read_excel(source.path)
        names = book.sheet_names
        best = _best_header(book, recognise)
    except fastexcel.FastExcelError as error:
        raise _unreadable(name, source.path, str(error)) from None
    if best is None:
        raise InputError(f"{name}: has no sheet with anything on it", mend="export it again")
    sheet, number, cells = best
    header = tuple(cell or "" for cell in cells.row(number))
    body = (
        cells.rename(dict(zip(cells.columns, columns_of(len(header)), strict=True)))
        .with_row_index(LINE, offset=1)
        .with_columns(pl.col(LINE).cast(pl.Int64))
        .slice(number + 1)
    )
    empty = pl.all_horizontal(pl.exclude(LINE).is_null())
    notes = (
        [
            Note(
                "{file}: read the sheet {sheet!r}, one of {count}",
                file=name,
                sheet=sheet,
                count=len(names),
            )
        ]
        if len(names) > 1
        else []
    )
    return Content(
        header,
        body.filter(~empty).lazy(),
        faults=body.filter(empty).select(LINE, reason=pl.lit(BLANK), raw=pl.lit("")).lazy(),
        notes=tuple(notes),
        damaged=surveyed[sheet].damaged if sheet in surveyed else {},
    )


def _best_header(book: Any, recognise: Recognise) -> tuple[str, int, pl.DataFrame] | None:
    """The sheet whose header is known best, that header's row, and the sheet's cells."""
    best, most = None, -1
    for sheet in book.sheet_names:
        cells = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string").to_polars()
        for number, row in enumerate(cells.head(40).iter_rows()):
            known = recognise([cell or "" for cell in row])
            if best is None or known > most:
                best, most = (sheet, number, cells), known
    return best


def _unreadable(name: str, path: Path, said: str) -> InputError:
    with path.open("rb") as file:
        head = file.read(1 << 16)
    if "EncryptedPackage".encode("utf-16-le") in head or "password" in said.lower():
        return InputError(
            f"{name}: is encrypted", mend="save it again without a password, or as CSV"
        )
    first = said.splitlines()[0] if said else "no reason given"
    return InputError(
        f"{name}: the workbook can't be read: {first}",
        mend="is it damaged? export it again, or save it as CSV",
    )


def _survey(name: str, path: Path) -> dict[str, _Sheet]:
    """What the sheets of a zipped workbook are like, by their names where they can be told.

    Raises:
        InputError: it's damaged, a bomb, or has a cell far out.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            unpacked = sum(member.file_size for member in members)
            if unpacked > max(_MAX_UNPACKED, _MAX_RATIO * path.stat().st_size):
                raise InputError(
                    f"{name}: unpacks to {unpacked:,} bytes, more than a workbook can hold",
                    mend="save it again, or export it as CSV",
                )
            sheets: dict[str, _Sheet] = {}
            for member in members:
                sheet = _Sheet()
                for block in _blocks(archive, member):
                    if "worksheets/" in member.filename:
                        _look(block, sheet)
                sheets[member.filename] = sheet
                held = sheet.rows * sheet.columns
                if held > _MANY_CELLS and sheet.cells < _MIN_FILLED * held:
                    raise InputError(
                        f"{name}: a sheet has {sheet.cells:,} cells spread over {sheet.rows:,} rows "
                        f"and {sheet.columns:,} columns: something stands far out",
                        mend="delete the empty rows and columns behind the table, or save it as CSV",
                    )
            return {title: sheets[at] for title, at in _titles(archive) if at in sheets}
    except ZIP_ERRORS as error:
        raise InputError(
            f"{name}: a damaged workbook: {error}", mend="export it again, or save it anew"
        ) from None


def _blocks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """A member's bytes, never cut inside of a cell."""
    with archive.open(member) as packed:
        carry = b""
        while block := packed.read(_BLOCK):
            data = carry + block
            cut = data.rfind(b"<c ") if len(data) < 4 * _BLOCK else len(data)
            cut = cut if cut > 0 else len(data)
            yield data[:cut]
            carry = data[cut:]
        yield carry


def _look(block: bytes, sheet: _Sheet) -> None:
    cells = _CELL.findall(block)
    if not cells:
        return
    sheet.cells += len(cells)
    columns = {column for column, _ in cells}
    sheet.columns = max(sheet.columns, *(_number(column) + 1 for column in columns))
    sheet.rows = max(sheet.rows, *(int(row) for _, row in cells))
    for column, attributes, digits in _LONG.findall(block):
        if b"t=" not in attributes or b't="n"' in attributes:
            sheet.damaged.setdefault(_number(column), digits.decode())


def _number(column: bytes) -> int:
    """A column's position from its letters: A is 0."""
    number = 0
    for letter in column:
        number = number * 26 + letter - 64
    return number - 1


def _titles(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Each sheet's title, and the member that holds it."""
    from html import unescape

    try:
        book = archive.read("xl/workbook.xml").decode()
        links = archive.read("xl/_rels/workbook.xml.rels").decode()
    except (KeyError, UnicodeDecodeError):
        return
    targets = {}
    for link in re.findall(r"<(?:\w+:)?Relationship\b[^>]*>", links):
        given = dict(re.findall(r'(\w+)="([^"]*)"', link))
        target = given.get("Target", "")
        targets[given.get("Id")] = target.lstrip("/") if target.startswith("/") else "xl/" + target
    for tag in re.findall(r"<(?:\w+:)?sheet\b[^>]*>", book):
        given = dict(re.findall(r'([\w:]+)="([^"]*)"', tag))
        link = next((value for key, value in given.items() if key.endswith(":id")), None)
        if link in targets:
            yield unescape(given.get("name", "")), targets[link]
