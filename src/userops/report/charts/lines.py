"""Lines over periods or ages, with intervals; what as_of cuts short is drawn hollow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from userops.core.table import Currency, Kind
from userops.language.words import Lang
from userops.report.charts.chart import WIDTH, Chart, Dot, Rule, Shape, Text
from userops.report.charts.scale import Scale, at, extent, spread, tick_text, ticks

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


def lines(
    title: str,
    text: str,
    drawn: Sequence[Line],
    kind: Kind,
    currency: Currency,
    lang: Lang,
    *,
    zero: bool = True,
    labels: int = 6,
    places: Sequence[float] | None = None,
) -> Chart:
    """A chart of lines; `places` are the labels' own places on the axis, else they're even."""
    every = [point for line in drawn for point in line.points]
    values = [value for point in every for value in (point.value, point.low, point.high)]
    low, high = extent(values, zero=zero)
    unit = 10.0**currency.places if kind is Kind.MONEY else 0.01 if kind is Kind.RATE else 1.0
    marks = [mark * unit for mark in ticks(low / unit, high / unit)]
    marked = [tick_text(mark, kind, currency, lang) for mark in marks]
    left = max(map(len, marked), default=0) * _CHARACTER + 10
    up = Scale(marks[0], marks[-1], _HEIGHT - _BOTTOM, _TOP)
    first = drawn[0].points if drawn else ()
    steps = list(places) if places is not None else [float(n) for n in range(len(first))]
    along = Scale(min(steps, default=0), max(steps, default=1), left + 6, WIDTH - _RIGHT)
    rules = [Rule(at(left), at(up(mark)), at(WIDTH), at(up(mark))) for mark in marks]
    rules[0] = Rule(at(left), at(up(marks[0])), at(WIDTH), at(up(marks[0])), "axis")
    texts = [
        Text(at(left - 6), at(up(mark) + 3.5), shown, "end", "tick")
        for mark, shown in zip(marks, marked, strict=True)
    ]
    for place in _labelled(steps, along, labels):
        anchor = "end" if place == len(first) - 1 and len(first) > 2 else "middle"
        x = along(steps[place]) + (6 if anchor == "end" else 0)
        texts.append(Text(at(x), at(_HEIGHT - 6), first[place].label, anchor, "tick"))
    shapes: list[Shape] = []
    dots: list[Dot] = []
    for line in drawn:
        placed = [
            (along(steps[n]), point)
            for n, point in enumerate(line.points)
            if point.value is not None
        ]
        shapes += _band(placed, up, line.style)
        shapes += _path(placed, up, line.style, stepped=line.stepped)
        sparse = len(placed) <= 40
        dots += [
            Dot(
                at(x),
                at(up(point.value)),
                f"{line.style} {'whole' if point.whole else 'hollow'}{'' if sparse else ' quiet'}",
                point.tip,
            )
            for x, point in placed
            if point.value is not None
        ]
    legend = tuple((line.style, line.name) for line in drawn) if len(drawn) > 1 else ()
    return Chart(
        "lines", title, text, at(WIDTH), at(_HEIGHT), tuple(texts), tuple(rules), tuple(shapes),
        tuple(dots), legend,
    )  # fmt: skip


def _labelled(steps: Sequence[float], along: Scale, most: int) -> list[int]:
    """Which labels are written: evenly, and none too near the one before."""
    chosen: list[int] = []
    for place in reversed(spread(len(steps), most)):
        if not chosen or along(steps[chosen[-1]]) - along(steps[place]) >= 34:
            chosen.append(place)
    return chosen[::-1]


def _band(placed: Sequence[tuple[float, Point]], up: Scale, style: str) -> list[Shape]:
    """The intervals as one surface."""
    known = [
        (x, point.low, point.high)
        for x, point in placed
        if point.low is not None and point.high is not None
    ]
    if len(known) < 2:
        return []
    over = [f"{at(x)} {at(up(high))}" for x, _, high in known]
    under = [f"{at(x)} {at(up(low))}" for x, low, _ in reversed(known)]
    return [Shape(d=f"M{' L'.join([*over, *under])}Z", style=f"band {style}")]


def _path(
    placed: Sequence[tuple[float, Point]], up: Scale, style: str, *, stepped: bool
) -> list[Shape]:
    """The line; dashed to a point that isn't whole."""
    found = []
    whole = [(x, up(p.value)) for x, p in placed if p.whole and p.value is not None]
    if len(whole) > 1:
        parts = [f"M{at(whole[0][0])} {at(whole[0][1])}"]
        for x, y in whole[1:]:
            parts.append(f"H{at(x)}V{at(y)}" if stepped else f"L{at(x)} {at(y)}")
        found.append(Shape(d="".join(parts), style=f"line {style}"))
    for (x1, one), (x2, two) in pairwise(placed):
        if not two.whole and one.value is not None and two.value is not None:
            d = f"M{at(x1)} {at(up(one.value))}L{at(x2)} {at(up(two.value))}"
            found.append(Shape(d=d, style=f"line dashed {style}"))
    return found
