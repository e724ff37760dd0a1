"""Parameters of how customers are scored, staged and valued: what several analyses build on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from userops.core.params import Param, Params


@dataclass(frozen=True, slots=True)
class RfmParams(Params, table="rfm"):
    """How users are scored."""

    segments: Annotated[
        str,
        Param(
            "rule table: grid, intervals, rfm8 or one of the settings",
            "规则表：grid、intervals、rfm8，或配置中自建的表",
            metavar="NAME",
        ),
    ] = "grid"
    bins: Annotated[
        int, Param("highest score; scores run from 1 to this", "分值从 1 到此数", ge=2, le=20)
    ] = 5
    method: Annotated[
        Literal["quantile", "fixed"],
        Param(
            "how cut points are set: from the data (quantile) or given (fixed)",
            "分界点的来源：分位数，或固定值",
        ),
    ] = "quantile"
    new_days: Annotated[
        int,
        Param(
            "a user is new for this many days after the first order", "首单后多少天内算新用户", ge=0
        ),
    ] = 30


@dataclass(frozen=True, slots=True)
class StaffParams(Params, table="community"):
    """Who is in the groups without being a member."""

    staff: Annotated[
        tuple[str, ...],
        Param(
            "ids of staff and bots in the groups; they don't count as members",
            "群里员工和机器人的编号，从不算作成员",
            metavar="ID,ID,...",
        ),
    ] = ()


@dataclass(frozen=True, slots=True)
class LifecycleParams(Params, table="lifecycle"):
    """Where stages begin."""

    ASCENDING: ClassVar[tuple[tuple[str, str], ...]] = (
        ("growth_orders", "maturity_orders"),
        ("slump_days", "churn_days"),
    )

    since: Annotated[
        str | None,
        Param(
            "compare with this earlier day; takes what --as-of takes",
            "流转对比的较早日期，写法同 --as-of",
            metavar="DATE",
            unset="7 days before as_of",
            taken="day",
            only_for=("transitions",),
        ),
    ] = None
    growth_orders: Annotated[
        int, Param("orders at which a user is in growth", "从第几单起算成长期", ge=2)
    ] = 2
    maturity_orders: Annotated[
        int, Param("orders at which a user is mature", "从第几单起算成熟期", ge=3)
    ] = 5
    slump_days: Annotated[
        int,
        Param("days without an order before a user is in a slump", "多少天无单进入衰退期", ge=0),
    ] = 30
    churn_days: Annotated[
        int, Param("days without an order before a user has churned", "多少天无单算流失", ge=1)
    ] = 60
    adaptive: Annotated[
        bool,
        Param(
            "set both limits from each user's own buying rhythm",
            "由每位用户自己的购买节奏学习这两个界限",
            names=("--adaptive/--fixed",),
        ),
    ] = False
    min_gaps: Annotated[
        int, Param("gaps between orders needed to learn limits", "学习界限至少需要的间隔数", ge=1)
    ] = 30
    period: Annotated[
        Literal["week", "month"], Param("periods of flow", "流量表的周期", only_for=("flow",))
    ] = "month"


@dataclass(frozen=True, slots=True)
class LtvParams(Params, table="ltv"):
    """How values are predicted."""

    by: Annotated[
        str | None,
        Param(
            "split by channel, cohort, or a column of the users export",
            "按渠道、同期群或用户导出中的列拆分",
            metavar="COLUMN",
            taken="attribute",
            only_for=("summary", "cohorts"),
        ),
    ] = None
    model: Annotated[
        Literal["mbg-nbd", "bg-nbd", "pareto-nbd", "auto"],
        Param(
            "the purchase model; auto takes the one with the best backtest",
            "购买模型；auto 取回测最好的一个",
        ),
    ] = "mbg-nbd"
    horizon: Annotated[
        int,
        Param(
            "days ahead that are predicted",
            "向后预测的天数",
            ge=1,
            le=3650,
            metavar="DAYS",
            only_for=("summary", "users", "channels"),
        ),
    ] = 365
    discount_rate: Annotated[
        float,
        Param(
            "yearly discount rate for future revenue",
            "年折现率；越晚到来的越不值",
            ge=0,
            le=10,
            share=True,
            metavar="RATE",
            only_for=("summary", "users", "channels"),
        ),
    ] = 0.1
    margin: Annotated[
        float,
        Param(
            "gross margin, as a share of net revenue",
            "净收入中属于毛利的部分",
            gt=0,
            le=1,
            share=True,
            metavar="PART",
            only_for=("summary", "users", "cohorts", "channels"),
        ),
    ] = 1.0
    level: Annotated[
        float,
        Param(
            "confidence level of intervals",
            "区间成立的概率",
            gt=0,
            lt=1,
            share=True,
            metavar="PART",
        ),
    ] = 0.95
    time_unit: Annotated[
        Literal["day", "week"], Param("time unit of the model's parameters", "模型参数的时间单位")
    ] = "day"
    calibration_end: Annotated[
        str | None,
        Param(
            "last day of data that the backtest is fitted on; takes what --as-of takes",
            "回测拟合所见的最后一天，写法同 --as-of",
            metavar="DATE",
            unset="half way",
            taken="day",
        ),
    ] = None
    min_users: Annotated[
        int, Param("buyers needed to fit a model", "买家少于此数则不拟合模型", ge=1)
    ] = 500
    min_days: Annotated[
        int,
        Param("days of orders needed to fit a model", "订单天数少于此数则不拟合模型", ge=1),
    ] = 180
