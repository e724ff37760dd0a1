"""Format `table`: what a person reads in a terminal, or in a pipe without limits of width.

Drawn by hand rather than as a Rich table, so that a piped table of a million rows takes
seconds; Rich knows how wide characters are and what colours look like.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from math import ceil
from typing import BinaryIO

import polars as pl
from rich.cells import cell_len
from rich.color import ColorSystem
from rich.style import Style as RichStyle

from userops.core.shown import visible
from userops.core.table import Kind, Table
from userops.language import words
from userops.language.words import Lang
from userops.render import cells
from userops.render.layout import GAP, MOST_LINES, Column, Fitted, fit, fold, pad
from userops.render.style import Style

_FEWEST_ROWS, _FIRST_ROWS, _MOST_ROWS = 6, 10, 20
# Rows on the far side of the gap in a long table: the last ones, or of periods, the first.
_FAR_ROWS = 3
# Tables with so few rows are turned where their columns don't fit.
_TURNED_ROWS = 4
# Columns of periods that aren't dates.
_PERIODS = frozenset({"cohort", "period"})
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
        told: frozenset[str] = frozenset()
        if head is not None and head.name not in names:
            used, told = 0, frozenset(head.columns)
            for line in _draw(head, style, _MOST_ROWS):
                used += 1
                sink.write(f"{line}\n".encode())
            sink.write(b"\n")
        for line in _draw(table, style, _rows_for(style, used), told):
            sink.write(f"{line}\n".encode())


def _rows_for(style: Style, used: int) -> int | None:
    """How many rows fit below what was drawn; None is all of them."""
    if style.height is None:
        return None
    return min(max(style.height - used - 7, _FIRST_ROWS), _MOST_ROWS)


def _draw(
    table: Table, style: Style, limit: int | None, told: Container[str] = ()
) -> Iterator[str]:
    """The lines of one table: title, header, rule, rows, and what isn't shown.

    Prose that a headline has `told` of each group isn't folded for everybody in it.
    """
    yield _title(table, style)
    fitted, rows, gap = _fitted(table, style, limit, told)
    turned = _turned(table, fitted, style)
    if turned is not None:
        yield from turned
        fitted = Fitted([])
    else:
        yield from _header(fitted.columns, style)
        for number, lines in enumerate(rows):
            if number == gap:
                yield from _gap(table.frame.height - len(rows), style)
            yield from lines
    for line in _below(table, fitted, style.lang):
        yield from (_ink(text, "dim", style) for text in fold(line, style.width))


def _fitted(
    table: Table, style: Style, limit: int | None, told: Container[str]
) -> tuple[Fitted, Sequence[list[str]], int | None]:
    """The columns that are drawn, the lines of each row, and how many rows stand above the gap.

    Where rows are tall, there are fewer of them.
    """
    if style.height is None or limit is None:
        fitted = fit(_columns(table, table, style.lang, told), style.width)
        return fitted, list(_body(fitted.columns, style)), None
    while True:
        shown_table, gap = _shortened(table, limit)
        fitted = fit(_columns(shown_table, table, style.lang, told), style.width)
        rows = list(_body(fitted.columns, style))
        if gap is None or sum(map(len, rows)) <= 2 * _MOST_ROWS or limit <= _FEWEST_ROWS:
            return fitted, rows, gap
        limit -= 1


def _shortened(table: Table, limit: int) -> tuple[Table, int | None]:
    """The first and last rows of a long table, and how many of them stand above the gap.

    Of periods most of the last: the newest are what people look at.
    """
    if table.frame.height <= limit + _FAR_ROWS:
        return table, None
    far = min(_FAR_ROWS, limit // 2)
    above = far if _ends_with_newest(table) else limit - far
    rows = [*range(above), *range(table.frame.height - (limit - above), table.frame.height)]
    place = {row: number for number, row in enumerate(rows)}
    cut = frozenset((place[row], name) for row, name in table.cut if row in place)
    return table.but(frame=table.frame[rows], cut=cut), above


def _ends_with_newest(table: Table) -> bool:
    """Whether its rows are periods, the last being the newest."""
    first = table.frame.columns[0]
    if first not in _PERIODS and table.columns[first] is not Kind.DATE:
        return False
    named = table.frame[first].drop_nulls()
    periods = named.filter(named.cast(pl.String).str.contains(r"^\d{4}"))
    return periods.len() > 1 and bool(periods[0] < periods[-1])


def _gap(rows: int, style: Style) -> Iterator[str]:
    text = words.phrase("{rows} more rows: -o FILE writes them all", style.lang)
    for line in fold(f"⋮ {text.format(rows=f'{rows:,}')}", style.width):
        yield _ink(line, "dim", style)


def _columns(shown: Table, table: Table, lang: Lang, told: Container[str] = ()) -> list[Column]:
    """The columns of the rows that are shown; `table` has them all."""
    columns = []
    darkest = _darkest(table)
    for name, kind in table.columns.items():
        values = shown.frame[name].to_list()
        texts = cells.column_texts(name, table, shown.frame, lang)
        cut = cells.cut_rows(shown, name)
        if cut or name in table.shade:
            marked_texts = (
                text + (cells.CUT if row in cut else " ") for row, text in enumerate(texts)
            )
            texts = [
                text + _shade(value, darkest) if name in table.shade else text
                for text, value in zip(marked_texts, values, strict=True)
            ]
        whole = table.frame[name]
        columns.append(
            Column(
                name,
                cells.label(name, table, lang),
                kind,
                texts,
                _lengths(values) if name in table.bars else None,
                table.keeps.index(name) if name in table.keeps else None,
                may_fold=name not in told,
                is_empty=whole.len() > 0 and _is_blank(whole),
                is_constant=whole.len() > 1 and not cut and whole.n_unique() == 1,
            )
        )
    return columns


def _is_blank(values: pl.Series) -> bool:
    """Whether there's nothing in a column."""
    said = values.drop_nulls()
    return said.is_empty() or (said.dtype == pl.String and bool((said == "").all()))


