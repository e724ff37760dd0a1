"""A flow: from what users were to what they are, as ribbons as wide as they are many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from userops.report.charts.chart import Chart, Shape, Text
from userops.report.charts.scale import at, fitted

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
    total = sum(ribbon.users for ribbon in ribbons) or 1
    unit = _TALL / total
    left, from_top, left_end = _column(sources, ribbons, "source", unit)
    right, to_top, right_end = _column(targets, ribbons, "target", unit)
    x1, x2 = _LABEL, _WIDTH - _LABEL
    styles = {node.name: node.style for node in sources}
    order = {node.name: number for number, node in enumerate([*targets])}
    places = {node.name: number for number, node in enumerate(sources)}
    shapes = []
    for ribbon in sorted(ribbons, key=lambda one: (places[one.source], order[one.target])):
        wide = max(ribbon.users * unit, 0.4)
        y1, y2 = from_top[ribbon.source], to_top[ribbon.target]
        from_top[ribbon.source] += ribbon.users * unit
        to_top[ribbon.target] += ribbon.users * unit
        shapes.append(
            Shape(d=_ribbon(x1 + _NODE, y1, x2 - _NODE, y2, wide), style=f"ribbon {styles[ribbon.source]}", tip=ribbon.tip)
        )  # fmt: skip
    texts = []
    for nodes, tops, x, name_at, anchor in (
        (sources, left, x1, x1 - 8, "end"),
        (targets, right, x2 - _NODE, x2 + 8, "start"),
    ):
        below = 0.0
        for node in nodes:
            top, tall = tops[node.name]
            shapes.append(
                Shape(x=at(x), y=at(top), width=at(_NODE), height=at(max(tall, _LEAST)),
                      style=node.style, tip=f"{node.name}: {node.shown}")
            )  # fmt: skip
            middle = max(top + tall / 2 + 4, below + 13)
            below = middle
            texts.append(
                Text(
                    at(name_at),
                    at(middle),
                    fitted(f"{node.name}  {node.shown}", 26),
                    anchor,
                    "label",
                )
            )
    height = max(left_end, right_end, *(float(text.y) for text in texts)) + 8
    return Chart(
        "flow", title, text, at(_WIDTH), at(height), tuple(texts), shapes=tuple(shapes), wide=True
    )


def _column(
    nodes: Sequence[Node], ribbons: Sequence[Ribbon], side: str, unit: float
) -> tuple[dict[str, tuple[float, float]], dict[str, float], float]:
    """Of each node the top and height, and where its next ribbon begins; and the column's end."""
    placed, top = {}, 4.0
    for node in nodes:
        users = sum(ribbon.users for ribbon in ribbons if getattr(ribbon, side) == node.name)
        placed[node.name] = (top, users * unit)
        top += max(users * unit, _LEAST) + _GAP
    return placed, {name: start for name, (start, _) in placed.items()}, top - _GAP


def _ribbon(x1: float, y1: float, x2: float, y2: float, wide: float) -> str:
    bend = (x1 + x2) / 2
    over = f"M{at(x1)} {at(y1)}C{at(bend)} {at(y1)} {at(bend)} {at(y2)} {at(x2)} {at(y2)}"
    under = f"V{at(y2 + wide)}C{at(bend)} {at(y2 + wide)} {at(bend)} {at(y1 + wide)} {at(x1)} {at(y1 + wide)}Z"
    return over + under
