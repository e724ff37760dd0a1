"""Whether columns can answer what a condition asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

from userops.core.conditions.parse import (
    Comparison,
    Condition,
    ConditionError,
    Flag,
    Membership,
    Value,
    leaves,
    parsed,
)
from userops.core.table import Kind

WORDS = frozenset({Kind.ID, Kind.TEXT, Kind.WORD, Kind.COUNT_OR_TEXT})


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
                if operator not in ("=", "!=") and (kind in WORDS or kind is Kind.FLAG):
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
    if kind in WORDS:
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