def _turned(table: Table, fitted: Fitted, style: Style) -> list[str] | None:
    """The lines of a table of few rows whose columns don't fit, a line for each of them.

    None where they fit, or where the rows don't fit beside one another, either.
    """
    if not (fitted.narrow or fitted.empty or fitted.constant) or style.width is None:
        return None
    if not 0 < table.frame.height <= _TURNED_ROWS:
        return None
    columns = [one for one in _columns(table, table, style.lang) if not one.is_empty]
    label_width = min(max(cell_len(one.label) for one in columns), style.width // 2)
    widths = [max(cell_len(one.texts[row]) for one in columns) for row in range(table.frame.height)]
    spare = style.width - label_width - len(GAP) * len(widths)
    if len(widths) == 1:
        widths = [min(widths[0], spare)]
    if sum(widths) > spare or min(widths) < 1:
        return None
    lines = []
    for column in columns:
        line_cells = [fold(column.label, label_width)]
        line_cells += [fold(text, width) for text, width in zip(column.texts, widths, strict=True)]
        for line in range(max(map(len, line_cells))):
            texts = [parts[line] if line < len(parts) else "" for parts in line_cells]
            label, *values = texts
            # A single row reads as a list; several are compared, to the right.
            kind = column.kind if len(values) == 1 else Kind.NUMBER
            shown_values = (
                values
                if len(values) == 1
                else [pad(text, kind, width) for text, width in zip(values, widths, strict=True)]
            )
            head = _ink(pad(label, Kind.TEXT, label_width), "bold", style)
            lines.append(GAP.join([head, *shown_values]).rstrip())
    return lines


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


def _body(columns: Sequence[Column], style: Style) -> Iterator[list[str]]:
    """The lines of each row."""
    height = len(columns[0].texts) if columns else 0
    for row in range(height):
        folded = [
            [column.texts[row]]
            if column.folds_to is None
            else fold(column.texts[row], column.folds_to, max_lines=MOST_LINES)
            for column in columns
        ]
        lines = []
        for line in range(max(map(len, folded))):
            parts = []
            for column, texts in zip(columns, folded, strict=True):
                text = texts[line] if line < len(texts) else ""
                padded = pad(text, column.kind, column.width - column.bar)
                if column.bar and column.bars is not None:
                    bar = _bar(column.bars[row] if line == 0 else 0, column.bar)
                    padded = _ink(bar, "cyan", style) + padded
                parts.append(padded)
            lines.append(GAP.join(parts).rstrip())
        yield lines


def _bar(share: float, width: int) -> str:
    """A bar of whole and eighth blocks; what isn't nothing shows at least a sliver."""
    eighths = round(share * width * 8)
    if share > 0:
        eighths = max(eighths, 1)
    whole_blocks, rest = divmod(eighths, 8)
    return ("█" * whole_blocks + (_BLOCKS[rest] if rest else "")).ljust(width)


def _below(table: Table, fitted: Fitted, lang: Lang) -> Iterator[str]:
    if not table.frame.height:
        yield words.phrase("no rows", lang)
    if table.cut:
        yield f"{cells.CUT} {cells.cut_meaning(lang)}"
    for sentence, columns in (
        (
            "in every row: {columns}",
            [
                f"{one.label} = {one.texts[0].strip()}".replace(" ", "\xa0")
                for one in fitted.constant
            ],
        ),
        ("empty: {columns}", [one.label for one in fitted.empty]),
        ("too narrow for: {columns}", [one.label for one in fitted.narrow]),
    ):
        if columns:
            comma = "、" if lang == "zh" else "; " if any("," in one for one in columns) else ", "
            yield words.phrase(sentence, lang).format(columns=comma.join(columns))


def _ink(text: str, look: str, style: Style) -> str:
    if not style.color or not text:
        return text
    return RichStyle.parse(look).render(text, color_system=ColorSystem.STANDARD)
