"""The analyses as functions over Polars frames: what `import userops` offers.

Orders are a frame, several frames, or paths of exports; columns are found by their names
or by `columns`, as on the command line. A result holds named tables; `frame(table)` gives
one with dates and exact decimals, `table.frame` with whole minor units.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from os import PathLike
from pathlib import Path

import polars as pl

from userops import ledger, replenishment, rfm, timeline
from userops import repurchase as buying
from userops.errors import UsageError
from userops.render.cells import machine
from userops.settings import Settings, params
from userops.sources.files import workspace
from userops.sources.intake import Facts
from userops.sources.intake import Orders as Intake
from userops.sources.reading import Reading
from userops.table import Result, Table
from userops.window import to_day

Frame = pl.DataFrame | pl.LazyFrame
PathName = str | PathLike[str]
OrdersLike = Frame | PathName | Sequence[Frame] | Sequence[PathName]
Step = Callable[[pl.LazyFrame], pl.LazyFrame]


def segment(
    orders: OrdersLike,
    *,
    as_of: date | None = None,
    columns: Mapping[str, str] | None = None,
    reading: Reading | None = None,
    segments: str | None = None,
    cuts: rfm.Cuts | None = None,
    bins: int | None = None,
    new_days: int | None = None,
) -> Result:
    """RFM scores, segments and tiers; see `userops.rfm` for what they mean.

    Args:
        orders: `user_id, order_time, amount` and what else is known of each order.
        as_of: the last day that counts; by default the last one in the orders.
        columns: field to column, where names differ.
        reading: how to read, in full.
        segments: `grid`, `intervals` or `rfm8`.
        cuts: fixed cut points, in days, orders and minor units; by default quantiles.
        bins: scores run from 1 to this.
        new_days: days since the first order that make a user new.

    Returns:
        The tables `users`, `summary`, `tiers` and `cuts`.

    Raises:
        InputError: the orders can't be used.
        UsageError: a parameter is out of bounds.
    """
    told = params(
        rfm.Params(),
        segments=segments,
        bins=bins,
        new_days=new_days,
        method="fixed" if cuts else None,
    )
    rules = Settings().rule_table(told.segments)
    with _taken(orders, columns, reading) as intake:
        (customers,), facts = _reduced(intake, as_of, ledger.customers)
    tables = rfm.segment(
        customers, facts.window, told, rules=rules, cuts=cuts, currency=facts.currency
    )
    return Result("segment", tables, facts.tally)


def repurchase(
    orders: OrdersLike,
    *,
    as_of: date | None = None,
    columns: Mapping[str, str] | None = None,
    reading: Reading | None = None,
    grain: buying.Grain | None = None,
    windows: Sequence[int] | None = None,
    within: int | None = None,
) -> Result:
    """Who buys again, how long things last; see `userops.repurchase` and `userops.replenishment`.

    Args:
        orders: `user_id, order_time, amount`, and `category, quantity` where they're known.
        as_of: the last day that counts; by default the last one in the orders.
        columns: field to column, where names differ.
        reading: how to read, in full.
        grain: what a purchase is, a `day` or an `order`.
        windows: days after the first purchase.
        within: days after as_of by which a purchase is due.

    Returns:
        The tables `windows`, `orders`, `categories` and `due`.

    Raises:
        InputError: the orders can't be used.
        UsageError: a parameter is out of bounds.
    """
    told = params(buying.Params(), grain=grain, windows=windows)
    stock = params(replenishment.Params(), within=within)
    day = to_day(as_of) if as_of else None
    with _taken(orders, columns, reading) as intake:
        steps, lines = [buying.buyers, timeline.marks], [replenishment.purchases]
        (buyers, marks, bought), facts = intake.reduce(steps, day, lines)
        line = timeline.build(buyers, marks, lambda: intake.reduce([timeline.rows], day)[0][0])
    found = replenishment.rhythms(bought, told.grain, per_unit=stock.per_unit)
    tables = (
        buying.windows(line, facts.window, told),
        buying.orders(line, facts.window, told),
        replenishment.categories(found, facts.window, buying.SAID[told.grain]),
        replenishment.due(found, facts.window, stock),
    )
    return Result("repurchase", tables, facts.tally)


def frame(table: Table) -> pl.DataFrame:
    """A table's values as people know them: dates, exact decimals of money, plain text."""
    return machine(table.frame, table)


@contextmanager
def _taken(
    orders: OrdersLike, columns: Mapping[str, str] | None, reading: Reading | None
) -> Iterator[Intake]:
    how = reading or Reading()
    if columns:
        how = replace(how, named={**how.named, **columns})
    given = [orders] if isinstance(orders, (pl.DataFrame, pl.LazyFrame, str, PathLike)) else orders
    frames = [one.lazy() for one in given if isinstance(one, (pl.DataFrame, pl.LazyFrame))]
    paths = [str(Path(one)) for one in given if isinstance(one, (str, PathLike))]
    if (frames and paths) or not given:
        raise UsageError("orders are frames or paths, not both or none", mend="give one kind")
    if frames:
        yield Intake.of_frames(frames, how)
        return
    with workspace() as folder:
        yield Intake.open(paths, how, folder)


def _reduced(intake: Intake, as_of: date | None, *steps: Step) -> tuple[list[pl.DataFrame], Facts]:
    return intake.reduce(steps, to_day(as_of) if as_of else None)
