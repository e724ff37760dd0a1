"""What coupons were used for, and how many of those orders would have come anyway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from userops.analyses.campaigns.effects import Trial
from userops.analyses.campaigns.framed import Row, ends
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
ONE = "coupon"  # what coupons without a name are called
# So many of a coupon's users must be in one group of a campaign for it to be that group's.
_MOSTLY = 0.9
_NEAR = "1d"


def used(rows: pl.DataFrame, orders: pl.DataFrame, as_of: int) -> pl.DataFrame:
    """Coupons as of a day: `coupon, user_id, issued, claimed, redeemed, discount, revenue, order`.

    `redeemed` is whether it was used by then. `revenue` is that of the user's valid `order` nearest to
    it within a day, or where it says no time one of its day; null where there's none, as for an order
    that was given back.

    Args:
        rows: as the dataset `coupons` has them.
        orders: `user_id, order_time, day, amount, orders` of these users.
        as_of: the last day that counts.
    """

    def by_then(name: str) -> pl.Expr:
        return pl.col(name).dt.date().cast(pl.Int32) <= as_of

    first = pl.coalesce("issued_time", "claimed_time", "redeemed_time")
    issued = rows.with_columns(issued=first, coupon=pl.col("coupon").fill_null(ONE)).filter(
        by_then("issued")
    )
    taken = issued.with_columns(
        redeemed=by_then("redeemed_time").fill_null(value=False),
        claimed=(by_then("claimed_time") | by_then("redeemed_time")).fill_null(value=False),
    ).with_row_index("number")
    return (
        taken.join(_orders_of(taken, orders), on="number", how="left")
        .sort("number")
        .select(
            "coupon",
            "user_id",
            pl.lit(value=True).alias("issued"),
            "claimed",
            "redeemed",
            "discount",
            "revenue",
            "order",
        )
    )


def _orders_of(taken: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """What coupons were used for: `number, order, revenue`, those without an order left out.

    A coupon that says a day and no time was used for an order of that day: the first by time.
    """
    midnight = pl.col("day").cast(pl.Date).cast(pl.Datetime("us"))
    valid = (
        orders.filter(pl.col("orders") > 0)
        .select("user_id", "day", revenue="amount", time=pl.coalesce("order_time", midnight))
        # Of orders at one time the larger; what's equal is alike.
        .sort("time", "user_id", "revenue")
        .with_row_index("order")
    )
    spent = taken.filter("redeemed").select("number", "user_id", time="redeemed_time").sort("time")
    # Where either says a day alone, the day decides.
    timed = (valid["time"] != valid["time"].dt.truncate("1d")).any()
    dated = (pl.col("time") == pl.col("time").dt.truncate("1d")) | (not timed)
    near = spent.filter(~dated).join_asof(
        valid.drop("day"), on="time", by="user_id", strategy="nearest", tolerance=_NEAR,
        check_sortedness=False,
    )  # fmt: skip
    first = valid.unique(["user_id", "day"], keep="first", maintain_order=True)
    on_day = spent.filter(dated).with_columns(day=pl.col("time").dt.date().cast(pl.Int32))
    same_day = on_day.join(first.drop("time"), on=("user_id", "day"))
    found = [one.select("number", "order", "revenue") for one in (near, same_day)]
    return pl.concat(found).filter(pl.col("order").is_not_null())


def of_orders(orders: pl.LazyFrame) -> pl.LazyFrame:
    """Valid orders with a coupon of their own: a reduction."""
    has_discount = "discount" in orders.collect_schema()
    discount = pl.col("discount") if has_discount else pl.lit(None, pl.Int64).alias("discount")
    return orders.filter((pl.col("orders") > 0) & pl.col("coupon").is_not_null()).select(
        "coupon", "user_id", "amount", discount
    )


def own(orders: pl.DataFrame) -> pl.DataFrame:
    """Coupons as orders say them, in the form of `used`: who was given one and didn't use it isn't known."""
    known = orders.select(
        "coupon",
        "user_id",
        issued=pl.lit(value=False),
        claimed=pl.lit(value=False),
        redeemed=pl.lit(value=True),
        discount=pl.col("discount").cast(pl.Int64),
        revenue=pl.col("amount").cast(pl.Int64),
    ).sort("coupon", "user_id", "revenue", "discount")
    return known.with_row_index("order")


def rows_of(
    coupons: pl.DataFrame, trials: Sequence[Trial], users: pl.DataFrame, params: CampaignParams
) -> list[Row]:
    """A row a coupon, by name.

    Args:
        coupons: as `used` gives them.
        trials: campaigns with a control.
        users: who counts in them: `campaign, group, is_control, user_id`.
        params: the margin.
    """
    kept = pl.col("redeemed") & pl.col("revenue").is_not_null()
    first = pl.col("order").is_first_distinct()
    sums = coupons.group_by("coupon").agg(
        issued=pl.col("issued").cast(pl.Int64).sum(),
        claimed=pl.col("claimed").cast(pl.Int64).sum(),
        redeemed=pl.col("redeemed").cast(pl.Int64).sum(),
        discount=pl.col("discount").filter("redeemed").sum(),
        cost=pl.col("discount").filter(kept).sum(),
        # Several coupons of one name that were used for one order brought its revenue once.
        assisted_revenue=pl.col("revenue").filter(kept & first).sum(),
        has_discount=pl.col("discount").is_not_null().any(),
    )
    by_campaign = {one.campaign: one for one in trials}
    groups = _groups_of(coupons, users.filter(pl.col("campaign").is_in(list(by_campaign))))
    return [
        _row(row, by_campaign, groups.get(row["coupon"]), params)
        for row in sums.sort("coupon").to_dicts()
    ]


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
        row["discount"] = row["cost"] = None
    cost = row["cost"]
    found = {
        **row,
        **rates,
        "claimed_roi": row["assisted_revenue"] / cost if cost else None,
    }
    if group is None:
        return found
    campaign, name = group
    return {
        **found, "campaign": campaign, "group": name,
        **_incremental(trials[campaign], name, row["redeemed"], cost, params),
    }  # fmt: skip


def _incremental(
    found: Trial, group: str, redeemed: int, cost: int | None, params: CampaignParams
) -> dict[str, float | None]:
    """What the campaign's comparison says that the coupon brought."""
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
