"""Lines over periods or ages, with intervals; what as_of cuts short is drawn hollow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rich.cells import cell_len

from userops.core.table import Currency, Kind
from userops.language.words import Lang
from userops.report.charts.chart import WIDTH, AxisLine, Chart, Dot, Shape, Text
from userops.report.charts.scale import (
    Scale,
    label_places,
    svg,
    tick_text,
    ticks,
    value_range,
)

_HEIGHT, _TOP, _BOTTOM, _RIGHT = 190.0, 12.0, 24.0, 14.0
_CHARACTER = 6.4  # of the axis' text


@dataclass(frozen=True, slots=True)
class Point:
    """A value over a label of the axis; None leaves a gap."""

    label: str
    value: float | None
    tip: str
    low: float | None = None
    high: float | None = None
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """A line's points, all lines having the same labels."""

    name: str
    points: Sequence[Point] = field(default_factory=tuple)
    style: str = "c1"
    stepped: bool = False
    plain: bool = False  # without dots: what another line is compared with


def lines(
    title: str,
    text: str,
    chart_lines: Sequence[Line],
    kind: Kind,
    currency: Currency,
    lang: Lang,
    *,
    zero: bool = True,
    labels: int = 6,
    places: Sequence[float] | None = None,
    marks: Mapping[int, str] | None = None,
) -> Chart:
    """A chart of lines; `places` are the labels' own places on the axis, else they're even.

    `marks` names some of the places, as days that aren't like others.
    """
    tick_values = _tick_values(chart_lines, kind, currency, zero=zero)
    tick_texts = [tick_text(tick, kind, currency, lang) for tick in tick_values]
    left = max(map(len, tick_texts), default=0) * _CHARACTER + 10
    upward = Scale(tick_values[0], tick_values[-1], _HEIGHT - _BOTTOM, _TOP)
    points = chart_lines[0].points if chart_lines else ()
    x_values = list(places) if places is not None else [float(n) for n in range(len(points))]
    across = Scale(min(x_values, default=0), max(x_values, default=1), left + 6, WIDTH - _RIGHT)
    rules = [
        AxisLine(
            svg(left),
            svg(upward(tick)),
            svg(WIDTH),
            svg(upward(tick)),
            "grid" if number else "axis",
        )
        for number, tick in enumerate(tick_values)
    ]
    texts = [
        Text(svg(left - 6), svg(upward(tick) + 3.5), label, "end", "tick")
        for tick, label in zip(tick_values, tick_texts, strict=True)
    ]
    texts += _labels(points, x_values, across, labels)
    for x, name in _mark_places(marks or {}, x_values, across):
        rules.append(AxisLine(svg(x), svg(_TOP), svg(x), svg(_HEIGHT - _BOTTOM), "named"))
        anchor = "end" if x > WIDTH * 0.7 else "start"
        texts.append(
            Text(svg(x + (-4 if anchor == "end" else 4)), svg(_TOP + 4), name, anchor, "tick")
        )
    shapes: list[Shape] = []
    dots: list[Dot] = []
    for line in chart_lines:
        line_points = [
            (across(x_values[n]), point)
            for n, point in enumerate(line.points)
            if point.value is not None
        ]
        shapes += _band(line_points, upward, line.style)
        shapes += _path(line_points, upward, line.style, stepped=line.stepped)
        dots += [] if line.plain else _dots(line_points, upward, line.style)
    legend = tuple((line.style, line.name) for line in chart_lines) if len(chart_lines) > 1 else ()
    return Chart(
        "lines", title, text, svg(WIDTH), svg(_HEIGHT), tuple(texts), tuple(rules), tuple(shapes),
        tuple(dots), legend,
    )  # fmt: skip


def _mark_places(
    marks: Mapping[int, str], x_values: Sequence[float], across: Scale
) -> Iterator[tuple[float, str]]:
    """Where named places stand, and their names as far as these don't run into each other."""
    free = 0.0
    for place, name in sorted(marks.items()):
        x = across(x_values[place])
        if x >= free:
            yield x, name
            free = x + (cell_len(name) + 1) * _CHARACTER
        else:
            yield x, ""


def _tick_values(
    chart_lines: Sequence[Line], kind: Kind, currency: Currency, *, zero: bool
) -> list[float]:
    """Round values, in whole units of the currency or percents, around all points and intervals."""
    points = [point for line in chart_lines for point in line.points]
    values = [value for point in points for value in (point.value, point.low, point.high)]
    low, high = value_range(values, zero=zero)
    unit = 10.0**currency.places if kind is Kind.MONEY else 0.01 if kind is Kind.RATE else 1.0
    return [tick * unit for tick in ticks(low / unit, high / unit)]


def _labels(
    points: Sequence[Point], x_values: Sequence[float], across: Scale, most: int
) -> list[Text]:
    """The texts below the axis."""
    texts = []
    for index in _label_indexes(x_values, across, most):
        anchor = "end" if index == len(points) - 1 and len(points) > 2 else "middle"
        x = across(x_values[index]) + (6 if anchor == "end" else 0)
        texts.append(Text(svg(x), svg(_HEIGHT - 6), points[index].label, anchor, "tick"))
    return texts


def _dots(line_points: Sequence[tuple[float, Point]], upward: Scale, style: str) -> list[Dot]:
    """A dot a point, hollow where it isn't whole; quiet where they are many."""
    quiet = "" if len(line_points) <= 40 else " quiet"
    return [
        Dot(
            svg(x),
            svg(upward(point.value)),
            f"{style} {'whole' if point.whole else 'hollow'}{quiet}",
            point.tip,
        )
        for x, point in line_points
        if point.value is not None
    ]


def _label_indexes(steps: Sequence[float], across: Scale, most: int) -> list[int]:
    """Which labels are written: evenly, and none too near the one before."""
    indexes: list[int] = []
    for index in reversed(label_places(len(steps), most)):
        if not indexes or across(steps[indexes[-1]]) - across(steps[index]) >= 34:
            indexes.append(index)
    return indexes[::-1]


def _band(line_points: Sequence[tuple[float, Point]], upward: Scale, style: str) -> list[Shape]:
    """The intervals as one surface."""
    intervals = [
        (x, point.low, point.high)
        for x, point in line_points
        if point.low is not None and point.high is not None
    ]
    if len(intervals) < 2:
        return []
    upper_edge = [f"{svg(x)} {svg(upward(high))}" for x, _, high in intervals]
    lower_edge = [f"{svg(x)} {svg(upward(low))}" for x, low, _ in reversed(intervals)]
    return [Shape(d=f"M{' L'.join([*upper_edge, *lower_edge])}Z", style=f"band {style}")]


def _path(
    line_points: Sequence[tuple[float, Point]], upward: Scale, style: str, *, stepped: bool
) -> list[Shape]:
    """The line; dashed to a point that isn't whole."""
    shapes = []
    whole_points = [(x, upward(p.value)) for x, p in line_points if p.whole and p.value is not None]
    if len(whole_points) > 1:
        parts = [f"M{svg(whole_points[0][0])} {svg(whole_points[0][1])}"]
        for x, y in whole_points[1:]:
            parts.append(f"H{svg(x)}V{svg(y)}" if stepped else f"L{svg(x)} {svg(y)}")
        shapes.append(Shape(d="".join(parts), style=f"line {style}"))
    for (x1, point_before), (x2, point) in pairwise(line_points):
        if not point.whole and point_before.value is not None and point.value is not None:
            d = f"M{svg(x1)} {svg(upward(point_before.value))}L{svg(x2)} {svg(upward(point.value))}"
            shapes.append(Shape(d=d, style=f"line dashed {style}"))
    return shapes
