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

from userops import activity as coming
from userops import funnel as paths
from userops import ledger, path, replenishment, rfm, timeline, use, visits
from userops import repurchase as buying
from userops.errors import UsageError
from userops.params import (
    ActivityParams,
    FunnelParams,
    Grain,
    ReplenishmentParams,
    RepurchaseParams,
    RfmParams,
)
from userops.periods import Period
from userops.render.cells import machine
from userops.settings import Settings, params
from userops.sources.event_intake import Events
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
        RfmParams(),
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
    grain: Grain | None = None,
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
    told = params(RepurchaseParams(), grain=grain, windows=windows)
    stock = params(ReplenishmentParams(), within=within)
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


def activity(
    events: OrdersLike,
    *,
    as_of: date | None = None,
    columns: Mapping[str, str] | None = None,
    reading: Reading | None = None,
    period: Period | None = None,
    week_start: str = "monday",
) -> Result:
    """Who comes how often and how long; see `userops.activity` for what the tables mean.

    Args:
        events: `user_id, event_time, event`, and what else is known of each event.
        as_of: the last day that counts; by default the last one in the events.
        columns: field to column, where names differ.
        reading: how to read, in full.
        period: `day`, `week` or `month`.
        week_start: the day on which weeks start.

    Returns:
        The tables `summary`, `stickiness`, `users` and `depth`.

    Raises:
        InputError: the events can't be used.
        UsageError: a parameter is out of bounds.
    """
    told = params(ActivityParams(), period=period)
    with _taken_events(events, columns, reading) as intake:
        steps = coming.steps(coming.TABLES, told)
        reduced, facts = intake.reduce([*steps.values()], to_day(as_of) if as_of else None)
        found = dict(zip(steps, reduced, strict=True))
        seen = visits.gather(found, intake.again, silence=told.silence)
    tables = coming.activity(seen, facts.window, told, week_start=week_start)
    return Result("activity", tables, facts.tally)


def funnel(
    events: OrdersLike,
    *,
    as_of: date | None = None,
    columns: Mapping[str, str] | None = None,
    reading: Reading | None = None,
    orders: OrdersLike | None = None,
    users: pl.DataFrame | None = None,
    steps: Sequence[str] | None = None,
    window: int | None = None,
    by: str | None = None,
    convert: str | None = None,
    within: int | None = None,
    sources: Mapping[str, str | Sequence[str]] | None = None,
) -> Result:
    """How far along a path users come; see `userops.funnel` for what the tables mean.

    Args:
        events: `user_id, event_time, event`, and what else is known of each event.
        as_of: the last day that counts; by default the last one in the orders, else the events.
        columns: field to column of the events, where names differ.
        reading: how to read, in full.
        orders: for order, pay and reorder.
        users: `user_id, registered_time` and the column `by`, each user once.
        steps: the path, in order.
        window: days after the first step in which the others count.
        by: what groups are of: `channel`, or a column of users.
        convert: the step that new users are converted by.
        within: days after the first step for that.
        sources: which events a step is, or `orders`, or `users`.

    Returns:
        The tables `steps`, `users`, `groups` and `conversion`.

    Raises:
        InputError: the events or the orders can't be used.
        UsageError: a parameter is out of bounds, or a step isn't found.
    """
    told = params(
        FunnelParams(), steps=steps, window=window, by=by, convert=convert, within=within,
        sources=sources,
    )  # fmt: skip
    day = to_day(as_of) if as_of else None
    bought, begun = None, None
    if orders is not None:
        with _taken(orders, None, replace(reading, named={}) if reading else None) as intake:
            (bought,), facts = intake.reduce([path.order_times], day)
        bought = path.at_day_end(bought)
        begun = to_day(facts.window.first_day) if facts.window.first_day else None
        if day is None and facts.window.as_of:
            day = to_day(facts.window.as_of)
    known = None
    if users is not None:
        group = {"group": pl.col(told.by).cast(pl.String)} if told.by in users.columns else {}
        time = pl.col("registered_time").cast(pl.Datetime("us")).to_physical().alias("time")
        known = users.select("user_id", time, **group)
    with _taken_events(events, columns, reading) as taken:
        (names,), facts = taken.reduce([path.event_names], day)
        given = (("orders", bought), ("users", known))
        found = path.resolve(
            told.steps,
            told.sources,
            names["event"].to_list(),
            beside=[name for name, there in given if there is not None],
            forgiving=steps is None,
        )
        first = to_day(facts.window.first_day) if facts.window.first_day else None
        followed = path.follow(
            found,
            taken.again,
            as_of=to_day(facts.window.as_of) if facts.window.as_of else 0,
            days=max(told.window, told.within),
            begun={"events": first, "orders": begun},
            channel=told.by == "channel" and "channel" in taken.fields,
            users=known,
            orders=bought,
        )
    return Result("funnel", paths.funnel(followed, facts.window, told), facts.tally)


