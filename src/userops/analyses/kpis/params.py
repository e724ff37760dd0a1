"""Parameters of headline measures and what a change of revenue comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from userops.core.params import Param, Params


@dataclass(frozen=True, slots=True)
class KpiParams(Params, table="kpis"):
    """What is measured, period by period, and what it's compared with."""

    period: Annotated[
        Literal["week", "month"],
        Param("periods to measure", "衡量的周期", table="report"),
    ] = "week"
    against: Annotated[
        Literal["previous", "year"],
        Param(
            "compare with the period before, or a year before",
            "与什么相比：上一期，或去年同期",
            table="report",
        ),
    ] = "previous"
