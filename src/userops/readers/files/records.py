"""Delimited text as a lazy frame of text columns, each row with its line in the file.

Three ways, the first that the survey allows:

- regular text: Polars' own CSV reader, the fast way;
- no quotes, but short, long or blank lines: whole lines, split by the delimiter;
- anything else: record by record, which finds the line where a quote goes astray and
  goes on behind it.

Nothing is dropped: lines that are no rows come back in `faults`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, TextIO

import polars as pl

from userops.core.errors import InputError
from userops.engines import query as engine
from userops.readers.files.dialect import Dialect

if TYPE_CHECKING:
    from userops.readers.files.csv_facts import Survey

LINE = "line"
FAULTS = {LINE: pl.Int64, "reason": pl.String, "raw": pl.String}
BLANK, SHORT, LONG = "blank line", "too few fields", "too many fields"
DESCRIPTION = "a row of descriptions"  # of what the columns hold, below their header
UNCLOSED, STRAY = "a quote is never closed", "a quote inside of a field"
# A quoted field that holds more lines than this was never closed.
_MAX_LINES = 200
# What's held before it's written down: so many rows, or bytes of text.
BATCH, BATCH_BYTES = 100_000, 64 << 20
# A record longer than this is no record: a quote was never closed, or it isn't text.
MAX_RECORD = 32 << 20
csv.field_size_limit(MAX_RECORD)


def columns_of(width: int) -> list[str]:
    """Names of the columns by position: headers can repeat, or be empty."""
    return [f"c{number}" for number in range(width)]


def read(
    name: str, path: Path, dialect: Dialect, survey: Survey, folder: Path
) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Rows (`line`, `c0`, `c1`, ... as text) and faults (`line`, `reason`, `raw`)."""
    if survey.regular and not survey.multiline and not survey.endless:
        return _fast(path, dialect, survey, with_lines=True), pl.LazyFrame(schema=FAULTS)
    if not survey.quoted and not survey.endless:
        return _by_line(path, dialect, folder)
    return _by_record(name, path, dialect, folder)


def fast(path: Path, dialect: Dialect, survey: Survey) -> pl.LazyFrame | None:
    """Rows as text without line numbers, by the fast reader; None where it can't be trusted."""
    return (
        _fast(path, dialect, survey, with_lines=False)
        if survey.regular and not survey.endless
        else None
    )


def _fast(path: Path, dialect: Dialect, survey: Survey, *, with_lines: bool) -> pl.LazyFrame:
    return pl.scan_csv(
        path,
        separator=dialect.delimiter,
        has_header=False,
        skip_lines=dialect.header_lines,
        schema=dict.fromkeys(columns_of(len(dialect.header)), pl.String),
        quote_char='"' if survey.quoted else None,
        row_index_name=LINE if with_lines else None,
        row_index_offset=dialect.header_lines + 1,
        glob=False,
    ).with_columns(*([pl.col(LINE).cast(pl.Int64)] if with_lines else []))


def _by_line(path: Path, dialect: Dialect, folder: Path) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    width = len(dialect.header)
    lines = (
        pl.scan_lines(path, name="raw", glob=False)
        .with_row_index(LINE, offset=1)
        .filter(pl.col(LINE) > dialect.header_lines)
        .select(pl.col(LINE).cast(pl.Int64), pl.col("raw").str.strip_chars_end("\r"))
        .with_columns(fields=pl.col("raw").str.count_matches(dialect.delimiter, literal=True) + 1)
    )
    # A line of nothing but blanks is blank, unless blanks are what a lone column holds.
    blank = pl.col("raw").str.strip_chars(" \t" + dialect.delimiter) == ""
    names = columns_of(width)
    cells = pl.col("raw").str.split_exact(dialect.delimiter, width - 1).struct
    rows = lines.filter(~blank & (pl.col("fields") == width)).select(
        LINE, cells.rename_fields(names).struct.unnest()
    )
    faults = lines.filter(blank | (pl.col("fields") != width)).select(
        LINE,
        pl.when(blank)
        .then(pl.lit(BLANK))
        .when(pl.col("fields") < width)
        .then(pl.lit(SHORT))
        .otherwise(pl.lit(LONG))
        .alias("reason"),
        "raw",
    )
    said = [pl.when(pl.col(name) != "").then(pl.col(name)).alias(name) for name in names]
    part = own_place(folder) / "lines.parquet"
    rows.with_columns(said).sink_parquet(part, compression="lz4", statistics=False)
    return pl.scan_parquet(part, glob=False), engine.collect(faults).lazy()


