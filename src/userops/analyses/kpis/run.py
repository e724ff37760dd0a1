"""How headline measures, changes and movements are made."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

import polars as pl

from userops.analyses.analysis import Inputs
from userops.analyses.goals.params import GoalsParams
from userops.analyses.kpis import (
    changes,
    compared,
    ltv_by_period,
    movements,
    periods,
    revenue_change,
    sales,
)
from userops.analyses.kpis.history import ShopHistory
from userops.analyses.kpis.ltv_by_period import ChangedOrders
from userops.analyses.kpis.params import KpiParams
from userops.analyses.kpis.winback import winback
from userops.analyses.segment.params import SegmentParams
from userops.core.dates import Window
from userops.core.periods import Period, number_of
from userops.core.table import Table
from userops.customers import frozen_cuts, measures
from userops.customers.buyers import from_timeline
from userops.customers.calendar import special_days
from userops.customers.frozen_cuts import Cuts
from userops.customers.measures import Comparison, Span
from userops.customers.params import LtvParams, RfmParams
from userops.customers.value import LtvData
from userops.ledger import timeline
from userops.ledger.customers import CUSTOMERS

_CHANGES = ("change", "change_by_tier", "change_by_channel")
_SEGMENTS = ("users", "segments", "tiers", "tier_moves", "winback")
_MOST_PERIODS = 66  # of the headline's series: a quarter, and the same a year before
_MOST_WITH_COSTS = 13  # of LTV / CAC


def run(inputs: Inputs, params: KpiParams) -> Iterator[Table]:
    """Measures by period, what changed since, and who moved; nothing without orders."""
    by_channel = "channel" in inputs.orders.fields and inputs.wants("change_by_channel")
    more_reductions = [revenue_change.channel_orders] if by_channel else []
    project = inputs.settings
    goods = [
        field for field, name in sales.TABLES.items()
        if field in inputs.orders.fields and inputs.wants(name)
    ]  # fmt: skip
    customers, customer_timeline, frames, facts = inputs.timeline(
        CUSTOMERS, timeline.SORT_KEYS_WITH_AMOUNTS, *more_reductions,
        lines=[sales.sold(field, Period(params.period), project.week_start) for field in goods],
    )  # fmt: skip
    window = facts.window
    comparison = measures.compare(
        window,
        Period(params.period),
        year=params.against == "year",
        week_start=project.week_start,
    )
    if comparison is None:
        return
    customers_on = None if facts.settled else lambda day: inputs.at(day)[0]
    history = ShopHistory(
        customers, customer_timeline, window, facts.currency, project,
        *_scoring(inputs, facts.currency.places), customers_on,
    )  # fmt: skip
    if inputs.wants("periods"):
        spans = _spans(comparison, _MOST_PERIODS)
        yield periods.table(history.order_measures, spans, window, facts.currency)
    if inputs.wants("ltv_periods"):
        yield from _ltv_by_period(inputs, history, _spans(comparison, _MOST_WITH_COSTS))
    if comparison.before is not None and inputs.wants("compared"):
        special = _special_days(inputs, window)
        yield compared.table(history.order_measures, comparison, window, facts.currency, special)
    sold_frames = dict(zip(goods, frames[len(more_reductions) :], strict=True))
    yield from _sales(inputs, history, comparison, Period(params.period), sold_frames)
    if comparison.before is not None:
        wanted = set(filter(inputs.wants, _CHANGES))
        channels = frames[0] if by_channel else None
        yield from changes.tables(history, comparison.now, comparison.before, channels, wanted)
    if any(map(inputs.wants, _SEGMENTS)):
        yield from _segments(history, comparison.now.first - 1)


def _special_days(inputs: Inputs, window: Window) -> Collection[int]:
    """The days of the calendar that the orders tell of."""
    if window.first_day is None or window.as_of is None:
        return ()
    own = inputs.settings.params(GoalsParams).calendar
    return special_days(own, window.first_day, window.as_of).keys()


def _sales(
    inputs: Inputs,
    history: ShopHistory,
    comparison: Comparison,
    period: Period,
    sold: dict[str, pl.DataFrame],
) -> Iterator[Table]:
    """What was sold: by whom, what came back, and of which categories and products."""
    if inputs.wants("sales"):
        given_back = None
        if {"status", "refund"} & set(inputs.orders.fields):
            (given_back,) = inputs.given_back(sales.by_day)
        spans = _spans(comparison, _MOST_PERIODS)
        yield sales.table(
            history.order_measures, spans, given_back, history.window, history.currency
        )
    for field, sums in sold.items():
        week_start, before = history.project.week_start, comparison.before
        now = number_of(comparison.now.first, period, week_start)
        then = number_of(before.first, period, week_start) if before else None
        yield sales.goods(field, sums, (now, then), history.window, history.currency)


def _scoring(inputs: Inputs, places: int) -> tuple[RfmParams, Cuts | None]:
    """How users are scored, and by which fixed cut points, as `userops segment` would by the settings.

    Raises:
        InputError: the file of cut points that they name can't be used.
    """
    params = inputs.settings.params(SegmentParams)
    if not params.cuts:
        return params, inputs.settings.fixed_cuts(places)
    frozen = frozen_cuts.read(params.cuts, inputs.rows_of)
    return replace(params, bins=frozen.bins, method="fixed"), frozen.in_units(places)


def _spans(comparison: Comparison, most: int) -> list[Span]:
    """The last periods, and the one compared with where it's earlier than all of them."""
    spans = list(comparison.spans[-most:])
    if comparison.before is not None and comparison.before not in spans:
        spans.insert(0, comparison.before)
    return spans


def _segments(history: ShopHistory, since: int) -> Iterator[Table]:
    """Segments and tiers, their movements since a day, and who should be won back."""
    scores_now = history.scores_of(history.customers, history.day)
    if scores_now is None:
        return
    history_then = history.then(since)
    users, segments, tiers = scores_now
    _, segments_then, tiers_then = history_then.scores or (None, None, None)
    yield users
    yield movements.since("segments", "segment", segments, segments_then)
    yield movements.since("tiers", "tier", tiers, tiers_then)
    yield movements.moves(
        users, history_then.scores[0] if history_then.scores else None, history_then.rows
    )
    yield winback(users, history.scoring.bins)


def _ltv_by_period(inputs: Inputs, history: ShopHistory, spans: list[Span]) -> Iterator[Table]:
    """LTV / CAC at the end of each span, where there are costs."""
    costs = inputs.costs(history.customers, history.day, history.currency)
    if costs is None:
        return
    data = LtvData(
        history.customers,
        history.window,
        history.currency,
        inputs.settings.params(LtvParams),
        history.timeline,
    ).but(buyers=from_timeline(history.customers, history.timeline), costs=costs)
    changed_orders = None
    if history.customers_on is not None:
        days = [span.last for span in spans]
        changed_orders = ChangedOrders(*inputs.orders.revised(days, inputs.as_of))
    table = ltv_by_period.table(data, spans, changed_orders)
    if table is not None:
        yield table
