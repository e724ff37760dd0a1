"""Parameters of `userops activity`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from userops.core.params import Param, Params
from userops.core.sessions import SILENCE


@dataclass(frozen=True, slots=True)
class ActivityParams(Params, table="activity"):
    """How activity is told."""

    ASCENDING: ClassVar[tuple[tuple[str, str], ...]] = (
        ("daily_days", "weekly_days"),
        ("weekly_days", "monthly_days"),
    )

    period: Annotated[
        Literal["day", "week", "month"],
        Param("periods of the summary", "汇总的周期", only_for=("summary",)),
    ] = "week"
    silence: Annotated[
        int,
        Param(
            "minutes of inactivity that end a session, where events have no session id",
            "没有会话编号时，静默多少分钟算会话结束",
            ge=1,
            metavar="MINUTES",
        ),
    ] = SILENCE
    ignore: Annotated[
        tuple[str, ...],
        Param(
            "events that don't count as activity",
            "不算活跃的事件",
            metavar="EVENT,EVENT,...",
        ),
    ] = ()
    daily_days: Annotated[
        int,
        Param("mean gap in days of a daily user, at most", "日活型用户的平均间隔上限（天）", ge=1),
    ] = 3
    weekly_days: Annotated[
        int, Param("mean gap of a weekly user, at most", "周活型用户的平均间隔上限（天）", ge=1)
    ] = 14
    monthly_days: Annotated[
        int, Param("mean gap of a monthly user, at most", "月活型用户的平均间隔上限（天）", ge=1)
    ] = 90
    lapsed_gaps: Annotated[
        int,
        Param("gaps of silence after which a user has lapsed", "沉默达到多少个间隔算已沉默", ge=1),
    ] = 3
    lapsed_days: Annotated[
        int,
        Param(
            "nobody has lapsed before this many days of silence", "至少沉默多少天才算已沉默", ge=0
        ),
    ] = 7
    new_days: Annotated[
        int,
        Param(
            "a user seen on one day only is new for this many days",
            "只来过一天的用户在多少天内算新用户",
            ge=0,
        ),
    ] = 30
