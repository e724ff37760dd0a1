"""Texts to times, by our own rules and never in silence.

What no single text can tell (whether the day or the month comes first) is settled over
the whole column beforehand, in `TimeStyle`; what reading assumed comes back as counts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import polars as pl

from userops.core.dates import FIRST_DAY, LAST_DAY
from userops.core.errors import InputError, Undecided
from userops.readers.values import month_names
from userops.readers.values.date_options import options_of
from userops.readers.values.text import BLANKS


@dataclass(frozen=True, slots=True)
class TimeStyle:
    """What a column's texts mean, settled over the whole column or by an option."""

    date_format: str | None = None
    day_first: bool | None = None
    spreadsheet: bool = False  # numbers can be a spreadsheet's serial dates
    timezone: str | None = None  # the shop's
    written: str | None = None  # the zone that times without an offset are written in
    counted: str | None = None  # the zone of counts since 1970, where the shop's isn't known
    latest: datetime | None = None  # years of two digits lie no later where a century earlier fits


@dataclass(frozen=True, slots=True)
class Times:
    """Local wall times, and how many came from `epoch`s, `serial`s, an `offset ...`, a DST `gap`.

    `century`: how many years of two digits were taken for ones of the century before.
    """

    values: pl.Series
    counts: Mapping[str, int] = field(default_factory=dict)


EPOCH, SERIAL, OFFSET, GAP, CENTURY = "epoch", "serial", "offset ", "gap", "century"
_FIRST_TIME, _LAST_TIME = pl.datetime(1000, 1, 1), pl.datetime(9999, 12, 31, 23, 59, 59, 999_999)
_A_DAY = {"ms": 86_400 * 10**3, "us": 86_400 * 10**6, "ns": 86_400 * 10**9}
DAY_FIRST, MONTH_FIRST = "11-Feb-17", "Feb-11-17"  # a month's name, a year of two digits
_MINUTES = ("%M", "%R", "%T", "%X", "%r", "%c")

# No clock on earth is further from UTC.
_HOURS = r"[+-](?:0\d|1[0-5])"
_OFFSET = _HOURS + r"(?::?[0-5]\d)?"
_LEAP = r"(:\d\d):60"
_OFFSETS = re.compile("%:*z")
_FAR_OFFSET = r"[+-](?:1[6-9]|[2-9]\d|\d\d:?[6-9]\d)(?::?\d{2})?$"
_CLOCK = (
    r"(?:[T\s]*(?P<half1>上午|下午|AM|PM|am|pm)?\s*(?P<H>\d{1,2})[:：时](?P<M>\d{1,2})(?:[:：分](?P<S>\d{1,2})秒?"
    r"(?:[.,](?P<f>\d{1,9}))?)?分?\s*(?P<half2>AM|PM|am|pm|a\.m\.|p\.m\.)?)?"
    rf"\s*(?P<zone>Z|z|UTC|GMT|{_OFFSET})?$"
)
_YEAR_FIRST = r"^(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})日?" + _CLOCK
_COMPACT = (
    r"^(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})(?:[T\s_-]?(?P<H>\d{2}):?(?P<M>\d{2})(?::?(?P<S>\d{2}))?)?"
    rf"\s*(?P<zone>Z|{_HOURS}:?[0-5]\d)?$"
)
_YEAR_LAST = r"^(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>\d{4}|\d{2}),?" + _CLOCK
_EPOCH = r"^(\d{10}|\d{13}|\d{16})(?:\.\d+)?$"
_SERIAL = r"^\d{5}(?:\.\d+)?$"
_SERIAL_EPOCH = pl.datetime(1899, 12, 30)


def day_or_month(texts: pl.Expr) -> list[pl.Expr]:
    """What settles `01/02/2024` over a column: its parts' largest, and those of short years."""
    parts = texts.str.extract_groups(
        r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?:[\s,T]|$)"
    ).struct
    first, second = parts.field("1").cast(pl.Int32), parts.field("2").cast(pl.Int32)
    year = parts.field("3")
    short = year.filter(year.str.len_chars() == 2).cast(pl.Int32)
    return [
        first.count().alias("year_last"),
        first.max().alias("first_max"),
        second.max().alias("second_max"),
        short.max().alias("short_max"),
        texts.filter(first.is_not_null()).max().alias("example"),
    ]


