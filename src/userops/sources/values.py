"""Text to value, by our own rules and never in silence.

Every function takes a column of text (or of a typed file's own type) and gives the
values with null where there is none or it can't be read; the caller tells the two
apart by the text. What holds for a column as a whole (day or month first, the decimal
mark) is settled over the whole column beforehand, in `Marks`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from userops.errors import InputError

# What exports write for nothing. In ids "na" may be someone.
_EMPTY = (
    "",
    "-",
    "--",
    "null",
    "none",
    "nan",
    "n/a",
    "#n/a",
    "nil",
    "(null)",
    "undefined",
    "\\n",
    "#null!",
)
EMPTY = (*_EMPTY, "na", "无", "空", "inf", "-inf", "infinity")
_BLANKS = " \t\r\n\u00a0\u3000\ufeff"

# A number spoiled by a spreadsheet: 4E+18. Masked: 138****1234, ##, 1***2.
DAMAGED = r"^\d(?:\.\d+)?[eE]\+\d+$"
MASKED = r"\*{2,}|^#{2,}|#{4,}|[xX]{4,}"


def clean_text(column: pl.Expr) -> pl.Expr:
    """Text without padding; null where it says nothing."""
    text = column.cast(pl.String).str.strip_chars(_BLANKS)
    return pl.when(text.str.to_lowercase().is_in(EMPTY)).then(None).otherwise(text)


def clean_id(column: pl.Expr) -> pl.Expr:
    """An id as its system knows it: without padding, a text mark `'`, or `="..."` around it."""
    text = column.cast(pl.String).str.strip_chars(_BLANKS)
    text = text.str.replace(r'^="?(.*?)"?$', "$1").str.replace(r"^'+", "").str.strip_chars(_BLANKS)
    return pl.when(text.str.to_lowercase().is_in(_EMPTY)).then(None).otherwise(text)


def unclean_ids() -> str:
    """A pattern for the ids that `clean_id` would change, or that stop a run."""
    return (
        r"^[\s\x{a0}\x{3000}\x{feff}'=]|[\s\x{a0}\x{3000}\x{feff}]$|\*\*|##|[xX]{4}|\x00"
        r"|^(?i:|-|--|null|none|nan|n/a|nil|\(null\)|undefined|\\n)$|^\d(?:\.\d+)?[eE]\+\d+$"
    )


@dataclass(frozen=True, slots=True)
class Marks:
    """What a column's texts mean, settled over the whole column or by an option."""

    date_format: str | None = None
    day_first: bool | None = None
    decimal: str = "."
    spreadsheet: bool = False  # numbers can be a spreadsheet's serial dates
    timezone: str | None = None


# --- times ---

_CLOCK = (
    r"(?:[T\s]*(?P<half1>上午|下午|AM|PM|am|pm)?\s*(?P<H>\d{1,2})[:：时](?P<M>\d{1,2})(?:[:：分](?P<S>\d{1,2})秒?"
    r"(?:[.,](?P<f>\d{1,9}))?)?分?\s*(?P<half2>AM|PM|am|pm|a\.m\.|p\.m\.)?)?"
    r"\s*(?P<zone>Z|z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?$"
)
_YEAR_FIRST = r"^(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})日?" + _CLOCK
_COMPACT = (
    r"^(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})(?:[T\s_-]?(?P<H>\d{2}):?(?P<M>\d{2})(?::?(?P<S>\d{2}))?)?"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?$"
)
_YEAR_LAST = r"^(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>\d{4}|\d{2}),?" + _CLOCK
_EPOCH = r"^(\d{10}|\d{13}|\d{16})(?:\.\d+)?$"
_SERIAL = r"^\d{5}(?:\.\d+)?$"
# Names of months: chrono's own formats, tried one after the other.
_NAMED = tuple(
    f"{day}{clock}"
    for day in ("%d %b %Y", "%b %d, %Y", "%d-%b-%Y", "%d %B %Y", "%B %d, %Y")
    for clock in ("", " %H:%M:%S", " %H:%M", ", %I:%M %p", " %I:%M %p", " %I:%M:%S %p")
)
_SERIAL_EPOCH = pl.datetime(1899, 12, 30)


