"""Which periods each user came in: what counting heads by period needs of the orders."""

from __future__ import annotations

import polars as pl

from userops import engine, marks, periods
from userops.attendance import bits
from userops.attendance.bits import PERIODS, Bits
from userops.attendance.runs import Runs
from userops.periods import Period
from userops.steps import is_numbered, of_short_ids
from userops.window import Window, to_day

__all__ = ["PERIODS", "Attendance", "Bits", "Runs", "attended", "told"]

Attendance = Bits | Runs


@of_short_ids(marks.MOST_DIGITS)
def attended(orders: pl.LazyFrame, period: Period, week_start: str = "monday") -> pl.LazyFrame:
    """A step for `told`: a row a customer with bits, or a mark an order where ids are numbers."""
    x = engine.api(orders)
    bought = orders.filter(x.col("orders") > 0)
    if x is not pl:
        return bits.elsewhere(x, bought, period, week_start)
    if is_numbered(orders):
        return bought.select(marks.own(marks.period_of(period, week_start)))
    return bits.by_user(bought, marks.numbers(period, week_start), marks.FIRST, period)


def told(
    found: pl.DataFrame, window: Window, period: Period, week_start: str = "monday"
) -> tuple[pl.DataFrame, Attendance] | None:
    """Customers (`user_id, first_day`) and which periods they came in, in the customers' order.

    `found` is what `attended` gave. None where the window has more periods than can be told apart.
    """
    ends = marks.periods_of(window.ends, period, week_start)
    if ends is None:
        return None
    begin, end = ends
    if "own" in found:
        came = Runs.of(found, begin, end)
        return (came.customers(period, week_start), came) if came else None
    if not bits.enough(period, begin, end):
        return None
    return found, Bits.of(found, period, week_start)
