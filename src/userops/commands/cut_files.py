"""Cut points in a file, so that next week's scores are made as this week's were.

The file is the `cuts` table itself: `metric, score, lower, upper, users`, money in whole
currency units. Read back exactly: decimals in text become fractions, never floats.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from userops.core.errors import InputError
from userops.core.table import Result, Table
from userops.render import emit
from userops.rfm import METRICS, Cuts, Metric


@dataclass(frozen=True, slots=True)
class Frozen:
    """Cut points as a file holds them, ascending."""

    points: dict[Metric, list[Fraction]]

    @property
    def bins(self) -> int:
        """How many scores they make."""
        return len(self.points[METRICS[0]]) + 1

    def in_units(self, places: int) -> Cuts:
        """The points in inner units, money in minor units."""
        return {
            metric: [
                point * (10**places if metric == "monetary" else 1) for point in self.points[metric]
            ]
            for metric in METRICS
        }


def save(table: Table, path: str, note: Callable[[str], None]) -> None:
    """Write a `cuts` table, whole or not at all."""
    emit.emit(Result("segment", (table.but(notes=()),)), fmt="csv", output=path, note=note)


def read(path: str) -> Frozen:
    """The cut points of a file.

    Raises:
        InputError: it isn't one that `--save-cuts` wrote, or was changed into nonsense.
    """
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        uppers = {
            metric: [row["upper"] for row in rows if row["metric"] == metric] for metric in METRICS
        }
        points = {
            metric: sorted(Fraction(upper) for upper in uppers[metric] if upper)
            for metric in METRICS
        }
    except OSError as error:
        raise InputError(
            f"{path}: can't be read: {error.strerror}", mend="check the path"
        ) from None
    except (KeyError, ValueError, TypeError, ZeroDivisionError, UnicodeDecodeError, csv.Error):
        raise InputError(
            f"{path}: not a file of cut points", mend="write one with --save-cuts FILE"
        ) from None
    if len({len(cuts) for cuts in points.values()}) != 1 or not all(points.values()):
        raise InputError(
            f"{path}: a different number of cut points for recency, frequency and monetary",
            mend="write one with --save-cuts FILE",
        )
    return Frozen(points)