def day_or_month(texts: pl.Expr) -> list[pl.Expr]:
    """What settles `01/02/2024` over a column: `year_last`, `first_max`, `second_max`."""
    parts = texts.str.extract_groups(
        r"^(\d{1,2})[-/.](\d{1,2})[-/.](?:\d{4}|\d{2})(?:[\s,T]|$)"
    ).struct
    first, second = parts.field("1").cast(pl.Int32), parts.field("2").cast(pl.Int32)
    return [
        first.count().alias("year_last"),
        first.max().alias("first_max"),
        second.max().alias("second_max"),
    ]


def settle_day_first(name: str, column: str, facts: dict[str, int | None]) -> bool | None:
    """True for day first, False for month first, None where no text needs it."""
    if not facts["year_last"]:
        return None
    day_first, month_first = (facts["first_max"] or 0) > 12, (facts["second_max"] or 0) > 12
    if day_first and month_first:
        raise InputError(
            f"{name}: {column!r} has dates with the day first and dates with the month first",
            mend="make them one way: --date-format reads only one",
        )
    if not day_first and not month_first:
        raise InputError(
            f"{name}: {column!r} never shows which is the day and which the month",
            mend="give --date-format '%d/%m/%Y' or '%m/%d/%Y' (with ' %H:%M:%S' where there is a time)",
        )
    return day_first


def plain_format(sample: pl.Series) -> str | None:
    """The one ISO-like format that reads every text of a sample, or None."""
    texts = sample.drop_nulls()
    for date, glue in (("%Y-%m-%d", " "), ("%Y/%m/%d", " "), ("%Y-%m-%d", "T"), ("%Y%m%d", "")):
        for clock in ("%H:%M:%S", "%H:%M", "%H:%M:%S%.f") if glue else ():
            if _all_read(texts, date + glue + clock):
                return date + glue + clock
        if (glue != "" or texts.str.len_chars().eq(8).all()) and _all_read(texts, date):
            return date
    return None


def _all_read(texts: pl.Series, format: str) -> bool:
    parsed = _strptime(pl.col(texts.name), format)
    return bool(len(texts)) and not pl.select(pl.lit(texts)).select(parsed.has_nulls()).item()


def _strptime(column: pl.Expr, format: str) -> pl.Expr:
    if "%H" not in format and "%I" not in format:
        date = column.str.to_date(format, strict=False)
        if format == "%Y%m%d":  # chrono also reads 2024015
            date = pl.when(column.str.len_bytes() == 8).then(date)
        return date.cast(pl.Datetime("us"))
    return column.str.to_datetime(format, strict=False, time_unit="us")


def formatted_time(column: pl.Expr, format: str) -> pl.Expr:
    """Texts of one known format as local times; null for any other."""
    return _strptime(column, format)


def read_times(column: pl.Series, marks: Marks) -> pl.Series:
    """Local wall times, Datetime("us"), from text or from a typed file's dates, times or epochs."""
    if column.dtype == pl.Date:
        return column.cast(pl.Datetime("us"))
    if isinstance(column.dtype, pl.Datetime):
        return _local(column.cast(pl.Datetime("us", column.dtype.time_zone)), marks)
    texts = column.cast(pl.String).str.strip_chars(_BLANKS + "'").rename("text")
    if marks.date_format:
        zoned = "%z" in marks.date_format or "%:z" in marks.date_format
        parsed = pl.select(_strptime(pl.lit(texts), marks.date_format)).to_series()
        return (_local(parsed, marks) if zoned else parsed).rename(column.name)
    rest = texts.is_not_null()
    result = pl.Series(column.name, [None], dtype=pl.Datetime("us")).new_from_index(0, len(texts))
    fast = plain_format(texts.head(200))
    if fast:
        result = pl.select(_strptime(pl.lit(texts), fast)).to_series().rename(column.name)
        rest = rest & result.is_null()
    for read in (_written, _epochs, _serials, _named):
        if not rest.any():
            break
        where = rest.arg_true()
        values = read(texts.gather(where), marks)
        result = result.scatter(where, values)
        rest = texts.is_not_null() & result.is_null()
    return result


