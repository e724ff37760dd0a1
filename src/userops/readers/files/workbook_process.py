"""A workbook's sheets as files of text cells: what `native` runs in a process of its own."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl

from userops.readers.files import native
from userops.readers.files.records import LINE


def main(path: str, folder: str, limit: str, seconds: str) -> None:
    """Write every sheet into a folder, and what there is to say of them to standard output."""
    native.bound(int(limit), int(seconds))
    try:
        answer: dict[str, Any] = {"found": _sheets(path, Path(folder))}
    except (fastexcel.FastExcelError, pl.exceptions.PolarsError, OSError) as error:
        answer = {"error": str(error)}
    except pl.exceptions.PanicException as error:
        answer = {"error": str(error)}
    except BaseException as error:
        # The library's own panics are none of Python's exceptions either.
        if type(error).__name__ != "PanicException":
            raise
        answer = {"error": str(error)}
    json.dump(answer, sys.stdout)


def _sheets(path: str, folder: Path) -> list[dict[str, Any]]:
    """Of each sheet its name, whether it's seen, its filled rows, and which columns have anything."""
    book = fastexcel.read_excel(path)
    found = []
    for number, name in enumerate(book.sheet_names):
        sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
        cells = sheet.to_polars()
        # One stray cell makes a sheet 16,384 columns wide: the others hold nothing.
        filled = [at for at, column in enumerate(cells.get_columns()) if _says(column)]
        kept = cells[:, filled].rename({cells.columns[at]: f"c{at}" for at in filled})
        kept = kept.with_row_index(LINE, offset=1).cast({LINE: pl.Int64})
        kept.write_parquet(folder / f"{number}.parquet", compression="lz4", statistics=False)
        rows = kept.filter(~pl.all_horizontal(pl.exclude(LINE).is_null())).height if filled else 0
        found.append(
            {"name": name, "seen": sheet.visible == "visible", "rows": rows, "columns": filled}
        )
    return found


def _says(column: pl.Series) -> bool:
    return column.null_count() < len(column)
