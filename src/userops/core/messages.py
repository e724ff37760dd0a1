"""Notes: sentences with facts in them, English where they're used as text, known in Chinese.

What reading assumed and what an analysis has to say beside its tables is a `Note`: a sentence
with blanks, and what fills them. It is a string, so standard error and machine formats have it
in English; where people read Chinese, `words.phrase` fills the Chinese sentence instead.
"""

from __future__ import annotations

import string
from collections.abc import Callable
from datetime import date
from typing import Any, Self


class Word(str):
    """A fact that is a word of the vocabulary: a measure, a reason, the name of a period."""

    __slots__ = ()


class Note(str):
    """A sentence of ours, its blanks filled with facts.

    Blanks are those of `str.format`, and counts: `{count:user has|users have}`. Facts that are
    Notes, Words or tuples of such go into the reader's language too.
    """

    sentence: str
    facts: dict[str, Any]

    def __new__(cls, sentence: str, /, **facts: Any) -> Self:
        """Fills the blanks of a sentence."""
        texts = {name: _joined(fact, ", ") for name, fact in facts.items()}
        note = super().__new__(cls, _FILLING.vformat(sentence, (), texts))
        note.sentence, note.facts = sentence, facts
        return note

    @classmethod
    def again(cls, sentence: str, facts: dict[str, Any]) -> Self:
        """A note that was made before, from its parts."""
        return cls(sentence, **facts)

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        """What a copy is made from."""
        return (self.sentence,), self.facts

    def but(self, change: Callable[[str], str]) -> Note:
        """The same with every fact that is a text, and no word of ours, changed."""

        def changed(fact: Any) -> Any:
            if isinstance(fact, tuple):
                return tuple(map(changed, fact))
            if isinstance(fact, Note):
                return fact.but(change)
            return change(fact) if isinstance(fact, str) and not isinstance(fact, Word) else fact

        facts = {name: changed(fact) for name, fact in self.facts.items()}
        return type(self)(self.sentence, **facts)

    def chinese(self, sentence: Callable[[str], str], word: Callable[[str], str]) -> str:
        """The same in Chinese: `sentence` translates a sentence of ours, `word` a Word."""

        def told(fact: Any) -> Any:
            if isinstance(fact, tuple):
                parts = tuple(map(told, fact))
                return _joined(parts, "；" if any("、" in str(part) for part in parts) else "、")
            if isinstance(fact, Note):
                return fact.chinese(sentence, word)
            return word(fact) if isinstance(fact, Word) else fact

        facts = {name: told(fact) for name, fact in self.facts.items()}
        return _FILLING.vformat(sentence(self.sentence), (), facts)


class _Filling(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        singular, has_forms, plural = format_spec.partition("|")
        return (
            counted(value, singular, plural)
            if has_forms
            else super().format_field(value, format_spec)
        )


_FILLING = _Filling()


def fill(sentence: str, /, **facts: Any) -> str:
    """A sentence with its blanks filled: those of `str.format`, and counts."""
    return _FILLING.vformat(sentence, (), facts)


def counted(count: int, thing: str, things: str | None = None) -> str:
    """So many things, as English has it: 1 user, 2,000 users, 3 entries."""
    return f"{count:,} {thing if count == 1 else things or f'{thing}s'}"


def begins(exports: str, first: date, period: str, *, whole: bool) -> Note:
    """Nobody knows who was there before the export begins, nor all of its first period."""
    note = Note(
        "the {exports} begin on {first}: users from before that also count as new",
        exports=Word(exports),
        first=first,
    )
    if whole:
        return note
    return Note(
        "{known}; the first {period} is incomplete",
        known=note,
        period=Word(period),
    )


def cut_short(period: str) -> Note:
    """The period of as_of isn't over."""
    return Note("the last {period} is incomplete: it ends after as_of", period=Word(period))


def _joined(fact: Any, comma: str) -> Any:
    return comma.join(map(str, fact)) if isinstance(fact, tuple) else fact
