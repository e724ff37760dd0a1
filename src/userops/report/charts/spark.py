"""A sparkline: the last periods of one measure, without axes."""

from __future__ import annotations

from collections.abc import Sequence

from userops.report.charts.chart import Chart, Dot, Shape
from userops.report.charts.scale import Scale, at, extent

_WIDTH, _HEIGHT, _EDGE = 132.0, 34.0, 4.0


def spark(text: str, values: Sequence[float | None], *, running: bool) -> Chart | None:
    """A line through the values; with `running` the last isn't whole. None for too few."""
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return None
    low, high = extent([value for _, value in known], zero=False)
    along = Scale(0, len(values) - 1, _EDGE, _WIDTH - _EDGE)
    up = Scale(low, high, _HEIGHT - _EDGE, _EDGE)
    points = [(along(place), up(value)) for place, value in known]
    cut = running and known[-1][0] == len(values) - 1
    whole = points[:-1] if cut else points
    shapes = [Shape(d="M" + " L".join(f"{at(x)} {at(y)}" for x, y in whole), style="line c1")]
    dots = [Dot(at(whole[-1][0]), at(whole[-1][1]), "c1 whole", "")]
    if cut:
        (x1, y1), (x2, y2) = points[-2:]
        shapes.append(Shape(d=f"M{at(x1)} {at(y1)}L{at(x2)} {at(y2)}", style="line dashed c1"))
        dots.append(Dot(at(x2), at(y2), "c1 hollow", ""))
    return Chart("spark", "", text, at(_WIDTH), at(_HEIGHT), shapes=tuple(shapes), dots=tuple(dots))
