"""From a condition to a Polars expression over columns whose kinds are known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

import polars as pl

from userops.core.conditions.parse import (
    Comparison,
    Condition,
    ConditionError,
    Emptiness,
    Every,
    Flag,
    Membership,
    Not,
    OneOf,
    Value,
    leaves,
    parsed,
)
from userops.core.table import Kind

_WORDS = frozenset({Kind.ID, Kind.TEXT, Kind.WORD, Kind.COUNT_OR_TEXT})


def expression(text: str, columns: Mapping[str, Kind], places: int = 2) -> pl.Expr:
    """Whether a row fulfils a condition: true or false, never null.

    Args:
        text: the condition.
        columns: the columns that it may ask about, and what they hold; money in minor units.
        places: decimal places of the currency, in whose whole units the condition speaks.

    Raises:
        ConditionError: it can't be read, names a column that isn't there, or compares what can't be
            compared.
    """
    condition = checked(text, columns)
    return _expression(condition, columns, places).fill_null(value=False)


def checked(text: str, columns: Mapping[str, Kind]) -> Condition:
    """What a condition asks, once it's seen that these columns can answer it.

    Raises:
        ConditionError: they can't.
    """
    condition = parsed(text)
    for one in leaves(condition):
        if one.column not in columns:
            near = get_close_matches(one.column, columns, 1, cutoff=0.5)
            hint = f"did you mean {near[0]}? " if near else ""
            raise ConditionError(
                text,
                one.place,
                f"no column {one.column}",
                mend=f"{hint}There are: {', '.join(columns)}",
            )
        kind = columns[one.column]
        match one:
            case Flag() if kind is not Kind.FLAG:
                raise ConditionError(
                    text, one.place, f"{one.column} isn't yes or no: a comparison is expected"
                )
            case Comparison(operator=operator, value=value):
                if operator not in ("=", "!=") and (kind in _WORDS or kind is Kind.FLAG):
                    raise ConditionError(
                        text, one.place, f"{one.column} holds words, of which none is more or less"
                    )
                _check_value(text, one.column, kind, value)
            case Membership(values=values):
                for value in values:
                    _check_value(text, one.column, kind, value)
            case _:
                pass
    return condition


def _check_value(text: str, column: str, kind: Kind, value: Value) -> None:
    if kind in _WORDS:
        return
    wanted: tuple[type, str] = (Decimal, "a number")
    if kind is Kind.DATE:
        wanted = (date, "a day as 2025-12-31")
    elif kind is Kind.FLAG:
        wanted = (bool, "true or false")
    if not isinstance(value.means, wanted[0]):
        raise ConditionError(
            text, value.place, f"{column} is compared with {wanted[1]}, not {value.text!r}"
        )


def _expression(condition: Condition, columns: Mapping[str, Kind], places: int) -> pl.Expr:
    match condition:
        case Not(inner):
            return ~_expression(inner, columns, places)
        case Every(parts):
            return pl.all_horizontal([_expression(part, columns, places) for part in parts])
        case OneOf(parts):
            return pl.any_horizontal([_expression(part, columns, places) for part in parts])
        case Emptiness(column, negated):
            return pl.col(column).is_not_null() if negated else pl.col(column).is_null()
        case Flag(column):
            return pl.col(column)
        case Membership(column, values, negated):
            literals = [_literal(value, columns[column], places) for value in values]
            found = pl.any_horizontal([pl.col(column) == one for one in literals])
            return ~found if negated else found
        case Comparison(column, operator, value):
            return _compared(pl.col(column), operator, _literal(value, columns[column], places))


def _compared(column: pl.Expr, operator: str, value: pl.Expr) -> pl.Expr:
    match operator:
        case "=":
            return column == value
        case "!=":
            return column != value
        case "<":
            return column < value
        case "<=":
            return column <= value
        case ">":
            return column > value
        case _:
            return column >= value


def _literal(value: Value, kind: Kind, places: int) -> pl.Expr:
    if kind in _WORDS:
        return pl.lit(value.text)
    if not isinstance(value.means, Decimal):
        return pl.lit(value.means)
    number = value.means.scaleb(places) if kind is Kind.MONEY else value.means
    return pl.lit(int(number) if number == number.to_integral_value() else float(number))
