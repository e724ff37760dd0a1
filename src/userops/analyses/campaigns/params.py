"""Parameters of `userops campaigns`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from userops.core.params import Param, Params

Metric = Literal["conversion", "orders", "revenue", "margin"]


@dataclass(frozen=True, slots=True)
class CampaignParams(Params, table="campaigns"):
    """What is compared, and how."""

    days: Annotated[
        int,
        Param(
            "days after assignment in which orders count",
            "分组后多少天内的订单计入",
            ge=1,
            le=3650,
            metavar="DAYS",
        ),
    ] = 14
    control: Annotated[
        str | None,
        Param(
            "the control group, which got nothing",
            "未触达的对照组的名称",
            metavar="GROUP",
            unset="the one called control, holdout, 对照组 or the like",
        ),
    ] = None
    control_share: Annotated[
        float | None,
        Param(
            "planned share of the control group",
            "对照组的计划占比",
            gt=0,
            lt=1,
            share=True,
            metavar="PART",
            unset="the usual one nearest to what's there",
        ),
    ] = None
    planned: Annotated[
        Mapping[str, float],
        Param(
            "planned sizes of unequal groups, as control=1; repeatable",
            "各组的计划比例，不等分时，如 control=1；可重复",
            metavar="GROUP=SIZE",
        ),
    ] = field(default_factory=dict)
    metric: Annotated[
        Metric,
        Param("metric that decides: conversion, orders, revenue or margin", "以何指标下结论"),
    ] = "conversion"
    peeking: Annotated[
        bool,
        Param(
            "always-valid intervals: they hold however often you look",
            "无论看多少次都成立的区间",
            names=("--peeking/--once",),
        ),
    ] = False
    end: Annotated[
        str | None,
        Param(
            "planned last day of the campaign; takes what --as-of takes",
            "活动计划的最后一天，写法同 --as-of",
            metavar="DATE",
            unset="the last window's end",
            taken="day",
        ),
    ] = None
    since: Annotated[
        str | None,
        Param(
            "only campaigns whose last window ends after this day",
            "只看最后一个窗口在此日之后结束的活动",
            metavar="DATE",
            unset="all",
            taken="day",
        ),
    ] = None
    cap: Annotated[
        float | None,
        Param(
            "cap each user's revenue at this percentile",
            "用户收入在此百分位封顶",
            gt=50,
            le=100,
            metavar="PERCENTILE",
            unset="no cut",
        ),
    ] = None
    adjust: Annotated[
        Literal["none", "pre"],
        Param(
            "pre: narrower intervals, by what users did before (CUPED)", "pre：用此前的行为降低噪声"
        ),
    ] = "none"
    pre_days: Annotated[
        int,
        Param(
            "days before assignment that --adjust pre looks at",
            "--adjust pre 回看分组前多少天",
            ge=1,
            le=3650,
            metavar="DAYS",
        ),
    ] = 90
    by: Annotated[
        Literal["segment", "tier"],
        Param(
            "break results down by segment or tier of the day before",
            "按前一日的分群或层级",
            only_for=("segments",),
        ),
    ] = "segment"
    margin: Annotated[
        float | None,
        Param(
            "gross margin, as a share of net revenue",
            "净收入中属于毛利的部分",
            gt=0,
            le=1,
            share=True,
            metavar="PART",
            unset="that of [ltv], else all of it",
        ),
    ] = None

    @property
    def earned(self) -> float:
        """The margin."""
        return 1.0 if self.margin is None else self.margin
