"""Workbooks: which sheet, which row of it is the header, and its cells as text.

What would harm is found before anything is opened (`workbook_survey`), and what opens it runs in a
process of its own (`native`).
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import polars as pl

from userops.core.errors import InputError
from userops.core.messages import Note
from userops.engines import temporary
from userops.readers.files import merged, native
from userops.readers.files.contents import Content, Recognise
from userops.readers.files.dialect import MAX_COLUMNS, by_position
from userops.readers.files.open import Source
from userops.readers.files.records import BLANK, LINE, columns_of
from userops.readers.files.workbook_survey import SheetSurvey, Survey, survey

_PROCESS = "userops.readers.files.workbook_process"
_MAX_PREAMBLE = 40
_LISTED = 12
# Bytes that opening takes: for anything, for each cell, for each byte that it unpacks to, and for
# each where cells can't be counted.
_ANY, _A_CELL, _A_BYTE, _AN_UNKNOWN_BYTE = 400 << 20, 200, 3, 30
# Seconds: for anything, and for so many bytes.
_SECONDS, _BYTES_A_SECOND = 8, 2 << 20


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A sheet: its cells as text by position (`c0`, `c3`, ...), columns without any left out."""

    name: str
    is_seen: bool
    rows: int  # that have anything in them
    columns: list[int]
    cells: pl.LazyFrame


def open_workbook(
    source: Source, recognise: Recognise, folder: Path, *, headed: bool = True
) -> Content:
    """Open the sheet, and find the row of it, whose names are known best; hidden ones come last.

    Where no sheet is `headed`, that's the first with anything on it, its columns named by position.

    Raises:
        InputError: it can't be used, and why.
    """
    name = source.name
    found = survey(name, source.path) if zipfile.is_zipfile(source.path) else None
    sheets = _opened(name, source.path, folder, found)
    best = _best_header(sheets, recognise)
    if best is None:
        raise InputError(f"{name}: has no sheet with anything on it", mend="export it again")
    sheet, number, header = best
    if not headed:
        number, header = -1, by_position(len(header))
    if len(header) > MAX_COLUMNS:
        raise InputError(f"{name}: has {len(header):,} columns", mend="name an export of orders")
    names = dict(zip((f"c{at}" for at in sheet.columns), columns_of(len(header)), strict=True))
    body = sheet.cells.rename(names).filter(pl.col(LINE) > number + 1)
    empty = pl.all_horizontal(pl.exclude(LINE).is_null())
    looked = found.sheets.get(sheet.name) if found else None
    damaged = {at - looked.first: digits for at, digits in looked.damaged.items()} if looked else {}
    return Content(
        header,
        body.filter(~empty),
        faults=body.filter(empty).select(LINE, reason=pl.lit(BLANK), raw=pl.lit("")),
        notes=(
            *_notes(name, sheet, sheets),
            *_alike(name, sheet, sheets, header if headed else ()),
        ),
        damaged={
            position: damaged[at] for position, at in enumerate(sheet.columns) if at in damaged
        },
        first_line=number + 2 if headed else None,
        above=_above(sheet, number),
        merged=_merged(source.path, sheet, looked) if looked else {},
    )


def _above(sheet: _Sheet, number: int) -> tuple[str, ...]:
    """What stands in the rows above a header."""
    if number < 1:
        return ()
    rows = sheet.cells.head(number).drop(LINE).collect()
    return tuple(" ".join(filter(None, row)) for row in rows.iter_rows())


def _merged(path: Path, sheet: _Sheet, looked: SheetSurvey) -> dict[int, list[tuple[int, int]]]:
    """Lines of merged cells, by the position of their column among those that have anything."""
    spans = merged.cells(path, sheet.name)
    return {
        position: spans[at + looked.first]
        for position, at in enumerate(sheet.columns)
        if at + looked.first in spans
    }


