"""Fitting the columns of a drawn table into a width."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len, chop_cells

from userops.core.table import Kind
from userops.render.cells import NUMERIC, TEXTUAL

GAP = "  "
_LONG = 24  # text longer than this may be folded
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
        # A label without spaces (Chinese) folds between any two characters.
        return max(self.natural + bar, word if self.label.isascii() else min(word, 8))


def fit(columns: list[Column], width: int | None) -> tuple[list[Column], list[str]]:
    """The columns that fit, with their widths set, and the labels of those left out.

    Headers fold and bars shrink first, then long text folds. Then columns go: long text,
    dates, scores, and the rest from the right; conclusions in words, and the first, last.
    """
    if width is None:
        return columns, []
    kept = list(columns)
    while len(kept) > 1 and _total(column.least for column in kept) > width:
        kept.remove(_expendable(kept))
    if _total(column.width for column in kept) > width:
        _share_out(kept, width)
    dropped = [column.label for column in columns if not any(column is one for one in kept)]
    return kept, dropped


def _total(widths: Iterable[int]) -> int:
    listed = list(widths)
    return sum(listed) + len(GAP) * (len(listed) - 1)


def _expendable(kept: Sequence[Column]) -> Column:
    rest = kept[1:]
    for group in (
        [column for column in reversed(rest) if column.long],
        [column for column in rest if column.kind is Kind.DATE],
        [column for column in reversed(rest) if column.kind is Kind.SCORE],
        [column for column in reversed(rest) if column.kind not in TEXTUAL],
    ):
        if group:
            return group[0]
    return rest[-1]


def _share_out(kept: Sequence[Column], width: int) -> None:
    """Give every column its least, then what is left to bars, headers and long text in turn."""
    wanted = [column.width for column in kept]
    for column in kept:
        column.width = min(column.least, width)
    spare = width - _total(column.width for column in kept)
    order = sorted(zip(kept, wanted, strict=True), key=lambda pair: pair[0].long)
    for column, want in order:
        more = max(min(want - column.width, spare), 0)
        column.width += more
        spare -= more
    for column in kept:
        if column.bars is not None:
            column.bar = min(max(column.width - column.natural, 0), _LONGEST_BAR)
        if column.natural + column.bar > column.width:
            column.folds_to = column.width


def pad(text: str, kind: Kind, width: int) -> str:
    """The text at that width; numbers to the right."""
    space = " " * (width - _wide(text))
    return space + text if kind in NUMERIC else text + space


def fold(text: str, width: int | None, most: int | None = None) -> list[str]:
    """The text in lines of at most `width`, broken at spaces where there are any.

    Beyond `most` lines it ends in an ellipsis.
    """
    if width is None or _wide(text) <= width:
        return [text]
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if _wide(joined) <= width:
            lines[-1] = joined
            continue
        pieces = chop_cells(word, max(width, 2))
        lines = [*lines, *pieces] if lines[-1] else pieces
    if most is not None and len(lines) > most:
        last = lines[most - 1]
        while last and _wide(last) > width - 1:
            last = last[:-1]
        lines = [*lines[: most - 1], f"{last}…"]
    return lines


def _wide(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)
