"""What a Python function is given: frames and paths, as the inputs of an analysis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from os import PathLike
from pathlib import Path
from typing import Any

import polars as pl

from userops.api.kept_orders import KeptOrders, OpenOrders
from userops.core.dates import to_day
from userops.core.errors import UsageError
from userops.core.facts import Facts
from userops.datasets.orders import ORDERS
from userops.inputs import RunInputs
from userops.readers.exports import suited
from userops.readers.files.open import workspace
from userops.readers.options import ReadOptions
from userops.readers.orders import Orders
from userops.settings import Settings

# What exports can be: Polars' frames, whatever gives Arrow's (pandas, PyArrow, DuckDB), or paths.
FramesOrPaths = Any


@dataclass(slots=True)
class PythonInputs(RunInputs):
    """The inputs of a Python function; what is told on the way is kept in `messages`."""

    tables: Sequence[str] = ()
    messages: list[str] = field(default_factory=list)

    def wants(self, table: str) -> bool:
        """Every table of the analysis."""
        return table in self.tables

    def account(self, dataset: str, facts: Facts, rejects: Callable[[], pl.DataFrame]) -> None:
        """Keep what was read of a dataset, and what was assumed of it.

        Raises:
            TooManyRejects: more rows than allowed were refused.
        """
        self.messages += facts.notes
        RunInputs.account(self, dataset, facts, rejects)

    def message(self, text: str) -> None:
        """Keep what is said beside the tables."""
        self.messages.append(text)


@contextmanager
def inputs_of(
    about: str,
    datasets: Mapping[str, FramesOrPaths | None],
    *,
    tables: Sequence[str],
    reading: ReadOptions,
    settings: Settings,
    as_of: date | str | None,
    given: Mapping[str, object],
) -> Iterator[PythonInputs]:
    """The inputs of one call.

    Args:
        about: the dataset that the analysis is about: columns are named for it.
        datasets: frames or paths by dataset.
        tables: those that are made.
        reading: how to read, with columns by field.
        settings: what the project has settled.
        as_of: the last day that counts.
        given: keywords, by name.

    Raises:
        InputError: an export can't be used.
        UsageError: what is given isn't frames or paths.
    """
    orders_given = datasets.get("orders")
    exports = {
        name: exports_of(name, rows)
        for name, rows in datasets.items()
        if rows is not None and not (name == "orders" and isinstance(rows, OpenOrders))
    }
    unnamed_columns = tuple(
        (name, column) for name in exports if name != about for column in reading.named
    )
    reading = replace(reading, spared=unnamed_columns)
    with workspace() as folder:
        if isinstance(orders_given, OpenOrders):
            if reading != ReadOptions(spared=unnamed_columns):
                raise UsageError("open orders are read as they were opened", mend="open them so")
            orders, exports["orders"] = orders_given.orders, ["open orders"]
        else:
            names = exports.get("orders", [])
            order_options = suited(reading, ORDERS) if about != "orders" else reading
            orders = Orders.open(names, order_options, folder) if names else Orders([], reading)
        yield PythonInputs(
            settings, orders, day_of(as_of), reading, folder, exports, given=given, tables=tables
        )


def open_orders(
    orders: FramesOrPaths,
    *,
    columns: Mapping[str, str] | None = None,
    reading: ReadOptions | None = None,
) -> OpenOrders:
    """Open orders once, for several analyses.

    Args:
        orders: `user_id, order_time, amount` and what else is known of each order.
        columns: field to column, where names differ.
        reading: how to read, in full.

    Raises:
        InputError: the orders can't be used.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(workspace())
        options = reading_of(columns, reading)
        orders_kept = KeptOrders.open(exports_of("orders", orders), options, folder)
        return OpenOrders(orders_kept, stack.pop_all())


def reading_of(columns: Mapping[str, str] | None, reading: ReadOptions | None) -> ReadOptions:
    """How to read, with columns by field."""
    options = reading or ReadOptions()
    return replace(options, named={**options.named, **columns}) if columns else options


def exports_of(dataset: str, rows: FramesOrPaths) -> list[str | pl.LazyFrame]:
    """Frames, or paths, as a list of one kind.

    Raises:
        UsageError: they're neither, or both.
    """
    if isinstance(rows, OpenOrders):
        raise UsageError(f"{dataset} are frames or paths here, not open orders", mend="give those")
    is_single = isinstance(rows, _SINGLE) or hasattr(rows, "__arrow_c_stream__")
    exports = [_export(dataset, export) for export in ([rows] if is_single else rows)]
    if not exports or len({isinstance(is_single, str) for is_single in exports}) > 1:
        raise UsageError(f"{dataset} are frames or paths, not both or none", mend="give one kind")
    return exports


_SINGLE = (pl.DataFrame, pl.LazyFrame, str, PathLike)


def _export(dataset: str, rows: object) -> str | pl.LazyFrame:
    if isinstance(rows, (pl.DataFrame, pl.LazyFrame)):
        return rows.lazy()
    if isinstance(rows, (str, PathLike)):
        return str(Path(rows))
    if hasattr(rows, "__arrow_c_stream__"):
        return pl.DataFrame(rows).lazy()
    raise UsageError(
        f"{dataset}: {type(rows).__name__} is no frame or path",
        mend="a Polars, pandas or Arrow frame, or a path",
    )


def day_of(day: date | str | None) -> int | None:
    """A date, or its text, as the number that reductions take.

    Raises:
        UsageError: it's none.
    """
    if day is None:
        return None
    try:
        return to_day(date.fromisoformat(day) if isinstance(day, str) else day)
    except ValueError:
        raise UsageError(f"as_of {day}: not a date", mend="YYYY-MM-DD") from None
