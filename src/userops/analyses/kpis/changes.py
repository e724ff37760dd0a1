"""What the change of revenue between two periods comes from: of all, by tier, by channel."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from userops.analyses.kpis import revenue_change
from userops.analyses.kpis.history import ShopHistory
from userops.core.rule_tables import TIERS
from userops.core.table import Kind, Table
from userops.customers.measures import Span


def everyone(history: ShopHistory, now: Span, before: Span) -> Table:
    """The table `change`: of all orders."""
    totals_now, totals_before = (
        {"all": revenue_change.everyone(history.order_measures, span)} for span in (now, before)
    )
    return revenue_change.table(
        "change", "group", totals_now, totals_before, history.window, history.currency
    )


def by_tier(history: ShopHistory, now: Span, before: Span) -> Table:
    """The table `change_by_tier`: by the tier that users had before each period."""
    totals_now, totals_before = (_totals_by_entry_tier(history, span) for span in (now, before))
    return revenue_change.table(
        "change_by_tier", "entry_tier", totals_now, totals_before, history.window, history.currency
    )


def by_channel(history: ShopHistory, orders: pl.DataFrame, now: Span, before: Span) -> Table:
    """The table `change_by_channel`, from what `channel_orders` gave."""
    totals_now, totals_before = (revenue_change.by_channel(orders, span) for span in (now, before))
    return revenue_change.table(
        "change_by_channel",
        "channel",
        totals_now,
        totals_before,
        history.window,
        history.currency,
        Kind.TEXT,
    )


def _totals_by_entry_tier(history: ShopHistory, span: Span) -> dict[str, revenue_change.GroupTotal]:
    """A span by the tiers at the end of the day before it."""
    names = [*(tier.name for tier in TIERS), revenue_change.FIRST_ORDER]
    tier_places = np.full(history.customers.height, len(TIERS), np.int64)
    day_before = history.then(span.first - 1)
    if day_before.scores is not None:
        numbers = {name: number for number, name in enumerate(names)}
        tiers = day_before.scores[0].frame["tier"].replace_strict(numbers, return_dtype=pl.Int64)
        still_there = (
            day_before.rows.is_not_null()
        )  # whose orders are all gone since isn't there now
        tier_places[day_before.rows.filter(still_there).to_numpy()] = tiers.filter(
            still_there
        ).to_numpy()
    return {
        name: total
        for name, total in revenue_change.by_tier(
            history.order_measures, span, tier_places, names
        ).items()
        if total.orders or total.revenue
    }


def tables(
    history: ShopHistory, now: Span, before: Span, channels: pl.DataFrame | None, wanted: set[str]
) -> Iterator[Table]:
    """Those of the tables that are wanted."""
    if "change" in wanted:
        yield everyone(history, now, before)
    if "change_by_tier" in wanted:
        yield by_tier(history, now, before)
    if "change_by_channel" in wanted and channels is not None:
        yield by_channel(history, channels, now, before)
