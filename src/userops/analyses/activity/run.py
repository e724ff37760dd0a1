"""How the tables of `userops activity` are made."""

from __future__ import annotations

from collections.abc import Iterator

from userops.analyses.activity import ANALYSIS, tables
from userops.analyses.activity.params import ActivityParams
from userops.analyses.analysis import Inputs
from userops.core.table import Table
from userops.ledger import sessions


def run(inputs: Inputs, params: ActivityParams) -> Iterator[Table]:
    """Who comes, how often, for how long, and who stays away."""
    events = inputs.events(inputs.links())
    table_names = [name for name in ANALYSIS.tables if inputs.wants(name)]
    reductions = tables.reductions(table_names, params)
    frames, facts = inputs.reduce_events(events, *reductions.values())
    usage = sessions.usage_of(
        dict(zip(reductions, frames, strict=True)), events.again, silence=params.silence
    )
    yield from tables.activity_tables(
        usage, facts.window, params, table_names, inputs.settings.week_start
    )
