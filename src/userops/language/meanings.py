"""What a definition is called and says, in either language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from userops.language import definitions as book
from userops.language import places, vocabulary, words
from userops.language.definitions import Definition
from userops.language.words import Lang


def label(one: Definition, lang: Lang) -> str:
    """What a reader sees for it."""
    if one.kind == book.PARAMETER:
        return one.name
    analyses = places.whose(book.paths()[one.module]) or ("",)
    if one.kind == book.TABLE:
        return words.title(one.name, lang, analysis=analyses[0])
    named = one.kind not in (book.SEGMENT, book.TIER, book.STATUS)
    for analysis in analyses:
        if named and words.has_column(one.name, analysis=analysis):
            return words.column(one.name, lang, analysis=analysis)
    return words.phrase(one.name, lang, analysis=analyses[0])


def text(one: Definition, lang: Lang) -> str:
    """Its definition, in Chinese where there is a Chinese one."""
    if lang == "en":
        return one.text
    if one.kind == book.SEGMENT:
        return _scores_zh(one.text)
    if one.zh:
        return one.zh
    return next(_chinese(one), one.text)


def _chinese(one: Definition) -> Iterator[str]:
    """Its definitions in Chinese, the nearest first.

    A key is a name, or `module.name` where modules of a room mean different things by one name.
    Names that one text defines in English share the first's in Chinese.
    """
    kind = "tables" if one.kind == book.TABLE else "definitions"
    rooms = [vocabulary.book(room).get(kind, {}) for room in homes(book.paths()[one.module])]
    for room in rooms:
        for name in (one.name, *one.siblings):
            keys = (f"{one.module}.{name}", name)
            yield from (room[key] for key in keys if key in room)


@cache
def homes(path: str) -> tuple[str, ...]:
    """The rooms where a module's words are said in Chinese, by its dotted path, the nearest first."""
    *folders, _ = path.split(".")
    around = ("/".join(folders[:depth]) for depth in range(len(folders), 0, -1))
    nearest = next((room for room in around if vocabulary.book(room)), None)
    own = [nearest] if nearest else [*map(vocabulary.of_analysis, places.whose(path))]
    # What several analyses draw on is said in common.
    return (*own, vocabulary.COMMON) if len(own) < 2 else (vocabulary.COMMON, *own)


def unit(one: Definition, lang: Lang) -> str:
    """Its unit; of several in Chinese each, unless they are keys that a column holds."""
    known = said("units", one.unit, lang)
    if lang == "en" or known != one.unit:
        return known
    parts = [said("units", part, lang) for part in re.split(", or |, | or ", one.unit)]
    is_known = all(not part.isascii() for part in parts)
    return "、".join(parts) if is_known else known


def said(kind: str, text: str, lang: Lang) -> str:
    """One of the few words that stand beside a definition: a unit, a heading."""
    known: str = vocabulary.book(vocabulary.COMMON)[kind].get(text, text) if lang == "zh" else text
    return known


def _scores_zh(rule: str) -> str:
    for english, chinese in vocabulary.book(vocabulary.COMMON)["scores"].items():
        rule = rule.replace(english, chinese)
    return rule
