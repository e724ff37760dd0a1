"""Values of a table as a sheet holds them: numbers, serial days and texts; their formats and widths."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import isfinite
from typing import Any

import polars as pl
from rich.cells import cell_len

from userops.core.shown import visible
from userops.core.table import Currency, Kind, Table
from userops.language import words
from userops.language.words import Lang
from userops.render import cells

_SAMPLE = 500  # rows that are measured for the widths
_NARROWEST, _WIDEST = 8, 60
# Serial day 61 is 1900-03-01; Excel counts a 29 February 1900 that never was.
EPOCH_SERIAL, FIRST_SERIAL = 25_569, 61


def cell_writer(sheet: Any, kind: Kind) -> Callable[[int, int, Any], int]:
    """A function of row, column and value that writes a cell; it gives -2 for a text that was cut."""
    if kind is Kind.COUNT_OR_TEXT:

        def either(row: int, column: int, value: int | str) -> int:
            write = sheet.write_number if isinstance(value, int) else sheet.write_string
            status: int = write(row, column, value)
            return status

        return either
    if kind in cells.TEXTUAL:
        write_string: Callable[[int, int, Any], int] = sheet.write_string
        return write_string
    if kind is Kind.DATE:

        def date(row: int, column: int, serial: int) -> int:
            if serial >= FIRST_SERIAL:
                status: int = sheet.write_number(row, column, serial)
            else:
                day = pl.Series([serial - EPOCH_SERIAL]).cast(pl.Date)[0]
                status = sheet.write_string(row, column, day.isoformat())
            return status

        return date
    write_value: Callable[[int, int, Any], int] = (
        sheet.write_boolean if kind is Kind.FLAG else sheet.write_number
    )
    return write_value


def sheet_values(column: pl.Series, kind: Kind, table: Table, lang: Lang) -> list[Any]:
    """The values of a column as xlsxwriter takes them: money in major units, days as serial numbers."""
    if kind in cells.TEXTUAL:
        texts = column.cast(pl.String).to_list()
        translate = cache(lambda text: safe_text(words.phrase(text, lang, analysis=table.analysis)))
        text_writers: dict[Kind, Callable[[str], int | str]] = {
            Kind.WORD: translate,
            Kind.SENTENCE: translate,
            Kind.COUNT_OR_TEXT: _count_or_text,
        }
        write_text = text_writers.get(kind, safe_text)
        return [None if text is None else write_text(text) for text in texts]
    if kind is Kind.DATE:
        return (column.cast(pl.Date).to_physical() + EPOCH_SERIAL).to_list()
    if column.dtype.is_float():
        column = column.to_frame().select(pl.when(pl.first().is_finite()).then(pl.first()))[:, 0]
    scale = 10**table.currency.places if kind is Kind.MONEY else 1
    values = column.to_list()
    return values if scale == 1 else [None if v is None else v / scale for v in values]


def _count_or_text(text: str) -> int | str:
    """A number to reckon with, where it is one."""
    return int(text) if text.isdecimal() else safe_text(text)


def safe_text(text: str) -> str:
    """Text as XML can hold it, and never what xlsxwriter takes for markup of its own."""
    if "\ufffe" in text or "\uffff" in text:
        text = text.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


def number_format(kind: Kind, dtype: pl.DataType, currency: Currency) -> str | None:
    """Excel's number format of a column; None for the general one."""
    decimals = dtype.is_float()
    match kind:
        case Kind.ID | Kind.TEXT:
            return "@"
        case Kind.DATE:
            return "yyyy-mm-dd"
        case Kind.MONEY:
            return "#,##0" + (f".{'0' * currency.places}" if currency.places else "")
        case Kind.RATE:
            return "0.0%"
        case Kind.SCORE:
            return "0.00" if decimals else "0"
        case Kind.DAYS | Kind.HOURS:
            return "#,##0.0" if decimals else "#,##0"
        case Kind.COUNT_OR_TEXT:
            return "#,##0"
        case Kind.COUNT | Kind.NUMBER:
            return "#,##0.00##" if decimals else "#,##0"
    return None


def row_formats(piece: pl.DataFrame, name: str, table: Table) -> list[str | None]:
    """Excel's number format in each row of a column that has one by row."""
    own = number_format(table.columns[name], table.frame.schema[name], table.currency)
    varied = table.varied[name]
    return [
        _varied_format(varied.kinds[word], value, table.currency) if word in varied.kinds else own
        for word, value in zip(piece[varied.by].to_list(), piece[name].to_list(), strict=True)
    ]


def _varied_format(kind: Kind, value: float | None, currency: Currency) -> str | None:
    """As people see it elsewhere (`cells.column_texts`): money with its currency, counts whole where they are."""
    if kind is Kind.MONEY:
        mark = visible(currency.mark).replace('"', "")
        return f'"{mark}"' * bool(mark) + (number_format(kind, pl.Float64(), currency) or "")
    if kind is Kind.COUNT and value is not None and isfinite(value):
        if 0 < abs(value) < 1:
            return "0.0##"
        return "#,##0" if round(value, 1) == round(value) else "#,##0.0"
    return number_format(kind, pl.Float64(), currency)


def column_width(label: str, name: str, table: Table, lang: Lang) -> int:
    """The width of a column in characters, by its label and its first values."""
    texts = cells.column_texts(name, table, table.frame.head(_SAMPLE), lang)
    # 4 more for the filter's button beside the header.
    widest = max([cell_len(label) + 4, *(cell_len(text) + 2 for text in texts)])
    return min(max(widest, _NARROWEST), _WIDEST)
