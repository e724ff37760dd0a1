"""The rules of a project's settings, in words: what `explain` says of an analysis beside its words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from userops.analyses import ANALYSES
from userops.core.conditions import parsed
from userops.core.conditions.words import in_words as condition_in_words
from userops.core.params import Declared, Params, declared
from userops.customers import rule_words
from userops.customers.granting_rules import GrantingRule

Lang = Literal["en", "zh"]


def rules_in_words(name: str | None, lang: Lang) -> str:
    """What the settings here have as rules of an analysis; nothing where there are none.

    Raises:
        UsageError: something in the settings can't be.
    """
    analysis = ANALYSES.get((name or "").strip().casefold())
    tables = [one for one in declared(analysis.params) if one.is_rows] if analysis else []
    from userops.settings import NAME, load

    if analysis is None or not tables or not Path(NAME).is_file():
        return ""
    params = load(None)[0].params(analysis.params)
    shown = []
    for table in tables:
        if rows := getattr(params, table.name):
            listed = "\n".join(f"  {_row(row, lang)}" for row in rows)
            shown.append(f"[[{table.rows_table}]] · {table.line(lang)}\n{listed}")
    return "\n\n".join(shown)


def _row(row: Params, lang: Lang) -> str:
    if isinstance(row, GrantingRule):
        return rule_words.in_words(row, lang)
    comma, colon = (", ", ": ") if lang == "en" else ("，", "：")
    return comma.join(f"{one.line(lang)}{colon}{text}" for one, text in _said(row, lang))


def _said(row: Params, lang: Lang) -> Iterator[tuple[Declared, str]]:
    """What a row of any other kind says, key by key; conditions in words."""
    for one in declared(type(row)):
        value: Any = getattr(row, one.name)
        if value is None or value == ():
            continue
        is_condition = one.param.taken == "condition"
        yield one, condition_in_words(parsed(str(value)), lang) if is_condition else str(value)
