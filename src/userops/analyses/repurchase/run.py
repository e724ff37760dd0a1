"""How the tables of `userops repurchase` are made."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import polars as pl

from userops.analyses.analysis import Inputs
from userops.analyses.repurchase import replenishment, tables, worth
from userops.analyses.repurchase.params import RepurchaseParams
from userops.core.dates import to_day
from userops.core.table import Table
from userops.customers import purchase_intervals, purchases
from userops.customers.truncation import begins_midway
from userops.ledger import timeline
from userops.ledger.customers import CUSTOMER_SPANS


def run(inputs: Inputs, params: RepurchaseParams) -> Iterator[Table]:
    """Who buys again, how long things last, and whose purchases are due."""
    by_category = any(map(inputs.wants, ("categories", "due", "backtest")))
    line_reductions = purchases.reductions(inputs.orders.fields) if by_category else []
    if inputs.wants("windows") or inputs.wants("orders") or not line_reductions:
        buyers, customer_timeline, frames, facts = inputs.timeline(
            CUSTOMER_SPANS, timeline.SORT_KEYS, lines=line_reductions, named=by_category
        )
    else:
        (buyers, *frames), facts = inputs.reduce(CUSTOMER_SPANS, lines=line_reductions)
    if (inputs.wants("windows") or inputs.wants("orders")) and facts.window.as_of:
        for note in begins_midway(
            pl.Series(customer_timeline.first_days), to_day(facts.window.as_of)
        ):
            inputs.message(note)
    if inputs.wants("windows"):
        yield tables.windows(customer_timeline, facts.window, params)
    if inputs.wants("orders"):
        yield tables.orders(customer_timeline, facts.window, params)
    if not by_category:
        return
    user_purchases = (
        purchases.purchases_of(
            buyers, frames.pop(), partial(inputs.lines_again, purchases.purchases_by_name)
        )
        if line_reductions
        else purchases.purchases_of_timeline(customer_timeline)
    )
    intervals = purchase_intervals.purchase_intervals(
        user_purchases, buyers["user_id"], params.grain
    )
    if inputs.wants("categories"):
        yield replenishment.categories(intervals, facts.window, params)
    if inputs.wants("due"):
        yield replenishment.due(intervals, facts.window, params)
    if inputs.wants("backtest"):
        yield worth.backtest(user_purchases, buyers["user_id"], facts.window, params)
