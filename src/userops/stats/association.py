"""Whether two attributes go together, from a table of counts.

Source: Pearson (1900); Cramér (1946), V; Haberman (1973), adjusted residuals.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from userops.stats.tails import chi_square_tail

Counts = Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class Association:
    """Pearson's chi-square (no Yates), degrees of freedom, p, and Cramér's V (0 to 1)."""

    chi_square: float
    df: int
    p: float
    v: float


def association(counts: Counts) -> Association | None:
    """Of a table, rows by columns; empty ones don't count. None where fewer than 2 x 2 are left.

    >>> found = association([[10, 10, 20], [20, 20, 20]])
    >>> round(found.chi_square, 6), found.df, round(found.p, 7), round(found.v, 7)
    (2.777778, 2, 0.2493522, 0.1666667)
    """
    rows = [sum(row) for row in counts]
    columns = [sum(column) for column in zip(*counts, strict=True)]
    height, width = sum(row > 0 for row in rows), sum(column > 0 for column in columns)
    if min(height, width) < 2:
        return None
    n = sum(rows)
    value = math.fsum(
        (count - expected) ** 2 / expected
        for row, line in zip(rows, counts, strict=True)
        for column, count in zip(columns, line, strict=True)
        if (expected := row * column / n) > 0
    )
    df = (height - 1) * (width - 1)
    v = math.sqrt(value / (n * (min(height, width) - 1)))
    return Association(value, df, chi_square_tail(value, df), v)


def adjusted_residuals(counts: Counts) -> list[list[float | None]]:
    """How far each cell is from what's expected, in standard errors.

    About normal where the attributes don't go together. None where a row or a column has nobody,
    or everybody.
    """
    rows = [sum(row) for row in counts]
    columns = [sum(column) for column in zip(*counts, strict=True)]
    n = sum(rows)
    return [
        [_residual(count, row, column, n) for column, count in zip(columns, line, strict=True)]
        for row, line in zip(rows, counts, strict=True)
    ]


def _residual(count: int, row: int, column: int, n: int) -> float | None:
    if row in (0, n) or column in (0, n):
        return None
    expected = row * column / n
    return (count - expected) / math.sqrt(expected * (1 - row / n) * (1 - column / n))
