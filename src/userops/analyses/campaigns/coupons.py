"""What coupons were used for, and how many of those orders would have come anyway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from userops.analyses.campaigns.effects import Trial
from userops.analyses.campaigns.framed import Row, ends
from userops.analyses.campaigns.lists import IN
from userops.analyses.campaigns.params import CampaignParams
from userops.core.table import Kind
from userops.stats.estimate import Estimate
from userops.stats.intervals import wilson

COUPONS: dict[str, Kind] = {
    "coupon": Kind.TEXT,
    "issued": Kind.COUNT,
    "claimed": Kind.COUNT,
    "redeemed": Kind.COUNT,
    "redemption_rate": Kind.RATE,
    "redemption_low": Kind.RATE,
    "redemption_high": Kind.RATE,
    "discount": Kind.MONEY,
    "assisted_revenue": Kind.MONEY,
    "cost": Kind.MONEY,
    "campaign": Kind.TEXT,
    "group": Kind.TEXT,
    "redeemed_in_window": Kind.COUNT,
    "cost_in_window": Kind.MONEY,
    "incremental_orders": Kind.NUMBER,
    "incremental_orders_low": Kind.NUMBER,
    "incremental_orders_high": Kind.NUMBER,
    "incremental_margin": Kind.MONEY,
    "incremental_margin_low": Kind.MONEY,
    "incremental_margin_high": Kind.MONEY,
    "subsidised_share": Kind.RATE,
    "subsidised_low": Kind.RATE,
    "subsidised_high": Kind.RATE,
    "roi": Kind.RATE,
    "claimed_roi": Kind.RATE,
}
_KEPT = pl.col("redeemed") & pl.col("revenue").is_not_null()
_NONE = {"redeemed_in_window": 0, "cost_in_window": 0}
# So many of a coupon's users must be in one group of a campaign for it to be that group's.
_MOSTLY = 0.9


def rows_of(
    coupons: pl.DataFrame, trials: Sequence[Trial], users: pl.DataFrame, params: CampaignParams
) -> list[Row]:
    """A row a coupon, by name.

    Args:
        coupons: as `redeemed.used` gives them.
        trials: campaigns with a control.
        users: of the lists: `campaign, group, is_control, user_id, assigned_time, day, state`.
        params: the window and the margin.
    """
    first = pl.col("order").is_first_distinct()
    sums = coupons.group_by("coupon").agg(
        issued=pl.col("issued").cast(pl.Int64).sum(),
        claimed=pl.col("claimed").cast(pl.Int64).sum(),
        redeemed=pl.col("redeemed").cast(pl.Int64).sum(),
        discount=pl.col("discount").filter("redeemed").sum(),
        cost=pl.col("discount").filter(_KEPT).sum(),
        # Several coupons of one name that were used for one order brought its revenue once.
        assisted_revenue=pl.col("revenue").filter(_KEPT & first).sum(),
        has_discount=pl.col("discount").is_not_null().any(),
    )
    by_campaign = {one.campaign: one for one in trials}
    listed = users.filter(pl.col("campaign").is_in(list(by_campaign)))
    groups = _groups_of(coupons, listed)
    within = _in_windows(coupons, groups, listed, params.days)
    return [
        _row(row | within.get(row["coupon"], _NONE), by_campaign, groups.get(row["coupon"]), params)
        for row in sums.sort("coupon").to_dicts()
    ]


def _in_windows(
    coupons: pl.DataFrame,
    groups: Mapping[str, tuple[str, str]],
    users: pl.DataFrame,
    days: int,
) -> dict[str, dict[str, int]]:
    """Of coupons that a group got, what its users who count used in their windows.

    These alone can be set against what the campaign brought, which is of the same users and days.
    """
    rows = [(coupon, *group) for coupon, group in groups.items()]
    got = pl.DataFrame(rows, schema=("coupon", "campaign", "group"), orient="row")
    got = got.cast(
        {"coupon": pl.String, **{one: users.schema[one] for one in ("campaign", "group")}}
    )
    counted = users.filter(pl.col("state") == IN).select(
        "campaign", "group", "user_id", "assigned_time", first="day"
    )
    uses = coupons.filter("redeemed").join(got, on="coupon")
    pairs = uses.join(counted, on=("campaign", "group", "user_id"))
    time, day = pl.col("time"), pl.col("time").dt.date().cast(pl.Int32)
    # Of a day alone, the day decides.
    dated = time == time.dt.truncate("1d")
    after = pl.when(dated).then(day >= pl.col("first")).otherwise(time >= pl.col("assigned_time"))
    sums = pairs.filter(after & (day <= pl.col("first") + days)).group_by("coupon").agg(
        redeemed_in_window=_KEPT.sum().cast(pl.Int64),
        cost_in_window=pl.col("discount").filter(_KEPT).sum(),
    )  # fmt: skip
    return {row.pop("coupon"): row for row in sums.to_dicts()}


def _row(
    row: dict[str, Any],
    trials: Mapping[str, Trial],
    group: tuple[str, str] | None,
    params: CampaignParams,
) -> Row:
    issued, redeemed = row["issued"], row["redeemed"]
    rates: dict[str, float | None] = {}
    if issued:
        low, high = wilson(redeemed, issued)
        rates = {
            "redemption_rate": redeemed / issued,
            "redemption_low": low,
            "redemption_high": high,
        }
    else:
        row["issued"] = row["claimed"] = None
    if not row["has_discount"]:
        row["discount"] = row["cost"] = row["cost_in_window"] = None
    cost = row["cost"]
    found = {
        **row,
        **rates,
        "claimed_roi": row["assisted_revenue"] / cost if cost else None,
    }
    if group is None:
        return {**found, "redeemed_in_window": None, "cost_in_window": None}
    campaign, name = group
    within = row["redeemed_in_window"], row["cost_in_window"]
    return {
        **found, "campaign": campaign, "group": name,
        **_incremental(trials[campaign], name, *within, params),
    }  # fmt: skip


def _incremental(
    found: Trial, group: str, redeemed: int, cost: int | None, params: CampaignParams
) -> dict[str, float | None]:
    """What the campaign's comparison says that the coupon brought, set against its use in the windows."""
    users = found.arms[group].users
    orders, revenue = (found.effects[group, name].difference for name in ("orders", "revenue"))
    values: dict[str, float | None] = {}
    if orders is not None:
        more = orders.times(users)
        values |= ends("incremental_orders", more)
        if redeemed:
            share = Estimate(
                1 - more.value / redeemed, 1 - more.high / redeemed, 1 - more.low / redeemed
            )
            values |= {"subsidised_share": share.value, **ends("subsidised", share, value=False)}
    if revenue is not None and cost is not None:
        # Amounts are what was paid: the discount is put back, for it's the cost.
        total = revenue.times(users)
        margin = Estimate(
            *((one + cost) * params.earned for one in (total.value, total.low, total.high))
        )
        values |= ends("incremental_margin", margin)
        values["roi"] = (margin.value - cost) / cost if cost else None
    return values


def _groups_of(coupons: pl.DataFrame, users: pl.DataFrame) -> dict[str, tuple[str, str]]:
    """The group of a campaign that got a coupon, by coupon: that of most of its users.

    None where no group has nearly all of them, or several campaigns have.
    """
    holders = coupons.select("coupon", "user_id").unique()
    total = holders.group_by("coupon").agg(total=pl.len())
    treated = users.filter(~pl.col("is_control")).select("campaign", "group", "user_id").unique()
    shared = (
        holders.join(treated, on="user_id")
        .group_by("coupon", "campaign", "group")
        .agg(both=pl.len())
        .join(total, on="coupon")
        .filter(pl.col("both") >= _MOSTLY * pl.col("total"))
        .sort("coupon", "campaign", "group")
    )
    alone = shared.filter(pl.len().over("coupon") == 1)
    return {
        coupon: (campaign, group)
        for coupon, campaign, group in alone.select("coupon", "campaign", "group").iter_rows()
    }
