"""From a condition to a Polars expression over columns whose kinds are known."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import polars as pl

from userops.core.conditions.columns import WORDS, checked
from userops.core.conditions.parse import (
    Comparison,
    Condition,
    Emptiness,
    Every,
    Flag,
    Membership,
    Not,
    OneOf,
    Value,
)
from userops.core.table import Kind


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
    if kind in WORDS:
        return pl.lit(value.text)
    if not isinstance(value.means, Decimal):
        return pl.lit(value.means)
    number = value.means.scaleb(places) if kind is Kind.MONEY else value.means
    return pl.lit(int(number) if number == number.to_integral_value() else float(number))
