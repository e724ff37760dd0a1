"""Merged cells of a workbook: the sheet says once what holds for several rows."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl

from userops.core.messages import Note
from userops.engines import query as engine
from userops.readers.files.contents import Content
from userops.readers.files.records import LINE
from userops.readers.files.workbook_survey import position_of, titles

_MERGED = re.compile(
    rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"'
)
_BLOCK = 1 << 20
# Longer than the tag of a merged cell.
_TAG = 256
# More are no table's.
_MOST = 200_000


def cells(path: Path, sheet: str) -> dict[int, list[tuple[int, int]]]:
    """The lines, first and last, of cells that go over several rows, by their column's position.

    Args:
        path: a workbook that was surveyed: whole, and no bomb.
        sheet: its sheet's title.
    """
    found: dict[int, list[tuple[int, int]]] = {}
    with zipfile.ZipFile(path) as archive:
        member = dict(titles(archive)).get(sheet)
        if member is None:
            return found
        for count, (column, first, _, last) in enumerate(_merged(archive, member)):
            if count >= _MOST:
                return {}
            if int(first) < int(last):
                found.setdefault(position_of(column), []).append((int(first), int(last)))
    return {column: sorted(spans) for column, spans in found.items()}


def _merged(archive: zipfile.ZipFile, member: str) -> Iterator[tuple[bytes, bytes, bytes, bytes]]:
    """The corners of merged cells, from behind the sheet's rows."""
    with archive.open(member) as packed:
        carry = b""
        while block := packed.read(_BLOCK):
            data = carry + block
            end = 0
            for tag in _MERGED.finditer(data):
                end = tag.end()
                first, top, last, bottom = tag.groups()
                yield first, top, last, bottom
            carry = data[max(end, len(data) - _TAG) :]


def filled_down(content: Content, figures: Collection[int]) -> Content:
    """A sheet with what merged cells say on all their lines; but `figures` aren't said again."""
    spans = {
        at: below
        for at, cells in content.merged.items()
        if at < len(content.header)
        and at not in figures
        and (below := [one for one in cells if one[0] >= (content.first_line or 1)])
    }
    if not spans:
        return replace(content, merged={}) if content.merged else content
    rows = engine.collect(content.rows)
    for at, below in spans.items():
        rows = _filled(rows, below, f"c{at}")
    return replace(content, rows=rows.lazy(), merged=spans)


def note(name: str, content: Content) -> Note:
    """That cells were filled, and in which columns."""
    columns = tuple(repr(content.header[at]) for at in sorted(content.merged))
    return Note("{file}: merged cells were filled down: {columns}", file=name, columns=columns)


def _filled(rows: pl.DataFrame, spans: list[tuple[int, int]], column: str) -> pl.DataFrame:
    """Rows with what the first line of each merged cell says on its other lines, too."""
    firsts, lasts = (pl.Series(name, ends, pl.Int64) for name, ends in
                     zip(("first", "last"), zip(*spans, strict=True), strict=True))  # fmt: skip
    below = (
        pl.DataFrame([firsts, lasts])
        .select("first", pl.int_ranges(pl.col("first") + 1, pl.col("last") + 1).alias(LINE))
        .explode(LINE)
    )
    said = rows.select(first=LINE, said=column)
    below = below.join(said, on="first", how="left").select(LINE, "said").unique(LINE)
    joined = rows.join(below, on=LINE, how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce(column, "said").alias(column)).drop("said")
