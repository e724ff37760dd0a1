"""What a zipped workbook holds, found out before anything native opens it.

A workbook is packed XML. One pass over its parts, in bounded memory, proves them whole (sizes and
checksums), finds the outermost cell (readers hold every cell up to it, so one stray cell in the last
row can take all memory), how much text its cells refer to, and numbers of more digits than a
spreadsheet keeps.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from userops.core.errors import InputError
from userops.core.messages import counted
from userops.readers.files.open import ZIP_ERRORS

_BLOCK = 1 << 20
# A cell as all that write workbooks write it, and what tells that some are written otherwise.
_CELL = re.compile(rb'<c r="([A-Z]{1,3})([1-9]\d{0,6})"')
_OTHERWISE = (b"<c\t", b"<c\n", b"<c\r", b"<c/", b"<c>", b":c ", b":c\t", b":c\n", b":c\r", b":c/", b":c>")  # fmt: skip
_LONG = re.compile(
    rb'<(?:\w+:)?c r="([A-Z]{1,3})\d+"([^>]*)><(?:\w+:)?v>(\d{16,}|\d(?:\.\d+)?[eE]\+?(?:1[5-9]|[2-9]\d))</'
)
_REFERENCE = re.compile(rb"t=[\"']s[\"'][^>]*>\s*(?:<f\b.*?(?:/>|</f>)\s*)?<v>\s*(\d+)")
_TEXT_ITEM = re.compile(rb"<(?:[^\s<>/:]+:)?si[\s/>]")
# More cells than this are held only if a good part of them has something in it.
_MANY_CELLS, _MIN_FILLED = 5_000_000, 0.02
# No sheet packs more tightly than this; a bomb does.
_MAX_UNPACKED, _MAX_RATIO = 100 << 20, 200
# Cells of a workbook refer to no more text than this, or than so many times what it unpacks to.
_MAX_TEXT, _MAX_TEXT_RATIO = 256 << 20, 8


@dataclass(slots=True)
class SheetSurvey:
    """A sheet: how many cells are written, out to which row and column, and rounded numbers by column."""

    cells: int = 0
    rows: int = 0
    columns: int = 0
    first: int = 16_384  # the first column with a cell: readers begin there
    references: int = 0  # cells whose text stands elsewhere
    damaged: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class Survey:
    """A workbook: its sheets by title where that can be told, and what it takes in memory."""

    sheets: dict[str, SheetSurvey] = field(default_factory=dict)
    unpacked: int = 0
    cells: int | None = None  # None where that isn't known, as in other than XML
    text: int = 0


def survey(name: str, path: Path) -> Survey:
    """Look through a zipped workbook.

    Raises:
        InputError: it's damaged, a bomb, or has a cell far out.
    """
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            return _surveyed(name, archive, file, path.stat().st_size)
    except (*ZIP_ERRORS, expat.ExpatError) as error:
        raise InputError(
            f"{name}: a damaged workbook: {error}", mend="export it again, or save it anew"
        ) from None


def _surveyed(name: str, archive: zipfile.ZipFile, file: BinaryIO, size: int) -> Survey:
    members = archive.infolist()
    if len({member.filename for member in members}) < len(members):
        raise zipfile.BadZipFile("two of its parts have one name")
    found = Survey(unpacked=sum(member.file_size for member in members))
    if found.unpacked > max(_MAX_UNPACKED, _MAX_RATIO * size):
        raise InputError(
            f"{name}: unpacks to {found.unpacked:,} bytes, more than a workbook can hold",
            mend="save it again, or export it as CSV",
        )
    texts: list[int] = []  # about how long the texts are that cells refer to
    sheets: dict[str, SheetSurvey] = {}
    # What cells refer to comes first.
    for member in sorted(members, key=lambda one: "sharedStrings" not in one.filename):
        blocks = _inflated(file, member)
        if "sharedStrings" in member.filename:
            texts += _lengths(blocks)
        elif "worksheets/" in member.filename and member.filename.endswith(".xml"):
            sheet = sheets[member.filename] = _sheet(file, member)
            _check_spread(name, sheet)
            found.text += _referred(file, member, sheet, texts)
        else:
            for _ in blocks:
                pass
    if found.text > max(_MAX_TEXT, _MAX_TEXT_RATIO * found.unpacked):
        raise InputError(
            f"{name}: its cells hold {found.text:,} bytes of text, the same texts over and over",
            mend="no export packs so tightly: save it again, or export it as CSV",
        )
    if sheets:
        found.cells = max(sheet.cells for sheet in sheets.values())
    found.sheets = {title: sheets[at] for title, at in titles(archive) if at in sheets}
    return found


def _check_spread(name: str, sheet: SheetSurvey) -> None:
    held = sheet.rows * sheet.columns
    if held > _MANY_CELLS and sheet.cells < _MIN_FILLED * held:
        raise InputError(
            f"{name}: a sheet has {counted(sheet.cells, 'cell')} spread over {sheet.rows:,} rows "
            f"and {sheet.columns:,} columns: something stands far out",
            mend="delete the empty rows and columns behind the table, or save it as CSV",
        )


def _inflated(file: BinaryIO, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """A member's bytes, proved to be as many as it says, and these.

    The standard library stops where a member says it ends; what reads workbooks doesn't.
    """
    file.seek(member.header_offset)
    header = file.read(30)
    if header[:4] != b"PK\x03\x04" or len(header) < 30:
        raise zipfile.BadZipFile("no part where one should be")
    (method,) = struct.unpack_from("<H", header, 8)
    if member.flag_bits & 1:
        raise RuntimeError("it's encrypted")
    if method != member.compress_type or method not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise NotImplementedError("packed as no spreadsheet packs")
    start = member.header_offset + 30 + sum(struct.unpack_from("<HH", header, 26))
    unpack = zlib.decompressobj(-15) if method == zipfile.ZIP_DEFLATED else None
    left, size, crc, data = member.compress_size, 0, 0, b""
    while left or data:
        if not data:
            file.seek(start + member.compress_size - left)
            data = file.read(min(left, _BLOCK))
            left -= len(data)
            if not data:
                break
        if unpack is None:
            block, data = data, b""
        else:
            block, data = unpack.decompress(data, _BLOCK), unpack.unconsumed_tail
            if unpack.eof:
                left, data = 0, b""
        size, crc = size + len(block), zlib.crc32(block, crc)
        if size > member.file_size:
            break
        yield block
    if size != member.file_size or crc != member.CRC:
        raise zipfile.BadZipFile(f"{member.filename} isn't what the zip says of it")


def _lengths(blocks: Iterator[bytes]) -> list[int]:
    """How many bytes each of the texts takes that cells refer to, its markup included."""
    starts: list[int] = []
    base, carry = 0, b""
    for block in blocks:
        data = carry + block
        cut = data.rfind(b"<") if len(data) < 4 * _BLOCK else len(data)
        cut = cut if cut > 0 else len(data)
        starts += [base + found.start() for found in _TEXT_ITEM.finditer(data[:cut])]
        base, carry = base + cut, data[cut:]
    starts += [base + found.start() for found in _TEXT_ITEM.finditer(carry)]
    return [end - start for start, end in pairwise([*starts, base + len(carry)])]


def _referred(file: BinaryIO, member: zipfile.ZipInfo, sheet: SheetSurvey, texts: list[int]) -> int:
    """About how many bytes of text a sheet's cells refer to; exactly only where it might be many."""
    most = sheet.references * max(texts, default=0)
    if most <= _MAX_TEXT:
        return most
    total = known = 0
    for block in _cell_by_cell(_inflated(file, member)):
        numbers = list(map(int, _REFERENCE.findall(block)))
        known += len(numbers)
        total += sum(texts[number] for number in numbers if number < len(texts))
    # Those that can't be followed may be any.
    return total + (sheet.references - min(known, sheet.references)) * max(texts)