def segment_by_use(
    events: OrdersLike,
    *,
    as_of: date | None = None,
    columns: Mapping[str, str] | None = None,
    reading: Reading | None = None,
    segments: str | None = None,
    cuts: rfm.Cuts | None = None,
    bins: int | None = None,
    new_days: int | None = None,
) -> Result:
    """RFM by use; as `segment`, of days since the last active day, active days and minutes."""
    method = "fixed" if cuts else None
    told = params(RfmParams(), segments=segments, bins=bins, new_days=new_days, method=method)
    with _taken_events(events, columns, reading) as intake:
        steps = visits.use_steps(timed="duration_s" in intake.fields)
        reduced, facts = intake.reduce([*steps.values()], to_day(as_of) if as_of else None)
        users = visits.use_by_user(dict(zip(steps, reduced, strict=True)), intake.again)
    rules = Settings().rule_table(told.segments)
    tables = use.segment(users, facts.window, told, rules=rules, cuts=cuts)
    return Result("segment", tables, facts.tally)


def frame(table: Table) -> pl.DataFrame:
    """A table's values as people know them: dates, exact decimals of money, plain text."""
    return machine(table.frame, table)


@contextmanager
def _taken_events(
    events: OrdersLike, columns: Mapping[str, str] | None, reading: Reading | None
) -> Iterator[Events]:
    with workspace() as folder:
        how, frames, names = _given("events", events, columns, reading)
        yield Events.of_frames(frames, how) if frames else Events.open(names, how, folder)


@contextmanager
def _taken(
    orders: OrdersLike, columns: Mapping[str, str] | None, reading: Reading | None
) -> Iterator[Intake]:
    how, frames, names = _given("orders", orders, columns, reading)
    if frames:
        yield Intake.of_frames(frames, how)
        return
    with workspace() as folder:
        yield Intake.open(names, how, folder)


def _given(
    what: str,
    taken: OrdersLike,
    columns: Mapping[str, str] | None,
    reading: Reading | None,
) -> tuple[Reading, list[pl.LazyFrame], list[str]]:
    """How to read, and the frames or the paths to read from."""
    how = reading or Reading()
    if columns:
        how = replace(how, named={**how.named, **columns})
    given = [taken] if isinstance(taken, (pl.DataFrame, pl.LazyFrame, str, PathLike)) else taken
    frames = [one.lazy() for one in given if isinstance(one, (pl.DataFrame, pl.LazyFrame))]
    names = [str(Path(one)) for one in given if isinstance(one, (str, PathLike))]
    if (frames and names) or not given:
        raise UsageError(f"{what} are frames or paths, not both or none", mend="give one kind")
    return how, frames, names


def _reduced(intake: Intake, as_of: date | None, *steps: Step) -> tuple[list[pl.DataFrame], Facts]:
    return intake.reduce(steps, to_day(as_of) if as_of else None)
