"""Exports whose columns have types: Parquet files and frames, as content by position."""

from __future__ import annotations

import polars as pl

from userops.core.errors import InputError
from userops.core.messages import Note
from userops.engines import query as engine
from userops.readers.files import parquet_check
from userops.readers.files.contents import Content
from userops.readers.files.nested import unnested
from userops.readers.files.open import Source
from userops.readers.files.records import LINE, columns_of

# A Parquet file that claims more rows a byte than this is a bomb: ids alone take more.
_MAX_ROWS_A_BYTE = 100


def open_parquet(source: Source) -> Content:
    """Open a Parquet file.

    Raises:
        InputError: it can't be used, and why.
    """
    frame = pl.scan_parquet(source.path, glob=False)
    try:
        rows = engine.collect(frame.select(pl.len())).item()  # from the footer alone
    except pl.exceptions.PolarsError as error:
        first = str(error).strip().splitlines()[0]
        raise InputError(
            f"{source.name}: a damaged Parquet file: {first}", mend="export it again"
        ) from None
    size = source.path.stat().st_size
    if rows > max(_MAX_ROWS_A_BYTE * size, 1_000_000):
        raise InputError(
            f"{source.name}: claims {rows:,} rows in {size:,} bytes",
            mend="no export packs so tightly; make it again",
        )
    types = frame.collect_schema()
    parquet_check.check(
        source.name, source.path, [name for name, type in types.items() if type == pl.String]
    )
    return of_frame(frame)


def _plain(column: pl.Expr, type: pl.DataType) -> pl.Expr:
    """A column as it is; lengths of time as seconds, the unit of our fields; the rest as text.

    Bytes are text where they can be, as some writers mark none; what has an inside is JSON.
    """
    if isinstance(type, pl.Duration):
        return column.dt.total_nanoseconds() / 10**9
    if type == pl.Binary:
        return column.map_batches(_text_of, return_dtype=pl.String, is_elementwise=True)
    if type.is_nested():
        json = pl.struct(column.alias("_")).struct.json_encode()
        text = json.str.strip_prefix('{"_":').str.strip_suffix("}")
        return pl.when(column.is_not_null()).then(text)
    return column


def _text_of(column: pl.Series) -> pl.Series:
    """Bytes as text; those that are no UTF-8 with escapes."""
    try:
        return column.cast(pl.String)
    except pl.exceptions.PolarsError:
        texts = [
            None if cell is None else cell.decode("utf-8", "backslashreplace") for cell in column
        ]
        return pl.Series(column.name, texts, dtype=pl.String)


def of_frame(frame: pl.LazyFrame) -> Content:
    """The content of a frame; its lines are its rows, from 1."""
    frame = unnested(frame)
    types = frame.collect_schema()
    header = tuple(types)
    positional = frame.select(
        _plain(pl.col(column), types[column]).alias(name)
        for column, name in zip(header, columns_of(len(header)), strict=True)
    )
    with_lines = positional.with_row_index(LINE, offset=1).with_columns(pl.col(LINE).cast(pl.Int64))
    nested: dict[int, str] = {
        at: Note("lists") if isinstance(type, (pl.List, pl.Array)) else Note("structs")
        for at, type in enumerate(types.values())
        if type.is_nested()
    }
    return Content(header, with_lines, positional, nested=nested)
