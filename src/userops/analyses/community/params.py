"""Parameters of `userops community`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from userops.core.params import Param, Params
from userops.customers.params import StaffParams

Action = Literal["join", "leave", "ignore"]


@dataclass(frozen=True, slots=True)
class GroupRule(Params, table="community"):
    """What the name of a group says of it: a row of `[[community.groups]]`, the first that matches."""

    match: Annotated[str, Param("a regular expression that the group's name matches", "与群名匹配的正则表达式")]  # fmt: skip
    province: Annotated[
        str | None, Param("the group's province; $1 is what the first brackets match", "群的省份；$1 为第一个括号匹配到的内容")
    ] = None  # fmt: skip
    interest: Annotated[str | None, Param("what the group is about", "群的主题")] = None
    tier: Annotated[str | None, Param("the group's tier", "群的层级")] = None
    owner: Annotated[str | None, Param("whose group it is", "群主")] = None


@dataclass(frozen=True, slots=True)
class CommunityParams(StaffParams):
    """How groups are told of."""

    period: Annotated[
        Literal["day", "week", "month"],
        Param("periods of summary and flow", "汇总表和流动表的周期", only_for=("summary", "flow")),
    ] = "week"
    since: Annotated[
        str | None,
        Param(
            "first day shown; takes what --as-of takes",
            "从哪一天说起，写法同 --as-of",
            metavar="DATE",
            unset="the first day of the groups",
            taken="day",
        ),
    ] = None
    by: Annotated[
        str | None,
        Param(
            "combine groups by province, interest, tier, owner, or a column of --groups-file",
            "按省份、主题、层级、群主或群文件中的列合并各群",
            metavar="COLUMN",
            only_for=("groups",),
        ),
    ] = None
    split: Annotated[
        Literal["whole", "equal", "last"],
        Param(
            "how an order of a member of several groups counts: whole for each, in equal parts, "
            "or for the last joined",
            "同在多个群的成员的订单：每群各算全额、各群均分，或归最后加入的群",
            only_for=("groups",),
        ),
    ] = "whole"
    silent_days: Annotated[
        int,
        Param(
            "days without a message until a member is silent",
            "多少天不发言算沉默",
            ge=1,
            only_for=("members",),
        ),
    ] = 30
    lift_days: Annotated[
        int,
        Param("compare this many days before and after joining", "入群前后各比较多少天", ge=7, le=365, only_for=("lift",)),
    ] = 90  # fmt: skip
    wecom_counts: Annotated[
        Literal["daily", "cumulative"] | None,
        Param(
            "whether WeCom's daily counts are of that day or cumulative",
            "企业微信的每日数据是当日数还是累计数",
            unset="the day's, where that can't be mistaken",
        ),
    ] = None
    actions: Annotated[
        Mapping[str, Action],
        Param(
            "what the words in a log of joins and leaves mean",
            "进出流水中的词各是什么意思",
            metavar="WORD=MEANING",
        ),
    ] = field(default_factory=dict)
    groups_file: Annotated[
        str | None,
        Param(
            "a CSV file with group_id and columns for --by",
            "含 group_id 以及各群属性的 CSV 文件，供 --by 使用",
            metavar="FILE",
            taken="file",
            only_for=("groups",),
        ),
    ] = None
    groups: Annotated[
        tuple[GroupRule, ...],
        Param("what group names tell", "群名说明了什么", taken="rows", only_for=("groups",)),
    ] = ()  # fmt: skip
