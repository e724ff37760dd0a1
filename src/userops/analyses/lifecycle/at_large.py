"""The users of lifecycle where a row a user is more than this machine holds.

Users who lie between the same limits are in the same stage: one of each such cell is looked at here,
and all are given its words where they are.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from userops import lifecycle
from userops.core.dates import Window, to_day
from userops.core.table import Table
from userops.customers import stages
from userops.customers.params import LifecycleParams
from userops.ledger.large_users import LargeUsers, Written

_OWN = {
    "user_id": Written("user_id", "text"),
    "orders": Written("orders", "count"),
    "first_order": Written("first_day", "date"),
    "last_order": Written("last_day", "date"),
    "recency_days": Written("recency_days", "days"),
}


def users(
    users: LargeUsers, window: Window, params: LifecycleParams, playbook: Mapping[str, str]
) -> Table:
    """As `lifecycle.users` by fixed limits; the table is written where the users are, and has no rows here."""
    as_of = to_day(window.as_of) if window.as_of else 0
    points = {
        "recency_cell": ("recency_days", [params.slump_days, params.churn_days]),
        "orders_cell": (
            "orders",
            sorted({1, params.growth_orders - 1, params.maturity_orders - 1}),
        ),
        "gap_cell": ("gap", [params.churn_days]),
    }
    number = pl.col("cell").cast(pl.String).alias("user_id")
    cells = users.cells(points).with_row_index("cell")
    one = cells.select(number, "first_day", "last_day", "orders", "gap")
    table = lifecycle.users(stages.state_at_large(one, as_of, params), window, playbook=playbook)
    names = [name for name in table.frame.columns if name not in _OWN]
    labels = cells.select(*points, number).join(table.frame.select("user_id", *names), on="user_id")
    columns = {name: _OWN.get(name) or Written(name) for name in table.frame.columns}
    users.write(points, labels.drop("user_id"), columns)
    return table.but(frame=table.frame.clear())
