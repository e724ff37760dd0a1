"""Lines of text on a page of fixed width, with Chinese characters two wide."""

from __future__ import annotations

import re
from collections.abc import Iterable
from unicodedata import east_asian_width

_WIDTH = 88
# What a line may break after: a word, or a Chinese character, with the marks that belong to it.
_PIECE = re.compile(
    r"[（“]*(?:[^\s\u2e80-\uffef“”]+|[\u2e80-\uffef])[，。；：、）”？！]*\s*|[，。；：、）”？！]+\s*"
)


def wrapped(paragraph: str, first: str, rest: str, columns: int = _WIDTH) -> str:
    """The paragraph in lines; Chinese may break after any of its characters."""
    lines, line = [], first
    for piece in _PIECE.findall(paragraph):
        if width(line + piece.rstrip()) > columns and line.strip():
            lines.append(line.rstrip())
            line = rest
        line += piece
    return "\n".join([*lines, line.rstrip()])


def width(shown: str) -> int:
    """How many columns a text takes."""
    if shown.isascii():
        return len(shown)
    return sum(1 + (east_asian_width(character) in "WF") for character in shown)


def padded(shown: str, columns: int) -> str:
    """The text, filled up with spaces."""
    return shown + " " * (columns - width(shown))


def fitting(names: Iterable[str], columns: int) -> str:
    """As many of the names as fit, with commas between."""
    shown = ""
    for name in names:
        longer = f"{shown}, {name}" if shown else name
        if width(longer) > columns:
            break
        shown = longer
    return shown
