"""Bars: one value a row, left and right of zero; a mark where the value was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from userops.report.charts.chart import WIDTH, Chart, Rule, Shape, Text
from userops.report.charts.scale import Scale, at, extent, fitted

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
    low, high = extent([each for row in rows for each in (row.value, row.before)])
    named = min(max((cell_len(row.name) for row in rows), default=0), _LABEL_CELLS)
    valued = max((cell_len(row.shown) for row in rows), default=0) * _CELL + 8
    left = max(named * _CELL, 60) + 10 + (valued if low < 0 else 0)
    scale = Scale(low, high, left, max(WIDTH - valued, left + 60))
    zero = scale(0)
    texts: list[Text] = []
    shapes: list[Shape] = []
    for number, row in enumerate(rows):
        top = number * _ROW + (_ROW - _BAR) / 2
        base = at(top + _BAR - 2.5)
        end = scale(row.value)
        style = ("up" if row.value >= 0 else "down") if signed else row.style
        tip = row.tip or f"{row.name}: {row.shown}"
        texts.append(Text("0", base, fitted(row.name, _LABEL_CELLS), style="label"))
        shapes.append(
            Shape(
                x=at(min(zero, end)),
                y=at(top),
                width=at(max(abs(end - zero), 0.8)),
                height=at(_BAR),
                style=style,
                tip=tip,
            )
        )
        outside = end if row.before is None else max(end, scale(row.before))
        if row.value < 0:
            texts.append(Text(at(end - 5), base, row.shown, "end", "value"))
        else:
            texts.append(Text(at(outside + 5), base, row.shown, style="value"))
        if row.before is not None:
            mark = scale(row.before)
            shapes.append(
                Shape(
                    x=at(mark - 1),
                    y=at(top - 3),
                    width="2",
                    height=at(_BAR + 6),
                    style="mark",
                    tip=tip,
                )
            )
    height = len(rows) * _ROW
    rules = (Rule(at(zero), "0", at(zero), at(height), "axis"),)
    return Chart("bars", title, text, at(WIDTH), at(height), tuple(texts), rules, tuple(shapes))
