"""From a kind to what a machine format holds or a reader sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isfinite
from typing import Any

import polars as pl

from userops.core.shown import visible
from userops.core.table import Currency, Kind, Table
from userops.language import words
from userops.language.words import Lang

TEXTUAL = frozenset({Kind.ID, Kind.TEXT, Kind.WORD, Kind.SENTENCE, Kind.COUNT_OR_TEXT})
NUMERIC = frozenset(Kind) - TEXTUAL - {Kind.DATE, Kind.FLAG}
# Rows rendered at a time: bounds memory, and is large enough for Polars to be at full speed.
CHUNK = 100_000
# Up to so many rows, dividing one by one takes less than NumPy takes to be loaded.
_MANY = 10_000
# Marks a cell whose period as_of cuts short.
CUT = "*"


def chunks(table: Table) -> Iterator[pl.DataFrame]:
    """The frame in consecutive pieces; one empty piece of an empty frame."""
    for start in range(0, max(table.frame.height, 1), CHUNK):
        yield table.frame.slice(start, CHUNK)


def cut_rows(table: Table, name: str) -> frozenset[int]:
    """In which rows of a column as_of cuts the period short."""
    return frozenset(row for row, column in table.cut if column == name)


def mark_cut(texts: list[str], cut: frozenset[int], start: int = 0, mark: str = CUT) -> list[str]:
    """A column's texts from the row `start` on, with a mark on those that are cut short."""
    if not cut:
        return texts
    return [text + mark if row in cut else text for row, text in enumerate(texts, start)]


def cut_meaning(lang: Lang) -> str:
    """What the mark says."""
    return words.phrase("not whole yet", lang)


def footnotes(table: Table, lang: Lang) -> list[str]:
    """What stands beneath a table: what its marks mean, then its notes."""
    notes = [visible(words.phrase(note, lang, analysis=table.analysis)) for note in table.notes]
    return [f"{CUT} {cut_meaning(lang)}", *notes] if table.cut else notes


def days(table: Table) -> list[str]:
    """The days that a table speaks of, as its title has them; without a first one, to its last."""
    first, as_of = table.window.first_day, table.window.as_of
    return [f"{first or ''} – {as_of}".lstrip()] if as_of else []


