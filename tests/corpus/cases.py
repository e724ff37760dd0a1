"""A case of the corpus: a file, how it's read, and what must come of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HEADER = "order_id,user_id,order_time,amount\n"
BODY = "o1,u1,2024-01-01,10.00\no2,u2,2024-01-02,20.50\no3,u1,2024-01-03,5.00\n"
PLAIN = HEADER + BODY
SPENT = {"u1": 15.0, "u2": 20.5}

Make = Callable[[Path], Sequence[Path]]


@dataclass(frozen=True)
class Case:
    """`row` is its number in the list of bad inputs, or 0.

    `spent` is what each user has spent; `refused` are line, column and reason; `told` stands
    on standard error; `exact` are lines' raw texts in the rejects.
    """

    row: int
    name: str
    make: Make
    options: Sequence[str] = ()
    code: int = 0
    spent: Mapping[str, float] | None = None
    refused: Sequence[tuple[int, str, str]] = ()
    told: Sequence[str] = ()
    untold: Sequence[str] = ()
    raw: Mapping[int, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.row}-{self.name.replace(' ', '-')}"


def named(*files: tuple[str, bytes | str]) -> Make:
    """Files of some contents."""

    def make(folder: Path) -> list[Path]:
        paths = []
        for name, content in files:
            path = folder / name
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            paths.append(path)
        return paths

    return make


def csv(content: bytes | str) -> Make:
    """One CSV."""
    return named(("orders.csv", content))


def column(name: str, *values: str, header: str = HEADER) -> Make:
    """The plain orders, some values in one of their columns."""
    names = header.strip().split(",")
    rows = [line.split(",") for line in BODY.splitlines()]
    for row, value in zip(rows, values, strict=False):
        row[names.index(name)] = f'"{value}"' if "," in value else value
    return csv(header + "".join(",".join(row) + "\n" for row in rows))
