"""What a report is made of. Templates read these, and there's no more to a report than them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from userops.core.shown import visible
from userops.core.table import Kind, Table
from userops.language import words
from userops.language.words import Lang
from userops.render import cells
from userops.report.charts.chart import Chart
from userops.report.plain_words import plain

if TYPE_CHECKING:
    import polars as pl

SHOWN_ROWS = 12


@dataclass(frozen=True, slots=True)
class Cell:
    """A table's cell: text, class (n for numbers, t for text), and a bar in percent."""

    text: str
    style: str = "t"
    bar: str | None = None
    tip: str = ""  # what the word means


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as a reader sees it."""

    title: str
    columns: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: str = ""
    notes: tuple[str, ...] = ()
    folded: bool = False  # says in numbers what a drawing shows: a page may fold it away
    listed: bool = False  # a list of users, to be copied and taken along
    name: str = ""  # of the file that it can be had as
    data: str = ""  # all of it as a link that holds it
    file: str = ""  # the file beside the report that has all of it


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the headline: what it is, how much, and how much that changed.

    `direction` is up, down or flat; `running` the value of a period that isn't over; `parts`
    what a ratio is of, `noise` whether a change is beyond what chance makes.
    """

    name: str
    label: str
    value: str
    change: str = ""
    direction: str = "flat"
    before: str = ""
    running: str = ""
    spark: Chart | None = None
    parts: str = ""
    noise: str = ""

    @property
    def beside(self) -> tuple[str, ...]:
        """What stands beside the value and its change."""
        return tuple(filter(None, (self.parts, self.before, self.noise, self.running)))


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do this week: what, with whom, what's at stake, and where the list is."""

    title: str
    stake: str
    facts: tuple[str, ...] = ()
    link: str = ""  # the list's place on the page
    link_text: str = ""
    file: str = ""  # the file beside the report


@dataclass(frozen=True, slots=True)
class DefinitionEntry:
    """A word and what it means."""

    word: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report. `missing` says what would bring it where data is absent.

    `drawn` are notes on how it's drawn, for where it is.
    """

    name: str
    title: str
    prose: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    charts: tuple[Chart, ...] = ()
    grids: tuple[Grid, ...] = ()
    entries: tuple[DefinitionEntry, ...] = ()
    notes: tuple[str, ...] = ()
    drawn: tuple[str, ...] = ()
    missing: str = ""
    window: str = ""  # the days that it speaks of
    actions: tuple[Action, ...] = ()
    group: str = ""  # of the contents
    # What the workbook and definitions are made from.
    tables: tuple[Table, ...] = ()


def grid(
    table: Table,
    lang: Lang,
    *,
    title: str | None = None,
    columns: Sequence[str] | None = None,
    rows: int = SHOWN_ROWS,
    bars: Sequence[str] = (),
    signed: Sequence[str] = (),
    notes: bool = True,
    exact: bool = False,
    folded: bool = False,
    row_count: int | None = None,
    alike: Sequence[str] = (),
) -> Grid:
    """The first rows of a table as a reader sees them.

    Columns in `bars` get one, those in `signed` a plus sign. Money that runs into thousands
    is without its cents, unless `exact`; columns in `alike` are that together. `row_count` is how many rows there are, where the table
    itself is the first ones.
    """
    names = list(columns) if columns is not None else list(table.columns)
    shown_rows = table.frame.head(rows)
    cell_columns = []
    for name in names:
        values = shown_rows[name].to_list()
        group = shown_rows.select(alike if name in alike else name)
        if name in table.varied:
            texts = cells.column_texts(name, table, shown_rows, lang)
        else:
            format_value = _format(table, name, group, lang, exact=exact)
            texts = [format_value(value) for value in values]
        if name in signed:
            texts = [_signed(text, value) for text, value in zip(texts, values, strict=True)]
        texts = cells.mark_cut(texts, cells.cut_rows(table, name))
        style = _style(table.columns[name], texts)
        bar_widths = _bar_widths(values) if name in bars else [None] * len(values)
        cell_columns.append(
            [Cell(text, style, bar) for text, bar in zip(texts, bar_widths, strict=True)]
        )
    rows_left = (row_count or table.frame.height) - shown_rows.height
    return Grid(
        title if title is not None else _title(table, lang),
        tuple(
            Cell(
                cells.label(name, table, lang), "n" if table.columns[name] in cells.NUMERIC else "t"
            )
            for name in names
        ),
        tuple(zip(*cell_columns, strict=True)),
        f"{'还有' if lang == 'zh' else '…'} {rows_left:,} {'行' if lang == 'zh' else 'more rows'}"
        if rows_left > 0
        else "",
        tuple(_footnotes(table, names, shown_rows.height, lang, notes=notes)),
        folded,
    )


def _format(
    table: Table, name: str, group: pl.DataFrame, lang: Lang, *, exact: bool
) -> Callable[[Any], str]:
    """How to write a column's values; `group` are the columns that are written alike, itself among them."""
    kind = table.columns[name]
    values = [value for column in group for value in column.to_list()]
    return (
        (_money_format(table, values) if kind is Kind.MONEY and not exact else None)
        or _day_format(kind, values)
        or cells.cell_format(kind, table.currency, lang, analysis=table.analysis)
    )


