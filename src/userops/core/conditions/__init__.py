"""Conditions: what a rule of the settings asks of a row, as a line of text that is data, never run.

condition
    What a rule asks, such as `orders >= 3 and region in (north, 'far east')`. A column, then `=`, `!=`,
    `<`, `<=`, `>` or `>=` and a value; `in (...)`, `not in (...)`; `is empty`, `is not empty`; a column
    of yes and no by itself; joined by `and`, `or`, `not` and brackets, `and` closer than `or`. `> 40`
    isn't true of 40. Values are numbers (`40`, `20%`; money in whole units), days (`2025-12-31`), words
    (in quotes where they hold more than letters and digits, as `'20-24'`), `true` and `false`; a column
    with other signs in its name stands in backticks. An empty cell answers no comparison, and `not` of
    one neither: `not (age > 30)` doesn't hold for whoever gave no age; `is empty` asks for it.
"""

from __future__ import annotations

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
    columns_of,
    parsed,
)

__all__ = [
    "Comparison",
    "Condition",
    "ConditionError",
    "Emptiness",
    "Every",
    "Flag",
    "Membership",
    "Not",
    "OneOf",
    "Value",
    "columns_of",
    "parsed",
]
