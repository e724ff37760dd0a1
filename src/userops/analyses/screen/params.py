"""Parameters of `userops screen`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from userops.core.params import Param, Params

_SCREENED = ("users", "near", "criteria", "koc")
_POOL = ("pareto", "pool", "pool_days")
_THOUSAND = ("thousand", "thousand_users")


@dataclass(frozen=True, slots=True)
class ScreenParams(Params, table="screen"):
    """Who is worth most: over how long, and how many."""

    window: Annotated[
        int,
        Param(
            "days looked back, as_of included; 0 for all time",
            "回看多少天（含截止日）；0 为全部时间",
            ge=0,
            le=36_500,
            metavar="DAYS",
            only_for=(*_SCREENED, *_POOL, "sample"),
        ),
    ] = 365
    share: Annotated[
        float,
        Param(
            "top share of users that passes a criterion and makes up the pool",
            "通过每项标准、并构成核心池的前百分之几",
            gt=0,
            le=1,
            share=True,
            metavar="PART",
            only_for=(*_SCREENED, *_POOL),
        ),
    ] = 0.2
    criteria: Annotated[
        tuple[str, ...],
        Param(
            "criteria to use; by default all that the data allows",
            "参与筛选的标准；默认为数据允许的全部",
            metavar="NAME,NAME,...",
            only_for=_SCREENED,
        ),
    ] = ()
    influence: Annotated[
        Literal["responders", "pagerank"],
        Param(
            "how influence is measured: by how many people answer a user, or by PageRank over answers",
            "群内影响力的度量：有多少人回应，或 PageRank（被有影响力的人回应更算数）",
            only_for=_SCREENED,
        ),
    ] = "responders"
    koc_share: Annotated[
        float,
        Param(
            "top share by influence that can be a KOC",
            "影响力前百分之几可为 KOC",
            gt=0,
            le=1,
            share=True,
            metavar="PART",
            only_for=("koc",),
        ),
    ] = 0.1
    koc_weeks: Annotated[
        int,
        Param(
            "weeks in which others answered, needed for a KOC",
            "KOC 至少在几个不同的周里有人回应",
            ge=1,
            only_for=("koc",),
        ),
    ] = 2
    staff: Annotated[
        tuple[str, ...],
        Param(
            "ids of staff and robots in the groups, beside [community] staff of the settings",
            "群里员工和机器人的编号，另加配置中的 [community] staff",
            metavar="ID,ID,...",
            settable=False,
            only_for=_SCREENED,
        ),
    ] = ()
    since: Annotated[
        str | None,
        Param(
            "the earlier day that the pool is compared with, as in --as-of",
            "与之比较的较早日期，写法同 --as-of",
            metavar="DATE",
            unset="7 days before as_of",
            taken="day",
            only_for=("pool", "pool_days"),
        ),
    ] = None
    threshold: Annotated[
        float,
        Param(
            "net spend in 365 days from which a user counts in `thousand`",
            "近 365 天净消费达到多少计入 thousand",
            gt=0,
            metavar="AMOUNT",
            only_for=_THOUSAND,
        ),
    ] = 1000.0
    near: Annotated[
        float,
        Param(
            "share of the threshold at which a user is near it",
            "达到门槛的百分之几算接近",
            gt=0,
            lt=1,
            share=True,
            metavar="PART",
            only_for=_THOUSAND,
        ),
    ] = 0.8
    target: Annotated[
        float,
        Param(
            "target growth of `thousand` in a year",
            "thousand 的年增长目标",
            gt=-1,
            le=10,
            share=True,
            metavar="PART",
            only_for=("thousand",),
        ),
    ] = 0.05
    core: Annotated[
        int,
        Param(
            "best users in the sample", "样本中的核心用户数", ge=0, le=100_000, only_for=("sample",)
        ),
    ] = 20
    others: Annotated[
        int,
        Param(
            "other users in the sample",
            "样本中的其他用户数",
            ge=0,
            le=100_000,
            only_for=("sample",),
        ),
    ] = 80
    salt: Annotated[
        str,
        Param(
            "name of the draw; another name draws other users",
            "抽样的起始文本：换一个就抽到另一批用户",
            metavar="TEXT",
            only_for=("sample",),
        ),
    ] = "screen"
