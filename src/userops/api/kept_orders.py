"""Orders that are opened once, for all that will be asked of them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self
from weakref import finalize

import polars as pl

from userops.core.errors import InputError, UsageError
from userops.core.facts import Facts
from userops.engines.reductions import Query
from userops.ledger import timeline
from userops.ledger.customers import CUSTOMER_SPANS, CUSTOMERS
from userops.ledger.timeline import Timeline
from userops.readers.orders import Orders

_Days = tuple[pl.DataFrame, Timeline, Facts]
_SPANS = ("user_id", "first_day", "last_day")


class OpenOrders:
    """Orders for `segment`, `lifecycle`, `cohorts`, `repurchase` and `ltv`, in place of rows.

    Customers and the days of their orders are read once, and kept in memory until `close`, of all
    days and of the last `as_of` that was asked for. What else an analysis needs, it reads.

    Example:
        >>> import userops
        >>> orders = userops.open_orders("orders.csv")
        >>> users = userops.segment(orders).users.to_polars()
        >>> orders.close()
        >>> orders
        OpenOrders(closed)
    """

    def __init__(self, orders: Orders, stack: ExitStack) -> None:
        self._orders: Orders | None = orders
        self._ends = finalize(self, stack.close)

    @property
    def orders(self) -> Orders:
        """The orders.

        Raises:
            UsageError: they are closed.
        """
        if self._orders is None:
            raise UsageError("these orders are closed", mend="open them again")
        return self._orders

    def close(self) -> None:
        """Let go of what's kept, in memory and on disk."""
        self._orders = None
        self._ends()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if self._orders is None:
            return "OpenOrders(closed)"
        return f"OpenOrders({', '.join(export.name for export in self._orders.exports)})"


class KeptOrders(Orders):
    """Orders whose customers and days are kept from the first time that they're asked for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kept: dict[int | None, _Days] = {}
        self._paths = [
            export.source.path for export in self.exports if export.source.path.is_file()
        ]
        self._stamps = _stamps(self._paths)

    def reduce(
        self, steps: Sequence[Query], as_of: int | None = None, lines: Sequence[Query] = ()
    ) -> tuple[list[pl.DataFrame], Facts]:
        """As `Orders.reduce`.

        Raises:
            InputError: a file has changed since it was opened.
        """
        if lines or any(reduction is not CUSTOMERS for reduction in steps):
            if _stamps(self._paths) != self._stamps:
                raise InputError("an export has changed since it was opened", mend="open it again")
            return super().reduce(steps, as_of, lines)
        customers, _, facts = self._days(as_of)
        return [customers for _ in steps], facts

    def timeline(
        self,
        customers: Query,
        keys: Query,
        more: Sequence[Query] = (),
        as_of: int | None = None,
        *,
        lines: Sequence[Query] = (),
        named: bool = True,
        lined: bool = True,
    ) -> tuple[pl.DataFrame, Timeline, list[pl.DataFrame], Facts]:
        """As `Orders.timeline`."""
        is_kept = customers in (CUSTOMERS, CUSTOMER_SPANS) and keys is timeline.SORT_KEYS
        if more or lines or not is_kept:
            return super().timeline(
                customers, keys, more, as_of, lines=lines, named=named, lined=lined
            )
        customers_kept, customer_timeline, facts = self._days(as_of)
        return (
            customers_kept if customers is CUSTOMERS else customers_kept.select(_SPANS),
            customer_timeline,
            [],
            facts,
        )

    def _days(self, as_of: int | None) -> _Days:
        if as_of not in self._kept:
            answer = super().timeline(CUSTOMERS, timeline.SORT_KEYS, as_of=as_of)
            if as_of is not None:
                self._kept = {
                    day: days_kept for day, days_kept in self._kept.items() if day is None
                }
            self._kept[as_of] = answer[0], answer[1], answer[-1]
        return self._kept[as_of]


def _stamps(paths: Sequence[Path]) -> list[tuple[int, int] | None]:
    """Size and time of each file; None for one that is gone."""
    stamps: list[tuple[int, int] | None] = []
    for path in paths:
        try:
            state = path.stat()
        except OSError:
            stamps.append(None)
        else:
            stamps.append((state.st_size, state.st_mtime_ns))
    return stamps
