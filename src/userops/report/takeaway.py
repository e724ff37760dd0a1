"""Lists that readers take along: as a link that holds them, and as the file beside the report."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from urllib.parse import quote

from userops.core.table import Table
from userops.render import cells
from userops.report.material import Material
from userops.report.parts import Grid

_MOST = 500  # rows that a page carries along


def with_file(
    material: Material, grid: Grid, table: Table, columns: Sequence[str], key: str, name: str
) -> Grid:
    """A list with what it can be taken along by.

    Where ids are masked a copy would be of no use: then there's the file beside the report alone.
    """
    file = material.beside.get(key, "")
    if material.masked:
        return replace(grid, listed=True, name=name, file=file)
    return replace(grid, listed=True, name=name, file=file, data=_link(material, table, columns))


def _link(material: Material, table: Table, columns: Sequence[str]) -> str:
    """The first rows as CSV in a link, with labels for heads."""
    shown = table.frame.head(_MOST)
    texts = [
        list(map(_cell, cells.column_texts(name, table, shown, material.lang))) for name in columns
    ]
    sink = StringIO()
    writer = csv.writer(sink, lineterminator="\r\n")
    writer.writerow([cells.label(name, table, material.lang) for name in columns])
    writer.writerows(zip(*texts, strict=True))
    return "data:text/csv;charset=utf-8," + quote("\ufeff" + sink.getvalue())


def _cell(text: str) -> str:
    """A text that no spreadsheet runs."""
    return (
        f"'{text}"
        if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not _is_number(text)
        else text
    )


def _is_number(text: str) -> bool:
    return text.replace(",", "").replace(".", "", 1).lstrip("+-").isdigit()
