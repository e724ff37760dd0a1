"""Drivers: what a change of revenue comes from, and from whom.

users_effect, frequency_effect, aov_effect : money
    Parts of the change that more or fewer active users, more or fewer orders per active user,
    and larger or smaller orders account for. Revenue is their product, U x F x A; a factor's
    part is its Shapley value: its own change, averaged over all orders in which the three could
    have changed. The parts add up to the change to the last cent, whatever the signs.
revenue_before : money
    Revenue of the period compared with.
revenue_change : money
    revenue - revenue_before = users_effect + frequency_effect + aov_effect.
entry_tier : tier, first order
    The tier that a user entered the period with, scored at the end of the day before it;
    `first order` is who had bought nothing until then.

Tables: `change` (one row, everyone), `change_by_tier` (a row an entry tier),
`change_by_channel` (a row a channel of the orders).

Source: Shapley 1953; as a decomposition of products Sun 1998, Albrecht, François and Schoors 2002.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import polars as pl

from userops.core.dates import Window
from userops.core.table import Currency, Kind, Table
from userops.customers.measures import OrderMeasures, Span
from userops.engines.parallel import Ints

EFFECTS = ("users_effect", "frequency_effect", "aov_effect")
FIRST_ORDER = "first order"
_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class GroupTotal:
    """What a group did in a period; revenue in minor units."""

    users: int = 0
    orders: int = 0
    revenue: int = 0

    @property
    def factors(self) -> tuple[Fraction, Fraction, Fraction] | None:
        """Users, orders per user, revenue per order; None without orders."""
        if not self.users or not self.orders:
            return None
        return (
            Fraction(self.users),
            Fraction(self.orders, self.users),
            Fraction(self.revenue, self.orders),
        )


def effects(now: GroupTotal, before: GroupTotal) -> tuple[int, int, int]:
    """The parts of users, frequency and order value in the change of revenue, in minor units.

    Where a group had no orders in one of the periods, frequency and order value are those of
    the other: all of the change is its users'. Revenue without orders, a refund of orders
    that aren't there, is a matter of order value.
    """
    factors_now, factors_before = now.factors, before.factors
    stray_revenue = _revenue_without_orders(now) - _revenue_without_orders(before)
    if factors_now is None and factors_before is None:
        return 0, 0, stray_revenue
    now_or_before = factors_now or (_ZERO, *factors_before[1:])  # type: ignore[index]
    before_or_now = factors_before or (_ZERO, *now_or_before[1:])
    parts = [_shapley(now_or_before, before_or_now, factor) for factor in range(3)]
    rounded = _round_keeping_sum(parts)
    return rounded[0], rounded[1], rounded[2] + stray_revenue


def _revenue_without_orders(total: GroupTotal) -> int:
    return 0 if total.factors else total.revenue


def _shapley(now: Sequence[Fraction], before: Sequence[Fraction], factor: int) -> Fraction:
    """A factor's Shapley value in the change of a product of three (Sun 1998, eq. 9)."""
    (a1, b1), (a0, b0) = (
        [value for index, value in enumerate(factors) if index != factor]
        for factors in (now, before)
    )
    mean_of_others = (a1 * b1 + a0 * b0) / 3 + (a1 * b0 + a0 * b1) / 6
    return (now[factor] - before[factor]) * mean_of_others


def _round_keeping_sum(parts: Sequence[Fraction]) -> list[int]:
    """Whole numbers with the same sum: the largest remainders are rounded up."""
    floors = [part.numerator // part.denominator for part in parts]
    to_distribute = int(sum(parts)) - sum(floors) if sum(parts).denominator == 1 else 0
    order = sorted(range(len(parts)), key=lambda index: (floors[index] - parts[index], index))
    for index in order[:to_distribute]:
        floors[index] += 1
    return floors


def everyone(measures: OrderMeasures, span: Span) -> GroupTotal:
    """All of a span."""
    positions = measures.positions_in(span)
    return GroupTotal(len(measures.users_of(positions)), len(positions), measures.revenue(span))


def by_tier(
    measures: OrderMeasures, span: Span, tiers: Ints, names: Sequence[str]
) -> dict[str, GroupTotal]:
    """A span by tier.

    Args:
        measures: all orders.
        span: which of them.
        tiers: of each customer (by row of the customers) the place of its tier in `names`.
        names: the tiers.
    """
    positions = measures.positions_in(span)
    user_tiers = tiers[measures.timeline.users]
    order_tiers = user_tiers[measures.timeline_rows[positions]]
    active_user_tiers = user_tiers[measures.users_of(positions)]
    amounts = (
        measures.timeline.amounts[positions]
        if measures.timeline.amounts is not None
        else np.zeros(0, np.int64)
    )
    totals = {}
    for tier, name in enumerate(names):
        in_tier = order_tiers == tier
        revenue = int(amounts[in_tier].sum())
        if measures.timeline.loose is not None:
            users, days, refunds = measures.timeline.loose
            refunds_in_tier = (days >= span.first) & (days <= span.last) & (tiers[users] == tier)
            revenue += int(refunds[refunds_in_tier].sum())
        totals[name] = GroupTotal(
            int((active_user_tiers == tier).sum()), int(in_tier.sum()), revenue
        )
    return totals


def channel_orders(orders: pl.LazyFrame) -> pl.LazyFrame:
    """A step: `user` (a hash), `day, amount, orders, channel`, a row an order."""
    return orders.select(
        "day",
        "amount",
        "orders",
        user=pl.col("user_id").hash(seed=0),
        channel=pl.col("channel").cast(pl.Categorical),
    )


def by_channel(rows: pl.DataFrame, span: Span) -> dict[str, GroupTotal]:
    """A span by channel, from what `channel_orders` gives; no channel is an empty name."""
    in_span = rows.filter(pl.col("day").is_between(span.first, span.last))
    by_name = in_span.group_by(pl.col("channel").cast(pl.String).fill_null("")).agg(
        pl.col("user").filter(pl.col("orders") > 0).n_unique(),
        pl.col("orders").sum().cast(pl.Int64),
        pl.col("amount").sum(),
    )
    return {name: GroupTotal(*numbers) for name, *numbers in by_name.iter_rows()}


def table(
    name: str,
    group: str,
    now: Mapping[str, GroupTotal],
    before: Mapping[str, GroupTotal],
    window: Window,
    currency: Currency | None = None,
    kind: Kind = Kind.WORD,
) -> Table:
    """Groups, what each brought in both periods, and what its change came from.

    The order is by size of the change.
    """
    rows = []
    for key in dict.fromkeys([*now, *before]):
        total_now, total_before = now.get(key, GroupTotal()), before.get(key, GroupTotal())
        change = total_now.revenue - total_before.revenue
        rows.append(
            (
                key,
                total_now.users,
                total_now.orders,
                total_now.revenue,
                total_before.revenue,
                change,
                *effects(total_now, total_before),
            )
        )
    rows.sort(key=lambda row: (-abs(row[5]), row[0]))
    columns = {
        group: kind,
        "active": Kind.COUNT,
        "orders": Kind.COUNT,
        **dict.fromkeys(("revenue", "revenue_before", "revenue_change", *EFFECTS), Kind.MONEY),
    }
    schema = dict.fromkeys(columns, pl.Int64) | {group: pl.String}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return Table(name, frame, columns, window, currency or Currency())
