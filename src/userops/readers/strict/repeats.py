"""What stands on the rows of orders that have several: their total each time, or line items, or copies."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from userops.datasets.orders import Status
from userops.readers.strict.partly import KEY
from userops.readers.strict.rows import DIGEST, FILE

# So many of the orders with several rows have to be alike for all to be taken for such.
_MOST = 0.9


@dataclass(frozen=True, slots=True)
class Repeats:
    """How many orders there are of each kind.

    Attributes:
        several: with several rows.
        equal: of those, with the same amount on each.
        copied: of those, with no row that isn't equal throughout to another.
        several_once: with several rows where of equal ones one counts.
        equal_once: of those, with the same amount on each.
    """

    several: int = 0
    equal: int = 0
    copied: int = 0
    several_once: int = 0
    equal_once: int = 0

    def __add__(self, other: Repeats) -> Repeats:
        return Repeats(
            self.several + other.several,
            self.equal + other.equal,
            self.copied + other.copied,
            self.several_once + other.several_once,
            self.equal_once + other.equal_once,
        )

    @property
    def totals(self) -> str:
        """What an amount on a line item is.

        "order": the order's total, repeated. "lines": the line's own. "copies": the line's own, and
        rows of an order that are equal throughout are one: where all rows stand twice the export does.
        """
        if self.copied > _MOST * self.several:
            return "order" if self.equal_once > _MOST * self.several_once else "copies"
        return "order" if self.equal > _MOST * self.several else "lines"


def repeats_of(rows: pl.DataFrame) -> Repeats:
    """What stands on the rows of orders, under their orders' keys."""
    amounts = rows.filter(
        (pl.col("amount") >= 0) & (pl.col("status") == Status.VALID) & pl.col(KEY).is_duplicated()
    )
    orders = (
        amounts.group_by(KEY, FILE, DIGEST)
        .agg(rows=pl.len(), amount=pl.col("amount").first())
        .group_by(KEY)
        .agg(
            rows=pl.col("rows").sum(),
            least=pl.col("rows").min(),
            rows_once=pl.len(),
            amounts=pl.col("amount").n_unique(),
        )
        .filter(pl.col("rows") > 1)
    )
    equal, several_once = orders["amounts"] == 1, orders["rows_once"] > 1
    return Repeats(
        len(orders),
        int(equal.sum()),
        int((orders["least"] > 1).sum()),
        int(several_once.sum()),
        int((equal & several_once).sum()),
    )
