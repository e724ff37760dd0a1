"""Fitting the columns of a drawn table into a width."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len, chop_cells

from userops.core.table import Kind
from userops.render.cells import NUMERIC, TEXTUAL

GAP = "  "
_LONG = 24  # text longer than this may be folded
_BRACKETS = re.compile(r"（[^（）]*）")
_SHORTEST_BAR, _LONGEST_BAR = 4, 20


@dataclass(slots=True)
class Column:
    """A column as drawn: its texts, and for bars their lengths as shares of the longest."""

    label: str
    kind: Kind
    texts: list[str]
    bars: list[float] | None = None
    folds_to: int | None = None
    bar: int = 0
    natural: int = field(init=False)
    width: int = field(init=False)

    def __post_init__(self) -> None:
        """Measure."""
        self.natural = max(map(_wide, self.texts), default=0)
        if self.bars is not None:
            self.bar = _LONGEST_BAR
            self.natural += 1  # between the bar and its number
        self.width = max(self.natural + self.bar, _wide(self.label))

    @property
    def long(self) -> bool:
        """Whether it may be folded."""
        return self.kind in TEXTUAL and self.natural > _LONG

    @property
    def least(self) -> int:
        """The narrowest it can be drawn: bars short, the header on several lines."""
        if self.long:
            return _LONG
        word = max((_wide(word) for word in self.label.split()), default=0)
        bar = _SHORTEST_BAR if self.bars is not None else 0
        if not self.label.isascii():
            # A label without spaces (Chinese) folds between any two characters, but not in brackets.
            word = max(min(word, 8), *map(_wide, _BRACKETS.findall(self.label)), 0)
        return max(self.natural + bar, word)


def fit(columns: list[Column], width: int | None) -> tuple[list[Column], list[str]]:
    """The columns that fit, with their widths set, and the labels of those left out.

    Headers fold and bars shrink first, then long text folds. Then columns go: long text,
    dates, scores, and the rest from the right; conclusions in words, and the first, last.
    """
    if width is None:
        return columns, []
    fitting = list(columns)
    while len(fitting) > 1 and _total(column.least for column in fitting) > width:
        fitting.remove(_expendable(fitting))
    if _total(column.width for column in fitting) > width:
        _share_out(fitting, width)
    left_out = [column.label for column in columns if not any(column is other for other in fitting)]
    return fitting, left_out


def _total(widths: Iterable[int]) -> int:
    width_list = list(widths)
    return sum(width_list) + len(GAP) * (len(width_list) - 1)


def _expendable(columns: Sequence[Column]) -> Column:
    candidates = columns[1:]
    for group in (
        [column for column in reversed(candidates) if column.long],
        [column for column in candidates if column.kind is Kind.DATE],
        [column for column in reversed(candidates) if column.kind is Kind.SCORE],
        [column for column in reversed(candidates) if column.kind not in TEXTUAL],
    ):
        if group:
            return group[0]
    return candidates[-1]


def _share_out(columns: Sequence[Column], width: int) -> None:
    """Give every column its least, then what is left to bars, headers and long text in turn."""
    natural_widths = [column.width for column in columns]
    for column in columns:
        column.width = min(column.least, width)
    spare = width - _total(column.width for column in columns)
    order = sorted(zip(columns, natural_widths, strict=True), key=lambda pair: pair[0].long)
    for column, natural_width in order:
        extra = max(min(natural_width - column.width, spare), 0)
        column.width += extra
        spare -= extra
    for column in columns:
        if column.bars is not None:
            column.bar = min(max(column.width - column.natural, 0), _LONGEST_BAR)
        if column.natural + column.bar > column.width:
            column.folds_to = column.width


def pad(text: str, kind: Kind, width: int) -> str:
    """The text at that width; numbers to the right."""
    space = " " * (width - _wide(text))
    return space + text if kind in NUMERIC else text + space


def fold(text: str, width: int | None, max_lines: int | None = None) -> list[str]:
    """The text in lines of at most `width`, broken at spaces where there are any.

    Beyond `max_lines` lines it ends in an ellipsis.
    """
    if width is None or _wide(text) <= width:
        return [text]
    lines = [""]
    for word in re.split(r" (?![^（]*）)", text):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if _wide(joined) <= width:
            lines[-1] = joined
            continue
        parts = _broken(word, max(width, 2))
        lines = [*lines, *parts] if lines[-1] else parts
    if max_lines is not None and len(lines) > max_lines:
        last = lines[max_lines - 1]
        while last and _wide(last) > width - 1:
            last = last[:-1]
        lines = [*lines[: max_lines - 1], f"{last}…"]
    return lines


def _broken(word: str, width: int) -> list[str]:
    """A word that's too long in lines, with what stands in brackets on one where it fits."""
    lines = [""]
    for part in re.findall(r"（[^（）]*）|[^（]+|（", word):
        if _wide(lines[-1] + part) <= width:
            lines[-1] += part
        else:
            lines += chop_cells(part, width)
    return lines if lines[0] else lines[1:]


def _wide(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)
