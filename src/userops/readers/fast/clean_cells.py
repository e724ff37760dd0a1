"""Cells of clean columns as values, a column at a time, and which of them are in doubt: for `clean_rows`."""

from __future__ import annotations

import re

import polars as pl

from userops.core.table import Currency
from userops.datasets.fields import Field, Type
from userops.readers.fast import expressions, integer_ids
from userops.readers.fast.expressions import DoubtError
from userops.readers.fast.order_expressions import amount_of
from userops.readers.options import ReadOptions
from userops.readers.strict.rows import ABSURD_FROM, DTYPES, WHO
from userops.readers.values import amounts, times
from userops.readers.values import text as text_values

# So many words at most are what a column says again and again, as of kinds and types.
_FEW = 32
# A value, and whether the strict way may read its cell otherwise, or refuse its row.
Read = tuple[pl.Expr, pl.Expr]


def told(sample: pl.Series) -> pl.Series:
    """The first rows of a column, of those that say something."""
    return sample.filter(sample != "") if sample.dtype == pl.String else sample.drop_nulls()


def read(
    field: Field,
    sample: pl.Series,
    options: ReadOptions,
    currency: Currency,
    number: pl.Expr | None = None,
) -> Read:
    """The cells of a field's column, which begins like this; `number` is that of ids of a form, where it's there.

    Raises:
        DoubtError: they can't be read for sure.
    """
    first = told(sample)
    if sample.dtype == pl.Null:
        return pl.lit(None, DTYPES[field.type]), pl.lit(False)
    if field.type not in (Type.ID, Type.TEXT, Type.CURRENCY) and first.is_empty():
        return pl.lit(None, DTYPES[field.type]), _said(sample)
    match field.type:
        case Type.ID:
            value: pl.Expr = pl.when(_said(sample)).then(expressions.identity(first))
            unclean = (
                _may_be_nobody(first, options, number)
                if field.name in WHO
                else integer_ids.unclean(first, number)
            )
            return value, _said(sample) & unclean
        case Type.TIME:
            value = expressions.wall_time(first, options)
            return value, _said(sample) & value.is_null()
        case Type.NUMBER:
            return _number(first)
        case Type.MONEY:
            return _money(first, options, currency)
        case Type.CURRENCY:
            code = _code(sample)
            return code, code.is_not_null() & ~code.eq_missing(pl.lit(currency.code))
        case Type.TEXT:
            return _text(field, sample)
        case _:
            raise DoubtError


def codes(sample: pl.Series) -> list[str]:
    """The codes of currencies that a column begins with, each once."""
    return sample.to_frame().select(_code(sample).drop_nulls().unique()).to_series().to_list()


def _said(sample: pl.Series) -> pl.Expr:
    """Whether a cell says anything: a blank one of a text doesn't."""
    column = pl.col(sample.name)
    return column != "" if sample.dtype == pl.String else column.is_not_null()


def _may_be_nobody(sample: pl.Series, options: ReadOptions, number: pl.Expr | None) -> pl.Expr:
    """Whether an id may be one to be cleaned or refused, or nobody's."""
    column, nobody = pl.col(sample.name), options.no_user
    if sample.dtype.is_integer():
        numbers = sorted({int(one) for one in nobody.words if re.fullmatch(r"-?[0-9]{1,18}", one)})
        return column.cast(pl.Int64, strict=False).is_in(numbers)
    form = integer_ids.form_of(sample)
    if form is None:
        return column.str.contains(text_values.unclean_users(nobody))
    # Of a form, which takes less to see, none is unclean.
    numbers = form.numbers_of(nobody.words)
    number = form.number(column) if number is None else number
    other = form.is_other(column, number=number)
    return other | number.is_in(numbers) if numbers else other


def _number(sample: pl.Series) -> Read:
    """Numbers that are none of money."""
    if not (sample.dtype == pl.String or sample.dtype.is_numeric()):
        raise DoubtError
    number = pl.col(sample.name).cast(pl.Float64, strict=False)
    usable = number.is_finite() & (number.abs() <= amounts.LARGEST_NUMBER)
    if sample.to_frame().select(usable.not_().any() | number.has_nulls()).item():
        raise DoubtError
    return number, _said(sample) & ~usable.fill_null(value=False)


def _money(sample: pl.Series, options: ReadOptions, currency: Currency) -> Read:
    """Minor units; what there is something to say of is in doubt."""
    whole = sample.dtype.is_integer() or sample.dtype in (pl.String, pl.Float64)
    pointed = sample.dtype == pl.String and sample.str.contains(".", literal=True).any()
    if not whole or (pointed and not sample.str.contains(amounts.PROVES_POINT).any()):
        raise DoubtError
    minor, noise = amount_of(sample, currency.places, options.decimal)
    largest = min(amounts.PLAIN, ABSURD_FROM * 10**currency.places)
    plain = (noise < amounts.NOISE) & minor.is_between(0, largest, closed="left")
    return minor, _said(sample) & ~plain.fill_null(value=False)


def _code(sample: pl.Series) -> pl.Expr:
    """Codes of currencies."""
    if sample.dtype not in (pl.String, pl.Null):
        raise DoubtError
    return text_values.clean_text(pl.col(sample.name)).str.to_uppercase()


def _text(field: Field, sample: pl.Series) -> Read:
    column, type = pl.col(sample.name), sample.dtype
    if type == pl.Date or isinstance(type, pl.Datetime):
        column = times.as_text(column, type)
    if type != pl.String:
        return text_values.clean_text(column, field.says), pl.lit(False)
    # Words that a column begins with and that stand as they are needn't be cleaned row by row.
    words = sample.drop_nulls().unique().to_frame() if sample.n_unique() <= _FEW else None
    if words is None:
        return text_values.clean_text(column, field.says), _spoiled(column)
    clean = words.filter(text_values.clean_text(column, field.says) == column, ~_spoiled(column))
    kept = clean.to_series().to_list()
    # One is compared in half the time of looking it up.
    known = column == kept[0] if len(kept) == 1 else column.is_in(kept)
    other = pl.when(~known).then(column)
    value = pl.when(known).then(column).otherwise(text_values.clean_text(other, field.says))
    return value, _spoiled(other)


def _spoiled(column: pl.Expr) -> pl.Expr:
    return column.str.contains("\0", literal=True)
