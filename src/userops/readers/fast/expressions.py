"""Fast expressions over clean columns, chosen from their first rows: what fast ways share.

They give null for what they can't read, or raise `DoubtError` over the sample; whoever
uses them counts the nulls and leaves anything doubtful to the strict way.
"""

from __future__ import annotations

import polars as pl

from userops.core.dates import Window, to_date
from userops.engines import query as engine
from userops.readers.options import ReadOptions
from userops.readers.values import text as text_values
from userops.readers.values import times

SAMPLE = 2_000


class DoubtError(Exception):
    """Something in the sample that the fast expressions can't read."""


def window(first: object, last: object, timezone: str | None = None) -> Window:
    """The window between two days; none where there are no rows by the last."""
    begun = isinstance(first, int) and isinstance(last, int) and first <= last
    return Window(
        to_date(first) if begun and isinstance(first, int) else None,
        to_date(last) if isinstance(last, int) else None,
        timezone,
    )


def identity(sample: pl.Series, unclean: str | None = None) -> pl.Expr:
    """An id as text; `unclean` is a pattern for those in doubt."""
    if sample.dtype == pl.String:
        if sample.str.contains(unclean or text_values.unclean_ids()).any():
            raise DoubtError
        return pl.col(sample.name)
    if sample.dtype.is_integer():
        return pl.col(sample.name).cast(pl.String)
    raise DoubtError


def time(sample: pl.Series, options: ReadOptions) -> pl.Expr:
    """A local wall time: a Date where the column holds no more, else a Datetime."""
    column = pl.col(sample.name)
    if sample.dtype == pl.Date or isinstance(sample.dtype, pl.Datetime):
        return times.in_calendar(column, sample.dtype)
    format = options.date_format or (
        times.plain_format(sample) if sample.dtype == pl.String else None
    )
    if format is None or times.needs_care(format) or sample.dtype != pl.String:
        raise DoubtError
    return times.formatted_time(column, format)


def wall_time(sample: pl.Series, options: ReadOptions) -> pl.Expr:
    """A local wall time, Datetime("us")."""
    column = time(sample, options)
    if getattr(sample.dtype, "time_zone", None):
        column = column.dt.replace_time_zone(None)
    return column.cast(pl.Datetime("us"))


def day(sample: pl.Series, options: ReadOptions) -> pl.Expr:
    """The day of a time, since 1970-01-01."""
    column = time(sample, options)
    return (column if sample.dtype == pl.Date else column.dt.date()).cast(pl.Int32)


def user_identity(sample: pl.Series, options: ReadOptions) -> pl.Expr:
    """A user's id as text."""
    return identity(sample, text_values.unclean_users(options.no_user))


def plain(frame: pl.DataFrame, options: ReadOptions) -> bool:
    """No user's id that the strict way would clean, refuse or stop at."""
    if "user_id" not in frame.columns:
        return True
    user = pl.col("user_id")
    unclean = text_values.unclean_users(options.no_user)
    doubt = user.has_nulls() | user.str.contains(unclean).any()
    return not engine.collect(frame.lazy().select(doubt)).item()
