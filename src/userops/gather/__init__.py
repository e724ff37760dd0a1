"""What a report is written from: every export read once, every analysis run.

Between the command, which says what's wanted, and `report`, which opens no file.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import polars as pl

from userops import __version__, beside, drivers, ledger, measures, path, replenishment, timeline
from userops.gather import events, record, worths
from userops.gather.wanted import Wanted, asked
from userops.notes import Note
from userops.report import Material, analyses
from userops.report.analyses import Asked, Earlier, Known
from userops.report.sections.headline import LONGEST
from userops.run import Run
from userops.sources.intake import Facts
from userops.steps import Step
from userops.table import Table
from userops.window import to_day

__all__ = ["Wanted", "material"]


def material(this: Run, wanted: Wanted) -> Material:
    """Read the exports, the orders in one pass, and run what they allow."""
    # One reading serves all: whose channel the users export knows, and the funnel's groups.
    known = beside.people(this, "channel", this.settings.funnel.by)
    registered = known.registered() if known else None
    first = beside.of_orders(this.orders.exports)
    channel = beside.split("channel", known, this.orders.exports, first)
    split = channel if this.named["costs"] else None
    frames, facts = _orders(this, split)
    line = timeline.build(frames["customers"], frames["amounts"], this.again)
    shop = Known(frames["customers"], line, facts.window, facts.currency, facts.settled)
    how = asked(this, wanted)
    comparison = measures.compare(
        facts.window, wanted.period, year=wanted.year, week_start=this.settings.week_start
    )
    tables: dict[str, Table] = {}
    notes: list[Note] = []
    since = comparison.now.first - 1 if comparison is not None else None
    if comparison is not None and since is not None:
        as_of = to_day(facts.window.as_of) if facts.window.as_of else 0
        costs = beside.costs(this, shop.customers, as_of, facts.currency)
        channels = split.of([frames["first"]] if "first" in frames else []) if split else None
        spans = analyses.compared(comparison, LONGEST)
        worth = partial(worths.tables, this, shop, costs, channels, spans)
        rows = f"{facts.tally.used:,} orders"
        with ThreadPoolExecutor(1) as pool:
            # Half of the work, beside the other half; but rows read with care are in files that
            # two can't write at once.
            begun = pool.submit(worth) if facts.settled else None
            with this.working(f"{rows}: headline and changes"):
                tables |= analyses.headline(shop, comparison, how)
                tables |= analyses.changes(shop, comparison, how, frames.get("channels"))
            with this.working(f"{rows}: segments and lifecycle"):
                before = _earlier(this, shop, since)
                tables |= analyses.segments(shop, before, how)
                tables |= analyses.lives(shop, before, how, registered)
            with this.working(f"{rows}: cohorts and repurchase"):
                tables |= analyses.returning(shop, how)
                if "bought" in frames:
                    tables |= _due(this, frames["bought"], facts, how)
            with this.working(f"{rows}: worth"):
                valued, told = begun.result() if begun else worth()
                tables |= valued
                notes += told
    found = events.tables(this, wanted, frames.get("times"), facts, known)
    assumed = [note for read in this.read.values() for note in read.notes]
    tallies = {dataset: read.tally for dataset, read in this.read.items() if dataset != "orders"}
    return Material(
        lang=this.lang,
        period=wanted.period,
        window=facts.window,
        currency=facts.currency,
        comparison=comparison,
        tables={**tables, **found.tables},
        tally=facts.tally,
        tallies=tallies,
        since=since,
        notes=(*assumed, *notes),
        missing=found.missing,
        inputs=record.inputs(this),
        settings=record.settings(this, wanted),
        version=__version__,
        define=partial(record.define, this.lang),
    )


def _orders(this: Run, split: beside.Split | None) -> tuple[dict[str, pl.DataFrame], Facts]:
    """What all sections need of the orders, in one pass; by name."""
    columns = {name for export in this.orders.exports for name in export.taken}
    steps: dict[str, Step] = {"customers": ledger.customers, "amounts": timeline.amounts}
    if "channel" in columns:
        steps["channels"] = drivers.channel_orders
    if split and split.step:
        steps["first"] = split.step
    if this.named["events"]:
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
