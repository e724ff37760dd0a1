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

from userops.analyses.kpis.measures import Shop, Span
from userops.core.dates import Window
from userops.core.table import Currency, Kind, Table
from userops.engines.parallel import Ints

EFFECTS = ("users_effect", "frequency_effect", "aov_effect")
FIRST_ORDER = "first order"
_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Total:
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


def effects(now: Total, before: Total) -> tuple[int, int, int]:
    """The parts of users, frequency and order value in the change of revenue, in minor units.

    Where a group had no orders in one of the periods, frequency and order value are those of
    the other: all of the change is its users'. Revenue without orders, a refund of orders
    that aren't there, is a matter of order value.
    """
    here, there = now.factors, before.factors
    stray = _stray(now) - _stray(before)
    if here is None and there is None:
        return 0, 0, stray
    one = here or (_ZERO, *there[1:])  # type: ignore[index]
    two = there or (_ZERO, *one[1:])
    parts = [_shapley(one, two, factor) for factor in range(3)]
    whole = _rounded(parts)
    return whole[0], whole[1], whole[2] + stray


def _stray(total: Total) -> int:
    return 0 if total.factors else total.revenue


def _shapley(now: Sequence[Fraction], before: Sequence[Fraction], factor: int) -> Fraction:
    """A factor's Shapley value in the change of a product of three (Sun 1998, eq. 9)."""
    (a1, b1), (a0, b0) = (
        [value for at, value in enumerate(side) if at != factor] for side in (now, before)
    )
    others = (a1 * b1 + a0 * b0) / 3 + (a1 * b0 + a0 * b1) / 6
    return (now[factor] - before[factor]) * others


def _rounded(parts: Sequence[Fraction]) -> list[int]:
    """Whole numbers with the same sum: the largest remainders are rounded up."""
    floors = [part.numerator // part.denominator for part in parts]
    left = int(sum(parts)) - sum(floors) if sum(parts).denominator == 1 else 0
    order = sorted(range(len(parts)), key=lambda at: (floors[at] - parts[at], at))
    for at in order[:left]:
        floors[at] += 1
    return floors


def everyone(shop: Shop, span: Span) -> Total:
    """All of a span."""
    at = shop.within(span)
    return Total(len(shop.active(at)), len(at), shop.revenue(span))


def by_tier(shop: Shop, span: Span, tiers: Ints, names: Sequence[str]) -> dict[str, Total]:
    """A span by tier.

    Args:
        shop: all orders.
        span: which of them.
        tiers: of each customer (by row of the customers) the place of its tier in `names`.
        names: the tiers.
    """
    at = shop.within(span)
    mine = tiers[shop.line.users]
    of_order = mine[shop.user[at]]
    of_user = mine[shop.active(at)]
    amounts = shop.line.amounts[at] if shop.line.amounts is not None else np.zeros(0, np.int64)
    found = {}
    for place, name in enumerate(names):
        here = of_order == place
        revenue = int(amounts[here].sum())
        if shop.line.loose is not None:
            users, days, loose = shop.line.loose
            inside = (days >= span.first) & (days <= span.last) & (tiers[users] == place)
            revenue += int(loose[inside].sum())
        found[name] = Total(int((of_user == place).sum()), int(here.sum()), revenue)
    return found


def channel_orders(orders: pl.LazyFrame) -> pl.LazyFrame:
    """A step: `user` (a hash), `day, amount, orders, channel`, a row an order."""
    return orders.select(
        "day",
        "amount",
        "orders",
        user=pl.col("user_id").hash(seed=0),
        channel=pl.col("channel").cast(pl.Categorical),
    )


def by_channel(rows: pl.DataFrame, span: Span) -> dict[str, Total]:
    """A span by channel, from what `channel_orders` gives; no channel is an empty name."""
    inside = rows.filter(pl.col("day").is_between(span.first, span.last))
    grouped = inside.group_by(pl.col("channel").cast(pl.String).fill_null("")).agg(
        pl.col("user").filter(pl.col("orders") > 0).n_unique(),
        pl.col("orders").sum().cast(pl.Int64),
        pl.col("amount").sum(),
    )
    return {name: Total(*numbers) for name, *numbers in grouped.iter_rows()}


def table(
    name: str,
    group: str,
    now: Mapping[str, Total],
    before: Mapping[str, Total],
    window: Window,
    currency: Currency | None = None,
    kind: Kind = Kind.WORD,
) -> Table:
    """Groups, what each brought in both periods, and what its change came from.

    The order is by size of the change.
    """
    rows = []
    for key in dict.fromkeys([*now, *before]):
        one, two = now.get(key, Total()), before.get(key, Total())
        moved = one.revenue - two.revenue
        rows.append(
            (key, one.users, one.orders, one.revenue, two.revenue, moved, *effects(one, two))
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
