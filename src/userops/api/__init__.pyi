# Written by `python scripts/stubs.py` from the declarations; don't edit it.
# fmt: off

from collections.abc import Mapping, Sequence
from datetime import date
from os import PathLike
from typing import Any, Literal

import polars as pl

from userops.analyses.goals.params import Goal
from userops.api.kept_orders import OpenOrders as OpenOrders
from userops.core.dates import WeekStart
from userops.core.table import Result, Table
from userops.readers.options import ReadOptions as ReadOptions

def frame(table: Table) -> pl.DataFrame: ...
def open_orders(
    orders: Any,
    *,
    columns: Mapping[str, str] | None = None,
    reading: ReadOptions | None = None,
    nobody: Sequence[str] | str | None = None,
    config: str | PathLike[str] | None = None,
) -> OpenOrders: ...
def segment(
    orders: Any = None,
    *,
    as_of: date | str | None = None,
    columns: Mapping[str, str] | None = None,
    reading: ReadOptions | None = None,
    nobody: Sequence[str] | str | None = None,
    config: str | PathLike[str] | None = None,
    week_start: WeekStart | None = None,
    events: Any = None,
    users: Any = None,
    segments: str | None = None,
    bins: int | None = None,
    method: Literal["quantile", "fixed"] | None = None,
    new_days: int | None = None,
    cuts: str | PathLike[str] | Mapping[str, Sequence[Any]] | None = None,
    save_cuts: str | PathLike[str] | None = None,
) -> Result: ...
def lifecycle(
    orders: Any = None,
    *,
    as_of: date | str | None = None,
    columns: Mapping[str, str] | None = None,
    reading: ReadOptions | None = None,
    nobody: Sequence[str] | str | None = None,
    config: str | PathLike[str] | None = None,
    week_start: WeekStart | None = None,
    users: Any = None,
    since: date | str | None = None,
    growth_orders: int | None = None,
    maturity_orders: int | None = None,
    slump_days: int | None = None,
    churn_days: int | None = None,
    adaptive: bool | None = None,
    min_gaps: int | None = None,
    period: Literal["week", "month"] | None = None,
) -> Result: ...
def cohorts(
    orders: Any = None,
    *,
    as_of: date | str | None = None,
    columns: Mapping[str, str] | None = None,
    reading: ReadOptions | None = None,
    nobody: Sequence[str] | str | None = None,
    config: str | PathLike[str] | None = None,
    week_start: WeekStart | None = None,
    users: Any = None,
    events: Any = None,
    period: Literal["day", "week", "month"] | None = None,
    measure: Literal["retention", "users", "orders", "revenue", "cumulative_revenue_per_user"] | None = None,
    returning: Literal["in", "on-or-after"] | None = None,
    by: str | None = None,
    since_start: date | str | None = None,
    max_age: int | None = None,
) -> Result: ...
def repurchase(
    orders: Any = None,
    *,
    as_of: date | str | None = None,
    columns: Mapping[str, str] | None = None,
    reading: ReadOptions | None = None,
    nobody: Sequence[str] | str | None = None,
    config: str | PathLike[str] | None = None,
    week_start: WeekStart | None = None,
    grain: Literal["day", "order"] | None = None,
    windows: Sequence[int] | None = None,
    within: int | None = None,
    lapsed_after: float | None = None,
    min_gaps: int | None = None,
    leave_out: Sequence[str] | None = None,
) -> Result: ...
def ltv(
    orders: Any = None,
    *,
    as_of: date | str | None = None,
    columns: Mapping[str, str] | None = None,
    reading: ReadOptions | None = None,
    nobody: Sequence[str] | str | None = None,
    config: str | PathLike[str] | None = None,
    week_start: WeekStart | None = None,
    costs: Any = None,
    users: Any = None,
    by: str | None = None,
    model: Literal["mbg-nbd", "bg-nbd", "pareto-nbd", "auto"] | None = None,
    horizon: int | None = None,
    discount_rate: float | str | None = None,
    margin: float | str | None = None,
    level: float | str | None = None,
    time_unit: Literal["day", "week"] | None = None,
    calibration_end: date | str | None = None,
    min_users: int | None = None,
    min_days: int | None = None,
) -> Result: ...
def activity(
    events: Any = None,
    *,
    as_of: date | str | None = None,
    columns: Mapping[str, str] | None = None,
    reading: ReadOptions | None = None,
    nobody: Sequence[str] | str | None = None,
    config: str | PathLike[str] | None = None,
    week_start: WeekStart | None = None,
    users: Any = None,
    period: Literal["day", "week", "month"] | None = None,
    silence: int | None = None,
    ignore: Sequence[str] | None = None,
    daily_days: int | None = None,
    weekly_days: int | None = None,
    monthly_days: int | None = None,
    lapsed_gaps: int | None = None,
    lapsed_days: int | None = None,
    new_days: int | None = None,
) -> Result: ...
def funnel(
    events: Any = None,
    *,
    as_of: date | str | None = None,
    columns: Mapping[str, str] | None = None,
    reading: ReadOptions | None = None,
    nobody: Sequence[str] | str | None = None,
    config: str | PathLike[str] | None = None,
    week_start: WeekStart | None = None,
    orders: Any = None,
    users: Any = None,
    steps: Sequence[str] | None = None,
    window: int | None = None,
    by: str | None = None,
    sources: Mapping[str, str | Sequence[str]] | None = None,
    convert: str | None = None,
    within: int | None = None,
) -> Result: ...
def goals(
    orders: Any = None,
    *,
    as_of: date | str | None = None,
    columns: Mapping[str, str] | None = None,
    reading: ReadOptions | None = None,
    nobody: Sequence[str] | str | None = None,
    config: str | PathLike[str] | None = None,
    week_start: WeekStart | None = None,
    costs: Any = None,
    goals: Mapping[Literal["users", "active", "new", "orders", "revenue", "aov", "repurchase_rate", "cac"], Goal | Mapping[str, object]] | None = None,
    calendar: Mapping[str, Sequence[str]] | None = None,
) -> Result: ...
def check(
    orders: Any = None,
    *,
    as_of: date | str | None = None,
    columns: Mapping[str, str] | None = None,
    reading: ReadOptions | None = None,
    nobody: Sequence[str] | str | None = None,
    config: str | PathLike[str] | None = None,
    week_start: WeekStart | None = None,
    dataset: str | None = None,
    max_age: int | None = None,
) -> Result: ...
def kpis(
    orders: Any = None,
    *,
    as_of: date | str | None = None,
    columns: Mapping[str, str] | None = None,
    reading: ReadOptions | None = None,
    nobody: Sequence[str] | str | None = None,
    config: str | PathLike[str] | None = None,
    week_start: WeekStart | None = None,
    costs: Any = None,
    period: Literal["week", "month"] | None = None,
    against: Literal["previous", "year"] | None = None,
) -> Result: ...
