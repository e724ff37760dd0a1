"""Rows 63 to 65: files that would harm, and things that are no files.

Rows 60 to 62 and 66 to 69 belong to what is written: see `tests/render`, `test_emit`, `test_outputs`.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import polars as pl
import xlsxwriter

from corpus import compound
from corpus.cases import PLAIN, SPENT, Case, named


def as_parquet(content: str = PLAIN) -> bytes:
    data = io.BytesIO()
    pl.read_csv(io.StringIO(content), infer_schema=False).write_parquet(data)
    return data.getvalue()


def as_workbook(content: str = PLAIN) -> bytes:
    data = io.BytesIO()
    pl.read_csv(io.StringIO(content), infer_schema=False).write_excel(data)
    return data.getvalue()


def many_rows(folder: Path) -> list[Path]:
    """50 million rows in some kilobytes."""
    path = folder / "orders.parquet"
    rows = pl.select(pl.repeat("x", 50_000_000).alias("user_id"))
    rows.write_parquet(path, compression="zstd", row_group_size=50_000_000)
    return [path]


def bomb(folder: Path) -> list[Path]:
    """A workbook whose sheet is 400 MB of blanks."""
    path = folder / "orders.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        with packed.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(400):
                sheet.write(b" " * (1 << 20))
    return [path]


def far_cell(folder: Path) -> list[Path]:
    """A workbook with a cell in the last row and column."""
    path = folder / "orders.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(PLAIN.splitlines()):
            sheet.write_row(number, 0, line.split(","))
        sheet.write(1_048_575, 16_383, "x")
    return [path]


def gzip_bomb(folder: Path) -> list[Path]:
    import gzip

    path = folder / "orders.csv.gz"
    with gzip.open(path, "wb", compresslevel=9) as packed:
        for _ in range(400):
            packed.write(b"\0" * (1 << 20))
    return [path]


def a_folder(folder: Path) -> list[Path]:
    inside = folder / "exports"
    inside.mkdir()
    (inside / "orders.csv").write_text(PLAIN)
    (inside / "~$orders.xlsx").write_text("a lock")
    (inside / "notes.md").write_text("no export")
    return [inside]


def an_empty_folder(folder: Path) -> list[Path]:
    (folder / "exports").mkdir()
    return [folder / "exports"]


def missing(folder: Path) -> list[Path]:
    (folder / "orders.csv").write_text(PLAIN)
    return [folder / "order.csv"]


CASES = [
    Case(63, "parquet", named(("orders.parquet", as_parquet())), spent=SPENT),
    Case(63, "parquet cut short", named(("orders.parquet", as_parquet()[:-100])), code=3, told=["orders.parquet: a damaged Parquet file"]),
    Case(63, "parquet without its end", named(("orders.parquet", b"PAR1" + b"x" * 100)), code=3, told=["orders.parquet: a damaged Parquet file"]),
    Case(63, "parquet of zeros", named(("orders.parquet", as_parquet()[:4] + b"\0" * 400 + as_parquet()[404:])), code=3, told=["orders.parquet"]),
    Case(63, "parquet of many rows", many_rows, code=3, told=["orders.parquet: claims 50,000,000 rows"]),
    Case(64, "workbook", named(("orders.xlsx", as_workbook())), spent=SPENT),
    Case(64, "old workbook", named(("orders.xls", compound.workbook([line.split(",") for line in PLAIN.splitlines()]))), spent=SPENT),
    Case(64, "encrypted", named(("orders.xlsx", compound.encrypted())), code=3, told=["orders.xlsx: is encrypted"]),
    Case(64, "bomb", bomb, code=3, told=["orders.xlsx: unpacks to 419,430,4"]),
    Case(64, "gzip bomb", gzip_bomb, code=3, told=["orders.csv.gz: unpacks to far more"]),
    Case(64, "far cell", far_cell, code=3, told=["1,048,576 rows and 16,384 columns"]),
    Case(64, "cut short", named(("orders.xlsx", as_workbook()[:-300])), code=3, told=["orders.xlsx: a damaged"]),
    Case(65, "folder", a_folder, told=["3 used"]),
    Case(65, "empty folder", an_empty_folder, code=3, told=["exports: a folder without exports"]),
    Case(65, "missing", missing, code=3, told=["order.csv: no such file", "did you mean orders.csv?"]),
]  # fmt: skip
