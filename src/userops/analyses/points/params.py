"""Parameters of `userops points`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from userops.core.params import Param, Params
from userops.customers.granting_rules import PointsRule, Round


@dataclass(frozen=True, slots=True)
class PointsParams(Params, table="points"):
    """What grants points, how long they live, and what they cost."""

    rules: Annotated[
        tuple[PointsRule, ...], Param("rules that grant points", "积分规则", taken="rows")
    ] = ()
    start: Annotated[
        str | None,
        Param(
            "first day of the programme: rules grant nothing for what was earlier; a ledger counts whole",
            "积分计划的第一天：规则不为此前的行为给积分；店铺自己的流水全部计入",
            metavar="DATE",
            unset="all days",
            taken="day",
        ),
    ] = None
    valid: Annotated[
        str,
        Param(
            "how long points are valid: 12 months, 1 year, 365 days, inactivity 12 months, never",
            "积分有效期：12 months、1 year、365 days、inactivity 12 months、never",
            metavar="TIME",
            taken="validity",
        ),
    ] = "never"
    round: Annotated[
        Round | None,
        Param(
            "expire at the end of the month, quarter or year",
            "把最后一天延到当月、当季或当年末",
            unset="the day itself",
        ),
    ] = None
    redeem_event: Annotated[
        str,
        Param(
            "the event whose value says how many points were redeemed",
            "表示兑换的事件，其数值为兑换的积分",
            metavar="EVENT",
        ),
    ] = "redeem"
    restore_event: Annotated[
        str | None,
        Param(
            "the event whose value says how many redeemed points were given back",
            "表示退回已兑换积分的事件，其数值为退回的积分",
            metavar="EVENT",
            unset="none",
        ),
    ] = None
    point_cost: Annotated[
        float | None,
        Param(
            "what a redeemed point costs, in money",
            "每个被兑换的积分花多少钱",
            ge=0,
            metavar="MONEY",
            only_for=("summary", "expiring"),
        ),
    ] = None
    within: Annotated[
        int,
        Param(
            "list points that expire within this many days",
            "截止日后多少天内过期",
            ge=1,
            le=3650,
            metavar="DAYS",
            only_for=("expiring",),
        ),
    ] = 30
    kinds: Annotated[
        Mapping[str, Literal["earn", "redeem", "expire", "reverse", "restore", "adjust"]],
        Param(
            "what the words in the ledger's kind column mean",
            "积分流水中变动类型的含义",
            metavar="WORD=KIND",
        ),
    ] = field(default_factory=dict)
