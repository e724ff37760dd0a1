"""What opening a file finds, whatever its format: a header, and rows by position."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from userops.core.messages import Note
from userops.readers.files.records import FAULTS

# How much of an export's fields a row of names would serve: tells headers from other rows.
Recognise = Callable[[Sequence[str]], int]


def no_faults() -> pl.LazyFrame:
    """Faults of a file whose every line is a row."""
    return pl.LazyFrame(schema=FAULTS)


@dataclass(frozen=True, slots=True)
class Content:
    """An opened file.

    `rows` holds `line` and the columns by position (`c0`, `c1`, ...), as text or, from
    Parquet, as the file's own types; `fast` the same without lines where a fast reader can
    be trusted; `faults` the lines that are no rows. `damaged` gives, by column position,
    an example of a long number that its file had already rounded; `nested` says of columns of
    lists or structs which of both they are. `first_line` is that of the first row below the
    header, where there is a header; `above` are the lines before that; `merged` are, by column
    position, the first and the last line of cells that are one. `apart` are reasons of faults that
    are left out and not refused, beside those that all exports have. `clock` is the zone of its counts
    since 1970, where its maker has one.
    """

    header: tuple[str, ...]
    rows: pl.LazyFrame
    fast: pl.LazyFrame | None = None
    faults: pl.LazyFrame = field(default_factory=no_faults)
    text: Path | None = None
    encoding: str = ""
    delimiter: str = ""
    notes: tuple[Note, ...] = ()
    damaged: dict[int, str] = field(default_factory=dict)
    nested: dict[int, str] = field(default_factory=dict)
    first_line: int | None = None
    above: tuple[str, ...] = ()
    merged: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    apart: tuple[str, ...] = ()
    clock: str | None = None
