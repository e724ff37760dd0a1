"""Sales: who brought the revenue, what was given back, and what was bought.

revenue_new : money
    Net revenue of the period from users whose first order is in it.
revenue_returning : money
    Net revenue of the period from users who had ordered before.
returning_share : proportion
    revenue_returning / revenue.
refunded_orders : count
    Orders of the period that were given back in full by as_of. Those of the last weeks may still come back.
refund_rate : proportion
    refunded_orders / (orders + refunded_orders).
category, product : text
    What was bought, as the orders name it; empty where they don't.
revenue_before, revenue_change : money
    Net revenue of the period compared with, and the difference.
revenue_share : proportion
    The part of all the period's net revenue.

Tables: `sales` (a row a week or month), `categories`, `products` (a row each, the highest revenue first).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from userops.core.dates import Window
from userops.core.periods import Period
from userops.core.table import Currency, Kind, Table
from userops.customers.measures import OrderMeasures, Span
from userops.engines import query
from userops.engines.parallel import Ints
from userops.engines.reductions import MOST_DIGITS, Reduction
from userops.ledger.customers import period_number

SALES: dict[str, Kind] = {
    "period": Kind.DATE,
    "revenue": Kind.MONEY,
    "revenue_new": Kind.MONEY,
    "revenue_returning": Kind.MONEY,
    "returning_share": Kind.RATE,
    "orders": Kind.COUNT,
    "refunded_orders": Kind.COUNT,
    "refund_rate": Kind.RATE,
    "complete": Kind.FLAG,
}
_GOODS: dict[str, Kind] = {
    "revenue": Kind.MONEY,
    "revenue_share": Kind.RATE,
    "revenue_before": Kind.MONEY,
    "revenue_change": Kind.MONEY,
    "orders": Kind.COUNT,
}
TABLES = {"category": "categories", "product": "products"}
_TYPES = {Kind.COUNT: pl.Int64, Kind.MONEY: pl.Int64, Kind.RATE: pl.Float64, Kind.FLAG: pl.Boolean}


def _sold(lines: pl.LazyFrame, field: str, period: Period, week_start: str) -> pl.LazyFrame:
    """A row a category or product and period: `<field>, number, orders, amount`."""
    x = query.api(lines)
    number = period_number(x, period, week_start).cast(x.Int32).alias("number")
    ordered = x.col("orders").cast(x.Int64)
    return lines.group_by(field, number).agg(
        ordered.sum().alias("orders"), x.col("amount").sum().alias("amount")
    )


def sold(field: str, period: Period, week_start: str) -> Reduction:
    """A step over line items: what they came to by category or product, and period."""
    return Reduction(_sold, id_digits=MOST_DIGITS).given(
        field=field, period=period, week_start=week_start
    )


def by_day(orders: pl.LazyFrame) -> pl.LazyFrame:
    """A row a day: `day, orders`; of orders that were given back."""
    x = query.api(orders)
    return orders.group_by("day").agg(x.col("orders").cast(x.Int64).sum().alias("orders"))


def table(
    measures: OrderMeasures,
    spans: Sequence[Span],
    given_back: pl.DataFrame | None,
    window: Window,
    currency: Currency,
) -> Table:
    """The table `sales`.

    Args:
        measures: of the shop's orders.
        spans: which don't overlap, and ascend.
        given_back: `day, orders` of orders that were given back; None where nothing tells.
        window: that the orders are of.
        currency: of their amounts.
    """
    new = _revenue_of_new(measures, spans)
    rows = []
    for span, values, from_new in zip(spans, measures.measures(spans), new, strict=True):
        revenue, orders = int(values["revenue"] or 0), int(values["orders"] or 0)
        back = None
        if given_back is not None:
            in_span = given_back.filter(pl.col("day").is_between(span.first, span.last))
            back = int(in_span["orders"].sum())
        rows.append(
            (
                span.first,
                revenue,
                from_new,
                revenue - from_new,
                (revenue - from_new) / revenue if revenue > 0 else None,
                orders,
                back,
                back / (orders + back) if back is not None and orders + back else None,
                span.complete,
            )
        )
    schema = {name: _TYPES.get(kind, pl.Int32) for name, kind in SALES.items()}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return Table("sales", frame.with_columns(pl.col("period").cast(pl.Date)), SALES, window, currency)  # fmt: skip


def _revenue_of_new(measures: OrderMeasures, spans: Sequence[Span]) -> list[int]:
    """Net minor units of each span from users whose first order is in it."""
    timeline = measures.timeline
    assert timeline.amounts is not None
    firsts, lasts = (np.array([getattr(span, end) for span in spans]) for end in ("first", "last"))
    if not len(spans):
        return []
    came = np.searchsorted(firsts, timeline.first_days, "right") - 1
    is_new = (came >= 0) & (timeline.first_days <= lasts[np.maximum(came, 0)])
    orders = np.flatnonzero(is_new[measures.timeline_rows])
    days, spans_of = timeline.days[orders], came[measures.timeline_rows[orders]]
    parts: list[tuple[Ints, Ints, Ints]] = [(days, spans_of, timeline.amounts[orders])]
    if timeline.loose is not None:  # by row of the customers
        row, day, amount = timeline.loose
        came_of_row, new_row = (np.zeros(len(came), kind.dtype) for kind in (came, is_new))
        came_of_row[timeline.users], new_row[timeline.users] = came, is_new
        loose = np.flatnonzero(new_row[row])
        parts.append((day[loose], came_of_row[row[loose]], amount[loose]))
    sums = np.zeros(len(spans), np.int64)
    for day, span, amount in parts:
        inside = day <= lasts[span]
        np.add.at(sums, span[inside], amount[inside])
    totals: list[int] = sums.tolist()
    return totals


def goods(
    field: str,
    sums: pl.DataFrame,
    numbers: tuple[int, int | None],
    window: Window,
    currency: Currency,
) -> Table:
    """The table `categories` or `products`.

    Args:
        field: `category` or `product`.
        sums: as `sold` gives them.
        numbers: of the period, and of the one compared with.
        window: that the orders are of.
        currency: of their amounts.
    """
    now, before = numbers
    name = pl.col(field).cast(pl.String).fill_null("").alias(field)
    is_now = pl.col("number") == now
    is_before = pl.lit(value=False) if before is None else pl.col("number") == before
    frame = (
        sums.filter(is_now | is_before)
        .group_by(name)
        .agg(
            pl.col("amount").filter(is_now).sum().alias("revenue"),
            pl.col("amount").filter(is_before).sum().alias("revenue_before"),
            pl.col("orders").filter(is_now).sum().alias("orders"),
        )
        .with_columns(revenue_change=pl.col("revenue") - pl.col("revenue_before"))
    )
    whole = int(frame["revenue"].sum() or 0)
    share = pl.col("revenue") / whole if whole > 0 else pl.lit(None, pl.Float64)
    frame = frame.with_columns(revenue_share=share).sort(
        "revenue", "revenue_before", field, descending=[True, True, False]
    )
    columns = {field: Kind.WORD, **_GOODS}
    frame = frame.select(
        pl.col(name).cast(_TYPES.get(kind, pl.String)) for name, kind in columns.items()
    )
    return Table(TABLES[field], frame, columns, window, currency)