def settle_day_first(name: str, column: str, facts: Mapping[str, Any]) -> bool | None:
    """True for day first, False for month first, None where no text needs it.

    Raises:
        InputError: the column doesn't tell.
    """
    if not facts["year_last"]:
        return None
    day_first, month_first = (facts["first_max"] or 0) > 12, (facts["second_max"] or 0) > 12
    if day_first and month_first:
        raise InputError(
            f"{name}: {column!r} has dates with the day first and dates with the month first",
            mend="make them one way: --date-format reads only one",
        )
    if not day_first and not month_first:
        raise Undecided(
            f"{name}: {column!r} never shows which is the day and which the month",
            options_of(facts.get("example"), "dmy", "mdy"),
        )
    short = facts["short_max"]
    if day_first and short is not None and short <= 31:
        raise Undecided(
            f"{name}: {column!r} never shows whether the day or the year comes first",
            options_of(facts.get("example"), "dmy", "ymd"),
        )
    return day_first


def plain_format(sample: pl.Series) -> str | None:
    """The one ISO-like format that reads every text of a sample, or None."""
    texts = sample.drop_nulls()
    for date, glue in (("%Y-%m-%d", " "), ("%Y/%m/%d", " "), ("%Y-%m-%d", "T"), ("%Y%m%d", "")):
        for clock in ("%H:%M:%S", "%H:%M", "%H:%M:%S%.f", "%H") if glue else ():
            if all_read(texts, date + glue + clock):
                return date + glue + clock
        if (glue != "" or texts.str.len_chars().eq(8).all()) and all_read(texts, date):
            return date
    return None


def all_read(texts: pl.Series, format: str) -> bool:
    """Whether a format of `plain_format` reads every one of some texts, and there are any."""
    # A text without the marks of a format isn't read by it; trying takes far longer than looking.
    if not len(texts) or any(texts[0].count(mark) < format.count(mark) for mark in "-/:T"):
        return False
    parsed = _strptime(pl.col(texts.name), format)
    return not pl.select(pl.lit(texts)).select(parsed.has_nulls()).item()


def _strptime(column: pl.Expr, format: str) -> pl.Expr:
    if any(hour in format for hour in ("%H", "%I")) and not any(map(format.__contains__, _MINUTES)):
        # No time is read from an hour alone.
        column, format = pl.concat_str(column, pl.lit(":00")), f"{format}:%M"
    if "%H" not in format and "%I" not in format:
        date = column.str.to_date(format, strict=False)
        if format == "%Y%m%d":  # chrono also reads 2024015
            date = pl.when(column.str.len_bytes() == 8).then(date)
        time = date.cast(pl.Datetime("us"))
    else:
        time = column.str.to_datetime(format, strict=False, time_unit="us")
        # chrono reads a leap second as the next minute's first, which may be another day's.
        leaps = (
            column.str.ends_with(":60")
            if format.endswith((":%S", ":%T"))
            else column.str.contains(_LEAP)
        )
        time = pl.when(~leaps).then(time) if "%S" in format or "%T" in format else time
    # chrono reads 24/01/02 as the year 24, and years of five digits.
    # A comparison of numbers: taking the year out of each takes longer than reading it.
    return (
        pl.when(time.is_between(_FIRST_TIME, _LAST_TIME)).then(time)
        if not _OFFSETS.search(format)
        else time
    )


def in_calendar(column: pl.Expr, type: pl.DataType, *, spare: int = 0) -> pl.Expr:
    """Dates or times of a type, null where no calendar has them (years 1 to 9999).

    With days to `spare` at either end, for times that an offset moves.
    """
    first, last = FIRST_DAY - spare, LAST_DAY + spare + 1
    if isinstance(type, pl.Datetime):
        a_day = _A_DAY[type.time_unit]
        # Of nanoseconds an Int64 holds the years 1677 to 2262.
        first, last = max(first * a_day, -(2**63)), min(last * a_day, 2**63 - 1)
    number = column.to_physical()
    return pl.when((number >= first) & (number < last)).then(column)


