"""Parameters of `userops members`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from userops.core.params import Param, Params
from userops.customers.granting_rules import GrantingRule


@dataclass(frozen=True, slots=True)
class LadderLevel(Params):
    """A level, and the growth value that it begins at."""

    name: Annotated[str, Param("what it's called", "名称", metavar="gold")]
    threshold: Annotated[int, Param("the growth value that it begins at", "起始成长值", ge=0)] = 0
    benefit_cost: Annotated[
        float | None,
        Param("what its benefits cost a member, in money", "每位会员的权益成本（金额）", ge=0),
    ] = None


@dataclass(frozen=True, slots=True)
class MembersParams(Params, table="members"):
    """What makes members grow, and how levels rise and fall."""

    rules: Annotated[
        tuple[GrantingRule, ...], Param("rules that grant growth value", "成长值规则", taken="rows")
    ] = ()
    ladder: Annotated[
        tuple[LadderLevel, ...],
        Param("the levels, from the lowest on", "等级，从低到高", taken="rows"),
    ] = ()
    start: Annotated[
        str | None,
        Param(
            "first day of the programme; nothing earlier counts",
            "会员计划的第一天；此前的行为不计",
            metavar="DATE",
            unset="all days",
            taken="day",
        ),
    ] = None
    window: Annotated[
        str,
        Param(
            "period over which growth value counts: rolling 12 months, calendar year or lifetime",
            "成长值的统计时间：rolling 12 months、calendar year 或 lifetime",
            metavar="TIME",
            taken="window",
        ),
    ] = "rolling 12 months"
    valid: Annotated[
        str,
        Param(
            "how long a level holds before it's reviewed: 12 months, 1 year, never",
            "等级有效期，到期评定：12 months、1 year、never",
            metavar="TIME",
            taken="validity",
        ),
    ] = "12 months"
    downgrade: Annotated[
        Literal["value", "one", "never"],
        Param(
            "what happens when the value no longer keeps a level: drop to the value's level, one down, or never",
            "评定不达标时：降到成长值对应等级、降一级或不降",
        ),
    ] = "value"
    refund: Annotated[
        Literal["at once", "at expiry"],
        Param("when a refund lowers a level", "退款何时降级：立即或到期"),
    ] = "at expiry"
    grace_days: Annotated[
        int,
        Param(
            "days after valid_until before a level is reviewed", "到期后多少天再评定", ge=0, le=366
        ),
    ] = 0
    since: Annotated[
        str | None,
        Param(
            "compare with this earlier day; takes what --as-of takes",
            "变动对比的较早日期，写法同 --as-of",
            metavar="DATE",
            unset="a month before as_of",
            taken="day",
            only_for=("movements",),
        ),
    ] = None
    within: Annotated[
        int,
        Param(
            "list levels lost within this many days",
            "截止日后多少天内降级",
            ge=1,
            le=3650,
            metavar="DAYS",
            only_for=("expiring",),
        ),
    ] = 30
    days: Annotated[
        int,
        Param(
            "compare levels by the orders of this many days",
            "比较各等级时统计最近多少天的订单",
            ge=1,
            le=3650,
            only_for=("levels",),
        ),
    ] = 365
    active_days: Annotated[
        int,
        Param(
            "a member with an order in this many days is active",
            "最近多少天有单算活跃",
            ge=1,
            le=3650,
            only_for=("levels",),
        ),
    ] = 90
