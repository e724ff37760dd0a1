"""Rows that stand twice, by what a dataset declares: which are one, and which of these counts."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from userops.datasets.fields import Dataset, Same, Type
from userops.readers.files.records import LINE
from userops.readers.strict.rows import DIGEST, FILE

_NUMBER, _KEYLESS = "_number", "_keyless"


def ordered(rows: pl.DataFrame, same: Same | None) -> pl.DataFrame:
    """Rows in the order that decides which of them count, those that do first.

    Args:
        rows: canonical rows of a dataset.
        same: how it says that two are one.
    """
    back = same is not None and same.wins == "last"
    by = [same.by] if same is not None and same.by else []
    return rows.sort(*by, FILE, LINE, descending=back, nulls_last=True)


def once(rows: pl.DataFrame, dataset: Dataset, others: Sequence[str] = ()) -> pl.DataFrame:
    """The rows without those that are the same as one before them, in the same order.

    Args:
        rows: canonical rows, as `ordered` puts them.
        dataset: says which are the same.
        others: columns that rows of several exports must agree in, too.
    """
    same = dataset.same
    if same is None:
        return rows
    if same.across:
        return _across(rows, dataset, [*same.key, *others])
    if not same.key:
        return rows.unique(DIGEST, keep="first", maintain_order=True)
    blank = _lacks_key(dataset, same)
    is_blank = rows.select(blank).to_series()
    key = [*same.key, *_stand_ins(same)]
    if is_blank.any():  # by their keys where they have them, else by the whole row
        key = [blank.alias(_KEYLESS), *key, pl.when(blank).then(DIGEST).alias("_row")]
    if is_blank.all():
        key = [DIGEST]
    return rows.unique(key, keep="first", maintain_order=True)


def _lacks_key(dataset: Dataset, same: Same) -> pl.Expr:
    """Whether a row leaves a field of the key blank, and what stands for that, too."""
    return pl.any_horizontal(
        pl.col(name).is_null()
        & pl.any_horizontal(
            tells_nothing(pl.col(one), dataset[one].type)
            for one in same.for_blank.get(name, (name,))
        )
        for name in same.key
    )


def tells_nothing(stand_in: pl.Expr, type: Type) -> pl.Expr:
    """Whether what stands for a blank field of a key tells no rows apart: blank itself, or a day without an hour."""
    if type is not Type.TIME:
        return stand_in.is_null()
    return stand_in.is_null() | (stand_in == stand_in.dt.truncate("1d"))


def _stand_ins(same: Same) -> list[pl.Expr]:
    """What stands for blank fields of the key."""
    return [
        pl.when(pl.col(name).is_null()).then(other).alias(f"_{other} for {name}")
        for name, others in same.for_blank.items()
        for other in others
    ]


def _across(rows: pl.DataFrame, dataset: Dataset, key: Sequence[str]) -> pl.DataFrame:
    """Rows without those of other exports that stand in an earlier one as often."""
    alike = [_compared(rows, dataset, name) for name in key]
    counted = rows.with_columns(alike)
    names = [one.meta.output_name() for one in alike]
    counted = counted.with_columns(pl.int_range(pl.len()).over(FILE, *names).alias(_NUMBER))
    found = counted.unique([*names, _NUMBER], keep="first", maintain_order=True)
    return found.select(rows.columns)


def _compared(rows: pl.DataFrame, dataset: Dataset, name: str) -> pl.Expr:
    """A column as it's compared."""
    compared = next((one.compared for one in dataset.fields if one.name == name), None)
    column = pl.col(name)
    if compared is not None:
        spelled = {text: compared(text) for text in rows[name].drop_nulls().unique()}
        column = column.replace_strict(spelled, default=None, return_dtype=pl.String)
    return column.alias(f"_as {name}")
