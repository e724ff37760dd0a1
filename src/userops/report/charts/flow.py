"""A flow: from what users were to what they are, as ribbons as wide as they are many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from userops.report.charts.chart import Chart, Shape, Text
from userops.report.charts.scale import fit_text, svg

_WIDTH, _LABEL, _NODE, _GAP, _TALL, _LEAST = 920.0, 170.0, 10.0, 16.0, 290.0, 1.0


@dataclass(frozen=True, slots=True)
class Ribbon:
    """Users from one node to another."""

    source: str
    target: str
    users: int
    tip: str


@dataclass(frozen=True, slots=True)
class Node:
    """A node's name, what's written beside it, and its class."""

    name: str
    shown: str
    style: str


def flow(
    title: str,
    text: str,
    sources: Sequence[Node],
    targets: Sequence[Node],
    ribbons: Sequence[Ribbon],
) -> Chart:
    """A chart of ribbons between two columns of nodes."""
    unit = _TALL / (sum(ribbon.users for ribbon in ribbons) or 1)
    left = _column(sources, ribbons, "source", unit)
    right = _column(targets, ribbons, "target", unit)
    x1, x2 = _LABEL, _WIDTH - _LABEL
    shapes = _ribbons(ribbons, sources, left.boxes, right.boxes, unit)
    texts: list[Text] = []
    for nodes, column, x, name_x, anchor in (
        (sources, left, x1, x1 - 8, "end"),
        (targets, right, x2 - _NODE, x2 + 8, "start"),
    ):
        baseline = 0.0
        for node in nodes:
            top, height = column.boxes[node.name]
            shapes.append(_node(node, x, top, height))
            baseline = max(top + height / 2 + 4, baseline + 13)
            name = fit_text(f"{node.name}  {node.shown}", 26)
            texts.append(Text(svg(name_x), svg(baseline), name, anchor, "label"))
    height = max(left.end, right.end, *(float(text.y) for text in texts)) + 8
    return Chart(
        "flow", title, text, svg(_WIDTH), svg(height), tuple(texts), shapes=tuple(shapes), wide=True
    )


def _ribbons(
    ribbons: Sequence[Ribbon],
    sources: Sequence[Node],
    left: Mapping[str, tuple[float, float]],
    right: Mapping[str, tuple[float, float]],
    unit: float,
) -> list[Shape]:
    """The ribbons in the order of their nodes, each below the one before at both its ends."""
    styles = {node.name: node.style for node in sources}
    source_order = {name: number for number, name in enumerate(left)}
    target_order = {name: number for number, name in enumerate(right)}
    next_left = {name: top for name, (top, _) in left.items()}
    next_right = {name: top for name, (top, _) in right.items()}
    shapes = []
    for ribbon in sorted(
        ribbons, key=lambda ribbon: (source_order[ribbon.source], target_order[ribbon.target])
    ):
        path = _ribbon(
            _LABEL + _NODE,
            next_left[ribbon.source],
            _WIDTH - _LABEL - _NODE,
            next_right[ribbon.target],
            max(ribbon.users * unit, 0.4),
        )
        next_left[ribbon.source] += ribbon.users * unit
        next_right[ribbon.target] += ribbon.users * unit
        shapes.append(Shape(d=path, style=f"ribbon {styles[ribbon.source]}", tip=ribbon.tip))
    return shapes


def _node(node: Node, x: float, top: float, height: float) -> Shape:
    return Shape(
        x=svg(x),
        y=svg(top),
        width=svg(_NODE),
        height=svg(max(height, _LEAST)),
        style=node.style,
        tip=f"{node.name}: {node.shown}",
    )


class _Column(NamedTuple):
    """Top and height of each node, and where the column ends."""

    boxes: dict[str, tuple[float, float]]
    end: float


def _column(nodes: Sequence[Node], ribbons: Sequence[Ribbon], side: str, unit: float) -> _Column:
    """The nodes one below the other, each as high as its ribbons are together."""
    boxes, top = {}, 4.0
    for node in nodes:
        users = sum(ribbon.users for ribbon in ribbons if getattr(ribbon, side) == node.name)
        boxes[node.name] = (top, users * unit)
        top += max(users * unit, _LEAST) + _GAP
    return _Column(boxes, top - _GAP)


def _ribbon(x1: float, y1: float, x2: float, y2: float, height: float) -> str:
    middle = (x1 + x2) / 2
    upper_edge = (
        f"M{svg(x1)} {svg(y1)}C{svg(middle)} {svg(y1)} {svg(middle)} {svg(y2)} {svg(x2)} {svg(y2)}"
    )
    lower_edge = f"V{svg(y2 + height)}C{svg(middle)} {svg(y2 + height)} {svg(middle)} {svg(y1 + height)} {svg(x1)} {svg(y1 + height)}Z"
    return upper_edge + lower_edge
