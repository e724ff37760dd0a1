"""What a project can settle about each analysis: defaults, bounds, one line on each.

The models are the tables of `userops.toml` and the parameters of the analyses alike. They
stand apart from the analyses, for settings are read by every command, and no command
should wait for the analyses of the others.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)
from pydantic_core import PydanticCustomError

CohortMeasure = Literal["retention", "users", "orders", "revenue", "cumulative_revenue_per_user"]
MONEY_MEASURES = ("revenue", "cumulative_revenue_per_user")
GoalMetric = Literal["users", "active", "new", "orders", "revenue", "aov", "repurchase_rate"]
GoalPeriod = Literal["week", "month", "quarter", "year"]
Grain = Literal["day", "order"]
FUNNEL_STEPS = ("register", "browse", "click", "cart", "order", "pay", "reorder")
SILENCE = 30  # minutes


class _Params(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RfmParams(_Params):
    """How users are scored; `[rfm]` in the settings."""

    bins: int = Field(5, ge=2, le=20, description="scores run from 1 to this")
    method: Literal["quantile", "fixed"] = Field(
        "quantile", description="where cut points come from"
    )
    segments: str = Field("grid", description="grid, intervals, rfm8 or a table of the settings")
    new_days: int = Field(30, ge=0, description="days since the first order that make a user new")


class LifecycleParams(_Params):
    """Where stages begin; `[lifecycle]` in the settings."""

    growth_orders: int = Field(2, ge=2, description="orders from which a user grows")
    maturity_orders: int = Field(5, ge=3, description="orders from which a user is mature")
    slump_days: int = Field(30, ge=0, description="days without an order until the slump")
    churn_days: int = Field(60, ge=1, description="days without an order until a user is gone")
    adaptive: bool = Field(False, description="learn the two limits from the gaps between orders")
    min_gaps: int = Field(30, ge=1, description="gaps that a learned limit needs")
    period: Literal["week", "month"] = Field("month", description="periods of flow")

    @model_validator(mode="after")
    def _ascending(self) -> LifecycleParams:
        for low, high in (("growth_orders", "maturity_orders"), ("slump_days", "churn_days")):
            below, above = getattr(self, low), getattr(self, high)
            if below >= above:
                raise PydanticCustomError(
                    "ascending",
                    "{low} {below} must be less than {high} {above}",
                    {"low": low, "below": below, "high": high, "above": above},
                )
        return self


class CohortParams(_Params):
    """What cohorts are made of and measured by; `[cohorts]` in the settings."""

    period: Literal["day", "week", "month"] = Field("month", description="periods of cohorts, ages")
    measure: CohortMeasure = Field("retention", description="what stands in the cells")
    returning: Literal["in", "on-or-after"] = Field(
        "in", description="whether who comes in a later period counts as still here"
    )
    max_age: int | None = Field(None, ge=0, description="the highest age shown")


class RepurchaseParams(_Params):
    """What repurchase counts; `[repurchase]` in the settings."""

    grain: Grain = Field("day", description="what counts as a purchase: day or order")
    windows: tuple[Annotated[int, Field(ge=1, le=36_500)], ...] = Field(
        (7, 30, 60, 90, 180, 365), min_length=1, description="days after the first purchase"
    )


class ReplenishmentParams(_Params):
    """Whose purchases are due; `[replenishment]` in the settings."""

    within: int = Field(7, ge=0, le=3650, description="days after as_of in which a purchase is due")
    lapsed_after: float = Field(
        2.0, gt=1, le=100, description="expected intervals of silence after which no one is called"
    )
    per_unit: bool = Field(True, description="whether twice the quantity lasts twice as long")


class LtvParams(_Params):
    """How values are predicted; `[ltv]` in the settings."""

    model: Literal["mbg-nbd", "bg-nbd", "pareto-nbd", "auto"] = Field(
        "mbg-nbd", description="the purchase model; auto takes the one with the best backtest"
    )
    time_unit: Literal["day", "week"] = Field("day", description="unit of the model's parameters")
    horizon: int = Field(365, ge=1, le=3650, description="days ahead that are predicted")
    discount_rate: float = Field(
        0.1, ge=0, le=10, description="a year; what comes later counts less"
    )
    margin: float = Field(1.0, gt=0, le=1, description="part of net revenue that is earned")
    level: float = Field(0.95, gt=0, lt=1, description="probability that intervals hold")
    min_users: int = Field(500, ge=1, description="buyers below which no model is fitted")
    min_days: int = Field(180, ge=1, description="days of orders below which no model is fitted")


class ActivityParams(_Params):
    """How activity is told; `[activity]` in the settings."""

    period: Literal["day", "week", "month"] = Field("week", description="day, week or month")
    silence: int = Field(
        SILENCE, ge=1, description="minutes of silence that end a session without an id"
    )
    daily_days: int = Field(3, ge=1, description="mean gap in days of a daily user, at most")
    weekly_days: int = Field(14, ge=1, description="mean gap of a weekly user, at most")
    monthly_days: int = Field(90, ge=1, description="mean gap of a monthly user, at most")
    lapsed_gaps: int = Field(3, ge=1, description="gaps of silence after which a user has lapsed")
    lapsed_days: int = Field(7, ge=0, description="days of silence without which nobody lapses")
    new_days: int = Field(30, ge=0, description="days for which a user of one day is new")


class FunnelParams(_Params):
    """The golden path; `[funnel]` in the settings."""

    steps: tuple[str, ...] = Field(FUNNEL_STEPS, min_length=2, description="the path, in order")
    window: int = Field(30, ge=0, description="days after the first step in which all others count")
    by: str = Field("channel", description="what groups are of: channel, or a column of users")
    sources: dict[str, str | tuple[str, ...]] = Field(
        {}, description="what a step is: names of events, or orders, or users"
    )
    convert: str = Field("pay", description="the step that new users are converted by")
    within: int = Field(7, ge=0, description="days after the first step for that")


def _proportion(given: object) -> object:
    """A share written as 0.2 or as "20%"."""
    if isinstance(given, str) and given.strip().endswith("%"):
        return float(given.strip()[:-1]) / 100
    return given


class Goal(_Params):
    """A goal, `[goals.METRIC]` in the settings: a target, or growth over the year before."""

    target: Annotated[float | None, BeforeValidator(_proportion)] = Field(None, gt=0)
    growth: Annotated[float | None, BeforeValidator(_proportion)] = Field(None, gt=-1)
    period: GoalPeriod = "month"

    @model_validator(mode="after")
    def _one_of_them(self) -> Goal:
        if (self.target is None) == (self.growth is None):
            raise ValueError("needs either target or growth")
        return self
