"""How the tables of `userops activity` are made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import polars as pl

from userops.analyses.activity import ANALYSIS, tables
from userops.analyses.activity.params import ActivityParams
from userops.analyses.analysis import Inputs
from userops.core.table import Table
from userops.engines.reductions import Query, Reduction
from userops.ledger import sessions


def run(inputs: Inputs, params: ActivityParams) -> Iterator[Table]:
    """Who comes, how often, for how long, and who stays away."""
    events = inputs.events(inputs.links())
    table_names = [name for name in ANALYSIS.tables if inputs.wants(name)]
    reductions = tables.reductions(table_names, params)
    counted = partial(_counted, params.ignore)
    frames, facts = inputs.reduce_events(events, *counted([*reductions.values()]))
    usage = sessions.usage_of(
        dict(zip(reductions, frames, strict=True)),
        lambda again: events.again(counted(again)),
        silence=params.silence,
    )
    yield from tables.activity_tables(
        usage, facts.window, params, table_names, inputs.settings.week_start
    )


def _counted(ignored: Sequence[str], queries: Sequence[Query]) -> list[Query]:
    """Reductions over the events that count: all but those of some names, however they're written."""
    if not ignored:
        return list(queries)
    names = [name.strip().casefold() for name in ignored]
    counts = ~pl.col("event").str.to_lowercase().is_in(names)

    def over_counted(query: Query) -> Query:
        reduction = Reduction.of(query)
        return replace(reduction, query=lambda events: reduction.query(events.filter(counts)))

    return [over_counted(query) for query in queries]
