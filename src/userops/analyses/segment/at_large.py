"""The tables of segment where a row a user is more than this machine holds.

Cut points are asked for by ranks. Users who lie between the same ones, and who are alike in when they
came, are scored and named alike: one of each such cell is scored here, and all are given its words
where they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import floor

import polars as pl

from userops import rfm
from userops.core.dates import Window
from userops.core.rule_tables import RECENT_DAYS, RuleTable
from userops.core.table import Currency, Table
from userops.customers.frozen_cuts import METRICS, Cuts
from userops.customers.params import RfmParams
from userops.ledger.large_users import LargeUsers, Written

_COLUMNS = {"recency": "recency_days", "frequency": "orders", "monetary": "amount"}
_OWN = {
    "user_id": Written("user_id", "text"),
    "first_order": Written("first_day", "date"),
    "last_order": Written("last_day", "date"),
    "recency_days": Written("recency_days", "days"),
    "frequency": Written("orders", "count"),
    "monetary": Written("amount", "money"),
}


def segment(
    users: LargeUsers,
    window: Window,
    params: RfmParams,
    *,
    rules: RuleTable,
    cuts: Cuts | None,
    currency: Currency,
    playbook: Mapping[str, str],
) -> tuple[Table, ...]:
    """As `rfm.segment`; the table `users` is written where the users are, and has no rows here."""
    if params.method == "fixed":
        cuts = rfm.checked_cuts(cuts, params.bins)
    else:
        cuts = _quantiles(users, params.bins)
    points = _points(cuts, params)
    # A cell's number stands for the one of its users that is scored.
    cells = users.cells(points).with_row_index("cell")
    one = cells.select(pl.col("cell").cast(pl.String).alias("user_id"), "first_day", "last_day", "orders", "amount")  # fmt: skip
    scored = rfm.score(one, window, params, cuts, rules)
    sums = cells.select(
        pl.col("cell").cast(pl.String).alias("user_id"),
        users="users", orders="sum_orders", revenue="sum_amount", recency="sum_recency",
    )  # fmt: skip
    by = ("segment_index", "tier_index", "r_score", "f_score", "m_score")
    groups = scored.join(sums, on="user_id").group_by(by).agg(pl.col(*sums.columns[1:]).sum())
    table, *others = rfm.tables_of(
        scored, groups, cuts, window, params, rules=rules, currency=currency, playbook=playbook
    )  # fmt: skip
    names = [name for name in table.frame.columns if name not in _OWN]
    labels = cells.select(*points, pl.col("cell").cast(pl.String).alias("user_id")).join(
        table.frame.select("user_id", *names), on="user_id"
    )
    scores = pl.col("r_score", "f_score", "m_score").cast(pl.Int16)  # which every engine has
    users.write(
        points,
        labels.drop("user_id").with_columns(scores),
        {**_OWN, **{name: Written(name) for name in names}},
    )
    return (table.but(frame=table.frame.clear()), *others)


def _quantiles(users: LargeUsers, bins: int) -> Cuts:
    count = users.count
    if not count:
        return {metric: rfm.cuts_at([0], 1, bins) for metric in METRICS}  # type: ignore[arg-type]
    values = users.at_ranks(dict.fromkeys(_COLUMNS.values(), rfm.ranks(count, bins)))
    return {metric: rfm.cuts_at(values[_COLUMNS[metric]], count, bins) for metric in METRICS}


def _points(cuts: Cuts, params: RfmParams) -> dict[str, tuple[str, list[int]]]:
    """What tells cells apart: all that scores, segments and tiers look at."""
    by_score = {
        f"{metric}_cell": (_COLUMNS[metric], [floor(cut) for cut in cuts[metric]])
        for metric in METRICS
    }
    came = ("age_days", sorted({RECENT_DAYS, params.new_days}))
    return {**by_score, "came_cell": came, "once_cell": ("orders", [1])}
