"""Bars: one value a row, left and right of zero; a mark where the value was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from userops.report.charts.chart import WIDTH, AxisLine, Chart, Shape, Text
from userops.report.charts.scale import Scale, fit_text, svg, value_range

_ROW, _BAR, _LABEL_CELLS, _CELL = 23.0, 13.0, 20, 7.2


@dataclass(frozen=True, slots=True)
class Bar:
    """A row: its name, value, and the value in words; `before` is the mark's."""

    name: str
    value: float
    shown: str
    before: float | None = None
    tip: str = ""
    style: str = "c1"


def bars(title: str, text: str, rows: Sequence[Bar], *, signed: bool = False) -> Chart:
    """A chart of horizontal bars; `signed` colours them by their sign."""
    low, high = value_range([value for row in rows for value in (row.value, row.before)])
    name_cells = min(max((cell_len(row.name) for row in rows), default=0), _LABEL_CELLS)
    value_width = max((cell_len(row.shown) for row in rows), default=0) * _CELL + 8
    left = max(name_cells * _CELL, 60) + 10 + (value_width if low < 0 else 0)
    scale = Scale(low, high, left, max(WIDTH - value_width, left + 60))
    texts: list[Text] = []
    shapes: list[Shape] = []
    for number, row in enumerate(rows):
        top = number * _ROW + (_ROW - _BAR) / 2
        texts += _texts(row, scale, svg(top + _BAR - 2.5))
        shapes += _shapes(row, scale, top, signed=signed)
    zero, height = svg(scale(0)), svg(len(rows) * _ROW)
    axis = AxisLine(zero, "0", zero, height, "axis")
    return Chart("bars", title, text, svg(WIDTH), height, tuple(texts), (axis,), tuple(shapes))


def _texts(row: Bar, scale: Scale, baseline: str) -> tuple[Text, Text]:
    """The row's name, and its value at the bar's outer end."""
    name = Text("0", baseline, fit_text(row.name, _LABEL_CELLS), style="label")
    end = scale(row.value)
    if row.value < 0:
        return name, Text(svg(end - 5), baseline, row.shown, "end", "value")
    outer_end = end if row.before is None else max(end, scale(row.before))
    return name, Text(svg(outer_end + 5), baseline, row.shown, style="value")


def _shapes(row: Bar, scale: Scale, top: float, *, signed: bool) -> list[Shape]:
    """The bar, and a mark where the value was before."""
    zero, end = scale(0), scale(row.value)
    tip = row.tip or f"{row.name}: {row.shown}"
    bar = Shape(
        x=svg(min(zero, end)),
        y=svg(top),
        width=svg(max(abs(end - zero), 0.8)),
        height=svg(_BAR),
        style=("up" if row.value >= 0 else "down") if signed else row.style,
        tip=tip,
    )
    if row.before is None:
        return [bar]
    mark = Shape(
        x=svg(scale(row.before) - 1),
        y=svg(top - 3),
        width="2",
        height=svg(_BAR + 6),
        style="mark",
        tip=tip,
    )
    return [bar, mark]
