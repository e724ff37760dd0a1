"""The rows of a large sheet, written by the column.

XlsxWriter writes a cell at a time, some 6 microseconds each; Polars puts the same rows together in a tenth of that.
Only rows of plain numbers, days and texts are written so: what needs a mark, a comment or an escape
goes by XlsxWriter's own functions (`workbook`), piece by piece, into the same sheet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from xlsxwriter.utility import xl_col_to_name

from userops.core.table import Kind, Table
from userops.language import words
from userops.language.words import Lang
from userops.render import cells
from userops.render.workbook_values import EPOCH_SERIAL, FIRST_SERIAL, safe_text

# A piece is plain or it isn't: short ones, so that few rows share one odd text's way.
PIECE = 5_000
# What a text has that XML can't hold, that spaces around it have to be kept, or that Excel would read otherwise.
_ODD = r"[\x00-\x1f\x7f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_|^\s|\s$|^<r>"
_LONGEST = 16_383  # characters, each of which may be two of the 32,767 that a cell holds
# XlsxWriter's own parts that this stands on; without them all rows go cell by cell.
_PARTS = ("row_data_fh", "previous_row", "dim_rowmax", "dim_colmax", "_write_single_row")


def can_write(sheet: Any, table: Table) -> bool:
    """Whether the rows of a table may be written by the column, as far as they're plain."""
    is_numbers = Kind.COUNT_OR_TEXT not in table.columns.values()
    is_even = not table.cut and not table.varied
    return is_numbers and is_even and all(hasattr(sheet, part) for part in _PARTS)


def is_plain(piece: pl.DataFrame, table: Table) -> bool:
    """Whether no text of a piece needs an escape, and no day is before Excel's first."""
    for name, kind in table.columns.items():
        column = piece[name]
        if kind in cells.TEXTUAL and kind not in (Kind.WORD, Kind.SENTENCE):
            texts = column.cast(pl.String)
            if texts.str.contains(_ODD).any() or (texts.str.len_chars() > _LONGEST).any():
                return False
        elif kind is Kind.DATE and (_serials(column) < FIRST_SERIAL).any():
            return False
    return True


def write(
    sheet: Any, piece: pl.DataFrame, first_row: int, table: Table, lang: Lang, looks: Sequence[Any]
) -> None:
    """Write a plain piece below what the sheet has; `looks` are the formats of its columns."""
    frame = piece.with_columns(
        pl.Series(_ROW, range(first_row + 1, first_row + 1 + piece.height)).cast(pl.String)
    )
    parts = [pl.lit('<row r="'), pl.col(_ROW), pl.lit('">')]
    values: dict[str, pl.Series] = {}
    for position, (name, kind) in enumerate(table.columns.items()):
        look = looks[position]
        style = "" if look is None else f' s="{look._get_xf_index()}"'
        values[f"{position}"], type_, before, after = _cells(piece[name], kind, table, lang)
        start = f'<c r="{xl_col_to_name(position)}'
        parts.append(
            pl.concat_str(
                pl.lit(start), pl.col(_ROW), pl.lit(f'"{style}{type_}>{before}'),
                pl.col(f"{position}"), pl.lit(f"{after}</c>"),
            ).fill_null("")
        )  # fmt: skip
    parts.append(pl.lit("</row>"))
    lines = frame.select(_ROW).with_columns(**values).select(pl.concat_str(parts)).to_series()
    last_row = first_row + piece.height - 1
    sheet._write_single_row(last_row)  # what stands before it
    sheet.row_data_fh.write(lines.str.join("").item())
    sheet.dim_rowmax = last_row
    sheet.dim_colmax = max(sheet.dim_colmax or 0, len(table.columns) - 1)


_ROW = "row"


def _cells(
    column: pl.Series, kind: Kind, table: Table, lang: Lang
) -> tuple[pl.Series, str, str, str]:
    """The values as XML has them, their type, and what stands before and after each."""
    if kind in cells.TEXTUAL:
        texts = column.cast(pl.String)
        if kind in (Kind.WORD, Kind.SENTENCE):
            said: Mapping[str, str] = {
                text: safe_text(words.phrase(text, lang, analysis=table.analysis))
                for text in texts.unique().drop_nulls()
            }
            texts = texts.replace_strict(said, return_dtype=pl.String) if said else texts
        escaped = texts.str.replace_many(["&", "<", ">"], ["&amp;", "&lt;", "&gt;"])
        return escaped, ' t="inlineStr"', "<is><t>", "</t></is>"
    if kind is Kind.FLAG:
        return column.cast(pl.Int8).cast(pl.String), ' t="b"', "<v>", "</v>"
    if kind is Kind.DATE:
        column = _serials(column)
    elif kind is Kind.MONEY and table.currency.places:
        # Divided as Python does; Polars multiplies by the reciprocal.
        major = column.cast(pl.Float64).to_numpy() / 10**table.currency.places
        column = pl.Series(column.name, major, pl.Float64).set(column.is_null(), None)
    if column.dtype.is_float():
        column = column.set(~column.is_finite(), None)
    return column.cast(pl.String), "", "<v>", "</v>"


def _serials(column: pl.Series) -> pl.Series:
    return column.cast(pl.Date).to_physical().cast(pl.Int64) + EPOCH_SERIAL
