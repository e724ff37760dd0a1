"""Cut points kept in a file, so that next week's scores are made as this week's were.

The file is the `cuts` table itself: `metric, score, lower, upper, users`, money in whole
currency units. Read back exactly: decimals in text become fractions, never floats.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from userops.core.errors import InputError
from userops.core.table import Kind, Varied

Metric = Literal["recency", "frequency", "monetary"]
METRICS: tuple[Metric, ...] = ("recency", "frequency", "monetary")
Cuts = Mapping[
    Metric, Sequence[Fraction]
]  # in the metric's own inner unit: days, orders, minor units


@dataclass(frozen=True, slots=True)
class FrozenCuts:
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


def read(path: str, rows_of: Callable[[str], Sequence[Mapping[str, str]]]) -> FrozenCuts:
    """The cut points of a file, whose rows `rows_of` gives.

    Raises:
        InputError: it isn't one that `--save-cuts` wrote, or was changed into nonsense.
    """
    try:
        rows = rows_of(path)
        uppers = {
            metric: [row["upper"] for row in rows if row["metric"] == metric] for metric in METRICS
        }
        points = {
            metric: sorted(Fraction(upper) for upper in uppers[metric] if upper)
            for metric in METRICS
        }
    except (KeyError, ValueError, TypeError, ZeroDivisionError):
        raise InputError(
            f"{path}: not a file of cut points", mend="write one with --save-cuts FILE"
        ) from None
    if len({len(cuts) for cuts in points.values()}) != 1 or not all(points.values()):
        raise InputError(
            f"{path}: a different number of cut points for recency, frequency and monetary",
            mend="write one with --save-cuts FILE",
        )
    return FrozenCuts(points)


def cuts_varied(monetary: Kind) -> dict[str, Varied]:
    """What cut points are by their metric; `monetary` may be minutes."""
    kinds: dict[str, Kind] = dict(zip(METRICS, (Kind.DAYS, Kind.COUNT, monetary), strict=True))
    return dict.fromkeys(("lower", "upper"), Varied("metric", kinds))
