"""Flow: who came, stayed, came back and left, period by period.

What the words mean stands in `lifecycle`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import polars as pl

from userops import periods
from userops.periods import Period
from userops.table import Kind, Table
from userops.timeline import Ints, Timeline
from userops.window import Window, to_day

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
    line: Timeline, window: Window, period: Literal["week", "month"], week_start: str = "monday"
) -> Table:
    """Who was active period by period, from the first order's to as_of's."""
    if not len(line.days) or window.as_of is None:
        return Table("flow", _frame([], np.zeros((4, 0), np.int64), []), FLOW, window)
    kind, as_of = Period(period), to_day(window.as_of)
    begin = int(line.days.min())
    table = periods.number(np.arange(begin, as_of + 1, dtype=np.int32), kind, week_start)
    number = table[line.days - begin] - table[0]
    step = np.diff(number, prepend=number[:1])
    first = line.firsts
    came = first | (step != 0)  # the first order of a user in a period
    length = int(table[-1] - table[0]) + 1

    def count(which: Ints) -> Ints:
        return np.bincount(number[which], minlength=length)

    new, current = count(first), count(~first & (step == 1))
    active = count(came)
    dormant = np.concatenate(([0], active[:-1])) - current
    numbers = np.arange(table[0], table[-1] + 1)
    whole = numbers <= periods.last_whole(as_of, kind, week_start)
    starts = periods.first_day(numbers, kind, week_start)
    frame = _frame(starts, np.stack([active, new, current, dormant]), whole)
    notes = () if whole[-1] else (f"the last {period} is not whole: as_of cuts it short",)
    return Table("flow", frame, FLOW, window, notes=notes)


def _frame(
    starts: Sequence[int] | Ints, counts: Ints, whole: Sequence[bool] | Ints
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
            "complete": pl.Series(whole, dtype=pl.Boolean),
        }
    )
