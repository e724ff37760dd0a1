"""The analyses as functions over frames: what `import userops` offers.

Each is made from its declaration (`userops.analyses`), so its keywords are the command's options and
the settings' keys. Exports are frames (Polars, or whatever gives Arrow's: pandas, PyArrow) or paths;
columns are found by their names or by `columns`, as on the command line. A result holds named tables;
`frame(table)` gives one with dates and exact decimals, `table.frame` with whole minor units. Of orders
that several analyses are asked about, `open_orders` reads customers and their days once.

Some analyses are named as the modules that define their words, such as `userops.ltv`:
functions are taken from here, as `userops.api.ltv` or by `from userops import api`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from userops.analyses import ANALYSES
from userops.api.functions import function_of
from userops.api.inputs import open_orders
from userops.api.kept_orders import OpenOrders
from userops.core.table import Table
from userops.readers.options import ReadOptions
from userops.render.cells import machine

__all__ = ["OpenOrders", "ReadOptions", "frame", "open_orders", *ANALYSES]  # noqa: PLE0604

globals().update({name: function_of(analysis) for name, analysis in ANALYSES.items()})

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...


def frame(table: Table) -> pl.DataFrame:
    """A table's values as people know them: dates, exact decimals of money, plain text."""
    return machine(table.frame, table)
