"""Conditions in words: English, or Chinese."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from userops.core.conditions.parse import (
    Comparison,
    Condition,
    Emptiness,
    Every,
    Flag,
    Membership,
    Not,
    OneOf,
)

Lang = Literal["en", "zh"]

_COMPARED = {
    "en": {
        "=": "is", "!=": "is not", "<": "is under", "<=": "is at most", ">": "is over",
        ">=": "is at least",
    },
    "zh": {"=": "为", "!=": "不为", "<": "小于", "<=": "不超过", ">": "大于", ">=": "至少"},
}  # fmt: skip
_OTHER = {
    "en": {
        "and": " and ", "or": " or ", "not": "not ({})", "in": "{} is one of {}",
        "not in": "{} is none of {}", "empty": "{} is empty", "not empty": "{} is not empty",
        "flag": "{}", "comma": ", ", "brackets": "({})", "compared": "{} {} {}",
    },
    "zh": {
        "and": "，且", "or": "，或", "not": "不符合（{}）", "in": "{}为{}之一",
        "not in": "{}不是{}", "empty": "{}为空", "not empty": "{}不为空",
        "flag": "{}", "comma": "、", "brackets": "（{}）", "compared": "{}{} {}",
    },
}  # fmt: skip


def in_words(
    condition: Condition, lang: Lang = "en", label: Callable[[str], str] = lambda column: column
) -> str:
    """A condition as a person would say it; `label` is what a column is called.

    >>> from userops.core.conditions import parsed
    >>> in_words(parsed("orders > 3 and region is not empty"))
    'orders is over 3 and region is not empty'
    """
    words = _OTHER[lang]
    match condition:
        case Not(inner):
            return words["not"].format(in_words(inner, lang, label))
        case Every(parts):
            said = [in_words(part, lang, label) for part in parts]
            bracketed = [
                words["brackets"].format(text) if isinstance(part, OneOf) else text
                for part, text in zip(parts, said, strict=True)
            ]
            return words["and"].join(bracketed)
        case OneOf(parts):
            return words["or"].join(in_words(part, lang, label) for part in parts)
        case Emptiness(column, negated):
            return words["not empty" if negated else "empty"].format(label(column))
        case Flag(column):
            return words["flag"].format(label(column))
        case Membership(column, values, negated):
            listed = words["comma"].join(value.text for value in values)
            return words["not in" if negated else "in"].format(label(column), listed)
        case Comparison(column, operator, value):
            return words["compared"].format(label(column), _COMPARED[lang][operator], value.text)
