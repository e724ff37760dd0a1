"""The table `cross`: whether two attributes go together, and where."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from userops.analyses.portrait import cells
from userops.analyses.portrait.attributes import UNKNOWN, Portrait
from userops.analyses.portrait.groups import tgi
from userops.core.dates import Window
from userops.core.messages import Note, Word
from userops.core.table import Kind, Table
from userops.stats.association import adjusted_residuals, association
from userops.stats.multiple_tests import holm
from userops.stats.tails import normal_two_sided

CROSS: dict[str, Kind] = {
    "a": Kind.WORD,
    "b": Kind.WORD,
    "users": Kind.COUNT,
    "expected": Kind.NUMBER,
    "share": Kind.RATE,
    "index": Kind.NUMBER,
    "residual": Kind.NUMBER,
    "p_adjusted": Kind.NUMBER,
    "low": Kind.NUMBER,
    "high": Kind.NUMBER,
}
_SCHEMA = {
    name: pl.String if kind is Kind.WORD else pl.Int64 if kind is Kind.COUNT else pl.Float64
    for name, kind in CROSS.items()
}
# From so few expected in a cell on, chi-square's p is only about right.
_FEW = 5


def cross(
    portrait: Portrait, names: tuple[str, str], window: Window, *, min_cell: int | None = None
) -> Table:
    """The table `cross` of two attributes: a row a pair of values, zero cells too."""
    first, second = names
    values = [_values(portrait, name) for name in names]
    counts = dict(_pairs(portrait, first, second))
    grid = [[counts.get((a, b), 0) for b in values[1]] for a in values[0]]
    frame = pl.DataFrame(_rows(values[0], values[1], grid), schema=_SCHEMA, orient="row")
    table = Table(
        "cross",
        frame,
        CROSS,
        window,
        notes=_notes(first, second, grid),
        keeps=(
            "b",
            "index",
            "low",
            "high",
            "users",
            "share",
        ),
    )
    return cells.hidden_cross(table, grid, min_cell) if min_cell else table


def _pairs(portrait: Portrait, first: str, second: str) -> list[tuple[tuple[str, str], int]]:
    a, b = portrait.users[first].alias("a"), portrait.users[second].alias("b")
    counted = pl.DataFrame([a, b]).group_by("a", "b").agg(users=pl.len())
    return [((a_, b_), users) for a_, b_, users in counted.iter_rows()]


def _values(portrait: Portrait, name: str) -> list[str]:
    """The values that somebody has: in the attribute's order, else the most frequent first; unknown last."""
    order = portrait.attributes[name].order
    counted = portrait.users.group_by(name).agg(users=pl.len())
    sizes = dict(counted.iter_rows())
    places = {value: place for place, value in enumerate(order)} | {UNKNOWN: len(order) + 1}
    return sorted(sizes, key=lambda value: (places.get(value, len(order)), -sizes[value], value))


_Row = tuple[str | float | int | None, ...]


def _rows(first: Sequence[str], second: Sequence[str], grid: list[list[int]]) -> list[_Row]:
    of_rows, of_columns = (
        [sum(row) for row in grid],
        [sum(column) for column in zip(*grid, strict=True)],
    )
    everyone = sum(of_rows)
    residuals = adjusted_residuals(grid)
    adjusted = _adjusted([one for row in residuals for one in row])
    rows: list[_Row] = []
    for i, a in enumerate(first):
        for j, b in enumerate(second):
            users = grid[i][j]
            index, low, high = tgi(users, of_rows[i], of_columns[j], everyone)
            rows.append(
                (
                    a, b, users, of_rows[i] * of_columns[j] / everyone, users / of_rows[i], index,
                    residuals[i][j], adjusted[len(rows)], low, high,
                )
            )  # fmt: skip
    return rows


def _adjusted(residuals: Sequence[float | None]) -> list[float | None]:
    """Holm's p of each cell; None where a cell has no residual."""
    tested = [place for place, one in enumerate(residuals) if one is not None]
    p_values = holm([normal_two_sided(residuals[place] or 0.0) for place in tested])
    adjusted: list[float | None] = [None] * len(residuals)
    for place, p in zip(tested, p_values, strict=True):
        adjusted[place] = p
    return adjusted


def _notes(first: str, second: str, grid: list[list[int]]) -> tuple[Note, ...]:
    names = Note("a: {a}; b: {b}", a=Word(first), b=Word(second))
    found = association(grid)
    if found is None:
        return (names, Note("no chi-square: one of the two has only one value"))
    notes = [
        names,
        Note(
            "chi-square {value:.6g}, df {df}, p {p:.4g}, Cramér's V {v:.4f}",
            value=found.chi_square,
            df=found.df,
            p=found.p,
            v=found.v,
        ),
    ]
    everyone = sum(map(sum, grid))
    columns = [sum(column) for column in zip(*grid, strict=True)]
    few = sum(sum(row) * column < _FEW * everyone for row in grid for column in columns)
    if few:
        notes.append(
            Note(
                "under {least} expected in {count:cell|cells}: there p is only about right",
                least=_FEW,
                count=few,
            )
        )
    return tuple(notes)
