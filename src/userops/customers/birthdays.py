"""Birthdays as exports write them: whole years at a day, and whose it is on a day.

A birthday of 29 February is kept on 28 February in years without one. An instant in UTC, as
exports of databases have it, is midnight somewhere: 1990-04-30T16:00Z is 1 May in China. Noon is no midnight
but New Zealand's, and is what's written where days are to be safe: that day stands.
"""

from __future__ import annotations

from calendar import isleap
from datetime import date

import polars as pl

# 1990-05-01, 1990/5/1, 1990.5.1, 1990年5月1日, each maybe with a time behind it; a month alone is no day.
_PARTED = r"^\s*(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?:日|\D|$)"
# 19900501, maybe with a time behind it.
_DIGITS = r"^\s*(\d{4})(\d{2})(\d{2})(?:\D|$)"
# Without the year: 05-01, 5月1日.
_YEARLESS = r"^\s*(?:--)?(\d{1,2})[-/.月](\d{1,2})日?\s*$"
# 1990-04-30T16:00:00Z, 1990-04-30 16:00:00.000+00: in UTC, the day where it's after noon.
_AFTERNOON = (
    r"(?i)^\s*(\d{4}[-/]\d{2}[-/]\d{2})[T ](?:12:(?:0[1-9]|[1-5]\d)|(?:1[3-9]|2[0-3]):\d{2})"
    r"(?::\d{2}(?:\.\d+)?)?\s*(?:(?:Etc/)?(?:Z|UTC|GMT)|[-+]00(?::?00)?(?: UTC)?)\s*$"
)
_OLDEST = 120


def parts(text: pl.Expr) -> pl.Expr:
    """A struct `year, month, day` of a birthday's text; null where it can't be read, the year where it isn't said."""
    text = _at_midnight(text)
    whole = [
        pl.coalesce(text.str.extract(form, group) for form in (_PARTED, _DIGITS)).cast(pl.Int32, strict=False)
        for group in (1, 2, 3)
    ]  # fmt: skip
    short = [text.str.extract(_YEARLESS, group).cast(pl.Int32, strict=False) for group in (1, 2)]
    month, day = pl.coalesce(whole[1], short[0]), pl.coalesce(whole[2], short[1])
    is_day = month.is_between(1, 12) & day.is_between(1, 31)
    return pl.struct(
        year=pl.when(is_day).then(whole[0]),
        month=pl.when(is_day).then(month),
        day=pl.when(is_day).then(day),
    )


def _at_midnight(text: pl.Expr) -> pl.Expr:
    """The text, of an instant in the afternoon the day after: the nearest midnight is a birthday's."""
    day = (
        text.str.extract(_AFTERNOON).str.replace_all("/", "-").str.to_date("%Y-%m-%d", strict=False)
    )
    return pl.coalesce(day.dt.offset_by("1d").cast(pl.String), text)


def age(text: pl.Expr, at: date) -> pl.Expr:
    """Whole years at a day; null where that can't be, or can't be told."""
    fields = parts(text).struct
    year, month, day = (fields.field(name) for name in ("year", "month", "day"))
    is_leap_day = (month == 2) & (day == 29)
    kept = day if isleap(at.year) else pl.when(is_leap_day).then(28).otherwise(day)
    before = (month > at.month) | ((month == at.month) & (kept > at.day))
    years = at.year - year - before.cast(pl.Int32)
    return pl.when(years.is_between(0, _OLDEST)).then(years)


def is_birthday(text: pl.Expr, on: date) -> pl.Expr:
    """Whether it's the user's birthday on a day; false where that can't be told."""
    fields = parts(text).struct
    month, day = fields.field("month"), fields.field("day")
    same = (month == on.month) & (day == on.day)
    if (on.month, on.day) == (2, 28) and not isleap(on.year):
        same |= (month == 2) & (day == 29)
    return same.fill_null(value=False)
