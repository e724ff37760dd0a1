"""What reading exports found out, beside the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from userops.core.dates import Window
from userops.core.messages import Note
from userops.core.table import Currency
from userops.core.tally import Tally

SHOWN_ORDERS = 3


@dataclass(frozen=True, slots=True)
class EqualRows:
    """Rows of line items that are equal throughout to an earlier row of their order: each counts.

    `rows`: how many there are. `orders`: the ids of the first few of their orders, as text sorts.
    """

    rows: int = 0
    orders: tuple[str, ...] = ()

    def __add__(self, other: Self) -> EqualRows:
        """Both together: no order is in both."""
        return EqualRows(
            self.rows + other.rows, tuple(sorted({*self.orders, *other.orders})[:SHOWN_ORDERS])
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """What reading found out: the window, the tally, the currency, and what to tell."""

    window: Window
    tally: Tally
    currency: Currency
    notes: tuple[Note, ...] = ()
    # No row changed another: orders up to an earlier day are what they were on that day.
    settled: bool = False
    replaced: int = 0  # orders whose content a later export changed
    loose_refunds: int = 0  # refund rows without their order
    equal_rows: EqualRows = EqualRows()
    reasons: tuple[Note, ...] = ()  # why columns were taken for what, for who asks
    last_row: int | None = None  # the last day of any row that was read, after as_of too
