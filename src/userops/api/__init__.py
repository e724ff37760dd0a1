"""The analyses as functions over frames: what `import userops` offers.

Each is made from its declaration (`userops.analyses`), so its keywords are the command's options and
the settings' keys. Exports are frames (Polars, or whatever gives Arrow's: pandas, PyArrow) or paths;
columns are found by their names or by `columns`, as on the command line. A result holds named tables
(`result.users`, `result["users"]`): `to_polars()` and `to_pandas()` give dates and whole units of money,
`frame` whole minor units; `write("tiers.xlsx")` writes them. `report(orders)` is the whole report. Of orders
that several analyses are asked about, `open_orders` reads customers and their days once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from userops.analyses import ANALYSES
from userops.api.functions import function_of
from userops.api.inputs import open_orders
from userops.api.kept_orders import OpenOrders
from userops.api.report import Report, report
from userops.api.results import Result, Table
from userops.readers.options import ReadOptions
from userops.render.cells import machine

__all__ = [  # noqa: PLE0604
    "OpenOrders", "ReadOptions", "Report", "Result", "Table", "frame", "open_orders", "report", *ANALYSES,
]  # fmt: skip

globals().update({name: function_of(analysis) for name, analysis in ANALYSES.items()})

if TYPE_CHECKING:

    def __getattr__(name: str) -> Any: ...


def frame(table: Table) -> pl.DataFrame:
    """A table's values as people know them: dates, exact decimals of money, plain text.

    Example:
        >>> import userops
        >>> tiers = userops.segment("orders.csv").tiers
        >>> userops.frame(tiers).equals(tiers.to_polars())
        True
    """
    return machine(table.frame, table)