def _opened(name: str, path: Path, folder: Path, found: Survey | None) -> list[_Sheet]:
    """The sheets of a workbook.

    Raises:
        InputError: it can't be opened, or not in the memory and time that one of its size may take.
    """
    size = found.unpacked if found else path.stat().st_size
    room = _ANY + size * _AN_UNKNOWN_BYTE
    if found and found.cells is not None:
        room = _ANY + found.cells * _A_CELL + (size + found.text) * _A_BYTE
    place = Path(mkdtemp(dir=folder))
    try:
        sheets = native.run(
            name, _PROCESS, path, place, room=room, seconds=_SECONDS + size // _BYTES_A_SECOND
        )
    except native.NativeError as error:
        if lacking := temporary.lacking(error):
            raise lacking from None
        raise _unreadable(name, path, str(error)) from None
    return [
        _Sheet(
            one["name"],
            one["seen"],
            one["rows"],
            one["columns"],
            pl.scan_parquet(place / f"{number}.parquet", glob=False),
        )
        for number, one in enumerate(sheets)
    ]


def _best_header(
    sheets: Sequence[_Sheet], recognise: Recognise
) -> tuple[_Sheet, int, tuple[str, ...]] | None:
    """The sheet whose header is known best, that header's row, and its cells."""
    best: tuple[_Sheet, int, tuple[str, ...]] | None = None
    most = (False, False, -1)
    for sheet in sheets:
        if not sheet.rows:
            continue
        rows = sheet.cells.head(_MAX_PREAMBLE).drop(LINE).collect()
        for number, row in enumerate(rows.iter_rows()):
            header = tuple(cell or "" for cell in row)
            known = recognise(header)
            # A sheet that nobody sees is read only where none that's seen could be.
            rank = (sheet.is_seen and known > 0, known > 0, known)
            if best is None or rank > most:
                best, most = (sheet, number, header), rank
    return best


def _notes(name: str, sheet: _Sheet, sheets: Sequence[_Sheet]) -> tuple[Note, ...]:
    """Which sheet was read of several, and what stands on the others."""
    if len(sheets) < 2:
        return ()
    notes = [
        Note(
            "{file}: read the sheet {sheet!r}, one of {count}",
            file=name,
            sheet=sheet.name,
            count=len(sheets),
        )
    ]
    others = [one for one in sheets if one is not sheet and one.rows]
    if others:
        listed = tuple(
            Note("{sheet!r} ({rows:row|rows})", sheet=one.name, rows=one.rows)
            if one.is_seen
            else Note("{sheet!r} ({rows:row|rows}, hidden)", sheet=one.name, rows=one.rows)
            for one in others
        )
        notes.append(
            Note(
                "{file}: {rows:row|rows} on other sheets aren't read: {sheets}",
                file=name,
                rows=sum(one.rows for one in others),
                sheets=listed,
            )
        )
    return tuple(notes)


def _alike(
    name: str, sheet: _Sheet, sheets: Sequence[_Sheet], header: tuple[str, ...]
) -> Iterator[Note]:
    """What's to be done where other sheets have the same columns, as where each month has its own."""
    wanted = [*filter(None, header)]
    alike = tuple(
        repr(one.name)
        for one in sheets
        if one is not sheet and one.is_seen and one.rows > 1 and wanted
        and any(
            [*filter(None, row)] == wanted
            for row in one.cells.head(_MAX_PREAMBLE).drop(LINE).collect().iter_rows()
        )
    )  # fmt: skip
    if alike:
        yield Note(
            "{file}: {count:other sheet has|other sheets have} the same columns ({sheets}): to read them too, save each sheet as a CSV file of its own and name "
            "all the files, or their folder",
            file=name,
            count=len(alike),
            sheets=alike[:_LISTED],
        )


def _unreadable(name: str, path: Path, said: str) -> InputError:
    with path.open("rb") as file:
        head = file.read(1 << 16)
    if "EncryptedPackage".encode("utf-16-le") in head or "password" in said.lower():
        return InputError(
            f"{name}: is encrypted", mend="save it again without a password, or as CSV"
        )
    first = said.removeprefix("calamine error: ").splitlines()[0] if said else "no reason given"
    return InputError(
        f"{name}: the workbook can't be read: {first}",
        mend="is it damaged? export it again, or save it as CSV",
    )
