"""Costs: what an export of acquisition spend holds, one row a channel and day or month.

the same cost
    Rows of several exports that agree in channel, period, cost and currency, and in every
    other column that all of those exports have: counted once, for exports overlap. The same
    row twice in one export is two costs.
negative cost
    Spend that was given back: it lowers its channel's cost.
"""

from __future__ import annotations

from userops.core.period_text import span_of
from userops.datasets.fields import Dataset, Field, Same, Type, names


def _span(text: str) -> str:
    """A period however it's spelled; as it stands where it's none."""
    return str(span_of(text) or text)


COSTS = Dataset(
    "costs",
    "cost",
    (
        Field(
            "channel",
            Type.TEXT,
            "where the money went",
            names("channel,source,campaign,utm source,渠道,来源,投放渠道"),
            needed=True,
            zh="花费投在哪个渠道。",
        ),
        Field(
            "period",
            Type.TEXT,
            "the day (YYYY-MM-DD) or the month (YYYY-MM) it was spent in",
            names("period,month,date,day,月份,日期,周期"),
            needed=True,
            compared=_span,
            zh="花费所在的日（YYYY-MM-DD）或月（YYYY-MM）。",
        ),
        Field(
            "cost",
            Type.MONEY,
            "how much",
            names("cost,spend,amount,ad spend,花费,成本,消耗,费用,投放金额"),
            needed=True,
            zh="花了多少。",
        ),
        Field(
            "currency",
            Type.CURRENCY,
            "the costs' currency",
            names("currency,币种,货币"),
            zh="花费的币种。",
        ),
    ),
    same=Same(
        "also in another export",
        zh="另一份导出中也有",
        key=("channel", "period", "cost", "currency"),
        across=True,
    ),
    blank_in_totals="cost",
    zh="成本",
)
