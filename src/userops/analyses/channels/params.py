"""Parameters of `userops channels`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from userops.core.params import Param, Params
from userops.core.sessions import SILENCE

Model = Literal["first", "last", "linear", "position", "time_decay", "markov", "shapley"]
_TOUCHES = ("attribution", "paths")


@dataclass(frozen=True, slots=True)
class ChannelParams(Params, table="channels"):
    """How channels are measured."""

    since: Annotated[
        str | None,
        Param(
            "the first day of the period, as in --as-of",
            "期间的第一天，写法同 --as-of",
            metavar="DATE",
            unset="the costs' first day, else the first of all",
            taken="day",
        ),
    ] = None
    within: Annotated[
        int,
        Param(
            "days from registration in which a first order counts as conversion",
            "注册后多少天内首购算转化",
            ge=0,
            le=3650,
            metavar="DAYS",
            only_for=("summary", "cohorts"),
        ),
    ] = 30
    period: Annotated[
        Literal["week", "month"],
        Param("periods of cohorts", "同期群的周期", only_for=("cohorts",)),
    ] = "month"
    margin: Annotated[
        float,
        Param(
            "gross margin, as a share of net revenue",
            "净收入中属于毛利的部分",
            gt=0,
            le=1,
            share=True,
            metavar="PART",
            table="ltv",
            only_for=("summary", "cohorts"),
        ),
    ] = 1.0
    conversion: Annotated[
        Literal["first", "all"],
        Param(
            "which orders get credit: each user's first, or all",
            "归因哪些订单：首单，或全部",
            only_for=_TOUCHES,
        ),
    ] = "all"
    lookback: Annotated[
        int,
        Param(
            "days before an order in which touches count",
            "下单前多少天内的触点计入",
            ge=0,
            le=3650,
            metavar="DAYS",
            only_for=_TOUCHES,
        ),
    ] = 30
    half_life: Annotated[
        float,
        Param(
            "half-life of a touch in time_decay, in days",
            "time_decay 中触点权重减半的天数",
            gt=0,
            le=3650,
            metavar="DAYS",
            only_for=("attribution",),
        ),
    ] = 7.0
    models: Annotated[
        tuple[Model, ...],
        Param(
            "the models of attribution",
            "归因模型",
            least=1,
            metavar="MODEL,MODEL,...",
            only_for=("attribution",),
        ),
    ] = ("first", "last", "linear", "position", "time_decay", "markov", "shapley")
    silence: Annotated[
        int,
        Param(
            "minutes of inactivity that end a session, where events have no session id",
            "没有会话编号时，静默多少分钟算会话结束",
            ge=1,
            metavar="MINUTES",
            only_for=_TOUCHES,
        ),
    ] = SILENCE
