"""Parameters of `userops contacts`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from userops.core.params import Param, Params

REASONS = ("new", "replenish", "coupon", "winback", "churn", "birthday", "level", "points")


@dataclass(frozen=True, slots=True)
class ContactRule(Params):
    """A reason: one of ours with another script, or one's own with a condition."""

    name: Annotated[str, Param("what it's called", "原因名称")]
    when: Annotated[
        str,
        Param(
            "the condition on a user; none for a reason of ours",
            "用户须满足的条件；内置原因则不填",
            taken="condition",
            metavar="days_since_order > 90",
            unset="a reason of ours",
        ),
    ] = ""
    script: Annotated[
        str,
        Param(
            "what to say; facts go in braces: {days_since_order}",
            "话术，事实写在花括号中：{days_since_order}",
            metavar="TEXT",
            unset="ours",
        ),
    ] = ""


@dataclass(frozen=True, slots=True)
class ContactsParams(Params, table="contacts"):
    """Who is to be called, why, and by whom."""

    ASCENDING: ClassVar[tuple[tuple[str, str], ...]] = (("winback_from", "winback_to"),)

    for_day: Annotated[
        str | None,
        Param(
            "day of the call list; takes what --as-of takes",
            "名单的日期，写法同 --as-of",
            names=("--for",),
            metavar="DATE",
            unset="the day after as_of",
            taken="day",
            settable=False,
        ),
    ] = None
    log: Annotated[
        str | None,
        Param(
            "CSV log of lists and calls: read, and extended with --append",
            "名单与通话的记录（CSV）：读取；加 --append 则写入",
            metavar="FILE",
            taken="file",
            adds_to="contacts",
        ),
    ] = None
    append: Annotated[
        bool,
        Param("add the list to the log", "把名单写入记录", names=("--append",), settable=False),
    ] = False
    reasons: Annotated[
        tuple[str, ...],
        Param(
            "reasons to call, most important first",
            "联系的原因，以最先符合者为准",
            least=1,
            metavar="NAME,NAME,...",
        ),
    ] = REASONS
    capacity: Annotated[
        int,
        Param(
            "calls a day for agents without a number of their own",
            "未注明通数的客服每天打多少通",
            ge=0,
        ),
    ] = 20
    holdout: Annotated[
        float,
        Param(
            "share of users held back as control, drawn by hash",
            "留作对照、不联系的用户比例，按哈希抽取",
            ge=0,
            le=0.9,
            share=True,
            metavar="SHARE",
        ),
    ] = 0.0
    salt: Annotated[
        str, Param("name of the draw; another name draws other users", "抽签的名称：换名则换人")
    ] = "contacts"
    cooling_days: Annotated[
        int,
        Param("days to leave a user alone after reaching them", "联系上之后多少天内不再联系", ge=0),
    ] = 14
    retry_days: Annotated[int, Param("days between tries", "未联系上时多少天内不再尝试", ge=0)] = 2
    max_tries: Annotated[
        int,
        Param(
            "give up after this many tries",
            "多少次未联系上后不再尝试",
            ge=1,
        ),
    ] = 3
    tries_days: Annotated[
        int, Param("count tries of this many days", "尝试次数的有效天数", ge=1)
    ] = 90
    reached_seconds: Annotated[
        int,
        Param(
            "a call longer than this many seconds reached the user",
            "通话超过多少秒算联系上",
            ge=0,
        ),
    ] = 0
    reached: Annotated[
        tuple[str, ...],
        Param(
            "call statuses that mean reached, besides the known ones",
            "表示已联系上的状态词，已知的除外",
            metavar="WORD,WORD,...",
        ),
    ] = ()
    not_reached: Annotated[
        tuple[str, ...],
        Param(
            "call statuses that mean not reached, besides the known ones",
            "表示未联系上的状态词，已知的除外",
            metavar="WORD,WORD,...",
        ),
    ] = ()
    new_days: Annotated[
        int,
        Param(
            "reason new: up to this many days after registration or first order",
            "首单或注册后多少天内算新客",
            ge=0,
        ),
    ] = 3
    due_before: Annotated[
        int,
        Param(
            "reason replenish: from this many days before a reorder is due",
            "应复购前多少天开始提醒",
            ge=0,
        ),
    ] = 3
    due_after: Annotated[
        int,
        Param(
            "reason replenish: until this many days after a reorder was due",
            "应复购后多少天内提醒",
            ge=0,
        ),
    ] = 7
    coupon_days: Annotated[
        int, Param("reason coupon: unused for this many days", "券领取后多少天未用则提醒", ge=0)
    ] = 7
    winback_from: Annotated[
        int, Param("reason winback: from this many days without an order", "多少天无单起召回", ge=1)
    ] = 31
    winback_to: Annotated[
        int,
        Param("reason winback: up to this many days without an order", "多少天无单为止召回", ge=1),
    ] = 60
    fell_by: Annotated[
        float,
        Param("reason churn: P(alive) fell by this much", "存活概率下降多少算流失风险", gt=0, lt=1),
    ] = 0.1
    fell_days: Annotated[
        int,
        Param("days over which the fall of P(alive) is measured", "存活概率下降所比较的天数", ge=1),
    ] = 28
    points_days: Annotated[
        int, Param("reason points: this many days before they expire", "积分过期前多少天提醒", ge=0)
    ] = 14
    level_days: Annotated[
        int, Param("reason level: this many days before a level is lost", "降级前多少天提醒", ge=0)
    ] = 14
    level_near: Annotated[
        float,
        Param(
            "reason level: at most this share of the next level's growth value is missing",
            "距下一级还差多少比例以内提醒升级",
            ge=0,
            le=1,
            share=True,
        ),
    ] = 0.1
    within: Annotated[
        int,
        Param(
            "count orders within this many days of a contact",
            "联系后多少天内的订单算转化",
            ge=0,
            metavar="DAYS",
        ),
    ] = 7
    min_listed: Annotated[
        int, Param("listed users needed to measure an effect", "测得效果至少需要的列入人数", ge=1)
    ] = 200
    min_held_back: Annotated[
        int,
        Param("held-back users needed to measure an effect", "测得效果至少需要的对照人数", ge=1),
    ] = 50
    rules: Annotated[
        tuple[ContactRule, ...],
        Param("your own reasons, and scripts", "自定原因与话术", taken="rows"),
    ] = ()