def is_zoned(format: str) -> bool:
    """Whether a format has an offset from UTC."""
    return bool(_OFFSETS.search(format))


def needs_care(format: str) -> bool:
    """Whether texts of a format say more than a local time, or less: an offset, a year of two digits."""
    return bool(_OFFSETS.search(format)) or "%y" in format or "%D" in format


def formatted_time(column: pl.Expr, format: str) -> pl.Expr:
    """Texts of one known format as local times; null for any other."""
    return _strptime(column, format)


def as_text(column: pl.Expr, type: pl.DataType) -> pl.Expr:
    """Dates or times of a type as text; those in no calendar as the numbers that they are."""
    number = column.to_physical().cast(pl.String)
    return pl.coalesce(in_calendar(column, type, spare=-1).cast(pl.String), number)


def read_times(column: pl.Series, style: TimeStyle) -> Times:
    """Local wall times, Datetime("us"), from text or from a typed file's dates, times or epochs.

    Null for what is none, or in no year of a calendar.
    """
    read = _read(column, style)
    return replace(read, values=_known(read.values))


def _known(times: pl.Series, *, spare: int = 0) -> pl.Series:
    column = in_calendar(pl.col(times.name), times.dtype, spare=spare)
    return times.to_frame().select(column.alias(times.name)).to_series()


def _read(column: pl.Series, style: TimeStyle) -> Times:
    if column.dtype == pl.Date:
        return Times(_known(column).cast(pl.Datetime("us")))
    if isinstance(column.dtype, pl.Datetime):
        # What lies far outside can be neither converted nor put into another zone.
        known = _known(column, spare=1)
        return Times(_local(known.cast(pl.Datetime("us", column.dtype.time_zone)), style))
    texts = column.cast(pl.String).str.strip_chars(BLANKS + "'").rename("text")
    if texts.str.contains(":60", literal=True).any():
        texts = texts.str.replace(_LEAP, "$1:59")
    if style.date_format:
        return _formatted(texts, style.date_format, style)
    rest = texts.is_not_null()
    result = pl.Series(column.name, [None], dtype=pl.Datetime("us")).new_from_index(0, len(texts))
    counts: Counter[str] = Counter()
    fast = plain_format(texts.head(200))
    if fast:
        naive = pl.select(_strptime(pl.lit(texts), fast)).to_series().rename(column.name)
        result, counts[GAP] = _on_the_clock(naive, style)
        rest = rest & result.is_null()
    for read in (_written, _epochs, _serials, _respelled):
        if not rest.any():
            break
        where = rest.arg_true()
        result = result.scatter(where, read(texts.gather(where), style, counts))
        rest = texts.is_not_null() & result.is_null()
    return Times(result, +counts)


def _formatted(texts: pl.Series, format: str, style: TimeStyle) -> Times:
    """Texts of the format that was told."""
    counts: Counter[str] = Counter()
    if _OFFSETS.search(format):
        near = pl.when(~pl.lit(texts).str.contains(_FAR_OFFSET)).then(pl.lit(texts))
        parsed = pl.select(_strptime(near, format)).to_series()
        return Times(_local(parsed, style).rename(texts.name))
    parsed = pl.select(_strptime(pl.lit(texts), format)).to_series()
    if needs_care(format):
        parsed, counts[CENTURY] = _in_century(parsed, parsed.is_not_null(), style)
    parsed, counts[GAP] = _on_the_clock(parsed, style)
    return Times(parsed.rename(texts.name), +counts)


def _in_century(times: pl.Series, short: pl.Series, style: TimeStyle) -> tuple[pl.Series, int]:
    """Times of years of two digits, those that lie too late a century earlier; and how many."""
    if style.latest is None:
        return times, 0
    late = (short & (times > style.latest)).fill_null(False)
    if not late.any():
        return times, 0
    where = late.arg_true()
    given = times.gather(where)
    earlier = given.dt.offset_by("-100y")
    fits = earlier.dt.day() == given.dt.day()  # 1900 had no 29 February
    return times.scatter(where, earlier.zip_with(fits, given)), int(fits.sum())


