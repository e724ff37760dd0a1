"""The fast way over clean exports of a dataset whose rows need no more than their own fields.

As `events`: fast expressions from the first rows, a witness of what they can't read, and the strict
way for any doubt, also where a row may stand twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from userops.core.tally import Tally
from userops.datasets.fields import Dataset, Field, Type
from userops.engines import query as engine
from userops.engines.duplicates import duplicated
from userops.readers.exports import Export
from userops.readers.fast import expressions, integer_ids
from userops.readers.options import ReadOptions
from userops.readers.strict.netting import AFTER
from userops.readers.values import text as text_values

_OURS = ("unread", "row")


@dataclass(frozen=True, slots=True)
class Seen:
    """Clean rows up to a day, and what the pass over all of them found out.

    `frame` has a column for each field that some export has, and `day`. `first` is the first day that
    counts, `last` the last of any row.
    """

    frame: pl.LazyFrame
    tally: Tally
    first: int | None
    last: int | None


def seen(
    exports: Sequence[Export], dataset: Dataset, options: ReadOptions, as_of: int | None
) -> Seen | None:
    """Look through some exports of a dataset with a time of its own; None for any doubt."""
    if options.timezone or dataset.time is None:
        return None
    try:
        whole = pl.concat([_canonical(one, dataset, options) for one in exports], how="diagonal")
        names = whole.collect_schema().names()
        counted = whole if as_of is None else whole.filter(pl.col("day") <= as_of)
        users = counted.select("user_id").unique() if "user_id" in names else whole.head(0)
        witness = whole.select(_witness(dataset, names, as_of))
        found, people, keys = engine.collect_all([witness, users, whole.select("row")])
    except (expressions.DoubtError, pl.exceptions.PolarsError):
        return None  # the strict way finds out where and why
    facts = found.row(0, named=True)
    if facts["doubts"] or keys["row"].has_nulls() or not duplicated(keys["row"]).is_empty():
        return None
    if not expressions.plain(people.drop_nulls(), options):
        return None
    later = facts["rows"] - facts["used"]
    tally = Tally(facts["rows"], facts["used"], {}, {AFTER: later} if later else {})
    return Seen(counted.drop(_OURS), tally, facts["first"], facts["last"])


def _witness(dataset: Dataset, names: Sequence[str], as_of: int | None) -> list[pl.Expr]:
    """What the pass must have seen for its result to count, and the tally."""
    doubts = pl.col("unread").sum() + pl.col("day").null_count()
    for name in dataset.needed:
        says = [one for one in (name, *dataset[name].instead) if one in names]
        doubts += pl.all_horizontal(pl.col(one).is_null() for one in says).sum()
    counts = pl.col("day") <= as_of if as_of is not None else pl.lit(True)
    return [
        pl.len().alias("rows"),
        doubts.alias("doubts"),
        pl.col("day").filter(counts).len().alias("used"),
        pl.col("day").filter(counts).min().alias("first"),
        pl.col("day").max().alias("last"),
    ]


def _canonical(export: Export, dataset: Dataset, options: ReadOptions) -> pl.LazyFrame:
    """An export as canonical columns by fast expressions; null where they can't read.

    Raises:
        DoubtError: they can't be trusted with it.
    """
    rows, sample = export.fast, export.sample
    plain = all(one.is_plain and not one.blank for one in export.taken.values())
    if rows is None or export.nobody or export.saved or not plain or dataset.time not in sample:
        raise expressions.DoubtError
    columns: dict[str, pl.Expr] = {}
    unread = pl.lit(False)
    for field in dataset.fields:
        if field.name in sample:
            columns[field.name] = _read(field, sample[field.name], options)
            unread = unread | _may_be_other(field, sample[field.name])
        elif field.name in export.defaults:
            if field.type is Type.TIME:
                raise expressions.DoubtError
            columns[field.name] = pl.lit(export.defaults[field.name])
    day = expressions.day(sample[dataset.time], options)
    row = _row(export, dataset, sample, rows.collect_schema())
    return rows.select(**columns, day=day, unread=unread, row=row)


def _read(field: Field, sample: pl.Series, options: ReadOptions) -> pl.Expr:
    match field.type:
        case Type.ID if field.name == "user_id":
            return expressions.user_identity(sample.drop_nulls(), options)
        case Type.ID:
            return expressions.identity(sample)
        case Type.TIME:
            return expressions.wall_time(sample, options)
        case Type.TEXT if sample.dtype in (pl.String, pl.Null):
            return text_values.clean_text(pl.col(sample.name))
    raise expressions.DoubtError


def _may_be_other(field: Field, sample: pl.Series) -> pl.Expr:
    """Whether the strict way may read a cell otherwise, or refuse its row."""
    if sample.dtype != pl.String:
        return pl.lit(False)
    if field.type is Type.ID:
        # Those of users are looked at each once.
        return pl.lit(False) if field.name == "user_id" else integer_ids.unclean(sample)
    return pl.col(sample.name).str.contains("\0", literal=True).fill_null(False)


def _row(
    export: Export, dataset: Dataset, sample: Mapping[str, pl.Series], types: Mapping[str, Any]
) -> pl.Expr:
    """A number that rows share which are the same, by their keys where these are there."""
    key = dataset.same.key if dataset.same else ()
    if not key or any(name not in sample for name in key):
        return export.row_key(types)
    first, *others = (expressions.identity(sample[name]) for name in key)
    number = first.hash(seed=0)
    known = first.is_not_null()
    for place, one in enumerate(others, 1):
        number, known = number ^ one.hash(seed=place), known & one.is_not_null()
    return pl.when(known).then(number)
