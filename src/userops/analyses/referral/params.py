"""Parameters of `userops referral`, and the rules by which commission is paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from userops.core.params import Param, Params


@dataclass(frozen=True, slots=True)
class CommissionRule(Params):
    """A step of commission: what an amount from here on earns."""

    from_: Annotated[
        float, Param("the amount from which it holds, in the orders' currency", "起算金额", ge=0)
    ] = 0.0
    rate: Annotated[
        float, Param("part of the amount", "按金额提取的比例", ge=0, le=1, share=True)
    ] = 0.0
    flat: Annotated[
        float, Param("a sum beside it, in the orders' currency", "另加的固定金额", ge=0)
    ] = 0.0


@dataclass(frozen=True, slots=True)
class ReferralParams(Params, table="referral"):
    """How invitations are counted and paid."""

    within: Annotated[
        int,
        Param(
            "days after the invitation within which an order makes it effective",
            "邀请后多少天内下单算有效",
            ge=0,
            metavar="DAYS",
        ),
    ] = 30
    k_days: Annotated[
        int,
        Param(
            "days after joining in which invitations count for K",
            "入会后多少天内的邀请计入 K 值",
            ge=1,
            metavar="DAYS",
            only_for=("summary",),
        ),
    ] = 30
    age: Annotated[
        int,
        Param(
            "days after the first order at which LTV is compared",
            "首单后多少天时比较 LTV",
            ge=1,
            metavar="DAYS",
            only_for=("compared",),
        ),
    ] = 90
    basis: Annotated[
        Literal["order", "month"],
        Param(
            "what commission is based on: each order, or a leader's monthly total",
            "佣金按每单计算，还是按团长当月合计",
        ),
    ] = "order"
    marginal: Annotated[
        bool,
        Param(
            "apply each step's rate to its own part (marginal), or the rate reached to all (whole)",
            "分段累进计佣，而非全额按所达档位",
            names=("--marginal/--whole",),
        ),
    ] = False
    second_rate: Annotated[
        float,
        Param(
            "part of the amount that the leader's own inviter is paid",
            "付给团长上级的比例",
            ge=0,
            le=1,
            share=True,
            metavar="PART",
        ),
    ] = 0.0
    reward: Annotated[
        float,
        Param(
            "paid to a leader for each effective user, in the orders' currency",
            "每位有效用户付给团长的奖励",
            ge=0,
            metavar="MONEY",
        ),
    ] = 0.0
    minimum: Annotated[
        float | None,
        Param(
            "smallest order that earns commission; orders just above it are a sign",
            "能获得奖励的最低订单金额，用于同名迹象",
            gt=0,
            metavar="MONEY",
            unset="the lowest step of the rules above 0",
            only_for=("signs",),
        ),
    ] = None
    shared: Annotated[
        int,
        Param(
            "more users of a leader than this on one device, address or phone prefix are a sign",
            "同一团长名下共用设备、地址或号段的用户超过多少算迹象",
            ge=1,
            metavar="USERS",
            only_for=("signs",),
        ),
    ] = 3
    rules: Annotated[
        tuple[CommissionRule, ...],
        Param("the steps of commission", "佣金档位", taken="rows"),
    ] = ()
