"""The stage of every user at the end of a day.

What the words mean stands in `lifecycle`, which makes the tables of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from userops.core.messages import Note
from userops.core.rule_tables import Rule
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
# Numbers of orders so far that learn limits of their own: 1, 2, 3-4, 5 or more.
_FROM = (1, 2, 3, 5)
_GROUPS = ("1", "2", "3-4", "5+")


@dataclass(frozen=True, slots=True)
class Limits:
    """Days until slump and churn by the number of orders so far: 1, 2, 3-4, 5 or more."""

    slump: tuple[float, ...]
    churn: tuple[float, ...]
    learned: tuple[bool, ...] = ()  # by group; nothing where the limits are fixed

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was learned, and where there was too little to learn from."""
        if not self.learned:
            return ()
        limits = [
            Note("{orders}: {slump:g} and {churn:g}", orders=name, slump=slump, churn=churn)
            for name, slump, churn in zip(_GROUPS, self.slump, self.churn, strict=True)
        ]
        notes = [
            Note("days until slump and churn, by orders so far: {limits}", limits=tuple(limits))
        ]
        few = [
            name for name, is_learned in zip(_GROUPS, self.learned, strict=True) if not is_learned
        ]
        if few:
            notes.append(
                Note(
                    "too few gaps to learn from after {orders} orders: fixed limits there",
                    orders=tuple(few),
                )
            )
        return tuple(notes)


@dataclass(frozen=True, slots=True)
class State:
    """Users at the end of a day.

    `users`: user_id, first_day, last_day, orders, stage (index into STAGES, null for
    nobody yet), reactivated; `limits` are those that held.
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
    limits = _learned_limits(timeline, counts, params) if params.adaptive else _fixed_limits(params)
    users = customers.select("user_id", "first_day").with_columns(
        last_day=pl.Series(timeline.by_customer(last_days), dtype=pl.Int32),
        orders=pl.Series(timeline.by_customer(counts), dtype=pl.Int64),
        gap=pl.Series(timeline.by_customer(gaps), dtype=pl.Int32),
    )
    return _with_stages(users, day, params, limits, registered)


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


def _with_stages(
    users: pl.DataFrame,
    day: int,
    params: LifecycleParams,
    limits: Limits,
    registered: pl.DataFrame | None,
) -> State:
    bought = pl.col("orders") > 0
    users = users.select(
        "user_id",
        *(pl.when(bought).then(pl.col(name)).alias(name) for name in ("first_day", "last_day")),
        "orders",
        stage=pl.when(bought).then(_stage(day, params, limits)),
        reactivated=(pl.col("orders") > 1)
        & (pl.col("gap") > limit_by_orders(pl.col("orders") - 1, limits.churn)),
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
    """Of each user at the end of a day: orders, the last one's day, the gap before it."""
    counts, starts = timeline.counts_until(day), timeline.starts[:-1]
    positions = starts + np.maximum(counts, 1) - 1
    last_days = timeline.days[positions]
    gaps = last_days - timeline.days[np.maximum(positions - 1, starts)]
    return counts, last_days, gaps


def _fixed_limits(params: LifecycleParams) -> Limits:
    groups = len(_FROM)
    return Limits((float(params.slump_days),) * groups, (float(params.churn_days),) * groups)


def _learned_limits(timeline: Timeline, counts: Ints, params: LifecycleParams) -> Limits:
    """Percentiles of completed gaps by the number of orders before them."""
    fixed_limits = _fixed_limits(params)
    order_numbers = (
        np.arange(1, len(timeline.days), dtype=np.int64)
        - timeline.spread(timeline.starts[:-1])[:-1]
    )
    # The gap from order `number` to the next one is complete where the user has that many.
    completed = order_numbers < timeline.spread(counts)[:-1]
    order_numbers, gaps = order_numbers[completed], np.diff(timeline.days)[completed]
    slump, churn, learned = list(fixed_limits.slump), list(fixed_limits.churn), []
    for group, (least, most) in enumerate(zip(_FROM, (*_FROM[1:], None), strict=True)):
        in_group = (
            (order_numbers >= least) & (order_numbers < most) if most else order_numbers >= least
        )
        values = gaps[in_group]
        learned.append(len(values) >= params.min_gaps)
        if learned[-1]:
            slump[group], churn[group] = (float(cut) for cut in np.percentile(values, [80, 90]))
    return Limits(tuple(slump), tuple(churn), tuple(learned))


def limit_by_orders(orders: pl.Expr, values: Sequence[float]) -> pl.Expr:
    """The value for a number of orders so far."""
    if len(set(values)) == 1:
        return pl.lit(values[0])
    below_limits = [orders < most for most in _FROM[1:]]
    limit = pl.lit(values[-1])
    for below, value in reversed(list(zip(below_limits, values, strict=False))):
        limit = pl.when(below).then(value).otherwise(limit)
    return limit


def _stage(day: int, params: LifecycleParams, limits: Limits) -> pl.Expr:
    orders, recency = pl.col("orders"), day - pl.col("last_day")
    return (
        pl.when(recency > limit_by_orders(orders, limits.churn))
        .then(CHURNED)
        .when(recency > limit_by_orders(orders, limits.slump))
        .then(SLUMP)
        .when(orders >= params.maturity_orders)
        .then(MATURITY)
        .when(orders >= params.growth_orders)
        .then(GROWTH)
        .otherwise(INTRODUCTION)
        .cast(pl.Int8)
    )
