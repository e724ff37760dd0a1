"""Records within the columns of Parquet files and frames, as columns of their own.

A struct is `outer.inner`, a column for each of its fields; a list of keys and values, as GA4's export to
BigQuery has them under `event_params`, is `outer.key`, a column for each key. As JSON lines are read.
"""

from __future__ import annotations

import polars as pl

from userops.engines import query as engine

_DEPTH = 8
# A list with more keys than this is no record; it stays as it is.
_MAX_KEYS = 300


def unnested(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The frame with structs and lists of keys and values taken apart."""
    for _ in range(_DEPTH):
        types = frame.collect_schema()
        parts = {name: _parts(frame, name, type, set(types)) for name, type in types.items()}
        if not any(parts.values()):
            return frame
        frame = frame.select(one for name in types for one in parts[name] or [pl.col(name)])
    return frame


def _parts(frame: pl.LazyFrame, name: str, type: pl.DataType, taken: set[str]) -> list[pl.Expr]:
    """The columns that one is taken apart into; none where it can't be."""
    column = pl.col(name)
    parts = {}
    if isinstance(type, pl.Struct):
        parts = {inner.name: column.struct.field(inner.name) for inner in type.fields}
    elif isinstance(type, pl.List) and _is_keyed(type.inner):
        parts = {key: _value(column, type.inner, key) for key in _keys(frame, name)}
    named = {f"{name}.{inner}": part.alias(f"{name}.{inner}") for inner, part in parts.items()}
    return [] if taken & named.keys() else list(named.values())


def _is_keyed(type: object) -> bool:
    if not isinstance(type, pl.Struct):
        return False
    fields = {field.name: field.dtype for field in type.fields}
    return {"key", "value"} <= fields.keys() and fields["key"] == pl.String


def _keys(frame: pl.LazyFrame, name: str) -> list[str]:
    """Every key of a column of keys and values, sorted; none where there are too many."""
    keys = frame.select(pl.col(name).explode().struct.field("key").unique()).drop_nulls()
    found: list[str] = engine.collect(keys).to_series().sort().to_list()
    return found if len(found) <= _MAX_KEYS else []


def _value(column: pl.Expr, type: object, key: str) -> pl.Expr:
    """What a row says under a key; nothing where it says it twice."""
    assert isinstance(type, pl.Struct)
    kinds = {field.name: field.dtype for field in type.fields}
    value = pl.element().struct.field("value")
    if isinstance(inner := kinds["value"], pl.Struct):
        said = [value.struct.field(field.name).cast(pl.String) for field in inner.fields]
        alone = pl.sum_horizontal(one.is_not_null() for one in said) == 1
        value = pl.when(alone).then(pl.coalesce(said))
    values = column.list.eval(value.filter(pl.element().struct.field("key") == key))
    return pl.when(values.list.len() == 1).then(values.list.first())
