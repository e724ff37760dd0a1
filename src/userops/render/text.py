"""Formats of plain text: CSV, TSV, Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from typing import BinaryIO

import polars as pl

from userops.core.messages import counted
from userops.core.shown import stripped
from userops.core.table import Table
from userops.language import words
from userops.language.words import Lang
from userops.render import cells
from userops.render.style import Style

# What makes a spreadsheet take a cell for a formula, in the East also the full-width signs. Phone
# numbers and such may stay.
_RUNS = r"^[=+\-@\t\r＝＋－＠]"
_HARMLESS = r"^[0-9 +\-().]*$"


def delimited(table: Table, separator: str, sink: BinaryIO, style: Style) -> tuple[str, ...]:
    """Write CSV or TSV. Unless `raw`, cells that a spreadsheet would run start with a quote."""
    textual = [name for name, kind in table.columns.items() if kind in cells.TEXTUAL]
    header = dict.fromkeys(table.columns, 0)
    defused = 0
    if style.bom:
        sink.write(b"\xef\xbb\xbf")
    for number, chunk in enumerate(cells.chunks(table)):
        frame = cells.machine(chunk, table)
        if not style.raw:
            frame, count = _defuse(frame, textual)
            defused += count
            if number == 0:
                frame = frame.rename({name: _defused_name(name) for name in header})
        buffer = BytesIO()
        frame.write_csv(buffer, separator=separator, include_header=number == 0)
        is_seen = style.width is not None
        sink.write(stripped(buffer.getvalue().decode()).encode() if is_seen else buffer.getbuffer())
    if not defused:
        return ()
    return (
        f"{counted(defused, 'cell')} that a spreadsheet would run got a leading ' (--raw leaves them)",
    )


def _defuse(frame: pl.DataFrame, columns: Sequence[str]) -> tuple[pl.DataFrame, int]:
    """The frame with running cells quoted, and how many they were. Cheap where there are none."""
    column_suspects = frame.select(pl.col(columns).str.contains(_RUNS).any())
    suspect_columns = [name for name in columns if column_suspects[name][0]]
    if not suspect_columns:
        return frame, 0
    is_formula = pl.col(suspect_columns).str.contains(_RUNS) & ~pl.col(
        suspect_columns
    ).str.contains(_HARMLESS)
    flags = frame.select(is_formula.fill_null(value=False))
    return (
        frame.with_columns(
            pl.when(flags[name]).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name)
            for name in suspect_columns
        ),
        sum(int(flags[name].sum()) for name in suspect_columns),
    )


def _defused_name(name: str) -> str:
    return f"'{name}" if re.match(_RUNS, name) and not re.match(_HARMLESS, name) else name


def markdown(tables: Sequence[Table], sink: BinaryIO, style: Style) -> None:
    """Write tables of GitHub's Markdown; several have their titles above them."""
    for number, table in enumerate(tables):
        if number:
            sink.write(b"\n")
        if len(tables) > 1:
            title = words.title(table.name, style.lang, analysis=table.analysis)
            sink.write(f"## {escape(title)}\n\n".encode())
        _markdown_table(table, sink, style.lang)
        for text in cells.footnotes(table, style.lang):
            sink.write(f"\n{escape(text)}\n".encode())


def _markdown_table(table: Table, sink: BinaryIO, lang: Lang) -> None:
    labels = [escape(cells.label(name, table, lang, unit=True)) for name in table.columns]
    rules = ["---:" if kind in cells.NUMERIC else "---" for kind in table.columns.values()]
    sink.write(_row(labels) + _row(rules))
    textual = {name for name, kind in table.columns.items() if kind in cells.TEXTUAL}
    cut, mark = {name: cells.cut_rows(table, name) for name in table.columns}, escape(cells.CUT)
    for number, chunk in enumerate(cells.chunks(table)):
        text_columns = [
            cells.mark_cut(
                [
                    escape(text) if name in textual | table.varied.keys() else text
                    for text in cells.column_texts(name, table, chunk, lang)
                ],
                cut[name],
                number * cells.CHUNK,
                mark,
            )
            for name in table.columns
        ]
        sink.write(b"".join(_row(row) for row in zip(*text_columns, strict=True)))


def _row(texts: Sequence[str]) -> bytes:
    return f"| {' | '.join(texts)} |\n".encode()


# `://` and `www.` are escaped too: GitHub makes links of them.
_MARKUP = re.compile(r"[\\`*_\[\]<>|~&$!#{}]|(?<=www)\.|:(?=//)", re.IGNORECASE)


def escape(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _MARKUP.sub(r"\\\g<0>", text).replace("␊", "<br>")
