"""Parameters of headline measures, goals and what a change of revenue comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from userops.core.params import Param, Params

GoalMetric = Literal["users", "active", "new", "orders", "revenue", "aov", "repurchase_rate"]
GoalPeriod = Literal["week", "month", "quarter", "year"]


@dataclass(frozen=True, slots=True)
class Goal(Params):
    """A goal, `[goals.METRIC]` in the settings: a target, or growth over the year before."""

    ONE_OF: ClassVar[tuple[str, ...]] = ("target", "growth")

    target: Annotated[
        float | None, Param("the value to be reached", "要达到的值", gt=0, share=True)
    ] = None
    growth: Annotated[
        float | None,
        Param("growth over the year before", "比去年同期的增长", gt=-1, share=True),
    ] = None
    period: Annotated[GoalPeriod, Param("the period of the goal", "目标的周期")] = "month"


@dataclass(frozen=True, slots=True)
class KpiParams(Params, table="kpis"):
    """What is measured, period by period, and what it's compared with."""

    period: Annotated[
        Literal["week", "month"],
        Param("the periods that are measured", "衡量的周期", table="report"),
    ] = "week"
    against: Annotated[
        Literal["previous", "year"],
        Param("what a period is compared with", "与什么相比：上一期，或去年同期", table="report"),
    ] = "previous"
    goals: Annotated[
        Mapping[GoalMetric, Goal],
        Param("goals by measure", "各指标的目标", table=""),
    ] = field(default_factory=dict)
