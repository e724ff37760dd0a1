"""How many users a campaign would take, from the shop's own last windows."""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from userops.analyses.campaigns.before import Before
from userops.analyses.campaigns.framed import Row
from userops.analyses.campaigns.params import CampaignParams
from userops.core.table import Kind
from userops.stats.sample_size import least_share, users_per_arm

PLAN: dict[str, Kind] = {
    "audience": Kind.WORD,
    "users": Kind.COUNT,
    "conversion": Kind.RATE,
    "revenue_per_user": Kind.MONEY,
    "effect": Kind.RATE,
    "users_per_arm": Kind.COUNT,
    "detectable": Kind.RATE,
    "weeks": Kind.NUMBER,
}
ALL = "all"
_EFFECTS = (0.05, 0.1, 0.2, 0.5)
_WEEK = 7


def rows_of(before: Before, as_of: int, params: CampaignParams) -> list[Row]:
    """A row an audience (all, then each segment or tier) and effect.

    Of who was a customer a window before as_of, what they did in that window; audiences as they were
    then.
    """
    start = as_of - params.days
    if not before.height or start < before.first_day:
        return []
    orders, revenue = before.between(start + 1, as_of)
    then = before.scored(start)
    bought = pl.DataFrame({
        "row": np.arange(before.height, dtype=np.uint32),
        "converted": (orders > 0).astype(np.int64),
        "revenue": revenue,
    })  # fmt: skip
    # Who had their only orders given back since bought nothing.
    audience = then.select("row", audience=params.by).join(bought, on="row", how="left")
    sums = audience.group_by("audience").agg(
        users=pl.len().cast(pl.Int64),
        converted=pl.col("converted").sum(),
        revenue=pl.col("revenue").sum(),
    )
    everyone = sums.select(
        pl.lit(ALL).alias("audience"), pl.col("users", "converted", "revenue").sum()
    )
    # New customers of the window: so many a week come to whoever can be asked.
    newer = before.customers.filter(pl.col("first_day") > start)
    entrants = newer.join(then, on="user_id", how="anti").height
    rows: list[Row] = []
    for audience_row in [*everyone.to_dicts(), *sums.sort("audience").to_dicts()]:
        is_all = audience_row["audience"] == ALL
        rows += _rows(audience_row, entrants if is_all else 0, params)
    return rows


def _rows(audience: dict[str, int], entrants: int, params: CampaignParams) -> list[Row]:
    users = audience["users"]
    if not users:
        return []
    base = audience["converted"] / users
    rows: list[Row] = []
    for effect in _EFFECTS:
        raised = base * (1 + effect)
        needed = math.ceil(users_per_arm(base, raised)) if base > 0 and raised < 1 else None
        rows.append({
            "audience": audience["audience"],
            "users": users,
            "conversion": base,
            "revenue_per_user": audience["revenue"] / users,
            "effect": effect,
            "users_per_arm": needed,
            "detectable": least_share(users / 2, base),
            "weeks": _weeks(needed, users, entrants, params.days),
        })  # fmt: skip
    return rows


def _weeks(needed: int | None, users: int, entrants: int, days: int) -> float | None:
    """The window, and before it the time until enough users are there; None where they never are."""
    if needed is None:
        return None
    missing = max(0, 2 * needed - users)
    if missing and not entrants:
        return None
    waiting = missing / entrants * days if missing else 0.0
    return (waiting + days) / _WEEK
