"""LTV / CAC by period: what `ltv` would have said at the end of each.

ltv_cac : ratio
    ltv_to_date / cac as both were known at the end of the period's last day, or of as_of. They
    are of all users whom the costs had won by then, not of the period's own, and later orders and
    costs don't count. Without a margin it's revenue / CAC, and the label says so.

Tables: `ltv_periods` (a row a week or month).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import polars as pl

from userops.core.table import Kind, Table
from userops.customers.costs import Costs
from userops.customers.measures import Span
from userops.customers.value import LtvData, called_without_margin
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
class _Brought:
    """What users brought by when: amounts by day of the first order and part of time, sorted.

    Parts are the spans and what comes before them: a part's number is that of the first span
    that has it. `firsts` are the first orders' days.
    """

    firsts: Ints
    first_days: Ints
    parts: Ints
    amounts: Ints

    def revenue(self, first: int, last: int, part: int) -> int:
        """Net minor units, to the end of a part, of users whose first order lies between two days."""
        of_users = (self.first_days >= first) & (self.first_days <= last)
        return int(self.amounts[of_users & (self.parts <= part)].sum())

    def new(self, first: int, last: int) -> int:
        """Users whose first order lies between two days."""
        low = np.searchsorted(self.firsts, first, "left")
        return max(int(np.searchsorted(self.firsts, last, "right") - low), 0)

    @classmethod
    def of(cls, firsts: Ints, first_of_rows: Ints, parts: Ints, amounts: Ints) -> _Brought:
        """Of first orders' days, and of amounts with their users' first days and their parts."""
        rows = {"first": first_of_rows, "part": parts, "amount": amounts}
        frame = pl.DataFrame(rows, schema=_AMOUNTS)
        sums = frame.group_by("first", "part").agg(pl.col("amount").sum()).sort("first", "part")
        return cls(np.sort(firsts), *(sums[name].to_numpy() for name in _AMOUNTS))


_AMOUNTS = {"first": pl.Int32, "part": pl.Int32, "amount": pl.Int64}


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
    lasts = np.array([span.last for span in spans])
    unchanged = _unchanged_orders(data.buyers, data.timeline, changed_orders.users, lasts)
    rows = [
        _row(
            span, index,
            [unchanged, _changed_orders(changed_orders.then[index])] if changed_orders.then else [unchanged],
            data.costs, data.margin,
        )
        for index, span in enumerate(spans)
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema=_SCHEMA, orient="row").with_columns(
        pl.col("period").cast(pl.Date)
    )
    called = called_without_margin(data.margin)
    return Table("ltv_periods", frame, COLUMNS, data.window, data.currency, called=called)


def _row(
    span: Span, index: int, order_sets: Sequence[_Brought], costs: Costs, margin: Fraction
) -> tuple[int | float | None, ...]:
    day = span.last
    first = min(
        (int(orders.firsts[0]) for orders in order_sets if len(orders.firsts)), default=day + 1
    )
    costs_then = costs.at(first, day)
    low, high = (costs_then.first, costs_then.last) if costs_then.met else (first, day)
    users = sum(orders.new(low, high) for orders in order_sets)
    cost = sum(costs_then.within().values()) if costs_then.met else None
    if not users:
        in_orders = any(orders.new(first, day) for orders in order_sets)
        known_cost = cost if in_orders else None
        return (span.first, 0, None, 0, known_cost, None, None, span.complete)
    revenue = sum(orders.revenue(low, high, index) for orders in order_sets)
    ltv_to_date = revenue * margin / users
    new_users = users if costs_then.met else 0
    cac = Fraction(cost, new_users) if cost is not None and cost > 0 and new_users else None
    return (
        span.first, users, float(ltv_to_date), new_users, cost, float(cac) if cac is not None else None,
        float(ltv_to_date / cac) if cac else None, span.complete,
    )  # fmt: skip


def _unchanged_orders(
    buyers: pl.DataFrame, timeline: Timeline, changed_users: pl.Series, lasts: Ints
) -> _Brought:
    """Everyone's but some users' orders."""
    first = buyers["first_day"].to_numpy().astype(np.int32)
    days, amounts = timeline.days, timeline.amounts
    if amounts is None:
        raise ValueError("a timeline with amounts is needed")
    first_of_rows = timeline.spread(first[timeline.users])
    keep = np.ones(len(first), bool)
    if len(changed_users):
        keep = ~buyers["user_id"].is_in(changed_users.implode()).to_numpy()
        keep_order = keep[timeline.spread(timeline.users)]
        days, amounts, first_of_rows = (
            values[keep_order] for values in (days, amounts, first_of_rows)
        )
    if timeline.loose is not None:
        row, refund_days, refunds = timeline.loose
        kept = keep[row]
        # A refund from before its user's first order counts with that.
        days = np.concatenate((days, np.maximum(refund_days, first[row])[kept]))
        amounts = np.concatenate((amounts, refunds[kept]))
        first_of_rows = np.concatenate((first_of_rows, first[row][kept]))
    return _Brought.of(first[keep], first_of_rows, np.searchsorted(lasts, days), amounts)


def _changed_orders(orders: pl.LazyFrame) -> _Brought:
    """Of some users' orders at the end of a day; whoever had no order on it isn't there."""
    customers = query.collect(CUSTOMERS(orders))
    firsts = customers["first_day"].to_numpy()
    return _Brought.of(firsts, firsts, np.zeros_like(firsts), customers["amount"].to_numpy())
