"""LTV / CAC by period: what `ltv` would have said at the end of each.

ltv_cac : ratio
    ltv_to_date / cac as both were known at the end of the period's last day, or of as_of. They
    are of all users won up to it, not of the period's own, and later orders and costs don't
    count.

Tables: `ltv_periods` (a row a week or month).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import polars as pl

from userops.analyses.kpis.measures import Span
from userops.core.table import Kind, Table
from userops.customers.acquisition import Costs
from userops.customers.value import LtvData
from userops.engines import query
from userops.engines.parallel import Ints
from userops.ledger.customers import CUSTOMERS
from userops.ledger.timeline import Timeline

COLUMNS: dict[str, Kind] = {
    "period": Kind.DATE,
    "users": Kind.COUNT,
    "ltv_to_date": Kind.MONEY,
    "new_users": Kind.COUNT,
    "cost": Kind.MONEY,
    "cac": Kind.MONEY,
    "ltv_cac": Kind.NUMBER,
    "complete": Kind.FLAG,
}
_SCHEMA = {
    "period": pl.Int32, "users": pl.Int64, "ltv_to_date": pl.Float64, "new_users": pl.Int64,
    "cost": pl.Int64, "cac": pl.Float64, "ltv_cac": pl.Float64, "complete": pl.Boolean,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChangedOrders:
    """Users whose orders later rows changed, and these orders at the end of some days.

    `users` by id; `then` has for each of the days orders in the form that steps are given.
    """

    users: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))
    then: Sequence[pl.LazyFrame] = ()


@dataclass(frozen=True, slots=True)
class _OrderDays:
    """First orders and net amounts, by day; `upto` counts both to the end of a day."""

    firsts: Ints  # sorted
    days: Ints  # sorted
    amounts: Ints  # sums to the end of each of them

    def revenue(self, day: int) -> int:
        """Net minor units to the end of a day."""
        at = int(np.searchsorted(self.days, day, "right"))
        return int(self.amounts[at - 1]) if at else 0

    def new(self, first: int, last: int) -> int:
        """Users whose first order lies between two days."""
        low = np.searchsorted(self.firsts, first, "left")
        return max(int(np.searchsorted(self.firsts, last, "right") - low), 0)

    @classmethod
    def of(cls, firsts: Ints, days: Ints, amounts: Ints) -> _OrderDays:
        """Of first orders' days, and of days with amounts."""
        frame = pl.DataFrame({"day": days, "amount": amounts}, schema=_DAILY)
        daily = frame.group_by("day").agg(pl.col("amount").sum()).sort("day")
        return cls(np.sort(firsts), daily["day"].to_numpy(), daily["amount"].cum_sum().to_numpy())


_DAILY = {"day": pl.Int32, "amount": pl.Int64}


def table(
    data: LtvData, spans: Sequence[Span], revised: ChangedOrders | None = None
) -> Table | None:
    """The table `ltv_periods`; None without costs.

    Args:
        data: with its timeline and costs.
        spans: the periods, each to its last day or as_of.
        revised: whose orders weren't on these days what they are now; nobody's, by default.
    """
    if data.costs is None or data.timeline is None:
        return None
    changed_orders = revised or ChangedOrders()
    unchanged = _unchanged_orders(data.buyers, data.timeline, changed_orders.users)
    rows = [
        _row(
            span, [unchanged, _changed_orders(changed_orders.then[index])] if changed_orders.then else [unchanged],
            data.costs, data.margin,
        )
        for index, span in enumerate(spans)
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema=_SCHEMA, orient="row").with_columns(
        pl.col("period").cast(pl.Date)
    )
    return Table("ltv_periods", frame, COLUMNS, data.window, data.currency)


def _row(
    span: Span, order_sets: Sequence[_OrderDays], costs: Costs, margin: Fraction
) -> tuple[int | float | None, ...]:
    day = span.last
    first = min(
        (int(orders.firsts[0]) for orders in order_sets if len(orders.firsts)), default=day + 1
    )
    users = sum(orders.new(first, day) for orders in order_sets)
    if not users:
        return (span.first, 0, None, 0, None, None, None, span.complete)
    ltv_to_date = sum(orders.revenue(day) for orders in order_sets) * margin / users
    costs_then = costs.at(first, day)
    new_users = sum(orders.new(costs_then.first, costs_then.last) for orders in order_sets)
    cost = sum(costs_then.within().values()) if costs_then.met else None
    cac = Fraction(cost, new_users) if cost is not None and cost > 0 and new_users else None
    return (
        span.first, users, float(ltv_to_date), new_users, cost, float(cac) if cac is not None else None,
        float(ltv_to_date / cac) if cac else None, span.complete,
    )  # fmt: skip


def _unchanged_orders(
    buyers: pl.DataFrame, timeline: Timeline, changed_users: pl.Series
) -> _OrderDays:
    """Everyone's but some users' orders."""
    first = buyers["first_day"].to_numpy().astype(np.int32)
    days, amounts = timeline.days, timeline.amounts
    if amounts is None:
        raise ValueError("a timeline with amounts is needed")
    keep = np.ones(len(first), bool)
    if len(changed_users):
        keep = ~buyers["user_id"].is_in(changed_users.implode()).to_numpy()
        keep_order = keep[timeline.spread(timeline.users)]
        days, amounts = days[keep_order], amounts[keep_order]
    if timeline.loose is not None:
        row, refund_days, refunds = timeline.loose
        keep_refund = keep[row]
        # A refund from before its user's first order counts with that.
        days = np.concatenate((days, np.maximum(refund_days, first[row])[keep_refund]))
        amounts = np.concatenate((amounts, refunds[keep_refund]))
    return _OrderDays.of(first[keep], days, amounts)


def _changed_orders(orders: pl.LazyFrame) -> _OrderDays:
    """Of some users' orders at the end of a day; whoever had no order on it isn't there."""
    customers = query.collect(CUSTOMERS(orders))
    firsts = customers["first_day"].to_numpy()
    return _OrderDays.of(firsts, firsts, customers["amount"].to_numpy())
