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
from userops.ledger.presence import Presence
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
    line: Timeline | Presence,
    window: Window,
    period: Literal["week", "month"],
    week_start: str = "monday",
) -> Table:
    """Who was active period by period, from the first order's to as_of's.

    `line` is a timeline, or who came in which period, of the same periods.
    """
    kind = Period(period)
    nobody = not len(line.first if isinstance(line, Presence) else line.days)
    if nobody or window.as_of is None or window.first_day is None:
        return Table("flow", _frame([], np.zeros((4, 0), np.int64), []), FLOW, window)
    as_of = to_day(window.as_of)
    end = periods.number_of(as_of, kind, week_start)
    if isinstance(line, Presence):
        begin = line.begin
        active, new, current = line.totals(end)
    else:
        begin = periods.number_of(int(line.days.min()), kind, week_start)
        active, new, current = _counted(line, begin, end, kind, week_start)
    dormant = np.concatenate(([0], active[:-1])) - current
    numbers = np.arange(begin, end + 1)
    whole = numbers <= periods.last_whole(as_of, kind, week_start)
    starts = periods.first_day(numbers, kind, week_start)
    frame = _frame(starts, np.stack([active, new, current, dormant]), whole)
    opens = window.first_day
    known = begins("orders", opens, period, whole=to_day(opens) <= int(starts[0]))
    notes = (known,) if whole[-1] else (known, cut_short(period))
    return Table("flow", frame, FLOW, window, notes=notes)


def _counted(
    line: Timeline, begin: int, end: int, kind: Period, week_start: str
) -> tuple[Ints, Ints, Ints]:
    """How many came, came for the first time, and had come in the period before; by period."""
    first_day = int(line.days.min())
    table = np.arange(first_day, int(line.days.max()) + 1, dtype=np.int32)
    table = periods.number(table, kind, week_start) - begin
    number = table[line.days - first_day]
    step = np.diff(number, prepend=number[:1])
    first = line.firsts
    came = first | (step != 0)  # the first order of a user in a period

    def count(which: Ints) -> Ints:
        return np.bincount(number[which], minlength=end - begin + 1)

    return count(came), count(first), count(~first & (step == 1))


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
