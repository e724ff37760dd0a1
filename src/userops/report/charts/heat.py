"""A heat map: a row a cohort, a column an age, darker for more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from userops.report.charts.chart import Chart, Shape, Text
from userops.report.charts.scale import fit_text, svg

SHADES = 9
_ROW, _LABEL, _SIZE, _HEAD, _WIDEST = 22.0, 78.0, 52.0, 20.0, 46.0
_PAGE = 920.0


@dataclass(frozen=True, slots=True)
class HeatCell:
    """A value in a row and column; not `whole` where as_of cuts its period short."""

    row: int
    column: int
    value: float
    shown: str
    tip: str
    whole: bool = True
    is_small: bool = False  # of too few to say much


def heat(
    title: str,
    text: str,
    rows: Sequence[tuple[str, str]],
    columns: Sequence[str],
    cells: Sequence[HeatCell],
    *,
    heads: tuple[str, str] = ("", ""),
) -> Chart:
    """A chart of cells; `rows` are names and sizes, `heads` what stands over them."""
    column_width = min((_PAGE - _LABEL - _SIZE) / max(len(columns), 1), _WIDEST)
    left = _LABEL + _SIZE
    texts = [
        Text("0", svg(_HEAD - 7), heads[0], style="tick"),
        Text(svg(left - 8), svg(_HEAD - 7), heads[1], "end", "tick"),
    ]
    texts += [
        Text(svg(left + column_width * (number + 0.5)), svg(_HEAD - 7), name, "middle", "tick")
        for number, name in enumerate(columns)
    ]
    for number, (name, size) in enumerate(rows):
        baseline = svg(_HEAD + _ROW * number + 15)
        texts.append(Text("0", baseline, fit_text(name, 12), style="label"))
        texts.append(Text(svg(left - 8), baseline, size, "end", "value"))
    shapes = []
    # Age 0 is 100 % by definition: shading by it would leave the others pale.
    highest = max((cell.value for cell in cells if cell.column > 0), default=0.0)
    for cell in cells:
        shape, value = _cell(cell, left + column_width * cell.column, column_width - 1.5, highest)
        shapes.append(shape)
        texts.append(value)
    width, height = left + column_width * len(columns), _HEAD + _ROW * len(rows)
    return Chart(
        "heat", title, text, svg(width), svg(height), tuple(texts), shapes=tuple(shapes),
        wide=len(columns) > 6,
    )  # fmt: skip


def _cell(cell: HeatCell, x: float, width: float, highest: float) -> tuple[Shape, Text]:
    """The cell's box, shaded by its share of the highest value, and the value in it."""
    share = min(cell.value / highest, 1.0) if highest > 0 else 0.0
    shade = f"h{min(int(share * SHADES), SHADES - 1)}"
    y = _HEAD + _ROW * cell.row
    shape = Shape(
        x=svg(x),
        y=svg(y),
        width=svg(width),
        height=svg(_ROW - 1.5),
        style=f"{shade}{'' if cell.whole else ' cut'}{' faded' if cell.is_small else ''}",
        tip=cell.tip,
    )
    return shape, Text(
        svg(x + width / 2),
        svg(y + 14.5),
        cell.shown,
        "middle",
        f"on {shade}{' small' if cell.is_small else ''}",
    )
