"""Fast expressions over clean events, chosen from the first rows of an export.

They give null for what they can't read; `events` counts the nulls and leaves anything
doubtful to the strict way.
"""

from __future__ import annotations

import polars as pl

from userops.readers.exports import Export
from userops.readers.fast import expressions, integer_ids
from userops.readers.fast.integer_ids import IdForm
from userops.readers.options import ReadOptions
from userops.readers.values import amounts
from userops.readers.values import text as text_values

TEXTS = ("channel", "page", "item")


def milliseconds(seconds: pl.Expr) -> pl.Expr:
    """A duration in whole milliseconds; none counts as nothing, and so does what can't be one."""
    whole = (seconds * 1000).round().cast(pl.Int64, strict=False)
    return pl.when(whole > 0).then(whole).otherwise(0)


def add_up(longest: object, events: int) -> bool:
    """Whether so many durations, none longer than that (milliseconds), fit into one."""
    return not isinstance(longest, int) or longest * events < 2**63


def _of_whole(seconds: pl.Expr) -> pl.Expr:
    """The same of whole seconds, which takes less."""
    return pl.when(seconds > 0).then(seconds.cast(pl.Int64, strict=False) * 1000).otherwise(0)


def moment(export: Export, options: ReadOptions) -> pl.Expr:
    """A number that a user's events at one time share, in all exports the same."""
    user, time = (export.sample[name] for name in ("user_id", "event_time"))
    when = expressions.wall_time(time, options).to_physical()
    return expressions.identity(user).hash(seed=0) ^ when.hash(seed=1)


def canonical(
    export: Export, options: ReadOptions, form: IdForm | None, sessions: bool
) -> pl.LazyFrame:
    """An export as canonical columns by fast expressions; null where they can't read.

    With a `form`, ids are numbers, and `other` tells what no number tells.
    """
    if export.fast is None or export.nobody:
        raise expressions.DoubtError
    sample = export.sample
    at = {field: column.name for field, column in sample.items()}
    time = expressions.wall_time(sample["event_time"], options)
    if sample["event"].dtype != pl.String:
        raise expressions.DoubtError
    user, whole = pl.col(at["user_id"]), sample["user_id"].dtype.is_integer()
    columns = {
        "user_id": form.number(user, whole=whole)
        if form
        else expressions.user_identity(sample["user_id"], options),
        "event_time": time,
        "day": expressions.day(sample["event_time"], options),
        "event": pl.col(at["event"]),
        "moment": moment(export, options),
        "other": form.strays(user, whole=whole) if form else pl.lit(False),
    }
    unread = pl.lit(False)
    for name in ("session_id", "group_id"):
        if name in at:
            columns[name] = expressions.identity(sample[name])
            if sessions:
                unread = unread | integer_ids.unclean(sample[name])
    for name in TEXTS:
        if name in at:
            columns[name] = text_values.clean_text(pl.col(at[name]))
    for field, name in (("duration_s", "ms"), ("value", "value")):
        if field not in at:
            continue
        number = _number(sample[field])
        unread = unread | _is_none(sample[field], number)
        columns[name] = pl.when(number.is_finite()).then(number)
        if field == "duration_s":
            seconds = pl.col(at[field])
            typed = sample[field].dtype.is_integer()
            columns[name] = _of_whole(seconds) if typed else milliseconds(number)
    if "event_id" in at:
        event_id = expressions.identity(sample["event_id"])
        columns["event_key"] = pl.when(event_id.is_not_null()).then(event_id.hash(seed=0))
        unread = unread | integer_ids.unclean(sample["event_id"])
    return export.fast.select(unread=unread, **columns)


def _is_none(sample: pl.Series, number: pl.Expr) -> pl.Expr:
    """Whether a cell of a column of numbers is one that can't be reckoned with."""
    column, most = pl.col(sample.name), int(amounts.LARGEST_NUMBER)
    if sample.dtype.is_integer():
        small = sample.dtype in (pl.Int8, pl.Int16, pl.Int32, pl.UInt8, pl.UInt16, pl.UInt32)
        return pl.lit(False) if small else ((column > most) | (column < -most)).fill_null(False)
    if sample.dtype.is_float():  # NaN and infinity say nothing
        return (number.is_finite() & (number.abs() > most)).fill_null(False)
    plain = number.is_finite() & (number.abs() <= most)
    return column.is_not_null() & ~plain.fill_null(False)


def _number(sample: pl.Series) -> pl.Expr:
    column = pl.col(sample.name)
    if sample.dtype.is_numeric() and not isinstance(sample.dtype, pl.Decimal):
        return column.cast(pl.Float64)
    if sample.dtype != pl.String:
        raise expressions.DoubtError
    if sample.cast(pl.Float64, strict=False).null_count() > sample.null_count():
        raise expressions.DoubtError
    return column.cast(pl.Float64, strict=False)
