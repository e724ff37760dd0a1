"""The stage of every user at the end of a day.

What the words mean stands in `lifecycle`, which makes the tables of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from userops.core.messages import Note
from userops.core.rule_tables import Rule
from userops.customers.own_limits import own_limits
from userops.customers.params import LifecycleParams
from userops.engines.parallel import Ints
from userops.ledger.timeline import Timeline

REGISTERED, INTRODUCTION, GROWTH, MATURITY, SLUMP, CHURNED = range(6)
STAGES = (
    Rule("registered", action="First-order gift; show what others buy first"),
    Rule("introduction", action="Help with first use; second-order coupon within 30 days"),
    Rule("growth", action="Form the habit: membership, the next category"),
    Rule("maturity", action="Keep: member perks, referral, no needless discounts"),
    Rule("slump", action="Remind before they leave: what's new, a limited offer"),
    Rule("churned", action="Win back once, with weight; then only at low cost"),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Days until slump and churn, the same for everyone; or each user's `own`, beside the users."""

    slump: float
    churn: float
    own: bool = False
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """Users at the end of a day.

    `users`: user_id, first_day, last_day, orders, stage (index into STAGES, null for
    nobody yet), reactivated, and where limits are their own slump_after and churn_after;
    `limits` are those that held.
    """

    users: pl.DataFrame
    limits: Limits


def state(
    customers: pl.DataFrame,
    timeline: Timeline,
    day: int,
    params: LifecycleParams,
    registered: pl.DataFrame | None = None,
) -> State:
    """The stage of every user at the end of a day, from orders that may go on after it.

    Args:
        customers: `user_id, first_day`, as `CUSTOMERS` gives them.
        timeline: their timeline.
        day: the last day that counts.
        params: where stages begin.
        registered: `user_id, registered_day` (null: not known when) of a users export.
    """
    counts, last_days, gaps = _order_gaps(timeline, day)
    users = customers.select("user_id", "first_day").with_columns(
        last_day=pl.Series(timeline.by_customer(last_days), dtype=pl.Int32),
        orders=pl.Series(timeline.by_customer(counts), dtype=pl.Int64),
        gap=pl.Series(timeline.by_customer(gaps), dtype=pl.Int32),
    )
    limits = _fixed_limits(params)
    if params.adaptive:
        own = own_limits(timeline, day, params)
        if own is None:
            limits = replace(limits, notes=(_too_few(params),))
        else:
            limits = replace(limits, own=True, notes=own.notes)
            columns = {
                "slump_after": own.slump,
                "churn_after": own.churn,
                "churn_before": own.before,
            }
            users = users.with_columns(
                pl.Series(name, timeline.by_customer(values), dtype=pl.Float64).fill_nan(None)
                for name, values in columns.items()
            )
    return _with_stages(users, day, params, limits, registered)


def _too_few(params: LifecycleParams) -> Note:
    return Note(
        "fewer than {needed:,} waits between purchases have ended: too few to learn limits from, so "
        "the fixed ones hold",
        needed=params.min_gaps,
    )


def state_without_timeline(customers: pl.DataFrame, day: int, params: LifecycleParams) -> State:
    """The same of customers as they were on that day, without who came back and first days.

    That, and limits learned from gaps, take a timeline.
    """
    if params.adaptive:
        raise ValueError("limits are learned from a timeline")
    unknown = pl.lit(None, pl.Int32)
    users = customers.select(
        "user_id", "last_day", pl.col("orders").cast(pl.Int64), first_day=unknown, gap=unknown
    )
    return _with_stages(users, day, params, _fixed_limits(params), None)


def state_at_large(users: pl.DataFrame, day: int, params: LifecycleParams) -> State:
    """The same of customers with `gap`, the days between their last two purchase days; 0 for one alone."""
    counted = users.with_columns(pl.col("orders").cast(pl.Int64))
    return _with_stages(counted, day, params, _fixed_limits(params), None)


def _with_stages(
    users: pl.DataFrame,
    day: int,
    params: LifecycleParams,
    limits: Limits,
    registered: pl.DataFrame | None,
) -> State:
    bought = pl.col("orders") > 0
    churn_before = pl.col("churn_before") if limits.own else pl.lit(limits.churn)
    own = ("slump_after", "churn_after") if limits.own else ()
    users = users.select(
        "user_id",
        *(pl.when(bought).then(pl.col(name)).alias(name) for name in ("first_day", "last_day")),
        "orders",
        stage=pl.when(bought).then(_stage(day, params, limits)),
        reactivated=(pl.col("orders") > 1) & (pl.col("gap") > churn_before),
        **{name: pl.col(name) for name in own},
    )
    if registered is not None:
        known_users = registered.filter(
            pl.col("registered_day").is_null() | (pl.col("registered_day") <= day)
        ).select("user_id")
        without_orders = known_users.join(users.filter(bought), on="user_id", how="anti").unique()
        users = pl.concat(
            [
                users.join(without_orders, on="user_id", how="anti"),
                without_orders.with_columns(
                    orders=pl.lit(0, pl.Int64),
                    stage=pl.lit(REGISTERED, pl.Int8),
                    reactivated=pl.lit(False),
                ),
            ],
            how="diagonal",
        ).sort("user_id")
    return State(users, limits)


def _order_gaps(timeline: Timeline, day: int) -> tuple[Ints, Ints, Ints]:
    """Of each user at the end of a day: orders, the last one's day, the gap before that purchase day."""
    counts, starts = timeline.counts_until(day), timeline.starts[:-1]
    positions = starts + np.maximum(counts, 1) - 1
    last_days = timeline.days[positions]
    before = positions - 1
    open_rows = np.flatnonzero(before >= starts)
    while len(open_rows):  # as often as anyone bought on their last day
        same_day = timeline.days[before[open_rows]] == last_days[open_rows]
        open_rows = open_rows[same_day]
        before[open_rows] -= 1
        open_rows = open_rows[before[open_rows] >= starts[open_rows]]
    gaps = np.where(before >= starts, last_days - timeline.days[np.maximum(before, 0)], 0)
    return counts, last_days, gaps


def _fixed_limits(params: LifecycleParams) -> Limits:
    return Limits(float(params.slump_days), float(params.churn_days))


def _stage(day: int, params: LifecycleParams, limits: Limits) -> pl.Expr:
    orders, recency = pl.col("orders"), day - pl.col("last_day")
    slump, churn = (
        (pl.col("slump_after"), pl.col("churn_after"))
        if limits.own
        else (pl.lit(limits.slump), pl.lit(limits.churn))
    )
    return (
        pl.when(recency > churn)
        .then(CHURNED)
        .when(recency > slump)
        .then(SLUMP)
        .when(orders >= params.maturity_orders)
        .then(MATURITY)
        .when(orders >= params.growth_orders)
        .then(GROWTH)
        .otherwise(INTRODUCTION)
        .cast(pl.Int8)
    )
