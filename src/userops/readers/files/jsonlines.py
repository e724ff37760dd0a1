"""JSON lines: one object a line, each key a column, nested objects as `outer.inner`.

Values become text exactly as they're written, so that ids of 19 digits stay whole; lists
stay JSON, but records of a key and a value (as BigQuery has them) are keys. Lines are read one at a time and kept in parts on disk.
A text that's one document, an array of objects or an interface's answer with one such list, is read whole: its
objects are numbered as lines are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from userops.core import shown
from userops.core.errors import InputError
from userops.readers.files.contents import Content
from userops.readers.files.dialect import MAX_COLUMNS
from userops.readers.files.records import (
    BATCH,
    BATCH_BYTES,
    BLANK,
    FAULTS,
    LINE,
    columns_of,
    lines_of,
    own_place,
)

NOT_JSON, NO_OBJECT, DEEP = "not JSON", "not a JSON object", "too deeply nested"
_MAX_DEPTH = 5
_AS_WRITTEN: Any = {"parse_int": str, "parse_float": str, "parse_constant": str}
# Of WeCom's answers: one on a line is a document, where other objects are rows.
_ANSWER = '"errcode"'
_MOST = 128 << 20  # bytes of a document, which is held


def are_here(head: bytes) -> bool:
    """Whether a text that begins so holds JSON."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return start[:1] == b"{" or (start[:1] == b"[" and start[1:].lstrip()[:1] == b"{")


def open_json_lines(name: str, path: Path, folder: Path) -> Content:
    """Open JSON lines, or a document that holds such objects; every key met is a column.

    Raises:
        InputError: it's one big JSON array, or has too many keys.
    """
    table, faults = _Table(own_place(folder)), list[tuple[int, str, str]]()
    is_document, found = _found(name, path)
    for number, (row, fault, raw) in enumerate(found, start=1):
        if fault:
            faults.append((number, fault, raw.rstrip("\r\n")))
            continue
        table.add(number, row, len(raw))
        if len(table.header) > MAX_COLUMNS:
            raise InputError(
                f"{name}: line {number:,}: more than {MAX_COLUMNS:,} different keys",
                mend="export it as a table",
            )
    return Content(
        tuple(table.header),
        table.rows(),
        faults=pl.LazyFrame(faults, schema=FAULTS, orient="row"),
        text=None if is_document else path,
        encoding="utf-8",
        delimiter="JSON" if is_document else "JSON lines",
    )


_Row = dict[str, "str | None"]
_Found = tuple[_Row, str, str]  # a row, what's wrong with it, and its text


def _found(name: str, path: Path) -> tuple[bool, Iterator[_Found]]:
    """Whether a text is one document, and its objects.

    Raises:
        InputError: it's an array that's too large to be read whole.
    """
    with path.open(encoding="utf-8-sig", newline="\n") as text:
        first = next(lines_of(text, name), "")
        is_array, is_open = first.lstrip().startswith("["), _parsed(first)[1] == NOT_JSON
        is_alone = not is_open and _ANSWER in first and not text.readline().strip()
    if is_array or is_open or is_alone:
        if path.stat().st_size > _MOST and is_array:
            raise InputError(
                f"{name}: is one JSON array of more than {_MOST >> 20} MB",
                mend="export JSON lines: one object a line",
            )
        if path.stat().st_size <= _MOST and (objects := _objects(path)) is not None:
            return True, map(_row_of, objects)
    return False, _lines(name, path)


def _lines(name: str, path: Path) -> Iterator[_Found]:
    with path.open(encoding="utf-8-sig", newline="\n") as text:
        for raw in lines_of(text, name):
            yield (*_parsed(raw), raw)


def _objects(path: Path) -> list[Any] | None:
    """The objects that a document holds: an array's, or those of its one list; None for neither."""
    try:
        whole = json.loads(path.read_text("utf-8-sig"), **_AS_WRITTEN)
    except (ValueError, RecursionError):
        return None
    if isinstance(whole, list):
        return whole
    lists = [one for one in whole.values() if isinstance(one, list) and any(isinstance(each, dict) for each in one)]  # fmt: skip
    return lists[0] if len(lists) == 1 else None


def _row_of(value: Any) -> _Found:
    """An object of a document as a row."""
    row: _Row = {}
    text = "" if isinstance(value, dict) else json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict):
        return row, NO_OBJECT, text
    return (row, "", text) if _flatten(value, "", row, 0) else ({}, DEEP, text)


@dataclass(slots=True)
class _Table:
    """Objects as rows of text, a column a key; written to `folder` batch by batch."""

    folder: Path
    header: dict[str, None] = field(default_factory=dict)
    parts: list[pl.LazyFrame] = field(default_factory=list)
    batch: list[dict[str, str | None]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    held: int = 0  # bytes, about

    def add(self, line: int, row: dict[str, str | None], size: int) -> None:
        """Add a line's object; `size` is that of its text."""
        self.header.update(dict.fromkeys(row))
        self.batch.append(row)
        self.lines.append(line)
        self.held += size + 60 * len(row)
        if len(self.batch) >= BATCH or self.held >= BATCH_BYTES:
            self._write()

    def rows(self) -> pl.LazyFrame:
        """All rows, with their lines."""
        self._write()
        return pl.concat(self.parts, how="diagonal") if len(self.parts) > 1 else self.parts[0]

    def _write(self) -> None:
        columns = columns_of(len(self.header))
        cells = {
            column: [row.get(key) for row in self.batch]
            for column, key in zip(columns, self.header, strict=True)
        }
        schema = {LINE: pl.Int64, **dict.fromkeys(columns, pl.String)}
        frame = pl.DataFrame({LINE: self.lines, **cells}, schema=schema)
        part = self.folder / f"{len(self.parts)}.parquet"
        frame.write_parquet(part, compression="lz4")
        self.parts.append(pl.scan_parquet(part, glob=False))
        self.batch.clear()
        self.lines.clear()
        self.held = 0


def _parsed(raw: str) -> tuple[dict[str, str | None], str]:
    """One line's columns, and what's wrong with it."""
    if not raw.strip():
        return {}, BLANK
    try:
        value = json.loads(raw, **_AS_WRITTEN)
    except (ValueError, RecursionError):
        return {}, NOT_JSON
    if not isinstance(value, dict):
        return {}, NO_OBJECT
    row: dict[str, str | None] = {}
    return (row, "") if _flatten(value, "", row, 0) else ({}, DEEP)


def _flatten(values: dict[str, Any], prefix: str, row: dict[str, str | None], depth: int) -> bool:
    if depth > _MAX_DEPTH:
        return False
    for key, stated in values.items():
        name = prefix + shown.whole(key)
        value = _keyed(stated) if isinstance(stated, list) else stated
        if isinstance(value, dict):
            if not _flatten(value, name + ".", row, depth + 1):
                return False
        elif value is None or isinstance(value, str):
            row[name] = shown.whole(value) if value else None
        elif isinstance(value, bool):
            row[name] = "true" if value else "false"
        else:
            row[name] = shown.whole(json.dumps(value, ensure_ascii=False))
    return True


def _keyed(records: list[Any]) -> Any:
    """Records of `key` and `value` as an object; any other list as it is.

    BigQuery writes a value as an object of its types, of which one says something.
    """
    keyed: dict[str, Any] = {}
    for record in records:
        if not isinstance(record, dict) or not {"key", "value"} <= set(record):
            return records
        key, value = record["key"], record["value"]
        if not isinstance(key, str) or key in keyed:
            return records
        if isinstance(value, dict):
            said = [one for one in value.values() if one is not None]
            value = said[0] if len(said) == 1 else None
        keyed[key] = value
    return keyed or records
