"""The `--date-format` that reads a column, where it isn't read by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import polars as pl

from userops.core.errors import UsageError
from userops.readers.values import times

_DATES = (
    "%d%b%Y", "%d%b%y", "%y-%b-%d", "%Y%b%d", "%d.%m.%Y", "%m.%d.%Y", "%Y.%m.%d", "%d/%m/%Y", "%m/%d/%Y",
    "%d-%m-%Y", "%m-%d-%Y", "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d%m%Y", "%m%d%Y", "%Y-%j", "%Y%j",
    "%d %m %Y", "%m %d %Y", "%Y %m %d", "%Y_%m_%d", "%d_%m_%Y", "%Y:%m:%d", "%Y-%m-%d.",
)  # fmt: skip
_TIMES = (
    "%H:%M:%S",
    "%H:%M",
    "%H.%M.%S",
    "%H.%M",
    "%H-%M-%S",
    "%H-%M",
    "%Hh%M",
    "%H%M%S",
    "%H%M",
    "%H",
)
_GLUES = (" ", "_", "T", ", ", "-", " - ", ":", "/")


def guessed(texts: pl.Series) -> list[str]:
    """Formats that read all of some texts, which aren't read without one; at most two."""
    found: list[str] = []
    told = texts.drop_nulls().rename("text")
    if told.is_empty():
        return found
    spaced = " " in told[0]
    for format in _formats():
        if (" " in format) != spaced:  # else a space stands for none, too
            continue
        if _reads(told.head(1), format) and _reads(told, format):
            found.append(format)
        if len(found) > 1:
            break
    return found


def _reads(texts: pl.Series, format: str) -> bool:
    """Whether a format reads all of some texts, as times of this age."""
    try:
        read = pl.select(times.formatted_time(pl.lit(texts), format)).to_series()
    except pl.exceptions.PolarsError:
        return False
    return bool(read.dt.year().is_between(1980, 2080).fill_null(False).all())


def _formats() -> Iterator[str]:
    for date in _DATES:
        yield date
        for time in _TIMES:
            for glue in _GLUES:
                yield date + glue + time
                yield time + glue + date


def check_format(format: str) -> None:
    """That a format makes dates.

    Raises:
        UsageError: it doesn't.
    """
    known = pl.lit(datetime(2026, 1, 5, 17, 35, 9))
    if times.is_zoned(format):
        known = known.dt.replace_time_zone("UTC")
    try:
        written = pl.select(known.dt.strftime(format)).to_series()
        reads = pl.select(times.formatted_time(pl.lit(written), format)).to_series().count()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        reads = 0
    if not reads:
        raise UsageError(
            f"--date-format {format}: no format of a date",
            mend="as in strftime, with a year, a month and a day: '%Y-%m-%d %H:%M:%S'",
        )
