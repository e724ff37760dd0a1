"""Who should be won back: often and long ago."""

from __future__ import annotations

import polars as pl

from userops.core.rule_tables import five_points
from userops.core.table import Table

COLUMNS = (
    "user_id", "segment", "monetary", "frequency", "last_order", "recency_days", "action",
)  # fmt: skip


def winback(users: Table, bins: int) -> Table:
    """Who bought often and hasn't for long: R 1-2, F 3-5 of five; most spent first."""
    scores = range(1, bins + 1)
    late = [score for score in scores if five_points(score, bins) <= 2]
    often = [score for score in scores if five_points(score, bins) >= 3]
    frame = (
        users.frame.filter(pl.col("r_score").is_in(late), pl.col("f_score").is_in(often))
        .sort(["monetary", "user_id"], descending=[True, False])
        .select(*COLUMNS)
    )
    return users.but(
        name="winback", frame=frame, columns={name: users.columns[name] for name in COLUMNS},
        headline=None,
    )  # fmt: skip
