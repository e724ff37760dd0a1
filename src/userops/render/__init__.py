"""Writes any Table in any format; computes nothing.

Machine formats (csv, tsv, json, jsonl, parquet) carry snake_case names, English keys and
full precision, whatever the language. Formats for people (table, md, html, xlsx) carry
labels and words in the reader's language. The same tables give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import BinaryIO

from userops.core.errors import UsageError
from userops.core.table import Result, Table
from userops.render.style import Style

__all__ = [
    "ALL_BY_DEFAULT", "FORMATS", "FOR_PEOPLE", "MANY", "WITH_HEADLINES", "Style", "format_of", "render",
]  # fmt: skip

FORMATS = ("table", "csv", "tsv", "json", "jsonl", "md", "html", "parquet", "xlsx")
# Formats that can hold several tables, and those that hold them all unless one is named.
MANY = ("table", "json", "md", "html", "xlsx")
ALL_BY_DEFAULT = ("html", "xlsx")
FOR_PEOPLE = ("table", "md", "html", "xlsx")
WITH_HEADLINES = ("table",)

_ENDINGS = {f".{name}": name for name in FORMATS if name != "table"} | {
    ".ndjson": "jsonl",
    ".markdown": "md",
    ".htm": "html",
    ".pq": "parquet",
    ".txt": "table",
}


def format_of(path: str) -> str:
    """The format that a file's ending names."""
    ending = PurePath(path).suffix.lower()
    if ending not in _ENDINGS:
        raise UsageError(
            f"the ending of {path} names no format",
            mend=f"end it in one of {' '.join(_ENDINGS)}, or add --format",
        )
    return _ENDINGS[ending]


def render(
    result: Result,
    tables: Sequence[Table],
    fmt: str,
    sink: BinaryIO,
    *,
    style: Style,
    together: bool = False,
) -> tuple[str, ...]:
    """Write `tables` of `result` to `sink`; returns what the user should be told about it.

    Several tables need a format in MANY. In json one table is an array of records;
    several, or one `together` with its circumstances, are an object with window and tally.
    """
    if len(tables) > 1 and fmt not in MANY:
        raise UsageError(
            f"{fmt} holds one table", mend=f"name it with --show, or take {', '.join(MANY[1:])}"
        )
    match fmt:
        case "csv" | "tsv":
            from userops.render import text

            return text.delimited(tables[0], "," if fmt == "csv" else "\t", sink, style)
        case "json" | "jsonl" | "parquet":
            from userops.render import records

            is_seen = style.width is not None and fmt != "parquet"
            target = records.ForTerminal(sink) if is_seen else sink
            if fmt == "json" and (together or len(tables) > 1):
                records.bundle(result, tables, target)
            else:
                records.WRITERS[fmt](tables[0], target)
            return ()
        case "md":
            from userops.render import text

            text.markdown(tables, sink, style)
            return ()
        case "table":
            from userops.render import terminal

            terminal.write(tables, sink, style)
            return ()
        case "html":
            from userops.render import html

            html.write(result, tables, sink, style)
            return ()
        case "xlsx":
            from userops.render import workbook

            return workbook.write(result, tables, sink, style)
    raise UsageError.unknown("format", fmt, FORMATS)
