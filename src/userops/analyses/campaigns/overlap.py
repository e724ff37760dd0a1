"""Users who were in two campaigns at a time."""

from __future__ import annotations

from itertools import combinations

import polars as pl

from userops.analyses.campaigns.framed import Row
from userops.analyses.campaigns.lists import SEVERAL_GROUPS
from userops.core.table import Kind
from userops.stats.proportions import several_differ

OVERLAP: dict[str, Kind] = {
    "campaign": Kind.TEXT,
    "other": Kind.TEXT,
    "users": Kind.COUNT,
    "share": Kind.RATE,
    "p_value": Kind.NUMBER,
    "result": Kind.WORD,
}
EQUAL, UNEQUAL = "equal between groups", "unequal between groups"
_UNLIKELY = 0.001


def rows_of(users: pl.DataFrame, days: int) -> list[Row]:
    """A row a pair of campaigns whose windows share users.

    Where both drew lots, the other campaign's users are equally many in each group of the first, and
    do no harm; else the first one's effect is partly the other's.

    Args:
        users: of the lists.
        days: of the windows.
    """
    single = users.filter(pl.col("state") != SEVERAL_GROUPS)
    parts = {
        str(name): part.select("user_id", "group", "day")
        for (name,), part in single.partition_by("campaign", as_dict=True).items()
    }
    rows: list[Row] = []
    for first, second in combinations(sorted(parts), 2):
        for campaign, other in ((first, second), (second, first)):
            row = _row(parts[campaign], parts[other], days)
            if row:
                rows.append({"campaign": campaign, "other": other, **row})
    return sorted(rows, key=lambda row: (row["campaign"], row["other"]))


def _row(users: pl.DataFrame, others: pl.DataFrame, days: int) -> dict[str, object]:
    """Of a campaign's users who are in another's treated or control group within a window."""
    both = users.join(others.select("user_id", other_day="day", other_group="group"), on="user_id")
    at_a_time = both.filter((pl.col("day") - pl.col("other_day")).abs() <= days)
    if at_a_time.is_empty():
        return {}
    total = dict(users.group_by("group").agg(pl.len()).sort("group").iter_rows())
    # Of each of the other's groups apart: its treated are what matters.
    p = 1.0
    cells = at_a_time.group_by("other_group", "group").agg(pl.len()).sort("other_group", "group")
    by_other: dict[str, dict[str, int]] = {}
    for other_group, group, count in cells.iter_rows():
        by_other.setdefault(other_group, {})[group] = count
    for counts in by_other.values():
        tested = several_differ([counts.get(group, 0) for group in total], list(total.values()))
        if tested and tested.df:
            p = min(p, tested.p)
    return {
        "users": at_a_time["user_id"].n_unique(),
        "share": at_a_time["user_id"].n_unique() / users.height,
        "p_value": p,
        "result": UNEQUAL if p < _UNLIKELY else EQUAL,
    }
