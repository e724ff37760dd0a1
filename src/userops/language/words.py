"""Every word a reader meets, in English and Chinese.

Code and machine formats use keys: snake_case column and table names, English words of
the vocabulary. What people read (terminal, Markdown, HTML, workbook) goes through
`column`, `title` and `phrase`, which find it in `words.toml`: that of the analysis it's said
by, else the common one (see `vocabulary`). A key without an entry is shown as it is, so a
user's own segment names and playbook lines need none.
"""

from __future__ import annotations

from typing import Literal

from userops.core.messages import Note
from userops.language.vocabulary import near, nearest

Lang = Literal["en", "zh"]


def column(name: str, lang: Lang, level: float = 0.95, *, analysis: str = "") -> str:
    """The label of a column; that of an interval's end says with what probability it holds.

    `analysis` is whose table it stands in; without one any analysis' label serves.
    """
    known = near("columns", analysis).get(name)
    if known:
        label: str = known[lang == "zh"]
        return label.replace("{level}", f"{100 * level:g} %")
    return name.replace("_", " ").capitalize() if lang == "en" else name


def has_column(name: str, *, analysis: str = "") -> bool:
    """Whether a column has a label."""
    return name in near("columns", analysis)


def title(name: str, lang: Lang, *, analysis: str = "") -> str:
    """The title of a table of an analysis."""
    known = near("titles", analysis).get(name)
    return known[lang == "zh"] if known else name.replace("_", " ").capitalize()


def phrase(text: str, lang: Lang, *, analysis: str = "") -> str:
    """A word, a sentence or a note of ours, in the reader's language.

    `analysis` is who says it, where words mean one thing here and another there.
    """
    if lang == "en":
        return _english(text, analysis)
    if isinstance(text, Note):
        sentences = nearest("messages", analysis)
        return text.chinese(
            lambda sentence: sentences.get(sentence, sentence),
            lambda word: _word(word, analysis),
        )
    return _chinese(text, analysis) or text


def _english(text: str, analysis: str) -> str:
    """A text as it is, or, of a key that isn't what people read, what they read in its place."""
    if analysis and "_" in text and text.isidentifier():
        known = near("phrases", analysis).get(text)
        if isinstance(known, list):
            return str(known[0])
    return str(text)


def _chinese(text: str, analysis: str) -> str:
    known = nearest("phrases", analysis).get(text, "")
    return str(known[1] if isinstance(known, list) else known)


def _word(text: str, analysis: str) -> str:
    return _chinese(text, analysis) or column(text, "zh", analysis=analysis)