def own_place(folder: Path) -> Path:
    """A folder for the rows of one file: others of a run may be called the same."""
    return Path(mkdtemp(dir=folder))


def _by_record(
    name: str, path: Path, dialect: Dialect, folder: Path
) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    names = columns_of(len(dialect.header))
    parts: list[Path] = []
    faults: list[tuple[int, str, str]] = []
    schema = {LINE: pl.Int64, **dict.fromkeys(names, pl.String)}
    batch: list[list[str | int | None]] = []

    place = own_place(folder)

    def flush() -> None:
        part = place / f"{len(parts)}.parquet"
        pl.DataFrame(batch, schema=schema, orient="row").write_parquet(part, compression="lz4")
        parts.append(part)
        batch.clear()

    held = 0
    with path.open(encoding="utf-8-sig", newline="\n") as text:
        for line, fields, fault, raw in records(
            lines_of(text, name), dialect.delimiter, len(names), dialect.header_lines
        ):
            if fault:
                faults.append((line, fault, raw))
            else:
                batch.append([line, *(field or None for field in fields)])
                held += len(raw) + 60 * len(fields)
                if len(batch) >= BATCH or held >= BATCH_BYTES:
                    flush()
                    held = 0
    if batch or not parts:
        flush()
    return pl.scan_parquet(parts, glob=False), pl.LazyFrame(faults, schema=FAULTS, orient="row")


def records(
    text: Iterable[str], delimiter: str, width: int, skip: int
) -> Iterator[tuple[int, list[str], str, str]]:
    """Each record of a text: its first line's number, its fields, what's wrong with it, its raw text."""
    lines = _Lines(text, skip)
    for first in lines:
        number, raw, fault = lines.number, first, ""
        if '"' not in first:
            fields = first.rstrip("\r\n").split(delimiter)
            if not first.strip(" \t\r\n" + delimiter):
                fault = BLANK
        else:
            try:
                more = 0
                while (parsed := _parsed(raw, delimiter)) is None:
                    further = lines.until_quote(more)
                    raw, more = raw + "".join(further), more + len(further)
                    if len(raw) > MAX_RECORD:
                        raise _OddQuote(UNCLOSED)
                fields = parsed
                lines.take(more)
            except _OddQuote as odd:
                # The quote that opens here leads nowhere: refuse this line, go on behind it.
                raw, fault, fields = first, str(odd), []
        if not fault and len(fields) != width:
            fault = SHORT if len(fields) < width else LONG
        yield number, fields, fault, raw.rstrip("\r\n")


class _OddQuote(Exception):
    """A quote that doesn't close, or stands inside of a field."""


def _parsed(text: str, delimiter: str) -> list[str] | None:
    """The fields of one record; None where a quote is still open at its end."""
    try:
        rows = list(csv.reader([text.rstrip("\r\n")], delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "unexpected end" in str(error):
            return None
        raise _OddQuote(STRAY) from None
    return rows[0] if rows else [""]


def lines_of(text: TextIO, name: str) -> Iterator[str]:
    """The lines of a text; stops at one that's longer than any record."""
    number = 0
    while line := text.readline(MAX_RECORD):
        number += 1
        if len(line) >= MAX_RECORD:
            raise InputError(
                f"{name}: line {number:,} is longer than {MAX_RECORD >> 20} MB: no export has such a field",
                mend="check the file; was it meant to be read?",
            )
        yield line


class _Lines:
    """Lines with their numbers, and a look at those to come."""

    def __init__(self, text: Iterable[str], skip: int) -> None:
        self._text = iter(text)
        self._ahead: list[str] = []
        self.number = 0
        for _ in range(skip):
            next(self)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._ahead.pop(0) if self._ahead else next(self._text)
        self.number += 1
        return line

    def until_quote(self, ahead: int) -> list[str]:
        """The lines behind the next `ahead`, up to one with a quote.

        Raises:
            _OddQuote: there is none, or it's further away than a field can reach.
        """
        lines: list[str] = []
        while not lines or '"' not in lines[-1]:
            at = ahead + len(lines)
            if at >= _MAX_LINES or sum(map(len, lines)) > MAX_RECORD:
                raise _OddQuote(UNCLOSED)
            if at == len(self._ahead):
                line = next(self._text, None)
                if line is None:
                    raise _OddQuote(UNCLOSED)
                self._ahead.append(line)
            lines.append(self._ahead[at])
        return lines

    def take(self, count: int) -> None:
        """Pass over `count` lines."""
        for _ in range(count):
            next(self)
