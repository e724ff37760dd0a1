"""Format `table`: what a person reads in a terminal, or in a pipe without limits of width.

Drawn by hand rather than as a Rich table, so that a piped table of a million rows takes
seconds; Rich knows how wide characters are and what colours look like.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import BinaryIO

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.style import Style as RichStyle

from userops.core.shown import visible
from userops.core.table import Table
from userops.language import words
from userops.language.words import Lang
from userops.render import cells
from userops.render.layout import GAP, Column, fit, fold, pad
from userops.render.style import Style

_FIRST_ROWS, _MOST_ROWS = 10, 20
_BLOCKS = " ▏▎▍▌▋▊▉█"
_HEIGHTS = " ▁▂▃▄▅▆▇█"


def write(tables: Sequence[Table], sink: BinaryIO, style: Style) -> None:
    """Draw the tables, each below its headline, if that isn't one of them."""
    names = {table.name for table in tables}
    used = 0
    for number, table in enumerate(tables):
        if number:
            sink.write(b"\n")
        head = table.headline
        if head is not None and head.name not in names:
            used = 0
            for line in _draw(head, style, _MOST_ROWS):
                used += 1
                sink.write(f"{line}\n".encode())
            sink.write(b"\n")
        for line in _draw(table, style, _rows_for(style, used)):
            sink.write(f"{line}\n".encode())


def _rows_for(style: Style, used: int) -> int | None:
    """How many rows fit below what was drawn; None is all of them."""
    if style.height is None:
        return None
    return min(max(style.height - used - 7, _FIRST_ROWS), _MOST_ROWS)


def _draw(table: Table, style: Style, limit: int | None) -> Iterator[str]:
    """The lines of one table: title, header, rule, rows, and what isn't shown."""
    is_limited = style.height is not None and limit is not None and table.frame.height > limit
    shown_table = table.but(frame=table.frame.head(limit)) if is_limited and limit else table
    columns, left_out = fit(_columns(shown_table, style.lang), style.width)
    yield _title(table, style)
    yield from _header(columns, style)
    yield from _body(columns, style)
    for line in _below(table, shown_table.frame.height, left_out, style.lang):
        yield from (_ink(text, "dim", style) for text in fold(line, style.width))


def _columns(table: Table, lang: Lang) -> list[Column]:
    columns = []
    darkest = _darkest(table)
    for name, kind in table.columns.items():
        format_value = cells.cell_format(kind, table.currency, lang, analysis=table.analysis)
        values = table.frame[name].to_list()
        texts = [format_value(value) for value in values]
        cut = cells.cut_rows(table, name)
        if cut or name in table.shade:
            marked_texts = (
                text + (cells.CUT if row in cut else " ") for row, text in enumerate(texts)
            )
            texts = [
                text + _shade(value, darkest) if name in table.shade else text
                for text, value in zip(marked_texts, values, strict=True)
            ]
        bars = _lengths(values) if name in table.bars else None
        columns.append(Column(cells.label(name, table, lang), kind, texts, bars))
    return columns


def _darkest(table: Table) -> float:
    """The largest of the shaded values."""
    columns = [table.frame[name].to_list() for name in table.shade]
    return max((value for column in columns for value in column if value), default=0.0)


def _shade(value: float | None, darkest: float) -> str:
    """How large a value is, as a block of one to eight eighths, which needs no colour."""
    if not value or value < 0 or darkest <= 0:
        return " "
    return _HEIGHTS[min(max(ceil(value / darkest * 8), 1), 8)]


def _lengths(values: list[float | None]) -> list[float]:
    """How long each bar is, the longest being 1."""
    positive = [max(value or 0.0, 0.0) for value in values]
    longest = max(positive, default=0.0)
    return [value / longest if longest else 0.0 for value in positive]


def _title(table: Table, style: Style) -> str:
    facts = [*cells.days(table), *([table.currency.code] if table.currency.code else [])]
    text = visible(words.title(table.name, style.lang, analysis=table.analysis))
    about = visible("".join(f" · {fact}" for fact in facts))
    if style.width is not None and cell_len(text + about) > style.width:
        about = ""
    return _ink(text, "bold", style) + _ink(about, "dim", style)


def _header(columns: Sequence[Column], style: Style) -> Iterator[str]:
    folded = [fold(column.label, column.width) for column in columns]
    height = max((len(lines) for lines in folded), default=0)
    for number in range(height):
        texts = (
            pad(([""] * (height - len(lines)) + lines)[number], column.kind, column.width)
            for column, lines in zip(columns, folded, strict=True)
        )
        yield _ink(GAP.join(texts).rstrip(), "bold", style)
    yield _ink(GAP.join("─" * column.width for column in columns), "dim", style)


def _body(columns: Sequence[Column], style: Style) -> Iterator[str]:
    height = len(columns[0].texts) if columns else 0
    for row in range(height):
        folded = [
            [column.texts[row]]
            if column.folds_to is None
            else fold(column.texts[row], column.folds_to, max_lines=3)
            for column in columns
        ]
        for line in range(max(map(len, folded))):
            parts = []
            for column, lines in zip(columns, folded, strict=True):
                text = lines[line] if line < len(lines) else ""
                padded = pad(text, column.kind, column.width - column.bar)
                if column.bars is not None:
                    bar = _bar(column.bars[row] if line == 0 else 0, column.bar)
                    padded = _ink(bar, "cyan", style) + padded
                parts.append(padded)
            yield GAP.join(parts).rstrip()


def _bar(share: float, width: int) -> str:
    """A bar of whole and eighth blocks; what isn't nothing shows at least a sliver."""
    eighths = round(share * width * 8)
    if share > 0:
        eighths = max(eighths, 1)
    whole_blocks, rest = divmod(eighths, 8)
    return ("█" * whole_blocks + (_BLOCKS[rest] if rest else "")).ljust(width)


def _below(table: Table, rows_drawn: int, left_out: Sequence[str], lang: Lang) -> Iterator[str]:
    rows_left = table.frame.height - rows_drawn
    if not table.frame.height:
        yield words.phrase("no rows", lang)
    if rows_left:
        text = words.phrase("{rows} more rows: -o FILE writes them all", lang)
        yield text.format(rows=f"{rows_left:,}")
    if table.cut:
        yield f"{cells.CUT} {cells.cut_meaning(lang)}"
    if left_out:
        text = words.phrase("too narrow for: {columns}", lang)
        yield text.format(columns="、".join(left_out) if lang == "zh" else ", ".join(left_out))


def _ink(text: str, look: str, style: Style) -> str:
    if not style.color or not text:
        return text
    return RichStyle.parse(look).render(text, color_system=ColorSystem.STANDARD)
