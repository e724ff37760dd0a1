"""What a report is written from: every export read once, every analysis that's asked for run.

Between the command, which says what's wanted, and `report`, which opens no file.
"""

from __future__ import annotations

from functools import partial

from userops import __version__
from userops.analyses.kpis import measures
from userops.commands import other_exports
from userops.commands.run import Run
from userops.core.messages import Note
from userops.core.table import Table
from userops.gather import events, orders, record
from userops.gather.wanted import Wanted
from userops.report import Material

__all__ = ["Wanted", "material"]


def material(this: Run, wanted: Wanted) -> Material:
    """Read the exports, the orders in one pass, and run what the sections asked for need."""
    # One reading serves all: whose channel the users export knows, and the funnel's groups.
    known = other_exports.people(this, "channel", this.settings.funnel.by)
    read = orders.read(this, wanted, known)
    window = read.facts.window
    comparison = measures.compare(
        window, wanted.period, year=wanted.year, week_start=this.settings.week_start
    )
    tables: dict[str, Table] = {}
    notes: list[Note] = []
    if comparison is not None:
        tables, notes = orders.tables(this, wanted, read, comparison)
    found = events.tables(this, wanted, read.times, read.facts, known)
    assumed = [note for facts in this.read.values() for note in facts.notes]
    tallies = {dataset: facts.tally for dataset, facts in this.read.items() if dataset != "orders"}
    return Material(
        lang=this.lang,
        period=wanted.period,
        window=window,
        currency=read.facts.currency,
        comparison=comparison,
        tables={**tables, **found.tables},
        tally=read.facts.tally,
        tallies=tallies,
        since=comparison.now.first - 1 if comparison else None,
        notes=(*assumed, *notes),
        missing=found.missing,
        inputs=record.inputs(this) if wanted.shows("run") else (),
        settings=record.settings(this, wanted),
        version=__version__,
        define=partial(record.define, this.lang),
    )
