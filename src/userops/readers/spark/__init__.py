"""Orders and events on Spark: where there are more than one machine takes.

Spark's readers read Parquet and delimited text. Rows that fast expressions read, of orders that stand
on one row and events that stand once, stay on Spark; the few others come here, where the strict way
judges them with the same code as always. So columns, rules, reasons and tally are those of any other run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from userops.readers.options import ReadOptions
    from userops.readers.spark.events import SparkEvents
    from userops.readers.spark.orders import SparkOrders


class OnSpark:
    """What a run reads on a session; `folder` is the run's workspace."""

    def __init__(self, session: Any, folder: Path) -> None:
        self._session, self._folder = session, folder
        self._opened = ExitStack()

    def orders(self, names: Sequence[str], options: ReadOptions) -> SparkOrders:
        """The orders of some exports.

        Raises:
            UsageError: an option can't be had there.
            InputError: an export can't be used.
        """
        from userops.readers.spark.orders import SparkOrders

        orders = SparkOrders.on(self._session, names, options, self._folder)
        self._opened.callback(orders.close)
        return orders

    def events(
        self, names: Iterable[str], options: ReadOptions, links: pl.DataFrame | None
    ) -> SparkEvents:
        """The events of some exports; `links` are from anonymous ids to users.

        Raises:
            UsageError: an option can't be had there.
            InputError: an export can't be used.
        """
        from userops.readers.spark.events import SparkEvents

        events = SparkEvents.on(self._session, [*names], options, self._folder, links)
        self._opened.callback(events.close)
        return events

    def close(self) -> None:
        """Free what's kept on Spark's disks."""
        self._opened.close()
