"""A heat map: a row a cohort, a column an age, darker for more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from userops.report.charts.chart import Chart, Shape, Text
from userops.report.charts.scale import at, fitted

SHADES = 9
_ROW, _LABEL, _SIZE, _HEAD, _WIDEST = 22.0, 78.0, 52.0, 20.0, 46.0
_PAGE = 920.0


@dataclass(frozen=True, slots=True)
class Cell:
    """A value in a row and column; not `whole` where as_of cuts its period short."""

    row: int
    column: int
    value: float
    shown: str
    tip: str
    whole: bool = True


def heat(
    title: str,
    text: str,
    rows: Sequence[tuple[str, str]],
    columns: Sequence[str],
    cells: Sequence[Cell],
    *,
    heads: tuple[str, str] = ("", ""),
) -> Chart:
    """A chart of cells; `rows` are names and sizes, `heads` what stands over them."""
    wide = min((_PAGE - _LABEL - _SIZE) / max(len(columns), 1), _WIDEST)
    left = _LABEL + _SIZE
    texts = [
        Text("0", at(_HEAD - 7), heads[0], style="tick"),
        Text(at(left - 8), at(_HEAD - 7), heads[1], "end", "tick"),
    ]
    texts += [
        Text(at(left + wide * (number + 0.5)), at(_HEAD - 7), name, "middle", "tick")
        for number, name in enumerate(columns)
    ]
    for number, (name, size) in enumerate(rows):
        base = at(_HEAD + _ROW * number + 15)
        texts.append(Text("0", base, fitted(name, 12), style="label"))
        texts.append(Text(at(left - 8), base, size, "end", "value"))
    shapes = []
    # Age 0 is 100 % by definition: shading by it would leave the others pale.
    most = max((cell.value for cell in cells if cell.column > 0), default=0.0)
    for cell in cells:
        part = min(cell.value / most, 1.0) if most > 0 else 0.0
        shade = f"h{min(int(part * SHADES), SHADES - 1)}"
        x, y = left + wide * cell.column, _HEAD + _ROW * cell.row
        shapes.append(
            Shape(
                x=at(x), y=at(y), width=at(wide - 1.5), height=at(_ROW - 1.5),
                style=shade if cell.whole else f"{shade} cut", tip=cell.tip,
            )
        )  # fmt: skip
        texts.append(
            Text(at(x + (wide - 1.5) / 2), at(y + 14.5), cell.shown, "middle", f"on {shade}")
        )
    width, height = left + wide * len(columns), _HEAD + _ROW * len(rows)
    return Chart(
        "heat", title, text, at(width), at(height), tuple(texts), shapes=tuple(shapes),
        wide=len(columns) > 6,
    )  # fmt: skip
