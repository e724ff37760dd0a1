"""What an export holds before its rows are judged: how many, how full each column, which statuses.

Straight from the raw rows, each question one pass in bounded memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from userops.datasets.fields import Dataset, Type
from userops.datasets.orders import Status
from userops.engines import query as engine
from userops.readers.exports import Export, reading
from userops.readers.options import ReadOptions
from userops.readers.values import text as text_values


@dataclass(frozen=True, slots=True)
class Overview:
    """How many rows there are, and of the fields asked for the part that says something; None of none."""

    rows: int
    filled: Mapping[str, float | None]


def overviews(exports: Sequence[Export], dataset: Dataset, *, fields: bool) -> list[Overview]:
    """What the rows of each export hold, before they're judged: a pass over each."""
    with reading(", ".join(export.name for export in exports)):
        return [look(export, dataset, fields=fields) for export in exports]


def look(export: Export, dataset: Dataset, *, fields: bool = True) -> Overview:
    """An export of a dataset, over all its rows; with how full the columns of its `fields` are."""
    frame, types = _rows(export), {one.name: one.type for one in dataset.all_fields}
    schema = frame.collect_schema()
    filled = {
        one.field: pl.any_horizontal(
            _says(schema, position, ids=types[one.field] is Type.ID)
            for position in (one.position, *(position for _, position in one.blank))
        ).sum()
        for one in (export.taken.values() if fields else ())
    }
    counts = engine.collect(frame.select(pl.len().alias("rows"), **filled)).row(0, named=True)
    rows = counts.pop("rows")
    return Overview(rows, {name: count / rows if rows else None for name, count in counts.items()})


def _rows(export: Export) -> pl.LazyFrame:
    return export.rows if export.fast is None else export.fast


def _says(schema: pl.Schema, position: int, *, ids: bool) -> pl.Expr:
    """Whether a cell says something."""
    cell, kind = pl.col(f"c{position}"), schema[f"c{position}"]
    if kind.is_float():
        return cell.is_finite().fill_null(False)
    if kind.is_numeric() or kind.is_temporal():
        return cell.is_not_null()
    return (~cell.cast(pl.String).str.contains(text_values.blank(ids=ids))).fill_null(False)


def status_words(export: Export, options: ReadOptions, meaning: Status) -> Counter[str]:
    """Rows of an export by the word of their status, where that word has a meaning."""
    if "status" not in export.taken or not export.header or export.saved:
        return Counter()
    known = export.statuses(options)
    column = f"c{export.taken['status'].position}"
    frame = _rows(export)
    if column not in frame.collect_schema().names():  # rows that are kept elsewhere
        return Counter()
    words = frame.group_by(word=text_values.clean_text(pl.col(column))).agg(rows=pl.len())
    return Counter(
        {
            word or "": rows
            for word, rows in engine.collect(words).iter_rows()
            if known.get((word or "").casefold()) is meaning
        }
    )


def statuses(export: Export, options: ReadOptions) -> Counter[str]:
    """Rows of a clean export by what their status words mean."""
    known = export.statuses(options)
    status, cancelled = pl.lit(None, pl.String), pl.lit(False)
    if "status" in export.taken:
        status = pl.col(f"c{export.taken['status'].position}")
    if "cancelled" in export.taken:
        column = pl.col(f"c{export.taken['cancelled'].position}")
        cancelled = text_values.clean_text(column).is_not_null()
    words = _rows(export).group_by(status=status, cancelled=cancelled).agg(rows=pl.len())
    counts: Counter[str] = Counter()
    for word, gone, rows in engine.collect(words).iter_rows():
        if gone:
            counts[Status.VOID] += rows
        elif "status" in export.taken:
            counts[known[word.strip().casefold()]] += rows
        else:
            counts[Status.VALID] += rows
    return counts
