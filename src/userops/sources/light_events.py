"""Light expressions over clean events, chosen from the first rows of an export.

They give null for what they can't read; `event_quick` counts the nulls and leaves anything
doubtful to the careful way.
"""

from __future__ import annotations

import polars as pl

from userops.sources import light, numbered, values
from userops.sources.exports import Export
from userops.sources.numbered import Numbered
from userops.sources.reading import Reading

TEXTS = ("channel", "page", "item")
# No text of at least so many bytes says nothing.
_LONGEST_BLANK = max(len(word.encode()) for word in values.EMPTY)
_MOST_SECONDS = 2**63 // 1000


def milliseconds(seconds: pl.Expr) -> pl.Expr:
    """A duration in whole milliseconds; none counts as nothing, and so does what can't be one."""
    whole = (seconds * 1000).round().cast(pl.Int64, strict=False)
    return pl.when(whole > 0).then(whole).otherwise(0)


def _of_whole(seconds: pl.Expr) -> pl.Expr:
    """The same of whole seconds, which takes less."""
    there = (seconds > 0) & (seconds <= _MOST_SECONDS)
    return pl.when(there).then(seconds.cast(pl.Int64, strict=False) * 1000).otherwise(0)


def moment(export: Export, how: Reading) -> pl.Expr:
    """A number that a user's events at one time share, in all exports the same."""
    user, time = (export.sample[name] for name in ("user_id", "event_time"))
    when = light.wall_time(time, how).to_physical()
    return light.identity(user).hash(seed=0) ^ when.hash(seed=1)


def canonical(export: Export, how: Reading, form: Numbered | None, sessions: bool) -> pl.LazyFrame:
    """An export as canonical columns by light expressions; null where they can't read.

    With a `form`, ids are numbers, and `other` tells what no number tells.
    """
    if export.fast is None:
        raise light.DoubtError
    sample = export.sample
    at = {field: column.name for field, column in sample.items()}
    time = light.wall_time(sample["event_time"], how)
    if sample["event"].dtype != pl.String:
        raise light.DoubtError
    user, whole = pl.col(at["user_id"]), sample["user_id"].dtype.is_integer()
    columns = {
        "user_id": form.number(user, whole=whole) if form else light.identity(sample["user_id"]),
        "event_time": time,
        "day": light.day(sample["event_time"], how),
        "event": pl.col(at["event"]),
        "moment": moment(export, how),
        "other": form.strays(user, whole=whole) if form else pl.lit(False),
    }
    unread = pl.lit(False)
    for name in ("session_id", "group_id"):
        if name in at:
            columns[name] = _said(light.identity(sample[name]))
            if sessions:
                unread = unread | numbered.unclean(sample[name])
    for name in TEXTS:
        if name in at:
            columns[name] = values.clean_text(pl.col(at[name]))
    for field, name in (("duration_s", "ms"), ("value", "value")):
        if field not in at:
            continue
        number = _number(sample[field])
        if sample[field].dtype == pl.String:
            unread = unread | (number.is_null() & pl.col(at[field]).is_not_null())
        columns[name] = number
        if field == "duration_s":
            seconds = pl.col(at[field])
            typed = sample[field].dtype.is_integer()
            columns[name] = _of_whole(seconds) if typed else milliseconds(number)
    if "event_id" in at:
        event_id = light.identity(sample["event_id"])
        columns["event_key"] = pl.when(event_id.is_not_null()).then(event_id.hash(seed=0))
        unread = unread | numbered.unclean(sample["event_id"])
    return export.fast.select(unread=unread, **columns)


def _number(sample: pl.Series) -> pl.Expr:
    column = pl.col(sample.name)
    if sample.dtype.is_numeric() and not isinstance(sample.dtype, pl.Decimal):
        return column.cast(pl.Float64)
    if sample.dtype != pl.String:
        raise light.DoubtError
    if sample.cast(pl.Float64, strict=False).null_count() > sample.null_count():
        raise light.DoubtError
    return column.cast(pl.Float64, strict=False)


def _said(text: pl.Expr) -> pl.Expr:
    """Ids beside the user's; null where they say nothing."""
    return pl.when(~_blank(text)).then(text)


def _blank(text: pl.Expr) -> pl.Expr:
    return (text.str.len_bytes() <= _LONGEST_BLANK) & text.is_in(_blanks())


def _blanks() -> list[str]:
    return sorted(
        {spelled for word in values.EMPTY for spelled in (word, word.upper(), word.title())}
    )