def _signed(text: str, value: Any) -> str:
    """A plus before what's positive as it's shown."""
    is_positive = value is not None and value > 0 and any("1" <= one <= "9" for one in text)
    return f"+{text}" if is_positive else text


def _title(table: Table, lang: Lang) -> str:
    return visible(words.title(table.name, lang, analysis=table.analysis))


def _footnotes(
    table: Table, names: Sequence[str], rows: int, lang: Lang, *, notes: bool
) -> Iterator[str]:
    """What the mark on cells says, where one of those shown has it; then the table's notes, if they're to be there."""
    if any(row < rows and name in names for row, name in table.cut):
        yield f"{cells.CUT} {cells.cut_meaning(lang)}"
    if notes:
        yield from _notes(table, lang)


def _notes(table: Table, lang: Lang) -> Iterator[str]:
    for note in table.notes:
        text = visible(words.phrase(note, lang, analysis=table.analysis))
        if shown := plain(text, lang, table.analysis):
            yield shown


_LONG = 24  # texts wider than so many letters may be broken into lines


def _style(kind: Kind, texts: Sequence[str]) -> str:
    """The class of a column's cells: `n` for numbers, `t` for texts, `t long` where they break."""
    if kind in cells.NUMERIC:
        return "n"
    return "t long" if max(map(cell_len, texts), default=0) > _LONG else "t"


def _day_format(kind: Kind, values: Sequence[Any]) -> Callable[[Any], str] | None:
    """How to write days, where all are whole though they could be parts."""
    if kind is not Kind.DAYS or any(value is not None and value != int(value) for value in values):
        return None
    return lambda value: "" if value is None else f"{int(value):,}"


def _money_format(table: Table, values: Sequence[Any]) -> Callable[[Any], str] | None:
    """How to write money in whole units, where it's large enough for that."""
    unit = 10**table.currency.places
    if max((abs(value) for value in values if value is not None), default=0) < 1000 * unit:
        return None
    return lambda value: "" if value is None else f"{value / unit:z,.0f}"


def _bar_widths(values: Sequence[float | None]) -> list[str | None]:
    """Percents of the largest value, negative ones as 0."""
    widest = max((abs(value) for value in values if value is not None), default=0.0)
    return [
        f"{max(value or 0.0, 0.0) / widest * 100:.1f}" if widest > 0 else "0" for value in values
    ]


def rows(table: Table) -> list[dict[str, Any]]:
    """The rows of a small table by column."""
    return table.frame.to_dicts()