def _local(times: pl.Series, style: TimeStyle) -> pl.Series:
    """Instants on the shop's clock; without one, on the clock they're written in."""
    zone = times.dtype.time_zone if isinstance(times.dtype, pl.Datetime) else None
    if zone and style.timezone:
        times = times.dt.convert_time_zone(style.timezone)
    return times.dt.replace_time_zone(None)


def _on_the_clock(naive: pl.Series, style: TimeStyle) -> tuple[pl.Series, int]:
    """Times without an offset on the shop's clock, and how many that clock jumped over."""
    if not style.timezone:
        return naive, 0
    zone = style.written or style.timezone
    placed = naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    gap = naive.is_not_null() & placed.is_null()
    if zone != style.timezone:
        moved = placed.dt.convert_time_zone(style.timezone).dt.replace_time_zone(None)
        naive = naive.zip_with(gap, moved)
    return naive, int(gap.sum())


class _Groups:
    """The parts of times written in digits, by any of the patterns that reads them."""

    def __init__(self) -> None:
        text = pl.col("text").str
        self.year_first = text.extract_groups(_YEAR_FIRST).struct
        self.year_last = text.extract_groups(_YEAR_LAST).struct
        self.compact = text.extract_groups(_COMPACT).struct

    def clock(self, name: str) -> pl.Expr:
        """A part of the time of day, or its zone."""
        groups = [self.year_first, self.year_last]
        if name in ("H", "M", "S", "zone"):
            groups.append(self.compact)
        return pl.coalesce([group.field(name) for group in groups])

    def date(self, *, day_first: bool | None) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
        """Year, month and day."""
        first, second = self.year_last.field("a"), self.year_last.field("b")
        day, month = (first, second) if day_first else (second, first)
        year = pl.coalesce(
            group.field("y") for group in (self.year_first, self.year_last, self.compact)
        )
        return (
            pl.when(year.str.len_chars() == 2).then("20" + year).otherwise(year),
            pl.coalesce(self.year_first.field("m"), month, self.compact.field("m")),
            pl.coalesce(self.year_first.field("d"), day, self.compact.field("d")),
        )

    def short(self) -> pl.Expr:
        """Whether the year has two digits."""
        return (self.year_last.field("y").str.len_chars() == 2).fill_null(False)

    def second(self) -> pl.Expr:
        """The second; a leap second is the last of its minute, or it would be of the next day."""
        return self.clock("S").fill_null("00").str.zfill(2).replace("60", "59")

    def hour(self) -> pl.Expr:
        """The hour of 24."""
        half = pl.coalesce(self.clock("half1"), self.clock("half2")).str.to_lowercase()
        half = half.str.replace_all(".", "", literal=True)
        hour = self.clock("H").cast(pl.Int32)
        afternoon, morning = half.is_in(["pm", "下午"]), half.is_in(["am", "上午"])
        return (
            pl.when(afternoon & (hour < 12))
            .then(hour + 12)
            .when(morning & (hour == 12))
            .then(0)
            .otherwise(hour)
        )

    def zone(self) -> pl.Expr:
        """The offset from UTC, as +0000."""
        zone = self.clock("zone").str.replace(r"^(?:[zZ]|UTC|GMT)$", "+0000")
        return zone.str.replace(":", "", literal=True)


def _duration(zone: pl.Expr) -> pl.Expr:
    """How far an offset is ahead of UTC."""
    minutes = pl.when(zone.str.len_chars() > 3).then(zone.str.slice(3, 2)).otherwise(pl.lit("0"))
    ahead = zone.str.slice(1, 2).cast(pl.Int32) * 60 + minutes.cast(pl.Int32)
    return pl.duration(minutes=ahead * pl.when(zone.str.starts_with("-")).then(-1).otherwise(1))


