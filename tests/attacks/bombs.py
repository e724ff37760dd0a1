"""Small files that unpack to much, or claim to."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

HEADER = ["order_id", "user_id", "order_time", "amount"]
ROWS = [[f"o{n}", f"u{n % 9}", f"2024-{1 + n % 12:02}-{1 + n % 28:02}", 5 + n] for n in range(20)]


def book(path: Path, rows: Sequence[Sequence[object]] = (HEADER, *ROWS)) -> Path:
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet()
        for number, row in enumerate(rows):
            for at, value in enumerate(row):
                sheet.write(number, at, value)
    return path


def changed(path: Path, part: str, change: object) -> Path:
    """A workbook with one of its parts changed."""
    with zipfile.ZipFile(path) as archive:
        parts = {one.filename: archive.read(one) for one in archive.infolist()}
    parts[part] = change(parts[part])  # type: ignore[operator]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


SHEET, TEXTS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"


def long_text(path: Path) -> Path:
    """One string of 5 MB in 300 cells: 1.5 GB."""
    book(path, [HEADER, *(["long", *row[1:]] for row in ROWS * 15)])
    return changed(
        path, TEXTS, lambda xml: xml.replace(b"<t>long</t>", b"<t>" + b"x" * (5 << 20) + b"</t>")
    )


def odd_reference(path: Path, how: str) -> Path:
    """A cell in the last row and column, written as no spreadsheet does."""
    far = {
        "quotes": b"<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>",
        "spaces": b'<row r = "1048576" ><c  s = "0"  r = "XFD1048576" ><v>1</v></c></row>',
        "prefix": b'<x:row xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        b'r="1048576"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>',
        "newline": b'<row r="1048576"><c\nr="XFD1048576"><v>1</v></c></row>',
        "lower": b'<row r="1048576"><c r="xfd1048576"><v>1</v></c></row>',
    }[how]
    return changed(
        book(path), SHEET, lambda xml: xml.replace(b"</sheetData>", far + b"</sheetData>")
    )


def liar(path: Path, says: int = 5000) -> Path:
    """A workbook whose sheet says that it's small, and unpacks to 300 MB."""
    book(path)
    with zipfile.ZipFile(path) as archive:
        parts = {one.filename: archive.read(one) for one in archive.infolist()}
    xml = parts[SHEET]
    start, end = xml.split(b"</sheetData>")
    row = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(30, 20_000))
    pack = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = pack.compress(start)
    for _ in range(400):
        packed += pack.compress(row)
    packed += pack.compress(b"</sheetData>" + end) + pack.flush()
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            if name != SHEET:
                archive.writestr(name, content)
        offset = sink.tell()
        crc = zlib.crc32((start + row)[:says])
        sink.write(
            struct.pack(
                "<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 33, crc, len(packed), says, len(SHEET), 0
            )
            + SHEET.encode()
            + packed
        )
        told = zipfile.ZipInfo(SHEET, (1980, 1, 1, 0, 0, 0))
        told.compress_type, told.header_offset, told.CRC = zipfile.ZIP_DEFLATED, offset, crc
        told.compress_size, told.file_size = len(packed), says
        archive.filelist.append(told)
        archive.NameToInfo[SHEET] = told
        archive.start_dir = sink.tell()
        archive._didModify = True
    path.write_bytes(sink.getvalue())
    return path


ODS = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="s">{rows}</table:table></office:spreadsheet></office:body>'
    "</office:document-content>"
)
_CELL = (
    '<table:table-cell office:value-type="string"{more}><text:p>{text}</text:p></table:table-cell>'
)


def ods(path: Path, rows: Sequence[Sequence[object]] = (HEADER, *ROWS), more: str = "") -> Path:
    """An OpenDocument sheet; `more` rows behind."""
    body = "".join(
        "<table:table-row>"
        + "".join(_CELL.format(text=cell, more="") for cell in row)
        + "</table:table-row>"
        for row in rows
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED
        )
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            '<manifest:file-entry manifest:full-path="/" '
            'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>',
        )
        archive.writestr("content.xml", ODS.format(rows=body + more))
    return path


def repeated(path: Path) -> Path:
    """An OpenDocument sheet that repeats a cell ninety million times."""
    cell = _CELL.format(text="x", more=' table:number-columns-repeated="9000"')
    row = f'<table:table-row table:number-rows-repeated="10000">{cell}</table:table-row>'
    return ods(path, more=row)


def dictionary(path: Path, distinct: int, rows: int, size: int = 1 << 20) -> Path:
    """A Parquet file whose texts are of a MB each, packed to nothing."""
    texts = pa.array([str(n).rjust(size, "x") for n in range(min(distinct, 200))])
    if distinct > 200:  # in row groups, so that making it takes little
        schema = pa.schema([(name, pa.string()) for name in HEADER])
        with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=True,
                              dictionary_pagesize_limit=1 << 30) as writer:  # fmt: skip
            for _ in range(distinct // 200):
                some = {"order_id": texts, "user_id": texts, "order_time": ["2024-01-01"] * 200,
                        "amount": ["5"] * 200}  # fmt: skip
                writer.write_table(pa.table(some, schema=schema))
        return path
    indices = pa.array([n % distinct for n in range(rows)], pa.int32())
    table = pa.table(
        {
            "order_id": [f"o{n}" for n in range(rows)],
            "user_id": pa.DictionaryArray.from_arrays(indices, texts),
            "order_time": ["2024-01-01"] * rows,
            "amount": ["5"] * rows,
        }
    )
    pq.write_table(
        table, path, compression="zstd", dictionary_pagesize_limit=1 << 30, store_schema=False
    )
    return path


def wide(path: Path) -> Path:
    """A small workbook with a stray cell in the last column."""
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet()
        for number, row in enumerate([HEADER, *ROWS]):
            sheet.write_row(number, 0, row)
        sheet.write(0, 16_383, "x")
    return path


def wide_csv(path: Path, columns: int = 3000, rows: int = 200, doubtful: bool = True) -> Path:
    header = [*HEADER, *(f"k{n}" for n in range(columns))]
    lines = [",".join(header)]
    lines += [",".join([*map(str, ROWS[n % 20]), *["1"] * columns]) for n in range(rows)]
    if doubtful:
        lines[5] = lines[5].replace("2024-", "x2024-")
    path.write_text("\n".join(lines) + "\n")
    return path


def frame() -> pl.DataFrame:
    return pl.DataFrame(ROWS, schema=HEADER, orient="row")
