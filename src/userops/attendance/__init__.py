"""Which periods each user came in: what counting heads by period needs of the orders."""

from __future__ import annotations

import numpy as np
import polars as pl

from userops import engine, periods
from userops.attendance import bits, runs
from userops.attendance.bits import PERIODS, Bits
from userops.attendance.runs import Runs
from userops.marks import MOST_DIGITS
from userops.periods import Period
from userops.steps import is_numbered, of_short_ids
from userops.window import Window, to_day

__all__ = ["PERIODS", "Attendance", "Bits", "Runs", "attended", "told"]

Attendance = Bits | Runs
# Days whose period is looked up: 1900-01-01 to 2299-12-31.
_FIRST, _LAST = -25_567, 120_529


@of_short_ids(MOST_DIGITS)
def attended(orders: pl.LazyFrame, period: Period, week_start: str = "monday") -> pl.LazyFrame:
    """A step for `told`: a row a customer with bits, or a mark an order where ids are numbers."""
    x = engine.api(orders)
    bought = orders.filter(x.col("orders") > 0)
    if x is not pl:
        return bits.elsewhere(x, bought, period, week_start)
    numbers = periods.number(np.arange(_FIRST, _LAST + 1), period, week_start)
    if is_numbered(orders):
        return runs.marked(bought, numbers, _FIRST)
    return bits.by_user(bought, numbers, _FIRST, period)


def told(
    found: pl.DataFrame, window: Window, period: Period, week_start: str = "monday"
) -> tuple[pl.DataFrame, Attendance] | None:
    """Customers (`user_id, first_day`) and which periods they came in, in the customers' order.

    `found` is what `attended` gave. None where the window has more periods than can be told apart.
    """
    first, last = (to_day(day) if day else 0 for day in (window.first_day, window.as_of))
    if first < _FIRST or last > _LAST:
        return None
    begin, end = (periods.number_of(day, period, week_start) for day in (first, last))
    if "own" in found:
        came = Runs.of(found, begin, end)
        return (came.customers(period, week_start), came) if came else None
    if not bits.enough(period, begin, end):
        return None
    return found, Bits.of(found, period, week_start)
