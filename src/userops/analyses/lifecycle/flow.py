"""Flow: who came, stayed, came back and left, period by period.

What the words mean stands in `lifecycle`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import polars as pl

from userops.core import periods
from userops.core.dates import Window, to_day
from userops.core.messages import begins, cut_short
from userops.core.periods import Period
from userops.core.table import Kind, Table
from userops.engines.parallel import Ints
from userops.ledger.timeline import Timeline

FLOW: dict[str, Kind] = {
    "period": Kind.DATE,
    "active": Kind.COUNT,
    "new": Kind.COUNT,
    "current": Kind.COUNT,
    "resurrected": Kind.COUNT,
    "dormant": Kind.COUNT,
    "complete": Kind.FLAG,
}


def flow(
    history: Timeline,
    window: Window,
    period: Literal["week", "month"],
    week_start: str = "monday",
) -> Table:
    """Who was active period by period, from the first order's to as_of's."""
    period_ = Period(period)
    is_empty = not len(history.days)
    if is_empty or window.as_of is None or window.first_day is None:
        return Table("flow", _frame([], np.zeros((4, 0), np.int64), []), FLOW, window)
    as_of = to_day(window.as_of)
    last = periods.number_of(as_of, period_, week_start)
    first = periods.number_of(int(history.days.min()), period_, week_start)
    active, new, current = _count_timeline(history, first, last, period_, week_start)
    dormant = np.concatenate(([0], active[:-1])) - current
    numbers = np.arange(first, last + 1)
    is_whole = numbers <= periods.last_whole(as_of, period_, week_start)
    starts = periods.first_day(numbers, period_, week_start)
    frame = _frame(starts, np.stack([active, new, current, dormant]), is_whole)
    first_day = window.first_day
    note = begins("orders", first_day, period, whole=to_day(first_day) <= int(starts[0]))
    notes = (note,) if is_whole[-1] else (note, cut_short(period))
    return Table("flow", frame, FLOW, window, notes=notes)


def _count_timeline(
    timeline: Timeline, first_number: int, last_number: int, period: Period, week_start: str
) -> tuple[Ints, Ints, Ints]:
    """How many came, came for the first time, and had come in the period before; by period."""
    first_day = int(timeline.days.min())
    period_of_day = np.arange(first_day, int(timeline.days.max()) + 1, dtype=np.int32)
    period_of_day = periods.number(period_of_day, period, week_start) - first_number
    period_of_order = period_of_day[timeline.days - first_day]
    step = np.diff(period_of_order, prepend=period_of_order[:1])
    is_first_order = timeline.firsts
    is_first_in_period = is_first_order | (step != 0)  # the first order of a user in a period

    def count(is_counted: Ints) -> Ints:
        return np.bincount(period_of_order[is_counted], minlength=last_number - first_number + 1)

    return count(is_first_in_period), count(is_first_order), count(~is_first_order & (step == 1))


def _frame(
    starts: Sequence[int] | Ints, counts: Ints, is_whole: Sequence[bool] | Ints
) -> pl.DataFrame:
    active, new, current, dormant = (pl.Series(part, dtype=pl.Int64) for part in counts)
    return pl.DataFrame(
        {
            "period": pl.Series(starts, dtype=pl.Int32).cast(pl.Date),
            "active": active,
            "new": new,
            "current": current,
            "resurrected": active - new - current,
            "dormant": dormant,
            "complete": pl.Series(is_whole, dtype=pl.Boolean),
        }
    )
