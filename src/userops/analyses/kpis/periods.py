"""Periods: the measures of a shop, week by week or month by month.

observed_users : count
    Users whose 30 days since the first purchase day ended in the span.
repurchased_users : count
    Of these, the users with a second purchase day within them.
repurchase_low, repurchase_high : proportion
    The rate's 95 % interval (Wilson 1927).
change : proportion
    value / value of the span compared with - 1; of proportions the difference, in points.
complete : yes or no
    Whether as_of is the period's last day or later.

Tables: `periods` (a row a week or month).
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from userops.core.dates import Window
from userops.core.messages import Note
from userops.core.table import Currency, Kind, Table
from userops.customers.measures import PERIODS_KINDS, OrderMeasures, Span
from userops.stats.intervals import wilson_high, wilson_low

COLUMNS: dict[str, Kind] = {
    "period": Kind.DATE,
    **PERIODS_KINDS,
    "repurchased_users": Kind.COUNT,
    "observed_users": Kind.COUNT,
    "repurchase_low": Kind.RATE,
    "repurchase_high": Kind.RATE,
    "complete": Kind.FLAG,
}
_TYPES = {Kind.COUNT: pl.Int64, Kind.NUMBER: pl.Float64, Kind.RATE: pl.Float64}


def table(
    order_measures: OrderMeasures,
    spans: Sequence[Span],
    window: Window,
    currency: Currency | None = None,
) -> Table:
    """The table `periods`: measures of each span."""
    rows = [
        {"period": span.first, **values, "complete": span.complete}
        for span, values in zip(spans, order_measures.measures(spans), strict=True)
    ]
    types = {name: _TYPES.get(kind, pl.Int64) for name, kind in PERIODS_KINDS.items()}
    counts = dict.fromkeys(("repurchased_users", "observed_users"), pl.Int64)
    schema = {"period": pl.Int32, **types, "aov": pl.Float64, **counts, "complete": pl.Boolean}
    part, whole = pl.col("repurchased_users"), pl.col("observed_users")
    frame = (
        pl.DataFrame(rows, schema=schema)
        .with_columns(
            pl.col("period").cast(pl.Date),
            repurchase_low=wilson_low(part, whole),
            repurchase_high=wilson_high(part, whole),
        )
        .select(*COLUMNS)
    )
    notes = () if not spans or spans[-1].complete else (Note("the last period isn't whole yet"),)
    return Table("periods", frame, COLUMNS, window, currency or Currency(), notes)
