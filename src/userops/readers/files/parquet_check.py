"""Whether a Parquet file unpacks to what an export holds: told by its footer, and the heads of its pages.

A page of a few bytes can unpack to gigabytes, and one text in a dictionary can stand in millions of
rows. Footers and heads of pages are Thrift's compact protocol, which is little enough to be read here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from userops.core.errors import InputError
from userops.engines import query as engine

# Files larger than this pack no bomb that's worth a look at each page.
_LARGE = 64 << 20
_MAX_FOOTER = 16 << 20
# No export unpacks to so much, and so many times its size.
_MAX_UNPACKED, _MAX_RATIO = 256 << 20, 100
# Texts of a column that are together longer than this, from dictionaries that could hold such.
_MAX_TEXT, _LONG = 1 << 30, 64 << 10
_MAX_DEPTH = 40
_DICTIONARY = 2  # a kind of page


class _DamagedError(Exception):
    """It isn't Thrift."""


@dataclass(slots=True)
class _Reader:
    """Reads structs of Thrift's compact protocol as dictionaries by the fields' numbers."""

    data: bytes
    at: int = 0
    depth: int = 0

    def number(self) -> int:
        """An unsigned number."""
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise _DamagedError

    def struct(self) -> dict[int, Any]:
        """A struct."""
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise _DamagedError
        found: dict[int, Any] = {}
        field = 0
        while head := self.data[self.at]:
            self.at += 1
            field = field + (head >> 4) if head >> 4 else _signed(self.number())
            kind = head & 15
            found[field] = kind == 1 if kind in (1, 2) else self.value(kind)
        self.at += 1
        self.depth -= 1
        return found

    def value(self, kind: int) -> Any:
        """A value of a kind."""
        if kind in (1, 2, 3):
            self.at += 1
            return self.data[self.at - 1]
        if kind in (4, 5, 6):
            return _signed(self.number())
        if kind == 7:
            self.at += 8
            return None
        if kind == 8:
            length = self.number()
            self.at += length
            if self.at > len(self.data):
                raise _DamagedError
            return self.data[self.at - length : self.at]
        if kind in (9, 10):
            return self.list()
        if kind == 12:
            return self.struct()
        raise _DamagedError

    def list(self) -> list[Any]:
        """A list."""
        head = self.data[self.at]
        self.at += 1
        count = head >> 4 if head >> 4 < 15 else self.number()
        if count > len(self.data):
            raise _DamagedError
        return [self.value(head & 15) for _ in range(count)]


def _signed(number: int) -> int:
    return (number >> 1) ^ -(number & 1)


def check(name: str, path: Path, texts: list[str]) -> None:
    """Stop at what no export holds; `texts` are its columns of text.

    What isn't as it should be is left to whoever reads it.

    Raises:
        InputError: it unpacks to far more than an export.
    """
    size = path.stat().st_size
    if size > _LARGE:
        return
    try:
        with path.open("rb") as file:
            chunks = list(_chunks(file, size))
            unpacked = sum(one.unpacked for one in chunks)
            repeated: Counter[str] = Counter()
            for chunk in chunks:
                for said, is_dictionary in _pages(file, chunk):
                    unpacked = max(unpacked, said)
                    # No text in it is longer.
                    if is_dictionary and said > _LONG:
                        repeated[chunk.name] += chunk.values * said
    except (_DamagedError, IndexError, KeyError, TypeError, AttributeError, OSError):
        return
    if unpacked > max(_MAX_UNPACKED, _MAX_RATIO * size):
        raise InputError(
            f"{name}: unpacks to {unpacked:,} bytes from {size:,}",
            mend="no export packs so tightly; make it again",
        )
    doubtful = [text for text in texts if repeated[text] > _MAX_TEXT]
    if doubtful:
        _check_texts(name, path, doubtful, max(_MAX_TEXT, _MAX_RATIO * unpacked))


def _check_texts(name: str, path: Path, texts: list[str], most: int) -> None:
    lengths = pl.scan_parquet(path, glob=False).select(
        pl.col(texts).str.len_bytes().cast(pl.UInt64).sum()
    )
    total = sum(engine.collect(lengths).row(0))
    if total > most:
        raise InputError(
            f"{name}: its cells hold {total:,} bytes of text, the same texts over and over",
            mend="no export packs so tightly; make it again",
        )


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A column in a group of rows: its values, and where its pages are."""

    name: str
    values: int
    unpacked: int
    start: int
    length: int


def _chunks(file: BinaryIO, size: int) -> Iterator[_Chunk]:
    file.seek(max(size - 8, 0))
    length = int.from_bytes(file.read(4), "little")
    if length > min(_MAX_FOOTER, size):
        raise _DamagedError
    file.seek(size - 8 - length)
    for group in _Reader(file.read(length)).struct()[4]:
        for column in group[1]:
            told = column[3]
            starts = [start for start in (told.get(9), told.get(11)) if start]
            if not starts:
                raise _DamagedError
            start = min(starts)
            name = b".".join(told[3]).decode(errors="replace")
            yield _Chunk(name, told[5], told[6], start, told[7])


def _pages(file: BinaryIO, chunk: _Chunk) -> Iterator[tuple[int, bool]]:
    """To how many bytes each page of a column unpacks, as it says itself, and whether it's a dictionary."""
    start, end = chunk.start, chunk.start + chunk.length
    while start < end:
        for window in (1 << 12, 1 << 24):  # few heads hold long statistics
            file.seek(start)
            reader = _Reader(file.read(window))
            try:
                head = reader.struct()
                break
            except (IndexError, _DamagedError):
                if window > 1 << 12:
                    raise
        yield head[2], head[1] == _DICTIONARY
        if head[3] < 0:
            return
        start += reader.at + head[3]
