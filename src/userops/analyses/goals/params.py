"""Parameters of `userops goals`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from userops.core.params import Param, Params

GoalMetric = Literal["users", "active", "new", "orders", "revenue", "aov", "repurchase_rate", "cac"]
GoalPeriod = Literal["week", "month", "quarter", "year"]


@dataclass(frozen=True, slots=True)
class Goal(Params):
    """A goal, `[goals.METRIC]` in the settings: a target, or growth over the year before."""

    ONE_OF: ClassVar[tuple[str, ...]] = ("target", "growth")
    SHORT: ClassVar[str] = "target"

    target: Annotated[
        float | None, Param("the value to be reached", "要达到的值", gt=0, share=True)
    ] = None
    growth: Annotated[
        float | None,
        Param("growth over the year before", "比去年同期的增长", gt=-1, share=True),
    ] = None
    weight: Annotated[
        float | None,
        Param("what it counts in the score", "在总分中的权重", gt=0, share=True),
    ] = None
    period: Annotated[GoalPeriod, Param("the period of the goal", "目标的周期")] = "month"


@dataclass(frozen=True, slots=True)
class GoalsParams(Params):
    """What is to be reached, and which days are like no others."""

    goals: Annotated[
        Mapping[GoalMetric, Goal],
        Param(
            "goals by measure",
            "各指标的目标",
            names=("--goal",),
            metavar="METRIC=TARGET",
            table="",
        ),
    ] = field(default_factory=dict)
    calendar: Annotated[
        Mapping[str, tuple[str, ...]],
        Param(
            "days that aren't ordinary, besides 618, Double 11 and festivals",
            "618、双 11 和节日之外，不同于平日的日子",
            metavar="NAME=DAY,DAY,...",
            table="",
        ),
    ] = field(default_factory=dict)
