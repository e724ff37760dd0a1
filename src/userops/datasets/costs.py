"""Costs: what an export of acquisition spend holds, one row a channel (or campaign) and period.

days of costs
    A cost is of a day, a month, or the days from one date to another. Where each row is a date, the
    spacing of a channel's dates tells what they're of: dates a week apart are weeks, each of seven
    days; firsts of months are months; else days. A single date is that day.
the same cost
    Rows of several exports that agree in channel, campaign, period, cost, kind and currency, and in every
    other column that all of those exports have: counted once, for exports overlap. The same
    row twice in one export is two costs.
kind of cost
    Traffic where none is said. Only traffic is what winning users cost (CAC); delivery, staff, coupons and
    commission are the business' (`userops business`). What can't be told to be one of these stops.
negative cost
    Spend that was given back: it lowers its channel's cost.
"""

from __future__ import annotations

from userops.core.period_text import span_of
from userops.datasets.cost_kinds import kind_of
from userops.datasets.fields import Dataset, Field, Same, Type, names


def _span(text: str) -> str:
    """A period however it's spelled; as it stands where it's none."""
    return str(span_of(text) or text)


def _kind(text: str) -> str:
    """A kind whatever it's called; as it stands where it's none."""
    return kind_of(text) or text


COSTS = Dataset(
    "costs",
    "cost",
    (
        Field(
            "channel",
            Type.TEXT,
            "where the money went",
            names("channel,source,platform,utm source,渠道,来源,投放渠道,投放平台,平台,媒体"),
            needed=True,
            instead=("kind",),
            hint="or --channel NAME, where all of the file is one channel's",
            zh="花费投在哪个渠道。",
        ),
        Field(
            "campaign",
            Type.TEXT,
            "the campaign it was spent on",
            names(
                "campaign,campaign name,utm campaign,计划,计划名称,推广计划,推广计划名称,广告计划,"
                "广告系列,营销活动,活动名称"
            ),
            zh="花费所属的投放计划。",
        ),
        Field(
            "period",
            Type.TEXT,
            "the day (YYYY-MM-DD) or the month (YYYY-MM) it was spent in",
            names("period,date,day,week,month,日期,统计日期,周期,月份,时间"),
            needed=True,
            instead=("from",),
            hint="export it by day, or with columns from and to",
            compared=_span,
            zh="花费所在的日（YYYY-MM-DD）或月（YYYY-MM）。",
        ),
        Field(
            "from",
            Type.TEXT,
            "the first day it was spent on, where it's of several",
            names(
                "from,start,start date,date from,from date,period start,reporting starts,begin,"
                "开始日期,起始日期,开始时间,开始"
            ),
            compared=_span,
            zh="花费跨多日时的第一天。",
        ),
        Field(
            "to",
            Type.TEXT,
            "the last day it was spent on, where it's of several",
            names(
                "to,end,end date,date to,to date,period end,reporting ends,until,"
                "结束日期,截止日期,结束时间,结束"
            ),
            compared=_span,
            zh="花费跨多日时的最后一天。",
        ),
        Field(
            "cost",
            Type.MONEY,
            "how much",
            names(
                "cost,spend,amount,amount spent,ad spend,花费,成本,消耗,消费,费用,投放金额,投放费用,推广费用,花费金额,消耗金额,金额"
            ),
            needed=True,
            zh="花了多少。",
        ),
        Field(
            "kind",
            Type.TEXT,
            "what it's for: traffic, delivery, staff, coupon or commission",
            names(
                "kind,cost kind,cost type,kind of cost,expense type,费用类型,成本类型,费用类别,成本类别,费用科目,"
                "支出类型"
            ),
            compared=_kind,
            zh="花费的种类：traffic（投放）、delivery（物流）、staff（人力）、coupon（优惠券）、commission（佣金）。",
        ),
        Field(
            "currency",
            Type.CURRENCY,
            "the costs' currency",
            names("currency,currency code,币种,货币"),
            zh="花费的币种。",
        ),
    ),
    same=Same(
        "also in another export",
        zh="另一份导出中也有",
        key=("channel", "campaign", "period", "from", "to", "cost", "kind", "currency"),
        across=True,
    ),
    named_totals=True,
    zh="成本",
)
