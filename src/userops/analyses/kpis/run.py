"""How headline measures, goals, changes and movements are made."""

from __future__ import annotations

from collections.abc import Iterator

from userops.analyses.analysis import Inputs
from userops.analyses.kpis import changes, goals, ltv_by_period, measures, movements, revenue_change
from userops.analyses.kpis.history import History
from userops.analyses.kpis.ltv_by_period import Revised
from userops.analyses.kpis.measures import Comparison, Span
from userops.analyses.kpis.params import KpiParams
from userops.analyses.kpis.winback import winback
from userops.core.periods import Period
from userops.core.table import Table
from userops.customers.buyers import from_timeline
from userops.customers.params import LtvParams, RfmParams
from userops.customers.value import Shop
from userops.ledger import timeline
from userops.ledger.customers import CUSTOMERS

_CHANGES = ("change", "change_by_tier", "change_by_channel")
_SEGMENTS = ("users", "segments", "tiers", "tier_moves", "winback")
_MOST_PERIODS = 27  # of the headline's series
_MOST_WITH_COSTS = 13  # of LTV / CAC


def run(inputs: Inputs, params: KpiParams) -> Iterator[Table]:
    """Measures by period, goals, what changed since, and who moved; nothing without orders."""
    by_channel = "channel" in inputs.orders.fields and inputs.wants("change_by_channel")
    more = [revenue_change.channel_orders] if by_channel else []
    customers, line, frames, facts = inputs.timeline(
        CUSTOMERS, timeline.SORT_KEYS_WITH_AMOUNTS, *more
    )
    project, window = inputs.settings, facts.window
    comparison = measures.compare(
        window,
        Period(params.period),
        year=params.against == "year",
        week_start=project.week_start,
    )
    if comparison is None:
        return
    reread = None if facts.settled else lambda day: inputs.at(day)[0]
    history = History(customers, line, window, facts.currency, project, reread)
    if inputs.wants("periods"):
        spans = _spans(comparison, _MOST_PERIODS)
        yield measures.table(history.shop, spans, window, facts.currency)
    if inputs.wants("ltv_periods"):
        yield from _ltv_by_period(inputs, history, _spans(comparison, _MOST_WITH_COSTS))
    if params.goals and inputs.wants("goals"):
        yield goals.table(params.goals, history.shop, window, facts.currency, project.week_start)
    if comparison.before is not None:
        wanted = set(filter(inputs.wants, _CHANGES))
        channels = frames[0] if by_channel else None
        yield from changes.tables(history, comparison.now, comparison.before, channels, wanted)
    if any(map(inputs.wants, _SEGMENTS)):
        yield from _segments(history, comparison.now.first - 1)


def _spans(comparison: Comparison, most: int) -> list[Span]:
    """The last periods, and the one compared with where it's earlier than all of them."""
    spans = list(comparison.spans[-most:])
    if comparison.before is not None and comparison.before not in spans:
        spans.insert(0, comparison.before)
    return spans


def _segments(history: History, since: int) -> Iterator[Table]:
    """Segments and tiers, their movements since a day, and who should be won back."""
    now = history.scored(history.customers, history.day)
    if now is None:
        return
    before = history.then(since)
    users, by_segment, by_tier = now
    _, segments_then, tiers_then = before.scores or (None, None, None)
    yield users
    yield movements.since("segments", "segment", by_segment, segments_then)
    yield movements.since("tiers", "tier", by_tier, tiers_then)
    yield movements.moves(users, before.scores[0] if before.scores else None, before.rows)
    yield winback(users, history.project.params(RfmParams).bins)


def _ltv_by_period(inputs: Inputs, history: History, spans: list[Span]) -> Iterator[Table]:
    """LTV / CAC at the end of each span, where there are costs."""
    costs = inputs.costs(history.customers, history.day, history.currency)
    if costs is None:
        return
    shop = Shop(
        history.customers,
        history.window,
        history.currency,
        inputs.settings.params(LtvParams),
        history.line,
    ).but(buyers=from_timeline(history.customers, history.line), costs=costs)
    revised = None
    if history.reread is not None:
        days = [span.last for span in spans]
        revised = Revised(*inputs.orders.revised(days, inputs.as_of))
    table = ltv_by_period.table(shop, spans, revised)
    if table is not None:
        yield table
