"""What the orders tell, read in one pass: of all analyses, those that a section asked for needs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial

import polars as pl

from userops.analyses.funnel import path
from userops.analyses.kpis import revenue_change
from userops.analyses.kpis.measures import Comparison
from userops.analyses.repurchase import purchase_intervals, replenishment
from userops.commands import other_exports
from userops.commands.run import Run
from userops.core.messages import Note, counted
from userops.core.table import Table
from userops.engines.reductions import Step
from userops.gather import worths
from userops.gather.wanted import Wanted, asked
from userops.ledger import attributes, timeline
from userops.ledger import customers as ledger
from userops.ledger.attributes import Attribute
from userops.ledger.timeline import Timeline
from userops.readers.orders import Facts
from userops.readers.users import People
from userops.report import analyses
from userops.report.analyses import Earlier, Known
from userops.report.sections.headline import LONGEST

# Sections about money over time; the others need the days of orders alone.
_OF_MONEY = ("headline", "changes", "goals", "segments", "ltv")


@dataclass(frozen=True, slots=True)
class Read:
    """The customers and their orders in time, other results by the step's name, and what was found out."""

    customers: pl.DataFrame
    line: Timeline
    frames: dict[str, pl.DataFrame]
    facts: Facts
    known: People | None  # the users export
    split: Attribute | None  # users' channels, for what each cost

    @property
    def times(self) -> pl.DataFrame | None:
        """When users ordered, for the funnel."""
        return self.frames.get("times")


def read(this: Run, wanted: Wanted, known: People | None) -> Read:
    """Every step that's needed, in one pass."""
    fields = this.orders.fields
    split = None
    if this.named["costs"] and wanted.needs("ltv"):
        first = attributes.of_orders(this.orders.fields)
        split = other_exports.split("channel", known, this.orders.exports, first)
    marks = timeline.amounts if wanted.needs(*_OF_MONEY) else timeline.marks
    steps: dict[str, Step] = {}
    if "channel" in fields and wanted.needs("changes"):
        steps["channels"] = revenue_change.channel_orders
    if split and split.step:
        steps["first"] = split.step
    if this.named["events"] and wanted.needs("funnel"):
        steps["times"] = path.order_times
    lines = []
    if "category" in fields and wanted.needs("replenishment"):
        lines = purchase_intervals.steps(fields)
    customers, line, frames, facts = this.timeline(
        ledger.customers, marks, *steps.values(), lines=lines
    )
    named = dict(zip([*steps, *["bought"] * len(lines)], frames, strict=True))
    return Read(customers, line, named, facts, known, split)


def tables(
    this: Run, wanted: Wanted, found: Read, comparison: Comparison
) -> tuple[dict[str, Table], list[Note]]:
    """Tables by what they show, and what there is to tell."""
    frames, facts = found.frames, found.facts
    how = asked(this, wanted)
    shop = Known(found.customers, found.line, facts.window, facts.currency, how, facts.settled)
    costs = other_exports.costs(this, shop.customers, shop.day, facts.currency)
    first = [frames["first"]] if "first" in frames else []
    channels = found.split.of(first) if found.split else None
    spans = analyses.compared(comparison, LONGEST)
    worth = partial(worths.tables, this, wanted, shop, costs, channels, spans)
    with ThreadPoolExecutor(1) as pool:
        # Half of the work, beside the other half; but rows read with care are in files that
        # two can't write at once.
        begun = pool.submit(worth) if facts.settled else None
        made = _others(this, wanted, found, shop, comparison)
        with this.working(f"{counted(facts.tally.used, 'order')}: worth"):
            valued, notes = begun.result() if begun else worth()
    return made | valued, notes


def _others(
    this: Run, wanted: Wanted, found: Read, shop: Known, comparison: Comparison
) -> dict[str, Table]:
    frames, facts = found.frames, found.facts
    since = comparison.now.first - 1
    rows = counted(facts.tally.used, "order")
    then = shop.then if shop.settled else cache(partial(_earlier, this, shop))
    made: dict[str, Table] = {}
    with this.working(f"{rows}: headline and changes"):
        if wanted.needs("headline"):
            made |= analyses.headline(shop, comparison)
        if wanted.needs("goals"):
            made |= analyses.targets(shop)
        if wanted.needs("changes"):
            made |= analyses.changes(shop, comparison, then, frames.get("channels"))
    with this.working(f"{rows}: segments and lifecycle"):
        if wanted.needs("segments"):
            made |= analyses.segments(shop, then(since))
        if wanted.needs("lifecycle"):
            registered = found.known.registered() if found.known else None
            before = None if shop.settled else then(since)
            made |= analyses.lives(shop, since, before, registered)
    with this.working(f"{rows}: cohorts and repurchase"):
        if wanted.needs("cohorts"):
            made |= analyses.retained(shop)
        if wanted.needs("repurchase"):
            made |= analyses.returning(shop)
        if "bought" in frames:
            made |= _due(this, found)
    return made


def _earlier(this: Run, shop: Known, day: int) -> Earlier:
    """An earlier day as it was, which today's orders don't tell."""
    customers, line, _, _ = this.orders.timeline(ledger.customers, timeline.amounts, as_of=day)
    now = shop.customers.select("user_id").with_row_index("row")
    rows = customers.select("user_id").join(now, on="user_id", how="left", maintain_order="left")[
        "row"
    ]
    return Earlier(customers, line, analyses.scored(customers, shop, day), rows)


def _due(this: Run, found: Read) -> dict[str, Table]:
    stock, window = this.settings.replenishment, found.facts.window
    customers = found.customers
    bought = purchase_intervals.gather(customers, found.frames["bought"], this.lines_again)
    rhythms = purchase_intervals.rhythms(
        bought, customers["user_id"], this.settings.repurchase.grain, per_unit=stock.per_unit
    )
    return {
        "categories": replenishment.categories(rhythms, window),
        "due": replenishment.due(rhythms, window, stock),
    }
