"""Texts to amounts of money: exact minor units, and what had to be assumed or rounded.

The decimal mark is settled over the whole column: by an amount that can only be read one
way, or by an option; never by a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from userops.core.errors import InputError, Undecided
from userops.core.messages import counted
from userops.readers.values.text import BLANKS

_SYMBOLS = r"(?i)[¥￥$€£₩₹元円]|RMB|CNY|USD|EUR|GBP|JPY|HKD|TWD|SGD|AUD|CAD|KRW"
PROVES_POINT = r"\.\d{1,2}\D*$|\.\d{4,}\D*$|,\d{3}\.\d|^\D*0\.\d|\d{4}\.\d"
_PROVES_COMMA = r"\d,\d{1,2}\D*$|\d,\d{4,}\D*$|\.\d{3},\d|^\D*0,\d|\d{4},\d|\.\d{3}\.\d"
_COULD_BE_EITHER = r"^\D*\d{1,3}\.\d{3}\D*$"
# What an amount's mark says of its currency; None where several share it.
_CURRENCIES = {
    "元": "CNY", "RMB": "CNY", "円": "JPY", "€": "EUR", "£": "GBP", "₩": "KRW", "₹": "INR",
}  # fmt: skip
_YEN, _DOLLAR = ("CNY", "JPY"), ("USD", "HKD", "TWD", "SGD", "AUD", "CAD")
_SHARED = {"¥": _YEN, "￥": _YEN, "$": _DOLLAR}
# Float64 holds an amount to less than a thousandth of a minor unit up to here.
LARGEST = 10**13
# And a number that is none of money: any sum of few, in thousandths, stays an Int64.
LARGEST_NUMBER = 1e15
# Below this a number of minor units is off by less than this noise.
PLAIN, NOISE = 1e11, 1e-4


def decimal_marks(texts: pl.Expr) -> list[pl.Expr]:
    """What settles the decimal mark over a column: `point`, `comma`, `either`."""
    return [
        texts.str.contains(PROVES_POINT).sum().alias("point"),
        texts.str.contains(_PROVES_COMMA).sum().alias("comma"),
        texts.str.contains(_COULD_BE_EITHER).sum().alias("either"),
        texts.filter(texts.str.contains(_COULD_BE_EITHER)).min().alias("example"),
    ]


def is_unsettled(sample: pl.Series) -> bool:
    """Whether some amounts could be read either way, and none settles it."""
    either = sample.str.contains(_COULD_BE_EITHER)
    return bool(either.any()) and not sample.str.contains(PROVES_POINT).any()


def settle_decimal(
    name: str, column: str, facts: Mapping[str, int | str | None], given: str | None
) -> str:
    """The column's decimal mark.

    Raises:
        InputError: the column doesn't tell.
    """
    if given:
        return given
    point, comma, either = (int(facts[fact] or 0) for fact in ("point", "comma", "either"))
    if point and comma:
        raise InputError(
            f"{name}: {column!r} has {counted(point, 'amount')} with a decimal point "
            f"and {comma:,} with a decimal comma",
            mend="give --decimal . or --decimal , (those of the other kind are refused then)",
        )
    if either and not point and not comma:
        raise Undecided(
            f"{name}: {column!r} never shows whether its point is a decimal one, as in {facts['example']}",
            ("--decimal .", "--decimal ,"),
        )
    return "," if comma else "."


def mark_shown(facts: Mapping[str, int | str | None]) -> str | None:
    """The decimal mark that a column's numbers show, None where none does or they differ."""
    point, comma = int(facts["point"] or 0), int(facts["comma"] or 0)
    if bool(point) == bool(comma):
        return None
    return "," if comma else "."


def currency_mark(texts: pl.Expr) -> pl.Expr:
    """The currency that each text names, by a symbol or a code; null for none."""
    return texts.str.extract(f"({_SYMBOLS})", 1).str.to_uppercase()


def settle_marks(name: str, column: str, counts: Mapping[str, int]) -> dict[str, int]:
    """Currencies that the marks in a column surely name, with rows; shared marks name none.

    Raises:
        InputError: the marks are of several currencies.
    """
    sure: dict[str, int] = {}
    shared: dict[str, int] = {}
    for mark, rows in counts.items():
        if mark in _SHARED:
            shared[mark] = rows
        else:
            code = _CURRENCIES.get(mark, mark)
            sure[code] = sure.get(code, 0) + rows
    families = [_SHARED[mark] for mark in shared]
    same = len({mark.replace("￥", "¥") for mark in shared}) <= 1 and len(sure) <= 1
    if not same or any(code not in family for family in families for code in sure):
        listed = ", ".join(f"{mark} ({rows:,})" for mark, rows in counts.items())
        raise InputError(
            f"{name}: {column!r} has amounts in several currencies: {listed}",
            mend="export one currency, or with a column of currency codes",
        )
    return sure


@dataclass(frozen=True, slots=True)
class Amounts:
    """Minor units (Int64), and the rows that rounding changed."""

    minor: pl.Series
    rounded: pl.Series = field(repr=False)


