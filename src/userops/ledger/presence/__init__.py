"""Which periods each user came in: what counting heads by period needs of the orders."""

from __future__ import annotations

import polars as pl

from userops.core import periods
from userops.core.dates import Window
from userops.core.periods import Period
from userops.engines import query as engine
from userops.engines.reductions import Reduction, has_integer_ids
from userops.ledger import sort_keys
from userops.ledger.presence import bitmaps
from userops.ledger.presence.bitmaps import PERIODS, Bitmaps
from userops.ledger.presence.runs import Runs

__all__ = ["PERIODS", "PRESENCE", "Bitmaps", "Presence", "Runs", "presence_of"]

Presence = Bitmaps | Runs


def _presence(orders: pl.LazyFrame, period: Period, week_start: str = "monday") -> pl.LazyFrame:
    """A row a customer with bits, or a sort key an order where ids are integers; `presence_of` reads it."""
    x = engine.api(orders)
    bought = orders.filter(x.col("orders") > 0)
    if x is not pl:
        return bitmaps.elsewhere(x, bought, period, week_start)
    if has_integer_ids(orders):
        return bought.select(sort_keys.id_key(sort_keys.period_of(period, week_start)))
    return bitmaps.by_user(bought, sort_keys.numbers(period, week_start), sort_keys.FIRST, period)


PRESENCE = Reduction(_presence, id_digits=sort_keys.MOST_DIGITS)


def presence_of(
    frame: pl.DataFrame, window: Window, period: Period, week_start: str = "monday"
) -> tuple[pl.DataFrame, Presence] | None:
    """Customers (`user_id, first_day`) and which periods they came in, in the customers' order.

    `frame` is what `PRESENCE` gave. None where the window has more periods than can be told apart.
    """
    first, last = window.ends
    if first < sort_keys.FIRST or last > sort_keys.LAST:
        return None
    begin, end = (periods.number_of(day, period, week_start) for day in (first, last))
    if "id_key" in frame:
        came = Runs.of(frame, begin, end)
        return (came.customers(period, week_start), came) if came else None
    if not bitmaps.enough(period, begin, end):
        return None
    return frame, Bitmaps.of(frame, period, week_start)
