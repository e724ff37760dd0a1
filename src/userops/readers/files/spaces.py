"""Columns that spaces set apart, of one width or of any, written over with tabs between them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from userops.readers.files.records import lines_of, own_place

_LINES = 200
_WIDE = re.compile(r" {2,}|\t")
_FEWEST = 2  # lines that show a layout


@dataclass(frozen=True, slots=True)
class Layout:
    """How lines are cut: at `columns` (where each begins), at two spaces and more, or at any."""

    width: int
    columns: tuple[int, ...] = ()
    wide: bool = False

    def cells(self, line: str) -> list[str]:
        """The cells of a line; the whole line where it isn't laid out so."""
        if self.columns:
            ends = [*self.columns[1:], None]
            # What stands where there's nothing else would be cut in two.
            if any(end is not None and line[end - 1 : end].strip() for end in ends):
                return [line.strip()]
            return [line[start:end].strip() for start, end in zip(self.columns, ends, strict=True)]
        return _WIDE.split(line.strip()) if self.wide else line.split()


def found(head: str) -> Layout | None:
    """How spaces set columns apart in a text that begins so; None where they don't."""
    lines = [line.rstrip() for line in head.split("\n")[:_LINES] if line.strip()]
    if len(lines) < _FEWEST:
        return None
    counts = {len(line.split()) for line in lines}
    if len(counts) == 1 and (width := counts.pop()) > 1:
        return Layout(width)
    columns = _columns(lines)
    if len(columns) > 1:
        return Layout(len(columns), columns)
    counts = {len(_WIDE.split(line.strip())) for line in lines}
    if len(counts) == 1 and (width := counts.pop()) > 1:
        return Layout(width, wide=True)
    return None


def _columns(lines: Sequence[str]) -> tuple[int, ...]:
    """Where columns of one width begin: behind what's blank in all lines, the header's too."""
    widest = max(map(len, lines))
    blank = [all(line[at : at + 1].strip() == "" for line in lines) for at in range(widest)]
    starts = [at for at in range(widest) if not blank[at] and (at == 0 or blank[at - 1])]
    # Where the header has nothing a value has a space in it.
    header = lines[0]
    ends = [*starts[1:], widest]
    named = [start for start, end in zip(starts, ends, strict=True) if header[start:end].strip()]
    return (0, *named[1:]) if named else ()


def with_tabs(path: Path, layout: Layout, folder: Path) -> Path:
    """The text with tabs between its cells, line by line; lines of another layout as they are."""
    target = own_place(folder) / "tabs"
    with (
        path.open(encoding="utf-8-sig", newline="\n") as text,
        target.open("w", encoding="utf-8", newline="\n") as out,
    ):
        for line in lines_of(text, path.name):
            bare = line.rstrip("\r\n")
            cells = layout.cells(bare) if bare.strip() else [""]
            out.write("\t".join(map(_quoted, cells)) + "\n")
    return target


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if '"' in cell else cell
