"""Parameters of `userops funnel`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from userops.core.params import Param, Params

CONVERTS = "pay"  # by default
FUNNEL_STEPS = ("register", "browse", "click", "cart", "order", "pay", "reorder")


@dataclass(frozen=True, slots=True)
class FunnelParams(Params, table="funnel"):
    """The golden path."""

    steps: Annotated[
        tuple[str, ...],
        Param("the path, in order", "路径上的步骤，按顺序", least=2, metavar="STEP,STEP,..."),
    ] = FUNNEL_STEPS
    window: Annotated[
        int,
        Param(
            "days from the first step in which later steps count",
            "第一步之后多少天内的其他步骤计入",
            ge=0,
            metavar="DAYS",
            only_for=("steps", "users", "groups"),
        ),
    ] = 30
    by: Annotated[
        str,
        Param(
            "group by channel, or by a column of the users export",
            "分组依据：渠道，或用户导出中的列",
            metavar="COLUMN",
            taken="attribute",
            only_for=("groups", "conversion"),
        ),
    ] = "channel"
    sources: Annotated[
        dict[str, str | tuple[str, ...]],
        Param(
            "what counts as a step: event names, orders, or users",
            "某一步对应什么：事件名，或 orders，或 users",
            metavar="STEP=EVENT,EVENT,...",
        ),
    ] = field(default_factory=dict)
    convert: Annotated[
        str | None,
        Param(
            "the step that counts as conversion",
            "以哪一步算新用户转化",
            metavar="STEP",
            unset="pay",
            only_for=("conversion",),
        ),
    ] = None
    within: Annotated[
        int,
        Param(
            "days from the first step in which a new user can convert",
            "第一步之后多少天内算转化",
            ge=0,
            metavar="DAYS",
            only_for=("conversion",),
        ),
    ] = 7
