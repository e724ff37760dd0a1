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
    dataset, lacking = DATASETS[maker.dataset], dict[str, bool]()
    for rule in maker.apart:
        if rule.fields:
            content = _short(content, rule)
            continue
        if rule.lacks and rule.lacks not in lacking:
            lacking[rule.lacks] = _any(content, ~_says(dataset, rule.lacks, taken))
        if not lacking.get(rule.lacks, True):
            continue
        is_apart = (
            _is_of_two(content, rule) if rule.of_two else _telling(content, rule, taken, dataset)
        )
        content = _without(content, rule, is_apart)
    return replace(content, apart=tuple(rule.rows for rule in maker.apart))


def _any(content: Content, rows: pl.Expr) -> bool:
    """Whether there are such rows, where it's soon found out; else there may be."""
    if content.fast is None:
        return True
    return bool(engine.collect(content.fast.select(rows.fill_null(value=False).any())).item())


def _telling(
    content: Content, rule: Apart, taken: Mapping[str, Taken], dataset: Dataset
) -> pl.Expr:
    """Whether a row is one, by what it lacks and says."""
    is_apart = ~_says(dataset, rule.lacks, taken) if rule.lacks else pl.lit(True)
    if rule.column:
        at = _place(content, rule.column)
        says = [word.lower() for word in rule.says]
        return is_apart & _word(at).is_in(says) if at is not None else pl.lit(False)
    others = [name for name in dataset.needed if name != rule.lacks]
    return is_apart & pl.all_horizontal(_says(dataset, name, taken) for name in others)


def _without(content: Content, rule: Apart, is_apart: pl.Expr) -> Content:
    """The content with some rows among its faults, where there are any."""
    is_apart = is_apart.fill_null(value=False)
    if not _any(content, is_apart):
        return content
    lines = content.rows.filter(is_apart).select(LINE, reason=pl.lit(rule.rows), raw=pl.lit(""))
    return replace(
        content,
        rows=content.rows.filter(~is_apart),
        fast=None,
        faults=pl.concat([content.faults, lines]),
    )


def _is_of_two(content: Content, rule: Apart) -> pl.Expr:
    """Whether an export is a chat of two: oneself and another."""
    places = [_place(content, column) for column in rule.of_two]
    cells = [_text(at).alias(f"c{at}") for at in places if at is not None]
    if len(cells) < len(rule.of_two):
        return pl.lit(False)
    pairs = engine.collect(content.rows.select(cells).unique())
    are_pairs = (
        one.n_unique() == _PAIR and not one.has_nulls() and (one != "").all() for one in pairs
    )
    return pl.lit(len(pairs) == _PAIR and all(are_pairs))


def _place(content: Content, column: str) -> int | None:
    names = map(folded, content.header)
    return next((at for at, name in enumerate(names) if name == folded(column)), None)


def _text(at: int) -> pl.Expr:
    return pl.col(f"c{at}").cast(pl.String).str.strip_chars()


def _word(at: int) -> pl.Expr:
    """A cell's word, however it's written: True and 1.0 are true and 1."""
    return _text(at).str.to_lowercase().str.replace(r"^(\d+)\.0$", "$1")


def _saying(dataset: Dataset, name: str) -> tuple[str, ...]:
    """A needed field, and those that stand in for it."""
    return (name, *dataset[name].instead)


def _says(dataset: Dataset, name: str, taken: Mapping[str, Taken]) -> pl.Expr:
    """Whether a row says something in a needed field, or in what stands in for it; also where no column would."""
    cells = [
        ~pl.col(f"c{at}")
        .cast(pl.String)
        .fill_null("")
        .str.contains(text_values.blank(ids=dataset[field].type is Type.ID))
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
