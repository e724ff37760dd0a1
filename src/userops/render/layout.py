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
# What stays on a line where lines break between Chinese characters: what stands in brackets, words and
# numbers of other letters, a character; each with the marks that end it.
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff01-\uff60"
_PIECES = re.compile(rf"(?:（[^（）]*）|[^{_WIDE}]+|.)[、。，：；！？）」』】》.,:;!?)%]*")
_CHINESE = re.compile(f"[{_WIDE}]")
# As narrow as it's folded, and where the table is for it.
_SHORTEST_TEXT, _SHORTEST_KEPT = 20, 28
_SHORTEST_BAR, _LONGEST_BAR = 3, 20
MOST_LINES = 4  # of a folded text


@dataclass(slots=True, eq=False)
class Column:
    """A column as drawn: its texts, and for bars their lengths as shares of the longest.

    Prose that may not fold goes where there's no room for it. `is_empty` and `is_constant` speak of the whole table, `rank` is its place among the columns
    that the table is for, the first being 0; None is none of them.
    """

    name: str
    label: str
    kind: Kind
    texts: list[str]
    bars: list[float] | None = None
    rank: int | None = None
    may_fold: bool = True
    is_empty: bool = False
    is_constant: bool = False
    folds_to: int | None = None
    bar: int = 0
    natural: int = field(init=False)
    width: int = field(init=False)

    def __post_init__(self) -> None:
        """Measure."""
        self.natural = max(map(_wide, self.texts), default=0)
        if self.bars is not None:
            self.bar = _LONGEST_BAR
        if self.long and not self.may_fold:
            self.rank = None
        self.width = max(self.natural + self._bar_and_gap, _wide(self.label))

    @property
    def long(self) -> bool:
        """Whether it's prose."""
        return self.kind in TEXTUAL and self.natural > _LONG

    @property
    def least(self) -> int:
        """The narrowest it can be drawn: no bars, the header on several lines."""
        if self.long and self.may_fold:
            return min(self.natural, _SHORTEST_TEXT if self.rank is None else _SHORTEST_KEPT)
        word = max((_wide(word) for word in self.label.split()), default=0)
        if not self.label.isascii():
            # A label without spaces (Chinese) folds between any two characters, but not in brackets.
            word = max(min(word, 8), *map(_wide, _BRACKETS.findall(self.label)), 0)
        return max(self.natural, word)

    @property
    def other_end(self) -> str | None:
        """The name of an interval's other end, where it's one."""
        name, _, end = self.name.rpartition("_")
        other = {"low": "high", "high": "low"}.get(end)
        return f"{name}_{other}".lstrip("_") if other else None

    @property
    def _bar_and_gap(self) -> int:
        return self.bar + 1 if self.bar else 0

    def set_width(self, width: int) -> None:
        """Draw it that wide: what its texts don't need is for bars."""
        self.width = width
        if self.bars is not None:
            spare = width - self.natural - 1
            self.bar = min(spare, _LONGEST_BAR) if spare >= _SHORTEST_BAR else 0
        self.folds_to = width if self.natural > width else None


@dataclass(frozen=True, slots=True)
class Fitted:
    """The columns that are drawn, with their widths set, and those that aren't, by the reason."""

    columns: list[Column]
    narrow: list[Column] = field(default_factory=list)
    empty: list[Column] = field(default_factory=list)
    constant: list[Column] = field(default_factory=list)


def fit(columns: list[Column], width: int | None) -> Fitted:
    """The columns that fit into a width.

    Headers fold and bars shrink first, then long text folds. Then columns go: those with nothing in
    them, those that say the same in each row, long text, dates, scores, and the rest from the right;
    what the table is for, and its first column, last. The two ends of an interval go together.
    """
    fitted = Fitted(list(columns))
    if width is None:
        return fitted
    while len(fitted.columns) > 1 and _total(one.least for one in fitted.columns) > width:
        column, gone = _expendable(fitted)
        going = [one for one in fitted.columns[1:] if one is column or one.name == column.other_end]
        fitted.columns[:] = [one for one in fitted.columns if one not in going]
        gone.extend(going)
    if _total(column.width for column in fitted.columns) > width:
        _share_out(fitted.columns, width)
    for gone in (fitted.narrow, fitted.empty, fitted.constant):
        gone.sort(key=columns.index)
    return fitted