def machine(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """A piece of the table's frame as machine formats hold it.

    Text is plain strings, dates are dates, sums of money Decimal(38, places), means of
    money floats of the major unit. A number that isn't finite is null.
    """
    return frame.select(
        _machine(name, kind, frame.schema[name], table.currency)
        for name, kind in table.columns.items()
    )


def _machine(name: str, kind: Kind, dtype: pl.DataType, currency: Currency) -> pl.Expr:
    column = pl.col(name)
    if kind in TEXTUAL:
        return column if dtype == pl.String else column.cast(pl.String)
    if kind is Kind.DATE:
        return column.cast(pl.Date)
    if dtype.is_float():
        major = _in_major_units(column, currency) if kind is Kind.MONEY else column
        return pl.when(major.is_finite()).then(major).alias(name)
    if kind is Kind.MONEY:
        # A third of the time of dividing. From text: Polars loads NumPy for a literal Decimal.
        unit = pl.lit(f"1e-{currency.places}").cast(pl.Decimal(38, currency.places))
        return (column.cast(pl.Decimal(38, 0)) * unit).alias(name)
    return column


def _in_major_units(column: pl.Expr, currency: Currency) -> pl.Expr:
    """Floats of minor units in major ones, divided by Python, or NumPy where they're many.

    Polars multiplies by the reciprocal, but divides where a thread is left with one row: the last
    digit would tell how many threads there were.
    """
    unit = float(10**currency.places)

    def divided(values: pl.Series) -> pl.Series:
        if len(values) > _MANY:
            return pl.Series(values.to_numpy() / unit)
        return pl.Series([None if one is None else one / unit for one in values], dtype=pl.Float64)

    return column.map_batches(divided, pl.Float64)


def label(name: str, table: Table, lang: Lang, *, unit: bool = False) -> str:
    """A column's label; with `unit`, money says its currency."""
    shown_name = table.called.get(name, name)
    text = visible(words.column(shown_name, lang, table.level, analysis=table.analysis))
    code = table.currency.code
    return f"{text} ({code})" if unit and code and table.columns[name] is Kind.MONEY else text


def column_texts(name: str, table: Table, piece: pl.DataFrame, lang: Lang) -> list[str]:
    """How a reader sees a column of a piece of the table's frame."""
    own = cell_format(table.columns[name], table.currency, lang, analysis=table.analysis)
    values = piece[name].to_list()
    varied = table.varied.get(name)
    if varied is None:
        return list(map(own, values))
    formats = {
        word: _filled(_varied_format(kind, table.currency, lang, table.analysis))
        for word, kind in varied.kinds.items()
    }
    words_of_rows = piece[varied.by].to_list()
    return [
        formats.get(word, own)(value) for word, value in zip(words_of_rows, values, strict=True)
    ]


def cell_format(
    kind: Kind, currency: Currency, lang: Lang, *, analysis: str = ""
) -> Callable[[Any], str]:
    """How a reader sees the values of a kind: grouped, rounded, translated; null is empty.

    Words are those of an `analysis`, where it's said.
    """
    return _filled(_value_format(kind, currency, lang, analysis))


def _filled(write: Callable[[Any], str]) -> Callable[[Any], str]:
    """A format of values as one of cells, that may be empty."""

    def cell(value: Any) -> str:
        if value is None or (isinstance(value, float) and not isfinite(value)):
            return ""
        return write(value)

    return cell


def _value_format(
    kind: Kind, currency: Currency, lang: Lang, analysis: str
) -> Callable[[Any], str]:
    match kind:
        case Kind.WORD | Kind.SENTENCE:
            return lambda value: visible(_word(str(value), lang, analysis))
        case Kind.ID | Kind.TEXT | Kind.COUNT_OR_TEXT:
            return lambda value: visible(str(value))
        case Kind.DATE:
            return lambda value: str(value.isoformat())
        case Kind.FLAG:
            return lambda value: words.phrase("yes" if value else "no", lang)
        case Kind.MONEY:
            return lambda value: _money(value, currency.places)
        case Kind.RATE:
            return lambda value: f"{value * 100:z.1f} %"
        case Kind.DAYS | Kind.HOURS:
            return lambda value: f"{value:,}" if isinstance(value, int) else f"{value:z,.1f}"
        case Kind.SCORE:
            return lambda value: str(value) if isinstance(value, int) else f"{value:z.2f}"
    return _number


def _varied_format(
    kind: Kind, currency: Currency, lang: Lang, analysis: str
) -> Callable[[Any], str]:
    """How a reader sees the values of a kind beside those of others: money says its currency."""
    match kind:
        case Kind.MONEY:
            return lambda value: _marked_money(value, currency)
        case Kind.COUNT:
            return _mean_count
    return _value_format(kind, currency, lang, analysis)


def _marked_money(value: float, currency: Currency) -> str:
    text = f"{abs(value):,.{currency.places}f}"
    is_negative = value < 0 and any("1" <= one <= "9" for one in text)
    return f"{'-' * is_negative}{visible(currency.mark)}{text}"


def _mean_count(value: float) -> str:
    """A count, or what's expected of one: with a decimal where it isn't whole."""
    if 0 < abs(value) < 1:
        return f"{value:z.2g}"
    return f"{value:z,.1f}".removesuffix(".0")


def _word(text: str, lang: Lang, analysis: str) -> str:
    """A word in the reader's language, or several with commas between them."""
    known = words.phrase(text, lang, analysis=analysis)
    if lang == "en" or known != text or ", " not in text:
        return known
    return "、".join(words.phrase(part, lang, analysis=analysis) for part in text.split(", "))


def _money(value: float, places: int) -> str:
    if not isinstance(value, int):
        return f"{value / 10**places:z,.{places}f}"
    whole, part = divmod(abs(value), 10**places)  # exact beyond 2**53
    return f"{'-' * (value < 0)}{whole:,}" + (f".{part:0{places}}" if places else "")


def _number(value: float) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:z,.2f}" if value == 0 or abs(value) >= 1 else f"{value:.3g}"
