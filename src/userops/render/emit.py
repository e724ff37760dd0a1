"""The way out of every command: which tables, in which format, to where.

A file appears whole or not at all, under a lock that a second run meets. Standard output
carries data alone; what else the user should know goes to `note`.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from userops.core.errors import UsageError
from userops.core.shown import visible
from userops.core.table import Result, Table
from userops.language.sentences import said
from userops.language.words import Lang
from userops.render import ALL_BY_DEFAULT, FORMATS, MANY, Style, files, format_of, render
from userops.render.audience import for_audience
from userops.render.files import holding

__all__ = ["choose_format", "choose_tables", "emit", "holding", "to_stderr"]

_BINARY = frozenset({"parquet", "xlsx"})
_NOTED = frozenset({"html", "md"})
Notify = Callable[[str], None]


def to_stderr(text: str, label: str = "") -> None:
    """Say something beside the data, in the reader's language: one line, in which nothing of the data acts."""
    with suppress(OSError, AttributeError):  # no one listens
        print(f"{said(label)}{visible(said(text))}", file=sys.stderr)


def emit(
    result: Result,
    *,
    show: str | None = None,
    fmt: str | None = None,
    output: str | os.PathLike[str] | None = None,
    lang: Lang = "en",
    raw: bool = False,
    note: Notify = to_stderr,
) -> None:
    """Write one table of `result`, or all, to `output` or standard output.

    Args:
        result: What a command found.
        show: A table's name, `all`, or None for what the format carries by itself.
        fmt: A name in FORMATS; None goes by the ending of `output`, or by the terminal.
        output: A file, a pipe's name, or None and `-` for standard output.
        lang: The language of formats for people.
        raw: Leave cells that a spreadsheet would run as they are.
        note: Told what was changed on the way.

    Raises:
        UsageError: An unknown table or format, or several tables for a format of one.
        InputError: The output can't be written.
        Busy: Another run is writing it.
    """
    path = files.as_path(output)
    format_name = choose_format(fmt, path)
    tables = tuple(
        for_audience(table, format_name, lang) for table in choose_tables(result, show, format_name)
    )
    if path is None and format_name in _BINARY and files.is_terminal():
        raise UsageError(f"{format_name} is not for a terminal", mend="add -o FILE, or pipe it")
    style = _stdout_style(lang, raw=raw) if path is None else Style(lang=lang, raw=raw)
    if path is not None and not files.is_special(path):
        style = replace(style, bom=True)  # Excel knows UTF-8 by it

    def write(sink: BinaryIO) -> tuple[str, ...]:
        return render(result, tables, format_name, sink, style=style, together=show == "all")

    # What a reader should know of the tables, where the format doesn't say it.
    notes = () if format_name in _NOTED else tuple(text for table in tables for text in table.notes)
    # Once each: several tables may have the same to say.
    for text in dict.fromkeys((*files.deliver(write, path), *notes)):
        note(text)


def choose_format(fmt: str | None, path: str | None) -> str:
    """The format asked for, else the ending's, else what suits where standard output goes."""
    if fmt is not None:
        if fmt not in FORMATS:
            raise UsageError.unknown("format", fmt, FORMATS)
        return fmt
    if path is not None and not (files.is_special(path) and not Path(path).suffix):
        return format_of(path)
    return "table" if path is None and files.is_terminal() else "csv"


def choose_tables(result: Result, show: str | None, fmt: str) -> tuple[Table, ...]:
    """The tables to write: the one named, all, or what the format carries by itself."""
    if show is None:
        return result.tables if fmt in ALL_BY_DEFAULT else result.tables[:1]
    if show != "all":
        if show not in result.names:
            raise UsageError.unknown("table", show, [*result.names, "all"])
        return (result[show],)
    if fmt not in MANY and len(result.tables) > 1:
        raise UsageError(
            f"{fmt} holds one table, and --show all is {len(result.tables)}",
            mend=f"name one of {', '.join(result.names)}, or take a format that holds many: "
            f"{', '.join(MANY)}",
        )
    return result.tables


def _stdout_style(lang: Lang, *, raw: bool) -> Style:
    if not files.is_terminal():
        return Style(lang=lang, raw=raw)
    color = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    width, height = shutil.get_terminal_size()
    return Style(lang=lang, raw=raw, color=color, width=max(width, 20), height=height)
