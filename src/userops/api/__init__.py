"""The analyses as functions over Polars frames: what `import userops` offers.

Orders and events are a frame, several frames, or paths of exports; columns are found by
their names or by `columns`, as on the command line. A result holds named tables;
`frame(table)` gives one with dates and exact decimals, `table.frame` with whole minor units.
Of orders that several analyses are asked about, `open_orders` reads customers and their days once.

Some analyses are named as the modules that define their words, such as `userops.funnel`:
functions are taken from here, as `userops.api.funnel` or by `from userops import api`.
"""

from __future__ import annotations

import polars as pl

from userops.api.of_events import activity, cohorts_by_use, funnel, segment_by_use
from userops.api.of_orders import cohorts, lifecycle, repurchase, segment
from userops.api.of_worth import ltv
from userops.api.opened import OpenOrders
from userops.api.taking import open_orders
from userops.core.table import Table
from userops.render.cells import machine

__all__ = [
    "OpenOrders",
    "activity",
    "cohorts",
    "cohorts_by_use",
    "frame",
    "funnel",
    "lifecycle",
    "ltv",
    "open_orders",
    "repurchase",
    "segment",
    "segment_by_use",
]


def frame(table: Table) -> pl.DataFrame:
    """A table's values as people know them: dates, exact decimals of money, plain text."""
    return machine(table.frame, table)
