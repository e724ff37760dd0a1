"""What a Python function is given: frames and paths, as the inputs of an analysis."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import polars as pl

from userops.api.kept_orders import KeptOrders, OpenOrders
from userops.core.errors import UsageError
from userops.core.facts import Facts
from userops.datasets.orders import ORDERS
from userops.inputs import RunInputs
from userops.inputs.days import day_of
from userops.inputs.reading import read_options, with_columns
from userops.readers.files.open import workspace
from userops.readers.options import ReadOptions, suited
from userops.readers.orders import Orders
from userops.settings import Settings, load

# What exports can be: Polars' frames, whatever gives Arrow's (pandas, PyArrow, DuckDB), or paths.
FramesOrPaths = Any


@dataclass(slots=True)
class PythonInputs(RunInputs):
    """The inputs of a Python function; what is told on the way is kept in `messages`."""

    tables: Sequence[str] = ()
    messages: list[str] = field(default_factory=list)
    shows_rejects: bool = False

    def wants(self, table: str) -> bool:
        """Every table of the analysis."""
        return table in self.tables

    def account(self, dataset: str, facts: Facts, rejects: Callable[[], pl.DataFrame]) -> None:
        """Keep what was read of a dataset, and what was assumed of it.

        Raises:
            TooManyRejects: more rows than allowed were refused.
        """
        self.messages += facts.notes
        self.read[dataset] = facts
        if not self.shows_rejects:
            self.stop_if_too_many_refused(facts)
            self.check_counts(dataset, facts)
        self.look(dataset, facts)

    def message(self, text: str) -> None:
        """Keep what is said beside the tables."""
        self.messages.append(text)


@contextmanager
def inputs_of(
    about: str,
    datasets: Mapping[str, FramesOrPaths | None],
    *,
    tables: Sequence[str],
    columns: Mapping[str, str] | None,
    reading: ReadOptions | None,
    nobody: Sequence[str] | str | None,
    settings: Settings,
    attributes: Sequence[str],
    as_of: date | str | None,
    given: Mapping[str, object],
    shows_rejects: bool,
    without_amount: bool = False,
) -> Iterator[PythonInputs]:
    """The inputs of one call.

    Args:
        about: the dataset that the analysis is about.
        datasets: frames or paths by dataset.
        tables: those that are made.
        columns: field to column, where names differ.
        reading: how to read, in place of what the settings say.
        nobody: what stands for no user, beside what is known to.
        settings: what the project has settled.
        attributes: what users are split by.
        as_of: the last day that counts.
        given: keywords, by name.
        shows_rejects: whether refused rows are what it shows, however many there are.
        without_amount: whether orders needn't say what they came to.

    Raises:
        InputError: an export can't be used.
        UsageError: what is given isn't frames or paths.
    """
    opened = datasets.get("orders")
    if isinstance(opened, OpenOrders) and (columns or reading or nobody):
        raise UsageError("open orders are read as they were opened", mend="open them so")
    exports = {
        name: exports_of(name, rows)
        for name, rows in datasets.items()
        if rows is not None and not (name == "orders" and isinstance(rows, OpenOrders))
    }
    options = reading_of(
        columns, reading, settings, nobody, about=about, datasets=[*exports], attributes=attributes
    )
    with workspace() as folder:
        if isinstance(opened, OpenOrders):
            orders, exports["orders"] = opened.orders, ["open orders"]
        else:
            names = exports.get("orders", [])
            how = replace(suited(options, ORDERS), without_amount=without_amount)
            orders = Orders.open(names, how, folder) if names else Orders([], options)
        day = day_of(as_of, options.timezone, "as_of")
        yield PythonInputs(
            settings, orders, day, options, folder, exports, given=given, tables=tables,
            shows_rejects=shows_rejects,
        )  # fmt: skip


def open_orders(
    orders: FramesOrPaths,
    *,
    columns: Mapping[str, str] | None = None,
    reading: ReadOptions | None = None,
    nobody: Sequence[str] | str | None = None,
    config: str | PathLike[str] | None = None,
) -> OpenOrders:
    """Open orders once, for several analyses.

    Args:
        orders: `user_id, order_time, amount` and what else is known of each order.
        columns: field to column, where names differ.
        reading: how to read, in full, in place of what the settings say.
        nobody: what stands for no user, beside guest, NA, 0 and the like; `VALUE=user` takes one out.
        config: a userops.toml whose settings hold; by default none.

    Raises:
        InputError: the orders can't be used.
        UsageError: the settings can't be, or a column is named for no field of orders.

    Example:
        >>> import userops
        >>> with userops.open_orders("orders.csv") as orders:
        ...     weeks = userops.cohorts(orders, period="week").matrix.to_polars()
        ...     stages = userops.lifecycle(orders).summary.to_polars()
    """
    with ExitStack() as stack:
        folder = stack.enter_context(workspace())
        settings = load(fspath(config))[0] if config else Settings.model_construct()
        options = reading_of(
            columns, reading, settings, nobody, about="orders", datasets=["orders"]
        )
        orders_kept = KeptOrders.open(exports_of("orders", orders), suited(options, ORDERS), folder)
        return OpenOrders(orders_kept, stack.pop_all())


def reading_of(
    columns: Mapping[str, str] | None,
    reading: ReadOptions | None,
    settings: Settings,
    nobody: Sequence[str] | str | None = None,
    *,
    about: str,
    datasets: Sequence[str],
    attributes: Sequence[str] = (),
) -> ReadOptions:
    """How to read some datasets, with columns by field and what is no user: as told, else as the settings say."""
    named = {**(reading.named if reading else {}), **(columns or {})}
    options = reading or read_options(settings)
    said = (nobody,) if isinstance(nobody, str) else tuple(nobody or ())
    return with_columns(
        replace(options, nobody=(*options.nobody, *said)),
        settings,
        named,
        about=about,
        datasets=datasets,
        attributes=attributes,
        where="columns",
    )


def exports_of(dataset: str, rows: FramesOrPaths) -> list[str | pl.LazyFrame]:
    """Frames, or paths, as a list of one kind.

    Raises:
        UsageError: they're neither, or both.
    """
    if isinstance(rows, OpenOrders):
        raise UsageError(f"{dataset} are frames or paths here, not open orders", mend="give those")
    is_single = isinstance(rows, _SINGLE) or hasattr(rows, "__arrow_c_stream__")
    if not is_single and (isinstance(rows, Mapping) or not isinstance(rows, Iterable)):
        raise UsageError(
            f"{dataset} are frames or paths, not of type {type(rows).__name__}",
            mend="give a polars.DataFrame, a pandas.DataFrame or a path",
        )
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