def _total(widths: Iterable[int]) -> int:
    width_list = list(widths)
    return sum(width_list) + len(GAP) * (len(width_list) - 1)


def _expendable(fitted: Fitted) -> tuple[Column, list[Column]]:
    """The column that goes next, and where to."""
    candidates = fitted.columns[1:]
    for column in candidates:
        if column.is_empty:
            return column, fitted.empty
    for column in candidates:
        if column.is_constant and column.rank is None:
            return column, fitted.constant
    others = [column for column in candidates if column.rank is None]
    for group in (
        [column for column in reversed(others) if column.long],
        [column for column in others if column.kind is Kind.DATE],
        [column for column in reversed(others) if column.kind is Kind.SCORE],
        [column for column in reversed(others) if column.kind not in TEXTUAL],
        others[::-1],
    ):
        if group:
            return group[0], fitted.narrow
    return max(candidates, key=lambda column: column.rank or 0), fitted.narrow


def _share_out(columns: Sequence[Column], width: int) -> None:
    """Give every column its least, then what is left to tall headers, long text, and bars."""
    widths = [min(column.least, width) for column in columns]
    spare = width - _total(widths)
    for height in (3, 2):
        for number, column in enumerate(columns):
            wanted = _narrowest(column.label, widths[number], height)
            if wanted - widths[number] <= spare:
                spare -= wanted - widths[number]
                widths[number] = wanted
    for wants in (lambda column: column.natural if column.long else 0, _with_bars):
        wanting = [number for number, one in enumerate(columns) if wants(one) > widths[number]]
        for left, number in enumerate(wanting):
            extra = min(wants(columns[number]) - widths[number], spare // (len(wanting) - left))
            widths[number] += extra
            spare -= extra
    for column, own_width in zip(columns, widths, strict=True):
        column.set_width(own_width)


def _with_bars(column: Column) -> int:
    return column.natural + 1 + _LONGEST_BAR if column.bars is not None else 0


def _narrowest(label: str, width: int, height: int) -> int:
    """How wide a label has to be at least for so many lines."""
    while len(fold(label, width)) > height:
        width += 1
    return width


def pad(text: str, kind: Kind, width: int) -> str:
    """The text at that width; numbers to the right."""
    space = " " * (width - _wide(text))
    return space + text if kind in NUMERIC else text + space


def fold(text: str, width: int | None, max_lines: int | None = None) -> list[str]:
    """The text in lines of at most `width`, broken at spaces; one in Chinese between characters, too.

    Beyond `max_lines` lines it ends in an ellipsis.
    """
    if width is None or _wide(text) <= width:
        return [text]
    lines = [""]
    # A name in Chinese is a word of an English sentence.
    is_chinese = 4 * len(_CHINESE.findall(text)) > len(text)
    for word in re.split(r" (?![^（]*）)", text):
        space = " " if lines[-1] else ""
        breaks = is_chinese or (_wide(word) > width and not word.isascii())
        for piece in _PIECES.findall(word) if breaks else [word]:
            joined = f"{lines[-1]}{space}{piece}"
            if _wide(joined) <= width:
                lines[-1] = joined
            else:
                lines += chop_cells(piece, max(width, 2))
            space = ""
    lines = lines[1:] if len(lines) > 1 and not lines[0] else lines
    if max_lines is not None and len(lines) > max_lines:
        last = lines[max_lines - 1]
        while last and _wide(last) > width - 1:
            last = last[:-1]
        lines = [*lines[: max_lines - 1], f"{last}…"]
    return lines


def _wide(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)
