"""The survey of a text without quotes: any block by itself, on as many cores as there are.

Where there are no quotes every delimiter separates and every line feed ends a record. So a
block can be looked at wherever it begins: its separators must come in the records' rhythm,
and the rhythms of neighbours must fit together.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import FileIO
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from userops.readers.files.csv_facts import Survey

# Large enough that threads seldom wait for each other, small enough for a core's cache.
BLOCK = 1 << 20
_NEWLINE = 10
# Bytes of UTF-8 that continue a character: at most three in a row.
_CONTINUES, _MOST = range(0x80, 0xC0), 3
_THREADS = 2


@dataclass(frozen=True, slots=True)
class _Part:
    """What one block is like.

    `first`: how many separators stand before its first line feed; None where none is there,
    as in what may be left for the last block.
    """

    separators: int
    first: int | None
    regular: bool
    lone_returns: bool
    nuls: bool
    invalid_at: int | None


def survey_plain(path: Path, delimiter: int, columns: int, skip: int) -> Survey | None:
    """Survey a file of two columns or more from byte `skip` on; None where it takes more care.

    That is: where it has a quote, or a line as long as a block.
    """
    with path.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        file.seek(max(size - 1, 0))
        ended = size <= skip or file.read(1) == b"\n"
    offsets = iter(range(skip, size, BLOCK))  # each thread takes the next

    def survey_some(_: int) -> list[tuple[int, _Part | None]]:
        parts_of_one: list[tuple[int, _Part | None]] = []
        with path.open("rb", buffering=0) as file:
            blocks = _Blocks(file, delimiter, columns)
            for offset in offsets:
                part = blocks.survey(offset, first=offset == skip)
                parts_of_one.append((offset, part))
                if part is None or part.invalid_at is not None:
                    deque(offsets, maxlen=0)  # what follows doesn't matter any more
        return parts_of_one

    with ThreadPoolExecutor(_THREADS) as pool:
        found = [one for some in pool.map(survey_some, range(_THREADS)) for one in some]
    parts = []
    for _, part in sorted(found, key=itemgetter(0)):
        if part is None:
            return None
        parts.append(part)
    return Survey(
        invalid_at=next((part.invalid_at for part in parts if part.invalid_at is not None), None),
        regular=_fit_together(parts, columns, ended=ended),
        lone_returns=any(part.lone_returns for part in parts),
        nuls=any(part.nuls for part in parts),
    )


def _fit_together(parts: list[_Part], columns: int, *, ended: bool) -> bool:
    before = 0  # separators in the record that a block begins in
    for part in parts:
        due = columns - 1 - before
        if not part.regular or (part.separators > due if part.first is None else part.first != due):
            return False
        before = (before + part.separators) % columns
    return before == (0 if ended else columns - 1)


class _Blocks:
    """Surveys blocks in memory that's used again for each."""

    def __init__(self, file: FileIO, delimiter: int, columns: int) -> None:
        self._file, self._delimiter, self._columns = file, delimiter, columns
        # What follows is looked at too: for the rest of a character, and for CR LF.
        self._bytes = bytearray(BLOCK + _MOST + 1)
        self._ends = np.empty(BLOCK, np.bool_)
        self._separates = np.empty(BLOCK, np.bool_)

    def survey(self, offset: int, *, first: bool) -> _Part | None:
        self._file.seek(offset)
        length = self._file.readinto(self._bytes)
        whole = self._bytes if length == len(self._bytes) else self._bytes[:length]
        if b'"' in whole:
            return None
        end = min(length, BLOCK)
        returns = b"\r" in whole and whole.count(b"\r", 0, end) != whole.count(b"\r\n", 0, end + 1)
        invalid = None if whole.isascii() else _invalid_at(whole, end, first=first)
        rhythm = self._rhythm(np.frombuffer(whole, np.uint8, end))
        if rhythm is None:
            return None
        return _Part(
            *rhythm,
            lone_returns=returns,
            nuls=b"\0" in whole,
            invalid_at=None if invalid is None else offset + invalid,
        )

    def _rhythm(self, a: np.ndarray[Any, Any]) -> tuple[int, int | None, bool] | None:
        """Separators, those before the first line feed, and whether each record has as many."""
        ends, separates = self._ends[: len(a)], self._separates[: len(a)]
        np.equal(a, _NEWLINE, out=ends)
        np.equal(a, self._delimiter, out=separates)
        np.bitwise_or(ends, separates, out=separates)
        ends = np.compress(separates, ends)
        first = int(ends.argmax()) if len(ends) else 0
        if not len(ends) or not ends[first]:
            return (len(ends), None, True) if len(a) < BLOCK else None
        due = ends[first :: self._columns]
        return len(ends), first, bool(due.all()) and int(np.count_nonzero(ends)) == len(due)


def _invalid_at(whole: bytearray, end: int, *, first: bool) -> int | None:
    """Where the block's first byte stands that isn't UTF-8; its characters are those that begin in it."""
    start = 0 if first else sum(1 for _ in _continuing(whole, 0))
    end += sum(1 for _ in _continuing(whole, end))
    text = bytes(whole[start:end])
    try:
        # Faster than decoding, and other threads go on meanwhile.
        pl.Series([text], dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.PolarsError:
        try:
            text.decode()
        except UnicodeDecodeError as error:
            return start + error.start
    return None


def _continuing(whole: bytearray, at: int) -> Iterator[int]:
    """The bytes from `at` on that continue a character."""
    for byte in whole[at : at + _MOST]:
        if byte not in _CONTINUES:
            return
        yield byte
