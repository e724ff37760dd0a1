"""What the change of revenue between two periods comes from: of all, by tier, by channel."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from userops.analyses.kpis import revenue_change
from userops.analyses.kpis.history import History
from userops.analyses.kpis.measures import Span
from userops.core.rule_tables import TIERS
from userops.core.table import Kind, Table


def everyone(history: History, now: Span, before: Span) -> Table:
    """The table `change`: of all orders."""
    later, earlier = (
        {"all": revenue_change.everyone(history.shop, span)} for span in (now, before)
    )
    return revenue_change.table("change", "group", later, earlier, history.window, history.currency)


def by_tier(history: History, now: Span, before: Span) -> Table:
    """The table `change_by_tier`: by the tier that users had before each period."""
    later, earlier = (_by_entry(history, span) for span in (now, before))
    return revenue_change.table(
        "change_by_tier", "entry_tier", later, earlier, history.window, history.currency
    )


def by_channel(history: History, orders: pl.DataFrame, now: Span, before: Span) -> Table:
    """The table `change_by_channel`, from what `channel_orders` gave."""
    later, earlier = (revenue_change.by_channel(orders, span) for span in (now, before))
    return revenue_change.table(
        "change_by_channel", "channel", later, earlier, history.window, history.currency, Kind.TEXT
    )


def _by_entry(history: History, span: Span) -> dict[str, revenue_change.Total]:
    """A span by the tiers at the end of the day before it."""
    names = [*(tier.name for tier in TIERS), revenue_change.FIRST_ORDER]
    places = np.full(history.customers.height, len(TIERS), np.int64)
    before = history.then(span.first - 1)
    if before.scores is not None:
        at = {name: number for number, name in enumerate(names)}
        tiers = before.scores[0].frame["tier"].replace_strict(at, return_dtype=pl.Int64)
        here = before.rows.is_not_null()  # whose orders are all gone since isn't there now
        places[before.rows.filter(here).to_numpy()] = tiers.filter(here).to_numpy()
    return {
        name: total
        for name, total in revenue_change.by_tier(history.shop, span, places, names).items()
        if total.orders or total.revenue
    }


def tables(
    history: History, now: Span, before: Span, channels: pl.DataFrame | None, wanted: set[str]
) -> Iterator[Table]:
    """Those of the tables that are wanted."""
    if "change" in wanted:
        yield everyone(history, now, before)
    if "change_by_tier" in wanted:
        yield by_tier(history, now, before)
    if "change_by_channel" in wanted and channels is not None:
        yield by_channel(history, channels, now, before)
