"""A sparkline: the last periods of one measure, without axes."""

from __future__ import annotations

from collections.abc import Sequence

from userops.report.charts.chart import Chart, Dot, Shape
from userops.report.charts.scale import Scale, svg, value_range

_WIDTH, _HEIGHT, _EDGE = 132.0, 34.0, 4.0


def spark(text: str, values: Sequence[float | None], *, running: bool) -> Chart | None:
    """A line through the values; with `running` the last isn't whole. None for too few."""
    points_known = [(place, value) for place, value in enumerate(values) if value is not None]
    if len(points_known) < 2:
        return None
    low, high = value_range([value for _, value in points_known], zero=False)
    across = Scale(0, len(values) - 1, _EDGE, _WIDTH - _EDGE)
    upward = Scale(low, high, _HEIGHT - _EDGE, _EDGE)
    points = [(across(place), upward(value)) for place, value in points_known]
    last_is_cut = running and points_known[-1][0] == len(values) - 1
    whole_points = points[:-1] if last_is_cut else points
    shapes = [
        Shape(
            d="M" + " L".join(f"{svg(x)} {svg(y)}" for x, y in whole_points),
            style="line c1",
        )
    ]
    dots = [Dot(svg(whole_points[-1][0]), svg(whole_points[-1][1]), "c1 whole", "")]
    if last_is_cut:
        (x1, y1), (x2, y2) = points[-2:]
        shapes.append(
            Shape(
                d=f"M{svg(x1)} {svg(y1)}L{svg(x2)} {svg(y2)}",
                style="line dashed c1",
            )
        )
        dots.append(Dot(svg(x2), svg(y2), "c1 hollow", ""))
    return Chart(
        "spark",
        "",
        text,
        svg(_WIDTH),
        svg(_HEIGHT),
        shapes=tuple(shapes),
        dots=tuple(dots),
    )
