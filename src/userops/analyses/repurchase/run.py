"""How the tables of `userops repurchase` are made."""

from __future__ import annotations

from collections.abc import Iterator

from userops.analyses.analysis import Inputs
from userops.analyses.repurchase import purchase_intervals, replenishment, tables
from userops.analyses.repurchase.params import RepurchaseParams
from userops.core.table import Table
from userops.ledger import timeline
from userops.ledger.customers import CUSTOMER_SPANS


def run(inputs: Inputs, params: RepurchaseParams) -> Iterator[Table]:
    """Who buys again, how long things last, and whose purchases are due."""
    by_category = inputs.wants("categories") or inputs.wants("due")
    lines = purchase_intervals.reductions(inputs.orders.fields) if by_category else []
    if inputs.wants("windows") or inputs.wants("orders") or not lines:
        buyers, line, frames, facts = inputs.timeline(
            CUSTOMER_SPANS, timeline.SORT_KEYS, lines=lines, named=by_category
        )
    else:
        (buyers, *frames), facts = inputs.reduce(CUSTOMER_SPANS, lines=lines)
    if inputs.wants("windows"):
        yield tables.windows(line, facts.window, params)
    if inputs.wants("orders"):
        yield tables.orders(line, facts.window, params)
    if not by_category:
        return
    purchases = (
        purchase_intervals.gather(buyers, frames.pop(), inputs.lines_again)
        if lines
        else purchase_intervals.of_timeline(line)
    )
    rhythms = purchase_intervals.rhythms(
        purchases, buyers["user_id"], params.grain, per_unit=params.per_unit
    )
    if inputs.wants("categories"):
        yield replenishment.categories(rhythms, facts.window, tables.SAID[params.grain])
    if inputs.wants("due"):
        yield replenishment.due(rhythms, facts.window, params)
