"""Line items below their order's first row, which belong to it though they don't name it."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from userops.core.messages import Note
from userops.datasets.fields import Dataset, Type
from userops.datasets.orders import ORDERS
from userops.engines import query as engine
from userops.readers.exports import Export
from userops.readers.strict.rows import TOTALS
from userops.readers.values import text as text_values

# What tells an order from the one above it.
_HEADS = ("order_id", "user_id", "order_time")
_NUMBERS = (Type.MONEY, Type.NUMBER)
_HEAD = "_head"


def settled(export: Export, dataset: Dataset) -> Export:
    """The export, its rows in shape."""
    return _filled_down(export) if dataset.name == ORDERS.name else export


def _filled_down(export: Export) -> Export:
    """With the order above on lines that name none: no order, no user and no time, but an item."""
    if not all(name in export.taken for name in _HEADS):
        return export
    schema = export.rows.collect_schema()
    taken = [export.taken[name] for name in _HEADS]
    heads = [position for one in taken for position in (one.position, *dict(one.blank).values())]
    numbers = [one.position for one in export.taken.values() if ORDERS[one.field].type in _NUMBERS]
    others = [at for at in range(len(export.header)) if at not in heads]
    texts = [at for at in others if at not in numbers]
    if any(schema[f"c{at}"] != pl.String for at in (*heads, *others)) or not texts:
        return export
    below = _is_below(heads, texts, others)
    count = engine.collect(export.rows.select(below.sum())).item()
    if not count:
        return export
    row = pl.int_range(pl.len())
    head = pl.when(~pl.col(_HEAD)).then(row).forward_fill()
    rows = export.rows.with_columns(below.alias(_HEAD)).with_columns(
        pl.when(pl.col(_HEAD)).then(pl.col(f"c{at}").gather(head)).otherwise(pl.col(f"c{at}"))
        .alias(f"c{at}")
        for at in dict.fromkeys(heads)
    )  # fmt: skip
    note = Note(
        "{file}: {rows:line names|lines name} no order: the one above was taken",
        file=export.name,
        rows=count,
    )
    content = replace(export.content, rows=rows.drop(_HEAD), fast=None)
    return replace(export, content=content, notes=(*export.notes, note))


def _is_below(heads: list[int], texts: list[int], others: list[int]) -> pl.Expr:
    """Whether a row is an item of the order above it: it has a text and a number, and no total."""

    def said(at: int) -> pl.Expr:
        return text_values.clean_text(pl.col(f"c{at}")).is_not_null()

    words = [said(at) & pl.col(f"c{at}").str.contains(r"\p{L}") for at in texts]
    figures = [pl.col(f"c{at}").str.contains(r"^\s*\D{0,3}\d[\d.,]*\D{0,3}$") for at in others]
    total = pl.any_horizontal(pl.col(f"c{at}").str.contains(TOTALS) for at in texts)
    return (
        ~pl.any_horizontal(said(at) for at in heads)
        & pl.any_horizontal(words).fill_null(False)
        & pl.any_horizontal(figures).fill_null(False)
        & ~total.fill_null(False)
    )
