"""Parameters of `userops cohorts`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from userops.core.params import Param, Params

CohortMeasure = Literal["retention", "users", "orders", "revenue", "cumulative_revenue_per_user"]
MONEY_MEASURES = ("revenue", "cumulative_revenue_per_user")


@dataclass(frozen=True, slots=True)
class CohortParams(Params, table="cohorts"):
    """What cohorts are made of and measured by."""

    period: Annotated[
        Literal["day", "week", "month"], Param("periods of cohorts and ages", "同期群和期龄的周期")
    ] = "month"
    measure: Annotated[CohortMeasure, Param("what the cells show", "单元格中的指标")] = "retention"
    returning: Annotated[
        Literal["in", "on-or-after"],
        Param(
            "in: active in that period; on-or-after: active then or later",
            "该期来的才算留存（in），还是之后来过也算（on-or-after）",
        ),
    ] = "in"
    by: Annotated[
        str | None,
        Param(
            "split by the first order's channel, or a column of the users export",
            "按首单渠道或用户导出中的列拆分",
            metavar="COLUMN",
            taken="attribute",
        ),
    ] = None
    since_start: Annotated[
        str | None,
        Param(
            "leave out users who joined before this day; takes what --as-of takes",
            "不计入在此日之前就来的用户，写法同 --as-of",
            metavar="DATE",
            taken="day",
        ),
    ] = None
    max_age: Annotated[
        int | None, Param("the highest age shown", "显示到的最大期龄", ge=0, unset="all")
    ] = None