def read_amounts(column: pl.Series, places: int, decimal: str) -> Amounts:
    """Exact minor units (cents, fen) from text or numbers, rounded half to even."""
    if column.dtype.is_integer():
        minor = column.cast(pl.Int64, strict=False) * 10**places
        small = column.cast(pl.Float64).abs() < _largest(places)
        return Amounts(
            pl.select(pl.when(pl.lit(small)).then(pl.lit(minor))).to_series().rename(column.name),
            pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(column)),
        )
    texts = column.cast(pl.String).rename("text")
    if decimal != ".":
        return _from_text(texts, places, decimal)
    # Most amounts are plain numbers: only the others are worth all the looks.
    number = texts.cast(pl.Float64, strict=False) * 10**places
    minor = number.round()
    plain = ((number - minor).abs() < NOISE) & (minor.abs() < PLAIN)
    where = (texts.is_not_null() & ~plain.fill_null(False)).arg_true()
    rounded = pl.Series([False], dtype=pl.Boolean).new_from_index(0, len(texts))
    known = minor.set(~plain.fill_null(False), None).cast(pl.Int64)
    if where.is_empty():
        return Amounts(known, rounded)
    rest = _from_text(texts.gather(where), places, decimal)
    return Amounts(
        known.scatter(where, rest.minor),
        rounded.scatter(where, rest.rounded),
    )


def _largest(places: int) -> int:
    most: int = (2**63 - 1) // 10**places
    return min(LARGEST, most)


def read_numbers(column: pl.Series, decimal: str = ".") -> pl.Series:
    """Numbers that are none of money, Float64; null for what is none, or beyond LARGEST_NUMBER."""
    if column.dtype.is_numeric():
        numbers = column.cast(pl.Float64)
    else:
        texts = column.cast(pl.String).rename("text")
        if decimal == ".":
            numbers = texts.cast(pl.Float64, strict=False)
        else:  # a point groups thousands
            whole = texts.str.contains(r"^\s*[-+]?\d+\s*$")
            numbers = texts.set(~whole.fill_null(False), None).cast(pl.Float64, strict=False)
        where = (texts.is_not_null() & numbers.is_null()).arg_true()
        if not where.is_empty():
            rest = _from_text(texts.gather(where), 6, decimal)
            numbers = numbers.scatter(where, rest.minor / 10**6)
    usable = numbers.is_finite() & (numbers.abs() <= LARGEST_NUMBER)
    return numbers.set(~usable.fill_null(False), None).rename(column.name)


# What stands behind a figure that's counted in it, as a power of ten.
_COUNTED_IN = {"千万": 7, "百万": 6, "十万": 5, "万": 4, "萬": 4, "千": 3, "亿": 8, "億": 8}
_UNIT = rf"({'|'.join(_COUNTED_IN)})\s*$"


def _from_text(texts: pl.Series, places: int, decimal: str) -> Amounts:
    """Exact minor units of amounts as people write them; of 0.12万 as many as of 1200."""
    units = texts.str.replace_all(_SYMBOLS, "").str.strip_chars(BLANKS).str.extract(_UNIT, 1)
    where = units.is_not_null().arg_true()
    if where.is_empty():
        return _plainly_from_text(texts, places, decimal)
    found = _plainly_from_text(texts.set(units.is_not_null(), None), places, decimal)
    minor, rounded = found.minor, found.rounded
    for unit, power in _COUNTED_IN.items():
        at = (units == unit).fill_null(value=False).arg_true()
        if not at.is_empty():
            bare = texts.gather(at).str.replace(rf"{unit}(\D*)$", "$1")
            some = _plainly_from_text(bare, places + power, decimal)
            minor, rounded = minor.scatter(at, some.minor), rounded.scatter(at, some.rounded)
    return Amounts(minor, rounded)


def _plainly_from_text(texts: pl.Series, places: int, decimal: str) -> Amounts:
    text = pl.col("text").str.normalize("NFKC").str.strip_chars(BLANKS + "'")
    bare = text.str.replace_all(_SYMBOLS, "").str.strip_chars(BLANKS)
    negative = bare.str.contains(r"^\(.*\)$|^[-−–]|[-−]$")
    # One sign, before or behind, or brackets in its place.
    digits = bare.str.replace(r"^\((.*)\)$|^[-−–+]\s*(.*)$|^(.*?)\s*[-−]$", "$1$2$3")
    group, point = (".", ",") if decimal == "," else (",", ".")
    g, p = f"\\{group}", f"\\{point}"
    well_formed = digits.str.contains(
        rf"^(?:\d+|\d{{1,3}}(?:[{g} ']\d{{2,3}})*[{g} ']\d{{3}})(?:{p}\d*)?(?:[eE][+-]?\d+)?$|^{p}\d+$"
    )
    number = digits.str.replace_all(rf"[{g} ']", "").str.replace(point, ".", literal=True)
    signed = pl.when(negative).then("-" + number).otherwise(number)
    exact = signed.cast(pl.Decimal(38, places), strict=False)
    as_float = signed.cast(pl.Float64, strict=False)
    usable = well_formed & (as_float.abs() < _largest(places)) & as_float.is_finite()
    frame = pl.DataFrame({"text": texts}).select(
        minor=pl.when(usable).then((exact * 10**places).cast(pl.Int64)),
        rounded=(usable & ((as_float - exact.cast(pl.Float64)).abs() > 1e-6)).fill_null(False),
    )
    return Amounts(frame["minor"], frame["rounded"])