def _local(times: pl.Series, marks: Marks) -> pl.Series:
    """Instants on the shop's clock; without one, on the clock they're written in."""
    zone = times.dtype.time_zone if isinstance(times.dtype, pl.Datetime) else None
    if zone and marks.timezone:
        times = times.dt.convert_time_zone(marks.timezone)
    return times.dt.replace_time_zone(None)


def _written(texts: pl.Series, marks: Marks) -> pl.Series:
    frame = pl.DataFrame({"text": texts})
    year_first = pl.col("text").str.extract_groups(_YEAR_FIRST).struct
    compact = pl.col("text").str.extract_groups(_COMPACT).struct
    year_last = pl.col("text").str.extract_groups(_YEAR_LAST).struct
    a, b = year_last.field("a"), year_last.field("b")
    day, month = (a, b) if marks.day_first else (b, a)

    def part(name: str) -> pl.Expr:
        pieces = [year_first.field(name), year_last.field(name)]
        if name in ("H", "M", "S", "zone"):
            pieces.append(compact.field(name))
        return pl.coalesce(pieces)

    year = pl.coalesce(year_first.field("y"), year_last.field("y"), compact.field("y"))
    half = (
        pl.coalesce(part("half1"), part("half2"))
        .str.to_lowercase()
        .str.replace_all(".", "", literal=True)
    )
    hour = part("H").cast(pl.Int32)
    afternoon, morning = half.is_in(["pm", "下午"]), half.is_in(["am", "上午"])
    hour = (
        pl.when(afternoon & (hour < 12))
        .then(hour + 12)
        .when(morning & (hour == 12))
        .then(0)
        .otherwise(hour)
    )
    iso = pl.format(
        "{}-{}-{} {}:{}:{}.{}",
        pl.when(year.str.len_chars() == 2).then("20" + year).otherwise(year),
        pl.coalesce(year_first.field("m"), month, compact.field("m")).str.zfill(2),
        pl.coalesce(year_first.field("d"), day, compact.field("d")).str.zfill(2),
        hour.fill_null(0).cast(pl.String).str.zfill(2),
        part("M").fill_null("00").str.zfill(2),
        part("S").fill_null("00").str.zfill(2),
        part("f").fill_null("0").str.head(6).str.pad_end(6, "0"),
    )
    zone = (
        part("zone").str.replace(r"^(?:[zZ]|UTC|GMT)$", "+0000").str.replace(":", "", literal=True)
    )
    offset = pl.duration(
        minutes=(
            zone.str.slice(1, 2).cast(pl.Int32) * 60
            + pl.when(zone.str.len_chars() > 3)
            .then(zone.str.slice(3, 2))
            .otherwise(pl.lit("0"))
            .cast(pl.Int32)
        )
        * pl.when(zone.str.starts_with("-")).then(-1).otherwise(1)
    )
    wall = iso.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit="us")
    if marks.timezone:
        instant = (wall - offset).dt.replace_time_zone("UTC").dt.convert_time_zone(marks.timezone)
        wall = pl.when(zone.is_not_null()).then(instant.dt.replace_time_zone(None)).otherwise(wall)
    return frame.select(wall).to_series()


def _epochs(texts: pl.Series, marks: Marks) -> pl.Series:
    digits = pl.col("text").str.extract(_EPOCH).cast(pl.Int64, strict=False)
    us = (
        pl.when(digits < 10**10)
        .then(digits * 10**6)
        .when(digits < 10**13)
        .then(digits * 1000)
        .otherwise(digits)
    )
    return _local(
        pl.DataFrame({"text": texts}).select(us.cast(pl.Datetime("us", "UTC"))).to_series(), marks
    )


def _serials(texts: pl.Series, marks: Marks) -> pl.Series:
    # Days since 1899-12-30, for a spreadsheet counts a 29 February 1900; to the nearest second.
    days = pl.col("text").str.extract(_SERIAL, 0).cast(pl.Float64, strict=False)
    if not marks.spreadsheet:
        days = pl.lit(None, pl.Float64)
    times = _SERIAL_EPOCH + pl.duration(seconds=(days * 86400).round().cast(pl.Int64))
    return pl.DataFrame({"text": texts}).select(times.cast(pl.Datetime("us"))).to_series()