def _cell_by_cell(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes, never cut inside of a cell."""
    carry = b""
    for block in blocks:
        data = carry + block
        cut = data.rfind(b"<c ") if len(data) < 4 * _BLOCK else len(data)
        cut = cut if cut > 0 else len(data)
        yield data[:cut]
        carry = data[cut:]
    yield carry


def _sheet(file: BinaryIO, member: zipfile.ZipInfo) -> SheetSurvey:
    """A sheet by looking for cells as they're usually written; any other, by parsing it."""
    sheet, first = SheetSurvey(), True
    for block in _cell_by_cell(_inflated(file, member)):
        if (first and not _is_utf8(block)) or not _look(block, sheet):
            return _parsed(_inflated(file, member))
        first = False
    return sheet


def _is_utf8(start: bytes) -> bool:
    said = re.match(rb"[^>]*encoding\s*=\s*[\"']([^\"']+)", start[:200])
    marked = start.startswith((b"\xff\xfe", b"\xfe\xff", b"\0"))
    return not marked and (said is None or said[1].lower() in (b"utf-8", b"us-ascii"))


def _look(block: bytes, sheet: SheetSurvey) -> bool:
    """Look at a run of whole cells; whether all are written as usual."""
    cells = _CELL.findall(block)
    if len(cells) != block.count(b"<c ") or any(other in block for other in _OTHERWISE):
        return False
    if not cells:
        return True
    sheet.cells += len(cells)
    sheet.references += block.count(b't="s"')
    columns = {column for column, _ in cells}
    numbers = [position_of(column) for column in columns]
    sheet.columns = max(sheet.columns, max(numbers) + 1)
    sheet.first = min(sheet.first, *numbers)
    sheet.rows = max(sheet.rows, *(int(row) for _, row in cells))
    for column, attributes, digits in _LONG.findall(block):
        if b"t=" not in attributes or b't="n"' in attributes:
            sheet.damaged.setdefault(position_of(column), digits.decode())
    return True


def _parsed(blocks: Iterator[bytes]) -> SheetSurvey:
    """A sheet as a parser of XML sees it: slower, but whatever its cells are written like."""
    reader = _SheetReader()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    for block in blocks:
        parser.Parse(block, False)
    parser.Parse(b"", True)
    return reader.sheet


@dataclass(slots=True)
class _SheetReader:
    """Counts cells as they come; those that don't say where they stand follow the one before."""

    sheet: SheetSurvey = field(default_factory=SheetSurvey)
    row: int = 0
    column: int = -1
    kind: str = ""
    value: str | None = None

    def start(self, name: str, given: dict[str, str]) -> None:
        """An element begins."""
        match name.rpartition(":")[2]:
            case "row":
                told = given.get("r", "").strip()
                self.row = int(told) if told.isdecimal() else self.row + 1
                self.column = -1
            case "c":
                place = re.fullmatch(r"\s*\$?([A-Za-z]{1,3})\$?(\d{1,7})\s*", given.get("r", ""))
                self.column += 1
                if place:
                    self.column, self.row = position_of(place[1].upper().encode()), int(place[2])
                self.kind = given.get("t", "n")
                self.sheet.cells += 1
                self.sheet.references += self.kind == "s"
                self.sheet.rows = max(self.sheet.rows, self.row)
                self.sheet.columns = max(self.sheet.columns, self.column + 1)
                self.sheet.first = min(self.sheet.first, self.column)
            case "v":
                self.value = ""

    def text(self, text: str) -> None:
        """Text within an element."""
        if self.value is not None:
            self.value += text

    def end(self, name: str) -> None:
        """An element ends."""
        if name.rpartition(":")[2] != "v" or self.value is None:
            return
        digits, self.value = self.value.strip(), None
        if self.kind == "n" and re.fullmatch(
            r"\d{16,}|\d(?:\.\d+)?[eE]\+?(?:1[5-9]|[2-9]\d)", digits
        ):
            self.sheet.damaged.setdefault(self.column, digits)


def position_of(column: bytes) -> int:
    """A column's position from its letters: A is 0."""
    number = 0
    for letter in column:
        number = number * 26 + letter - 64
    return number - 1


def titles(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
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
