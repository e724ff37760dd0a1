"""Parameters of `userops business`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from userops.core.params import Param, Params


@dataclass(frozen=True, slots=True)
class BusinessParams(Params, table="business"):
    """What is compared, and how many people do the work."""

    period: Annotated[
        Literal["week", "month"],
        Param("what the summary is about", "汇总的周期", only_for=("summary", "change")),
    ] = "month"
    against: Annotated[
        Literal["previous", "year"],
        Param(
            "what a period is compared with: the one before, or a year before",
            "与什么相比：上一期，或去年同期",
            only_for=("summary", "change"),
        ),
    ] = "previous"
    team: Annotated[
        Mapping[str, float],
        Param(
            "people in the team, or from a month on: 2025-11=5",
            "团队人数；或自某月起：2025-11=5",
            metavar="HEADS",
            alone="always",
        ),
    ] = field(default_factory=dict)
