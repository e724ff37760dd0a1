"""What every chart has: its kind, its words, its size. Templates draw it and compute nothing."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH = 440.0


@dataclass(frozen=True, slots=True)
class Text:
    """A text at a place. `anchor` is start, middle or end."""

    x: str
    y: str
    text: str
    anchor: str = "start"
    style: str = ""


@dataclass(frozen=True, slots=True)
class AxisLine:
    """A line from one place to another."""

    x1: str
    y1: str
    x2: str
    y2: str
    style: str = "grid"


@dataclass(frozen=True, slots=True)
class Shape:
    """A path or a box of a class, and what it says when pointed at."""

    d: str = ""
    x: str = "0"
    y: str = "0"
    width: str = "0"
    height: str = "0"
    style: str = ""
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Dot:
    """A point on a line."""

    x: str
    y: str
    style: str
    tip: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing as the templates read it. `text` says in words what it shows."""

    kind: str
    title: str
    text: str
    width: str
    height: str
    texts: tuple[Text, ...] = ()
    rules: tuple[AxisLine, ...] = ()
    shapes: tuple[Shape, ...] = ()
    dots: tuple[Dot, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()  # class and name
    wide: bool = False  # takes the page's whole width
