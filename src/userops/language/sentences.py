"""Sentences of ours in Chinese, told by their English: errors and their mends, notes, help pages.

English stands where it's said, so it's read there. `messages.toml` has the Chinese, by rooms, by the
English with its blanks: `"{name}: no such file" = "{name}：没有这个文件"`. A text that was filled already is
known by what stands between the blanks. It's read when Chinese is first spoken, never for English.

In the English a blank is `{name}`, one in quotes `{name!r}`, or a count, `{count:row|rows}`. In the
Chinese `{name}` is what stood there (without its quotes), and `{name:said}` what stood there in Chinese: words and
sentences of ours, or lists of such; `{name:listed}` a list of what's a user's, of which only an end that says how many
more there are is ours. What is a user's (columns, values, files) and what is typed (options) is never said.
"""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from userops.core.messages import Note
from userops.language import vocabulary
from userops.language.spoken import spoken
from userops.language.words import phrase

_FILE = Path(__file__).with_name("messages.toml")
# What separates what is listed, and what does so in Chinese.
_OR = "; or "
_MARKS = {_OR: "；或 ", "; ": "；", ", ": "、", " or ": "或", " and ": "和"}
_LEAST = 10  # characters of its own that a note is known by
_QUOTED = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_COUNTED = re.compile(r"([\d,]+) (.+)")
_AND_MORE = re.compile(r", and ([\d,]+) more$")
_COUNT_BEHIND = re.compile(r"(.+): ([\d,]+)")


def said(text: str) -> str:
    """A sentence as the reader is spoken to: English as it is, or in Chinese."""
    return text if spoken() == "en" else in_chinese(text)


def in_chinese(text: str) -> str:
    """A sentence of ours in Chinese; one that isn't known as it is."""
    if isinstance(text, Note):
        return phrase(text, "zh")
    if text in known():
        return known()[text]
    indent = text[: len(text) - len(text.lstrip())]
    if told := _known(text):
        return f"{indent}{told}"
    # Ways that a question can be answered.
    return _MARKS[_OR].join(_known(part) or part for part in text.split(_OR))


def _told(text: str) -> str | None:
    """A word, a sentence or a list of such in Chinese; None where it's none of ours."""
    return _known(text) or _listed(text.strip()) or _counted(text.strip())


def _known(text: str) -> str | None:
    """A word or a sentence in Chinese; None where it's none of ours."""
    plain = text.strip()
    if exactly := known().get(text) or vocabulary.everywhere("phrases").get(plain):
        return str(exactly)
    for sentence in _sentences():
        if all(part in plain for part in sentence.parts):
            match = sentence.pattern.fullmatch(plain)
            if match and (chinese := sentence.filled(match)):
                return chinese
    return None


def _listed(text: str) -> str | None:
    """A list of what is ours; what isn't stands in it as it is."""
    counts = re.split(r", (?=\d)", text)
    if len(counts) > 1 and any(told := [_told(part) for part in counts]):
        return "，".join(one or part for one, part in zip(told, counts, strict=True))
    for mark, comma in _MARKS.items():
        if mark in text:
            parts = text.split(mark)
            told = [_told(part) for part in parts]
            if any(told):
                return comma.join(one or part for one, part in zip(told, parts, strict=True))
    return None


def _counted(text: str) -> str | None:
    """So many of something of ours: `3 no date`, or `no date: 3`."""
    if (match := _COUNTED.fullmatch(text)) and (what := _told(match[2])):
        return f"{match[1]} 行{what}"
    if (match := _COUNT_BEHIND.fullmatch(text)) and (what := _told(match[1])):
        return f"{what} {match[2]}"
    return None


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence by what stands between its blanks, and the Chinese."""

    parts: tuple[str, ...]
    english: str
    chinese: str

    @property
    def pattern(self) -> re.Pattern[str]:
        return _pattern(self.english)

    def filled(self, match: re.Match[str]) -> str | None:
        facts = match.groupdict()
        text = ""
        for literal, name, form, _ in string.Formatter().parse(self.chinese):
            text += literal
            if name is not None:
                fact = _unquoted(facts[name]) if f"{{{name}!r" in self.english else facts[name]
                text += _FORMS[form or ""](fact)
        return text


def _with_more(fact: str) -> str:
    """A list of what's a user's: what's ours is how many more there are."""
    return _AND_MORE.sub(r"，另有 \1 列", fact)


# What a blank of the Chinese does to what stood there.
_FORMS: dict[str, Callable[[str], str]] = {
    "": str,
    "said": lambda fact: (_told(fact) or fact).replace("=COLUMN", "=列名"),
    "listed": _with_more,
}


def _unquoted(fact: str) -> str:
    """What Python wrote in quotes."""
    try:
        return str(ast.literal_eval(fact))
    except (SyntaxError, ValueError):
        return fact


@cache
def _pattern(english: str) -> re.Pattern[str]:
    pattern, seen = "", set[str]()
    for literal, name, form, quotes in string.Formatter().parse(english):
        pattern += re.escape(literal)
        if name is None:
            continue
        one, is_count, several = (form or "").partition("|")
        if name in seen:
            pattern += f"(?P={name})"
        elif is_count:
            pattern += rf"(?P<{name}>[\d,]+) (?:{re.escape(one)}|{re.escape(several)})"
        else:
            pattern += f"(?P<{name}>{_QUOTED if quotes else '.+?'})"
        seen.add(name)
    return re.compile(pattern, re.DOTALL)


@cache
def known() -> dict[str, str]:
    """Every sentence that has its Chinese here, whichever room says it."""
    return {english: chinese for room in rooms().values() for english, chinese in room.items()}


def rooms() -> dict[str, dict[str, str]]:
    """The same by the rooms that say it."""
    with _FILE.open("rb") as file:
        return tomllib.load(file)


@cache
def _sentences() -> tuple[_Sentence, ...]:
    """All that are known, the one with the most of its own words first."""
    notes = {
        english: chinese
        for english, chinese in vocabulary.everywhere("messages").items()
        if _told_by(english) >= _LEAST  # else it'd be anything
    }
    everything = {**notes, **known()}
    made = [_Sentence(_parts(english), english, chinese) for english, chinese in everything.items()]
    return tuple(sorted(made, key=lambda one: (-_told_by(one.english), one.english)))


def _parts(english: str) -> tuple[str, ...]:
    """What stands between its blanks, the longest first: most texts lack that."""
    parts = (part for part, *_ in string.Formatter().parse(english) if part)
    return tuple(sorted(parts, key=len, reverse=True))


def _told_by(english: str) -> int:
    """By how many characters a sentence is known: those of its own, and of what it counts."""
    parsed = string.Formatter().parse(english)
    return sum(len(part) + len((form or "").partition("|")[0]) for part, _, form, _ in parsed)
