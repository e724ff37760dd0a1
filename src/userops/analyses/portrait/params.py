"""Parameters of `userops portrait`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from userops.core.params import Param, Params


@dataclass(frozen=True, slots=True)
class TagParams(Params):
    """A tag: who fulfils a condition bears it."""

    name: Annotated[str, Param("what it's called", "标签名称")]
    when: Annotated[
        str,
        Param(
            "the condition on a user", "用户须满足的条件", taken="condition", metavar="orders >= 3"
        ),
    ]
    group: Annotated[
        str, Param("tags of one group exclude each other", "同组标签互斥", unset="none")
    ] = ""


@dataclass(frozen=True, slots=True)
class PortraitParams(Params, table="portrait"):
    """What is told of users, and of whom."""

    by: Annotated[
        tuple[str, ...],
        Param(
            "attributes, or columns of the users export; cross takes the first two",
            "属性或用户导出的列；交叉表取前两个",
            metavar="NAME,NAME,...",
            taken="attribute",
            only_for=("groups", "cross", "missing"),
        ),
    ] = ()
    segment: Annotated[
        str | None,
        Param(
            "tier, segment or tag to compare with all users (TGI)",
            "计算指数（TGI）的层级、分群或标签",
            metavar="NAME",
            only_for=("groups",),
        ),
    ] = None
    min_cell: Annotated[
        int | None,
        Param(
            "hide cells with fewer users than this, and any that would reveal them",
            "隐藏人数少于此的格，以及会泄露它们的格",
            ge=2,
            metavar="USERS",
            unset="none hidden",
            only_for=("groups", "cross", "missing"),
        ),
    ] = None
    since: Annotated[
        str | None,
        Param(
            "compare tags with this earlier day; takes what --as-of takes",
            "标签变化对比的较早日期，写法同 --as-of",
            metavar="DATE",
            unset="7 days before as_of",
            taken="day",
            only_for=("tags", "users"),
        ),
    ] = None
    form: Annotated[
        Literal["long", "wecom"],
        Param(
            "long: one row per user and tag; wecom: one row per user, one column per tag group",
            "一行一个用户和标签（long），或企业微信的形式：一行一个用户，一列一个标签组（wecom）",
            only_for=("users",),
        ),
    ] = "long"
    previous: Annotated[
        str | None,
        Param(
            "an earlier list of user_id, tag, since, to carry over the dates",
            "上次导出的 user_id、tag、since：标签从何时起成立",
            metavar="FILE",
            taken="file",
            only_for=("users",),
        ),
    ] = None
    age_edges: Annotated[
        tuple[int, ...],
        Param(
            "ages at which age bands begin",
            "年龄段的起点",
            least=1,
            each=(1, 120),
            metavar="AGE,AGE,...",
        ),
    ] = (20, 25, 30, 40)
    spending_cuts: Annotated[
        tuple[float, ...],
        Param(
            "fixed cut points of spending power, in whole currency units",
            "消费力的固定分界点（元）",
            metavar="AMOUNT,AMOUNT,...",
        ),
    ] = ()
    offline: Annotated[
        tuple[str, ...],
        Param(
            "names of offline channels",
            "属于线下的渠道",
            metavar="CHANNEL,CHANNEL,...",
            unset="told by their names",
        ),
    ] = ()
    tags: Annotated[
        tuple[TagParams, ...],
        Param(
            "tags, each with its condition",
            "标签，以及谁有此标签的条件",
            taken="rows",
            table="",
            only_for=("tags", "users", "groups"),
        ),
    ] = ()
