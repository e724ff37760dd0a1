"""One export, opened: its rows as found, its header, which column is which."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from userops import engine
from userops.errors import InputError, UseropsError
from userops.fields import Dataset
from userops.sources import columns, dialect, encoding, records
from userops.sources.columns import Taken
from userops.sources.files import Format, Source, open_source
from userops.sources.reading import Reading
from userops.sources.records import FAULTS, LINE

if TYPE_CHECKING:
    from userops.sources.survey import Survey

_HEAD = 1 << 18
# A Parquet file that claims more rows a byte than this is a bomb: ids alone take more.
_MAX_ROWS_A_BYTE = 100


@dataclass(frozen=True, slots=True)
class Export:
    """An opened export.

    `rows` holds `line` and the columns by position (`c0`, `c1`, ...), as text or, from
    Parquet, as the file's own types; `fast` the same without lines where a fast reader can
    be trusted; `faults` the lines that are no rows.
    """

    source: Source
    header: tuple[str, ...]
    taken: dict[str, Taken]
    rows: pl.LazyFrame
    fast: pl.LazyFrame | None
    faults: pl.LazyFrame
    text: Path | None = None
    encoding: str = ""
    delimiter: str = ""
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The export as the user knows it."""
        return self.source.name

    def raw(self, lines: Iterable[int]) -> dict[int, str]:
        """What stands on some lines of the export."""
        wanted = set(lines)
        if not wanted:
            return {}
        if self.text:
            with self.text.open(encoding="utf-8-sig", errors="replace", newline="\n") as text:
                numbered = enumerate(islice(text, max(wanted)), start=1)
                return {
                    number: line.rstrip("\r\n") for number, line in numbered if number in wanted
                }
        found = engine.collect(self.rows.filter(pl.col(LINE).is_in(sorted(wanted))))
        return {
            row.pop(LINE): json.dumps(
                dict(zip(self.header, row.values(), strict=True)), default=str, ensure_ascii=False
            )
            for row in found.iter_rows(named=True)
        }


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Whatever Polars finds wrong with a file is an input that can't be used."""
    try:
        yield
    except (UseropsError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except (pl.exceptions.PolarsError, OSError, pl.exceptions.PanicException) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise InputError(
            f"{name}: can't be read: {first}", mend="a damaged file? export it again"
        ) from None


def open_export(name: str, dataset: Dataset, how: Reading, folder: Path) -> Export:
    """Open one export of a dataset, in whichever format it is.

    Raises:
        InputError: it can't be used, and why.
    """
    source = open_source(name, folder)
    with reading(source.name):
        match source.format:
            case Format.PARQUET:
                return _open_parquet(source, dataset, how)
            case Format.EXCEL:
                return _open_excel(source, dataset, how)
            case Format.TEXT:
                return _open_text(source, dataset, how, folder)


def _open_text(source: Source, dataset: Dataset, how: Reading, folder: Path) -> Export:
    path, notes = source.path, list(source.notes)
    known = partial(columns.count_known, dataset, named=how.named)
    head = _head(path)
    codec = encoding.declared(how.encoding) if how.encoding else encoding.from_mark(head)
    if codec and codec not in ("utf-8", "utf-8-sig"):
        path = encoding.transcode(source.name, path, codec, folder)
    elif b"\r" in head.replace(b"\r\n", b""):
        path = encoding.transcode(source.name, path, "utf-8-sig", folder)
    shape, found = _surveyed(path, known)
    if found.invalid_at is not None:
        codec = encoding.guess(source.name, path, found.invalid_at, shape.delimiter)
        path = encoding.transcode(source.name, path, codec, folder)
        shape, found = _surveyed(path, known)
    if found.lone_returns:
        path = encoding.transcode(source.name, path, "utf-8-sig", folder)
        shape, found = _surveyed(path, known)
    if not any(cell.strip() for cell in shape.header):
        raise InputError(f"{source.name}: is empty", mend="export it again")
    if len(shape.header) > dialect.MAX_COLUMNS:
        raise InputError(
            f"{source.name}: has {len(shape.header):,} columns", mend="name an orders export"
        )
    if codec and codec not in ("utf-8", "utf-8-sig"):
        notes.append(f"{source.name}: read as {codec}")
    if shape.preamble:
        notes.append(
            f"{source.name}: the header is on line {shape.header_lines}; lines before it were passed over"
        )
    taken = columns.take(source.name, dataset, shape.header, how.named)
    rows, faults = records.read(path, shape, found, folder)
    return Export(
        source,
        shape.header,
        taken,
        rows,
        None if found.nuls else records.fast(path, shape, found),
        faults,
        text=path,
        encoding=codec or "utf-8",
        delimiter=shape.delimiter,
        notes=tuple(notes),
    )


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


def _surveyed(path: Path, known: partial[int]) -> tuple[dialect.Dialect, Survey]:
    from userops.sources.survey import survey

    head = _head(path)
    text = head.decode("utf-8", errors="replace")
    if len(head) == _HEAD:
        text = text[: text.rfind("\n") + 1]
    shape = dialect.sniff(text, known)
    skip = 0
    for _ in range(shape.header_lines):
        skip = head.find(b"\n", skip) + 1 or len(head)
    return shape, survey(path, shape.delimiter, len(shape.header), skip)


def _open_parquet(source: Source, dataset: Dataset, how: Reading) -> Export:
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_metadata(source.path)
    except Exception as error:
        raise InputError(
            f"{source.name}: a damaged Parquet file: {error}", mend="export it again"
        ) from None
    if metadata.num_rows > max(_MAX_ROWS_A_BYTE * source.path.stat().st_size, 1_000_000):
        raise InputError(
            f"{source.name}: claims {metadata.num_rows:,} rows in {source.path.stat().st_size:,} bytes",
            mend="no export packs so tightly; make it again",
        )
    return of_frame(source, pl.scan_parquet(source.path, glob=False), dataset, how)


def of_frame(source: Source, frame: pl.LazyFrame, dataset: Dataset, how: Reading) -> Export:
    """An export of rows that have types already; its lines are its rows, from 1."""
    header = tuple(frame.collect_schema())
    taken = columns.take(source.name, dataset, header, how.named)
    positional = frame.select(
        pl.col(column).alias(name)
        for column, name in zip(header, records.columns_of(len(header)), strict=True)
    )
    numbered = positional.with_row_index(LINE, offset=1).with_columns(pl.col(LINE).cast(pl.Int64))
    return Export(
        source, header, taken, numbered, positional, pl.LazyFrame(schema=FAULTS), notes=source.notes
    )


def _open_excel(source: Source, dataset: Dataset, how: Reading) -> Export:
    import fastexcel

    try:
        book = fastexcel.read_excel(source.path)
        names = book.sheet_names
        best: tuple[int, str, int, pl.DataFrame] | None = None
        for sheet in names:
            cells = _sheet(book, sheet)
            if cells.is_empty():
                continue
            for number, row in enumerate(cells.head(40).iter_rows()):
                known = columns.count_known(dataset, [cell or "" for cell in row], how.named)
                if best is None or known > best[0]:
                    best = known, sheet, number, cells
    except fastexcel.FastExcelError as error:
        first = str(error).splitlines()[0]
        raise InputError(
            f"{source.name}: the workbook can't be read: {first}",
            mend="is it encrypted or damaged? save it again without a password, or as CSV",
        ) from None
    if best is None:
        raise InputError(f"{source.name}: has no sheet with anything on it", mend="export it again")
    _, sheet, number, cells = best
    notes = list(source.notes)
    if len(names) > 1:
        notes.append(f"{source.name}: read the sheet {sheet!r}, one of {len(names)}")
    header = tuple(cell or "" for cell in cells.row(number))
    body = (
        cells.rename(dict(zip(cells.columns, records.columns_of(len(header)), strict=True)))
        .with_row_index(LINE, offset=1)
        .with_columns(pl.col(LINE).cast(pl.Int64))
        .slice(number + 1)
    )
    empty = pl.all_horizontal(pl.exclude(LINE).is_null())
    faults = body.filter(empty).select(LINE, reason=pl.lit(records.BLANK), raw=pl.lit(""))
    taken = columns.take(source.name, dataset, header, how.named)
    return Export(
        source, header, taken, body.filter(~empty).lazy(), None, faults.lazy(), notes=tuple(notes)
    )


def _sheet(book: object, sheet: str) -> pl.DataFrame:
    """A sheet's cells as text, its first row on row 0."""
    read = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")  # type: ignore[attr-defined]
    frame: pl.DataFrame = read.to_polars()
    return frame
