"""Notes as a reader of a report takes them: without options, commands and keys.

An analyst at a terminal wants to know what would change a number; whoever reads the page can't give
an option, and has never seen a column's key.
"""

from __future__ import annotations

import re

from userops.language import words
from userops.language.words import Lang

_MACHINE = r"(?<![\w-])--[a-z]|\buserops [a-z]|\[\[?[a-z_.]+\]|\buserops\.toml|\w = \""
_BRACKETED = re.compile(rf"\s*[(（][^()（）]*(?:{_MACHINE})[^()（）]*[)）]")
_TALKS_OF_MACHINE = re.compile(_MACHINE)
# Where a clause ends, with what ends it.
_CLAUSE = re.compile(r"(; |: |\. |；|：|。)")
_KEY = re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b")
_AS_OF = {"en": "the last day", "zh": "截止日"}


def plain(text: str, lang: Lang, analysis: str = "") -> str:
    """A note without clauses that speak of options, and with labels in place of keys.

    >>> plain("2 circles were cut; --show tree lists them", "en")
    '2 circles were cut'
    """
    text = _BRACKETED.sub("", text)
    parts = _CLAUSE.split(text)
    kept = ""
    for clause, end in zip(parts[::2], [*parts[1::2], ""], strict=True):
        if not _TALKS_OF_MACHINE.search(clause):
            kept += clause + end
    kept = kept.strip().rstrip(";:；：").strip()
    return _KEY.sub(lambda found: _label(found[0], lang, analysis), kept)


def _label(key: str, lang: Lang, analysis: str) -> str:
    if key == "as_of":
        return _AS_OF[lang]
    if not words.has_column(key, analysis=analysis):
        return key
    label = words.column(key, lang, analysis=analysis)
    return label[:1].lower() + label[1:] if lang == "en" and label[1:2].islower() else label
