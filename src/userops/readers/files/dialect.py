"""How a delimited text is written: its delimiter, its header, what stands before it."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

DELIMITERS = (",", "\t", ";", "|")
# A preamble (a shop's name, an account, a date range) is never longer than this.
_MAX_PREAMBLE = 40
MAX_COLUMNS = 10_000


@dataclass(frozen=True, slots=True)
class Dialect:
    """`header_lines` counts the lines up to and with the header; `above` are the rows before it."""

    delimiter: str
    header: tuple[str, ...]
    header_lines: int
    above: tuple[str, ...] = ()


def by_position(width: int) -> tuple[str, ...]:
    """The names of columns that have none."""
    return tuple(str(number) for number in range(1, width + 1))


def headless(head: str) -> Dialect:
    """The dialect of a text without a header: the delimiter that sets most columns apart."""
    best = Dialect(",", by_position(1), 0)
    lines = head.split("\n")
    for delimiter in DELIMITERS:
        rows = _rows(lines, delimiter)
        width = _usual_width(rows)
        if width > len(best.header):
            best = Dialect(delimiter, by_position(width), 0)
    return best


def sniff(head: str, recognised: Callable[[Sequence[str]], int]) -> Dialect:
    """The dialect of a text from its first lines.

    `recognised` counts the fields that it knows among some column names: the header is
    the line that most is known of, not always the first.
    """
    lines = head.split("\n")
    given = lines[0].lstrip("\ufeff").strip().lower()
    separator_line = given.startswith("sep=") and len(given) <= 5
    delimiters: Sequence[str] = DELIMITERS
    if separator_line:
        original = lines[0].lstrip("\ufeff").strip("\r\n")
        delimiters = [original[4:5] or ","]
    best: tuple[tuple[int, int, int], Dialect] | None = None
    # Lines without a delimiter are the same cells by each.
    fields_known = cache(recognised)
    for delimiter in delimiters:
        rows = _rows(lines, delimiter)
        if separator_line:
            rows = rows[1:]
        width = _usual_width(rows)
        for number, (end, row) in enumerate(rows[:_MAX_PREAMBLE]):
            if not any(cell.strip() for cell in row):
                continue
            known = fields_known(tuple(row))
            fits = len(row) == width
            # Most fields known; then the width that most lines have; then the earliest line.
            rank = (
                known if len(row) > 1 or known else 0,
                int(fits),
                len(row) if number == 0 else 0,
            )
            if best is None or rank > best[0]:
                above = tuple(delimiter.join(cells).strip(delimiter) for _, cells in rows[:number])
                best = rank, Dialect(delimiter, tuple(row), end, above)
            if number == 0 and known and fits:
                break
    if best is None:
        return Dialect(",", ("",), 1)
    return best[1]


def _rows(lines: Sequence[str], delimiter: str) -> list[tuple[int, list[str]]]:
    """Records with the number of the line each ends on, counted from 1."""
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter)
    rows = []
    try:
        for row in reader:
            rows.append((reader.line_num, [cell.strip("\r\n") for cell in row]))
            if len(rows) > 200:
                break
    except csv.Error:
        pass
    if rows:
        rows[0][1][:1] = [cell.lstrip("\ufeff") for cell in rows[0][1][:1]]
    return rows


def _usual_width(rows: Sequence[tuple[int, list[str]]]) -> int:
    widths = Counter(len(row) for _, row in rows if any(cell.strip() for cell in row))
    return max(widths, key=lambda width: (widths[width], width)) if widths else 0