def _named(texts: pl.Series, marks: Marks) -> pl.Series:
    tries = [_strptime(pl.col("text"), format) for format in _NAMED]
    return pl.DataFrame({"text": texts}).select(pl.coalesce(tries)).to_series()


# --- amounts ---

_SYMBOLS = r"(?i)[¥￥$€£₩₹元円]|RMB|CNY|USD|EUR|GBP|JPY|HKD|TWD|SGD|AUD|CAD|KRW"
_PROVES_POINT = r"\.\d{1,2}\D*$|\.\d{4,}\D*$|,\d{3}\.\d|^\D*0\.\d"
_PROVES_COMMA = r"\d,\d{1,2}\D*$|\d,\d{4,}\D*$|\.\d{3},\d|^\D*0,\d"
# Float64 holds an amount to less than a thousandth of a minor unit up to here.
LARGEST = 10**13


def decimal_marks(texts: pl.Expr) -> list[pl.Expr]:
    """What settles the decimal mark over a column: `point`, `comma`."""
    return [
        texts.str.contains(_PROVES_POINT).sum().alias("point"),
        texts.str.contains(_PROVES_COMMA).sum().alias("comma"),
    ]


def settle_decimal(name: str, column: str, facts: dict[str, int | None], given: str | None) -> str:
    """The column's decimal mark."""
    if given:
        return given
    if facts["point"] and facts["comma"]:
        raise InputError(
            f"{name}: {column!r} has {facts['point']:,} amounts with a decimal point "
            f"and {facts['comma']:,} with a decimal comma",
            mend="give --decimal . or --decimal , (those of the other kind are refused then)",
        )
    return "," if facts["comma"] else "."


@dataclass(frozen=True, slots=True)
class Amounts:
    """Minor units (Int64), the rows that rounding changed, and each text's currency mark."""

    minor: pl.Series
    rounded: pl.Series = field(repr=False)


def read_amounts(column: pl.Series, places: int, decimal: str) -> Amounts:
    """Exact minor units from text or numbers, rounded half to even."""
    if column.dtype.is_integer():
        minor = column.cast(pl.Int64, strict=False) * 10**places
        small = column.cast(pl.Float64).abs() < LARGEST
        return Amounts(
            pl.select(pl.when(pl.lit(small)).then(pl.lit(minor))).to_series().rename(column.name),
            pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(column)),
        )
    return _from_text(column.cast(pl.String).rename("text"), places, decimal)


def _from_text(texts: pl.Series, places: int, decimal: str) -> Amounts:
    text = pl.col("text").str.normalize("NFKC").str.strip_chars(_BLANKS + "'")
    bare = text.str.replace_all(_SYMBOLS, "").str.strip_chars(_BLANKS)
    negative = bare.str.contains(r"^\(.*\)$|^[-−–]|[-−]$")
    digits = bare.str.strip_chars("()-−–+ \u00a0")
    group, point = (".", ",") if decimal == "," else (",", ".")
    g, p = f"\\{group}", f"\\{point}"
    well_formed = digits.str.contains(
        rf"^(?:\d+|\d{{1,3}}(?:[{g} ']\d{{3}})+)(?:{p}\d*)?(?:[eE][+-]?\d+)?$|^{p}\d+$"
    )
    number = digits.str.replace_all(rf"[{g} ']", "").str.replace(point, ".", literal=True)
    signed = pl.when(negative).then("-" + number).otherwise(number)
    exact = signed.cast(pl.Decimal(38, places), strict=False)
    as_float = signed.cast(pl.Float64, strict=False)
    usable = well_formed & (as_float.abs() < LARGEST) & as_float.is_finite()
    frame = pl.DataFrame({"text": texts}).select(
        minor=pl.when(usable).then((exact * 10**places).cast(pl.Int64)),
        rounded=(usable & ((as_float - exact.cast(pl.Float64)).abs() > 1e-6)).fill_null(False),
    )
    return Amounts(frame["minor"], frame["rounded"])
