"""Rows of a maker's export that are none of the dataset's: one-to-one messages among those of groups.

A preset says what tells them. They become lines that are no rows, with what they're called as the reason: left out
and counted, and never refused. What lacks more than they do stays a row, and is refused for it.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from userops.datasets import DATASETS
from userops.datasets.fields import Dataset, Type
from userops.engines import query as engine
from userops.readers.files.contents import Content
from userops.readers.files.records import LINE, SHORT
from userops.readers.meaning.headers import folded
from userops.readers.meaning.taken import Taken
from userops.readers.presets import Apart, Preset
from userops.readers.values import text as text_values

_PAIR = 2


def set_apart(content: Content, taken: Mapping[str, Taken], maker: Preset) -> Content:
    """The content with such rows among its faults; read with care where there are any."""
    for rule in maker.apart:
        if rule.fields:
            content = _short(content, rule)
        elif not rule.of_two:
            content = _without(content, rule, _telling(content, rule, taken, maker))
        elif _is_of_two(content, rule):
            content = _without(content, rule, pl.lit(True))
    return replace(content, apart=tuple(rule.rows for rule in maker.apart))


def _telling(content: Content, rule: Apart, taken: Mapping[str, Taken], maker: Preset) -> pl.Expr:
    """Whether a row is one, by what it lacks and says."""
    dataset, is_apart = DATASETS[maker.dataset], pl.lit(True)
    if rule.lacks:
        if not any(name in taken for name in _saying(dataset, rule.lacks)):
            return pl.lit(False)
        is_apart = ~_says(dataset, rule.lacks, taken)
    if rule.column:
        at = _place(content, rule.column)
        return is_apart & _text(at).is_in(rule.says) if at is not None else pl.lit(False)
    others = [name for name in dataset.needed if name != rule.lacks]
    return is_apart & pl.all_horizontal(_says(dataset, name, taken) for name in others)


def _without(content: Content, rule: Apart, is_apart: pl.Expr) -> Content:
    """The content with some rows among its faults, where there are any."""
    is_apart = is_apart.fill_null(value=False)
    if content.fast is not None and not engine.collect(content.fast.select(is_apart.any())).item():
        return content
    lines = content.rows.filter(is_apart).select(LINE, reason=pl.lit(rule.rows), raw=pl.lit(""))
    return replace(
        content,
        rows=content.rows.filter(~is_apart),
        fast=None,
        faults=pl.concat([content.faults, lines]),
    )


def _is_of_two(content: Content, rule: Apart) -> bool:
    """Whether an export is a chat of two: oneself and another."""
    places = [_place(content, column) for column in rule.of_two]
    cells = [
        _text(at).alias(column)
        for at, column in zip(places, rule.of_two, strict=True)
        if at is not None
    ]
    if len(cells) < len(rule.of_two):
        return False
    pairs = engine.collect(content.rows.select(cells).unique())
    known = all(
        pairs[column].n_unique() == _PAIR and (pairs[column] != "").all()
        for column in pairs.columns
    )
    return (
        known and len(pairs) == _PAIR and not any(pairs[one].has_nulls() for one in pairs.columns)
    )


def _place(content: Content, column: str) -> int | None:
    names = map(folded, content.header)
    return next((at for at, name in enumerate(names) if name == folded(column)), None)


def _text(at: int) -> pl.Expr:
    return pl.col(f"c{at}").cast(pl.String).str.strip_chars()


def _saying(dataset: Dataset, name: str) -> tuple[str, ...]:
    """A needed field, and those that stand in for it."""
    return (name, *dataset[name].instead)


def _says(dataset: Dataset, name: str, taken: Mapping[str, Taken]) -> pl.Expr:
    """Whether a row says something in a needed field, or in what stands in for it."""
    cells = [
        (text_values.clean_id if dataset[field].type is Type.ID else text_values.clean_text)(
            pl.col(f"c{at}")
        ).is_not_null()
        for field in _saying(dataset, name)
        if (one := taken.get(field)) is not None
        for at in (one.position, *(position for _, position in one.blank))
    ]
    return pl.any_horizontal(cells) if cells else pl.lit(True)


def _short(content: Content, rule: Apart) -> Content:
    """With lines of so many fields in place of a whole row's."""
    faults = engine.collect(content.faults)
    if not (faults["reason"] == SHORT).any():
        return content
    are_so = [
        reason == SHORT and _fields(raw, content.delimiter) == rule.fields
        for reason, raw in faults.select("reason", "raw").iter_rows()
    ]
    reason = (
        pl.when(pl.Series(are_so, dtype=pl.Boolean)).then(pl.lit(rule.rows)).otherwise("reason")
    )
    return replace(content, faults=faults.with_columns(reason=reason).lazy())


def _fields(raw: str, delimiter: str) -> int:
    return len(next(csv.reader([raw], delimiter=delimiter), []))
