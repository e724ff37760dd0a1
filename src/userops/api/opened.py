"""Orders that are opened once, for all that will be asked of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Self
from weakref import finalize

import polars as pl

from userops import ledger, timeline
from userops.api.taking import Rows, given
from userops.sources.files import workspace
from userops.sources.intake import Facts, Orders
from userops.sources.reading import Reading
from userops.steps import Step
from userops.timeline import Timeline

_Days = tuple[pl.DataFrame, Timeline, Facts]
_SPANS = ("user_id", "first_day", "last_day")


class OpenOrders:
    """Orders for `segment`, `lifecycle`, `cohorts`, `repurchase` and `ltv`, in place of rows.

    What several of them read, customers and the days of their orders, is read once and kept in
    memory, by `as_of`, until `close`; or use it in a `with` statement.
    """

    def __init__(self, intake: Orders, stack: ExitStack) -> None:
        self.intake = intake
        self._ends = finalize(self, stack.close)

    def close(self) -> None:
        """Let go of what's kept; a careful reading's files are removed."""
        self._ends()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_orders(
    orders: Rows,
    *,
    columns: Mapping[str, str] | None = None,
    reading: Reading | None = None,
) -> OpenOrders:
    """Open orders once, for several analyses.

    Args:
        orders: `user_id, order_time, amount` and what else is known of each order.
        columns: field to column, where names differ.
        reading: how to read, in full.

    Raises:
        InputError: the orders can't be used.
    """
    how, frames, names = given("orders", orders, columns, reading)
    with ExitStack() as stack:
        folder = stack.enter_context(workspace())
        intake = _Kept.of_frames(frames, how) if frames else _Kept.open(names, how, folder)
        return OpenOrders(intake, stack.pop_all())


class _Kept(Orders):
    """Orders whose customers and days are kept from the first time that they're asked for."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._kept: dict[int | None, _Days] = {}

    def reduce(
        self, steps: Sequence[Step], as_of: int | None = None, lines: Sequence[Step] = ()
    ) -> tuple[list[pl.DataFrame], Facts]:
        """As `Orders.reduce`."""
        if lines or any(step is not ledger.customers for step in steps):
            return super().reduce(steps, as_of, lines)
        customers, _, facts = self._days(as_of)
        return [customers for _ in steps], facts

    def timeline(
        self,
        customers: Step,
        marks: Step,
        more: Sequence[Step] = (),
        as_of: int | None = None,
        *,
        lines: Sequence[Step] = (),
        named: bool = True,
    ) -> tuple[pl.DataFrame, Timeline, list[pl.DataFrame], Facts]:
        """As `Orders.timeline`."""
        known = customers in (ledger.customers, ledger.spans) and marks is timeline.marks
        if more or lines or not known:
            return super().timeline(customers, marks, more, as_of, lines=lines, named=named)
        found, line, facts = self._days(as_of)
        return found if customers is ledger.customers else found.select(_SPANS), line, [], facts

    def _days(self, as_of: int | None) -> _Days:
        if as_of not in self._kept:
            found = super().timeline(ledger.customers, timeline.marks, as_of=as_of)
            self._kept[as_of] = found[0], found[1], found[-1]
        return self._kept[as_of]