def _written(texts: pl.Series, style: TimeStyle, counts: Counter[str]) -> pl.Series:
    """Dates and times written in digits, with or without an offset."""
    groups = _Groups()
    year, month, day = groups.date(day_first=style.day_first)
    iso = pl.format(
        "{}-{}-{} {}:{}:{}.{}",
        year,
        month.str.zfill(2),
        day.str.zfill(2),
        groups.hour().fill_null(0).cast(pl.String).str.zfill(2),
        groups.clock("M").fill_null("00").str.zfill(2),
        groups.second(),
        groups.clock("f").fill_null("0").str.head(6).str.pad_end(6, "0"),
    )
    zone = groups.zone()
    wall = iso.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit="us")
    read = pl.DataFrame({"text": texts}).select(
        wall=wall, zone=zone, offset=_duration(zone), short=groups.short()
    )
    in_century, counts[CENTURY] = _in_century(read["wall"], read["short"], style)
    read = read.with_columns(in_century.alias("wall"))
    zoned = read["zone"].is_not_null()
    naive, counts[GAP] = _on_the_clock(read["wall"].set(zoned, None), style)
    for offset, rows in read["zone"].filter(read["wall"].is_not_null()).value_counts().iter_rows():
        if offset:
            counts[OFFSET + offset] += rows
    instants = read["wall"]
    if style.timezone:
        instants = (instants - read["offset"]).dt.replace_time_zone("UTC")
        instants = instants.dt.convert_time_zone(style.timezone).dt.replace_time_zone(None)
    return instants.zip_with(zoned, naive)


def _epochs(texts: pl.Series, style: TimeStyle, counts: Counter[str]) -> pl.Series:
    digits = pl.col("text").str.extract(_EPOCH).cast(pl.Int64, strict=False)
    us = (
        pl.when(digits < 10**10)
        .then(digits * 10**6)
        .when(digits < 10**13)
        .then(digits * 1000)
        .otherwise(digits)
    )
    instants = pl.DataFrame({"text": texts}).select(us.cast(pl.Datetime("us", "UTC"))).to_series()
    counts[EPOCH] += instants.count()
    return _local(instants, replace(style, timezone=style.timezone or style.counted))


def _serials(texts: pl.Series, style: TimeStyle, counts: Counter[str]) -> pl.Series:
    # Days since 1899-12-30, for a spreadsheet counts a 29 February 1900; to the nearest second.
    days = pl.col("text").str.extract(_SERIAL, 0).cast(pl.Float64, strict=False)
    if not style.spreadsheet:
        days = pl.lit(None, pl.Float64)
    times = _SERIAL_EPOCH + pl.duration(seconds=(days * 86400).round().cast(pl.Int64))
    read = pl.DataFrame({"text": texts}).select(times.cast(pl.Datetime("us"))).to_series()
    counts[SERIAL] += read.count()
    return read


def _respelled(texts: pl.Series, style: TimeStyle, counts: Counter[str]) -> pl.Series:
    """Dates that name their month, in several languages; hours without minutes."""
    text = pl.col("text")
    frame = pl.DataFrame({"text": texts})
    more: Counter[str] = Counter()
    read = _written(frame.select(month_names.in_digits(text)).to_series(), style, more)
    short = frame.select(
        day=month_names.is_short(text, month_names.DAY_MONTH),
        month=month_names.is_short(text, month_names.MONTH_DAY),
    ).select(pl.all() & pl.lit(read.is_not_null()))
    read, earlier = _in_century(read, short["day"] | short["month"], style)
    counts.update(more)
    counts.update(
        {DAY_FIRST: short["day"].sum(), MONTH_FIRST: short["month"].sum(), CENTURY: earlier}
    )
    return read


def look_dated(texts: pl.Series) -> pl.Series:
    """Whether texts look like dates, whichever of their parts is the day; not counts since 1970."""
    patterns = "|".join((_unnamed(_YEAR_FIRST), _unnamed(_YEAR_LAST), _unnamed(_COMPACT)))
    dated = texts.str.contains(patterns)
    # What has a month's name or an hour alone has a letter or a blank.
    if not texts.filter(~dated).str.contains(r"[\p{L}\s]").any():
        return dated
    named = month_names.in_digits(pl.col("text")).is_not_null()
    return dated | texts.to_frame("text").select(named).to_series()


def _unnamed(pattern: str) -> str:
    """A pattern whose groups have no names, so that it may stand beside others."""
    return re.sub(r"\(\?P<\w+>", "(?:", pattern)
