"""What a report is written from: every export read once, every analysis run.

Between the command, which says what's wanted, and `report`, which opens no file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import polars as pl

from userops import __version__, drivers, ledger, measures, path, replenishment, timeline
from userops.gather import events, people, record, worths
from userops.gather.wanted import Wanted, asked
from userops.report import Material, analyses
from userops.report.analyses import Asked, Earlier, Known
from userops.run import Run
from userops.sources.intake import Facts
from userops.table import Table

__all__ = ["Wanted", "material"]

Step = Callable[[pl.LazyFrame], pl.LazyFrame]


def material(this: Run, wanted: Wanted) -> Material:
    """Read the exports, the orders in one pass, and run what they allow."""
    known_people = people.known(this, wanted)
    frames, facts = _orders(this, wanted, split=known_people.channels is None)
    line = timeline.build(frames["customers"], frames["amounts"], this.again)
    shop = Known(frames["customers"], line, facts.window, facts.currency, facts.settled)
    how = asked(this, wanted)
    comparison = measures.compare(
        facts.window, wanted.period, year=wanted.year, week_start=this.settings.week_start
    )
    tables: dict[str, Table] = {}
    notes = [*facts.notes, *known_people.notes]
    since = comparison.now.first - 1 if comparison is not None else None
    rows = f"{facts.tally.used:,} orders"
    if comparison is not None and since is not None:
        with this.working(f"{rows}: headline and changes"):
            tables |= analyses.headline(shop, comparison, how)
            tables |= analyses.changes(shop, comparison, how, frames.get("channels"))
        with this.working(f"{rows}: segments and lifecycle"):
            before = _earlier(this, shop, since)
            tables |= analyses.segments(shop, before, how)
            tables |= analyses.lives(shop, before, how, known_people.registered)
        with this.working(f"{rows}: cohorts and repurchase"):
            tables |= analyses.returning(shop, how)
            if "bought" in frames:
                tables |= _due(this, frames["bought"], facts, how)
        with this.working(f"{rows}: worth"):
            split = (
                known_people.channels if known_people.channels is not None else frames.get("first")
            )
            tables |= worths.tables(this, wanted, shop, split, notes)
    found = events.tables(this, wanted, frames.get("times"), facts)
    return Material(
        lang=this.lang,
        period=wanted.period,
        window=facts.window,
        currency=facts.currency,
        comparison=comparison,
        tables={**tables, **found.tables},
        tally=facts.tally,
        tallies=found.tallies,
        since=since,
        notes=(*notes, *found.notes),
        missing=found.missing,
        inputs=record.inputs(this, wanted),
        settings=record.settings(this, wanted),
        version=__version__,
        define=partial(record.define, this.lang),
    )


def _orders(this: Run, wanted: Wanted, *, split: bool) -> tuple[dict[str, pl.DataFrame], Facts]:
    """What all sections need of the orders, in one pass; by name."""
    columns = {name for export in this.orders.exports for name in export.taken}
    steps: dict[str, Step] = {"customers": ledger.customers, "amounts": timeline.amounts}
    if "channel" in columns:
        steps["channels"] = drivers.channel_orders
        if split and wanted.costed(this):
            steps["first"] = partial(ledger.first_value, name="channel")
    if wanted.evented(this):
        steps["times"] = path.order_times
    lines: Sequence[Step] = [replenishment.purchases] if "category" in columns else []
    frames, facts = this.reduce(*steps.values(), lines=lines)
    return dict(zip([*steps, *["bought"] * len(lines)], frames, strict=True)), facts


def _earlier(this: Run, known: Known, day: int) -> Earlier:
    """The customers of an earlier day, as they were on it."""
    if known.settled:
        return analyses.earlier(known, day)
    then = replace(this, as_of=day)
    (customers, marks), _ = this.orders.reduce([ledger.customers, timeline.amounts], day)
    return Earlier(day, customers, timeline.build(customers, marks, then.again))


def _due(this: Run, bought: pl.DataFrame, facts: Facts, how: Asked) -> dict[str, Table]:
    stock = this.settings.replenishment
    found = replenishment.rhythms(bought, how.repurchase.grain, per_unit=stock.per_unit)
    return {
        "categories": replenishment.categories(found, facts.window),
        "due": replenishment.due(found, facts.window, stock),
    }
