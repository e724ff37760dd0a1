"""How the tables of `userops activity` are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from userops.analyses.activity import ANALYSIS, tables
from userops.analyses.activity.params import ActivityParams
from userops.analyses.activity.use import HeldUse, LargeUse, Use, reductions
from userops.analyses.analysis import Inputs
from userops.core.facts import Facts
from userops.core.periods import Period
from userops.core.table import Table
from userops.engines import query as engine
from userops.engines.reductions import Query, Reduction
from userops.ledger import sessions
from userops.ledger.event_reductions import EVENT_NAMES
from userops.readers.events import Events


def run(inputs: Inputs, params: ActivityParams) -> Iterator[Table]:
    """Who comes, how often, for how long, and who stays away."""
    events = inputs.events(inputs.links())
    table_names = [name for name in ANALYSIS.tables if inputs.wants(name)]
    use, facts = (
        _at_large(inputs, events, params)
        if events.on_spark
        else _held(inputs, events, params, table_names)
    )
    yield from tables.activity_tables(
        use, facts.window, params, table_names, inputs.settings.week_start
    )


def _held(
    inputs: Inputs, events: Events, params: ActivityParams, table_names: Sequence[str]
) -> tuple[Use, Facts]:
    """Use of which every user's days come here."""
    names = _folded(params.ignore)

    def counted(queries: Sequence[Query]) -> list[Query]:
        return _over(queries, lambda x: ~x.col("event").str.to_lowercase().is_in(names), names)

    asked = reductions(table_names, params.silence)
    frames, facts = inputs.reduce_events(events, *counted([*asked.values()]))
    usage = sessions.usage_of(
        dict(zip(asked, frames, strict=True)),
        lambda again: events.again(counted(again)),
        silence=params.silence,
    )
    return HeldUse(usage), facts


def _at_large(inputs: Inputs, events: Events, params: ActivityParams) -> tuple[Use, Facts]:
    """Use that's worked out where the events are."""
    found, facts = inputs.reduce_events(events, *([EVENT_NAMES] if params.ignore else []))
    # Which names are meant is told here: engines differ in what they make of letters.
    meant = pl.col("event").str.to_lowercase().is_in(_folded(params.ignore))
    names = [name for frame in found for name in frame.filter(meant)["event"]]

    def ask(queries: Sequence[Query]) -> Any:
        return events.again(_over(queries, lambda x: ~x.col("event").is_in(names), names))

    period = Period(params.period)
    return LargeUse(ask, params.silence, period, inputs.settings.week_start), facts


def _folded(names: Sequence[str]) -> list[str]:
    return [name.strip().casefold() for name in names]


def _over(
    queries: Sequence[Query], counts: Callable[[Any], Any], ignored: Sequence[str]
) -> list[Query]:
    """Reductions over the events that count: all but those of some names, however they're written."""
    if not ignored:
        return list(queries)

    def over_counted(query: Query) -> Query:
        reduction = Reduction.of(query)
        return replace(
            reduction,
            query=lambda events: reduction.query(events.filter(counts(engine.api(events)))),
        )

    return [over_counted(query) for query in queries]
