"""Frames and paths as the analyses read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date
from os import PathLike
from pathlib import Path

import polars as pl

from userops.api.opened import Kept, OpenOrders
from userops.core.dates import to_day
from userops.core.errors import UsageError
from userops.ledger import attributes
from userops.ledger.attributes import Attribute
from userops.readers.events import Events
from userops.readers.files.open import workspace
from userops.readers.options import Reading
from userops.readers.orders import Orders

Frame = pl.DataFrame | pl.LazyFrame
PathName = str | PathLike[str]
Rows = Frame | PathName | Sequence[Frame] | Sequence[PathName]


@contextmanager
def events_of(
    events: Rows, columns: Mapping[str, str] | None, reading: Reading | None
) -> Iterator[Events]:
    """The events of frames or paths, opened."""
    with workspace() as folder:
        how, frames, names = given("events", events, columns, reading)
        yield Events.of_frames(frames, how) if frames else Events.open(names, how, folder)


@contextmanager
def orders_of(
    orders: Rows | OpenOrders, columns: Mapping[str, str] | None, reading: Reading | None
) -> Iterator[Orders]:
    """The orders of frames or paths, opened, or those that are open."""
    if isinstance(orders, OpenOrders):
        if columns or reading:
            raise UsageError("open orders are read as they were opened", mend="open them so")
        yield orders.intake
        return
    how, frames, names = given("orders", orders, columns, reading)
    if frames:
        yield Orders.of_frames(frames, how)
        return
    with workspace() as folder:
        yield Orders.open(names, how, folder)


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
        intake = Kept.of_frames(frames, how) if frames else Kept.open(names, how, folder)
        return OpenOrders(intake, stack.pop_all())


def given(
    what: str,
    taken: Rows,
    columns: Mapping[str, str] | None,
    reading: Reading | None,
) -> tuple[Reading, list[pl.LazyFrame], list[str]]:
    """How to read, and the frames or the paths to read from."""
    how = reading or Reading()
    if columns:
        how = replace(how, named={**how.named, **columns})
    if isinstance(taken, OpenOrders):
        raise UsageError(f"{what} are frames or paths here, not open orders", mend="give those")
    listed: list[Frame | PathName]
    if isinstance(taken, (pl.DataFrame, pl.LazyFrame, str, PathLike)):
        listed = [taken]
    else:
        listed = list(taken)
    frames = [one.lazy() for one in listed if isinstance(one, (pl.DataFrame, pl.LazyFrame))]
    names = [str(Path(one)) for one in listed if isinstance(one, (str, PathLike))]
    if (frames and names) or not listed:
        raise UsageError(f"{what} are frames or paths, not both or none", mend="give one kind")
    return how, frames, names


def day_of(day: date | None) -> int | None:
    """A date as the number that reductions take."""
    return to_day(day) if day else None


def registered(users: pl.DataFrame) -> pl.DataFrame:
    """`user_id, registered_day` of users, each once; null where the day isn't known."""
    known = "registered_time" in users.columns
    time = pl.col("registered_time") if known else pl.lit(None)
    day = time.cast(pl.Date).cast(pl.Int32).alias("registered_day")
    each = users.select(pl.col("user_id").cast(pl.String), day).sort(
        "registered_day", nulls_last=True
    )
    return each.unique("user_id", keep="first", maintain_order=True).sort("user_id")


def attribute(intake: Orders, users: pl.DataFrame | None, name: str) -> Attribute:
    """An attribute of users or orders.

    Raises:
        UsageError: neither knows it.
    """
    known = None
    if users is not None and name in users.columns:
        text = users.select(pl.col("user_id", name).cast(pl.String)).drop_nulls(name)
        known = text.unique("user_id", keep="first", maintain_order=True)
    step = attributes.of_orders(intake.fields).get(name)
    if known is None and step is None:
        raise UsageError(f"by={name!r}: no such column", mend=f"users with a column {name}")
    return Attribute(name, known, step)
