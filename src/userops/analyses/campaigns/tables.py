"""The tables `summary`, `metrics` and `users` of `userops campaigns`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from userops.analyses.campaigns.effects import (
    CANT_TELL,
    METRICS,
    NO_CONTROL,
    TOO_EARLY,
    Arm,
    Effect,
    Trial,
    of_reached,
    verdict,
)
from userops.analyses.campaigns.framed import Row, ends
from userops.analyses.campaigns.matched import Comparison
from userops.analyses.campaigns.params import CampaignParams, Metric
from userops.analyses.campaigns.unknown import Unknown
from userops.core.table import Currency, Kind, Varied
from userops.stats.estimate import Estimate
from userops.stats.intervals import wilson

_IN_UNITS = (
    "difference", "difference_low", "difference_high", "detectable",
    "on_reached", "on_reached_low", "on_reached_high",
)  # fmt: skip
RANDOMISED, MATCHED = "randomised", "matched"
USERS: dict[str, Kind] = {
    "user_id": Kind.ID,
    "campaign": Kind.TEXT,
    "group": Kind.TEXT,
    "assigned_time": Kind.DATE,
    "state": Kind.WORD,
    "segment": Kind.WORD,
    "tier": Kind.WORD,
    "orders": Kind.COUNT,
    "revenue": Kind.MONEY,
    "pre_orders": Kind.COUNT,
    "pre_revenue": Kind.MONEY,
}
METRIC_ROWS: dict[str, Kind] = {
    "campaign": Kind.TEXT,
    "group": Kind.TEXT,
    "evidence": Kind.WORD,
    "metric": Kind.WORD,
    "users": Kind.COUNT,
    "value": Kind.NUMBER,
    "difference": Kind.NUMBER,
    "difference_low": Kind.NUMBER,
    "difference_high": Kind.NUMBER,
    "lift": Kind.RATE,
    "lift_low": Kind.RATE,
    "lift_high": Kind.RATE,
    "p_value": Kind.NUMBER,
    "p_adjusted": Kind.NUMBER,
    "detectable": Kind.NUMBER,
    "on_reached": Kind.NUMBER,
    "on_reached_low": Kind.NUMBER,
    "on_reached_high": Kind.NUMBER,
    "verdict": Kind.WORD,
}


def summary_kinds(metric: Metric) -> dict[str, Kind]:
    """The columns of `summary`."""
    kind = difference_kind(metric)
    return {
        "campaign": Kind.TEXT,
        "group": Kind.TEXT,
        "evidence": Kind.WORD,
        "users": Kind.COUNT,
        "reached": Kind.COUNT,
        "conversion": Kind.RATE,
        "conversion_low": Kind.RATE,
        "conversion_high": Kind.RATE,
        "revenue_per_user": Kind.MONEY,
        "difference": kind,
        "difference_low": kind,
        "difference_high": kind,
        "lift": Kind.RATE,
        "lift_low": Kind.RATE,
        "lift_high": Kind.RATE,
        "p_value": Kind.NUMBER,
        "p_adjusted": Kind.NUMBER,
        "incremental_revenue": Kind.MONEY,
        "incremental_low": Kind.MONEY,
        "incremental_high": Kind.MONEY,
        "cost": Kind.MONEY,
        "roi": Kind.RATE,
        "srm_p": Kind.NUMBER,
        "verdict": Kind.WORD,
        "detectable": kind,
    }


def difference_kind(metric: Metric) -> Kind:
    """What a difference of a metric is."""
    match metric:
        case "conversion":
            return Kind.RATE
        case "orders":
            return Kind.NUMBER
        case "revenue" | "margin":
            return Kind.MONEY


def unit_of(metric: Metric, currency: Currency) -> float:
    """How many of what a metric is counted in are one: 100 cents."""
    return 10.0**currency.places if difference_kind(metric) is Kind.MONEY else 1.0


# What is measured by the metric of its row.
VARIED = dict.fromkeys(
    ("value", *_IN_UNITS),
    Varied("metric", {metric: difference_kind(metric) for metric in METRICS}),
)


@dataclass(frozen=True, slots=True)
class Found:
    """A campaign, and what came of comparing it."""

    campaign: str
    arms: Mapping[str, Arm]
    early: bool
    last_day: int  # of its last window
    waiting: tuple[str, ...] = ()  # groups of whom nobody counts yet
    nobody: tuple[str, ...] = ()  # groups whose users are all in several
    controls: tuple[str, ...] = ()  # groups that are called as a control is
    trial: Trial | None = None
    srm_p: float | None = None
    fair: tuple[float, ...] = ()
    unknown: tuple[Unknown, ...] = ()  # groups of whom nobody has an order, where others have
    compared: Comparison | None = None

    @property
    def order(self) -> list[str]:
        """Its groups, the control last."""
        control = self.trial.control if self.trial else ""
        return sorted(self.arms, key=lambda name: (name == control, name))


def summary_rows(found: Found, params: CampaignParams) -> Iterator[Row]:
    """A row a group."""
    for name in found.order:
        row = {"campaign": found.campaign, "group": name, **_observed(found, name)}
        if found.trial is None:
            yield row | _without_control(found, name)
        elif name == found.trial.control:
            yield row
        else:
            yield row | _against_control(found, found.trial, name, params)
    for name in sorted((*found.waiting, *found.nobody)):
        row = {"campaign": found.campaign, "group": name, "users": 0}
        yield row | ({"verdict": TOO_EARLY} if name in found.waiting else {})


def _observed(found: Found, name: str) -> dict[str, Any]:
    arm = found.arms[name]
    bought = int(arm.sums("conversion").total)
    low, high = wilson(bought, arm.users)
    return {
        "users": arm.users,
        "reached": arm.row["reached"],
        "conversion": bought / arm.users,
        "conversion_low": low,
        "conversion_high": high,
        "revenue_per_user": arm.sums("revenue").mean,
        "cost": arm.row["contact_cost"],
        "srm_p": found.srm_p,
    }


def _against_control(
    found: Found, trial: Trial, name: str, params: CampaignParams
) -> dict[str, Any]:
    effect, arm = trial.effects[name, params.metric], trial.arms[name]
    revenue = trial.effects[name, "revenue"].difference
    cost = arm.row["contact_cost"]
    incremental = revenue.times(arm.users) if revenue else None
    low_high = ends("incremental", incremental, value=False)
    return {
        "evidence": RANDOMISED,
        **_compared(effect, trial.adjusted_p[name, params.metric], params),
        "incremental_revenue": incremental.value if incremental else None,
        **low_high,
        "roi": (incremental.value * params.earned - cost) / cost if incremental and cost else None,
        "verdict": _verdict(found, trial, name, params.metric),
    }


def _verdict(found: Found, trial: Trial, name: str, metric: Metric) -> str:
    return verdict(
        trial.effects[name, metric], trial.adjusted_p[name, metric], found.fair, early=found.early
    )


def _compared(effect: Effect, p_adjusted: float | None, params: CampaignParams) -> dict[str, Any]:
    return {
        **ends("difference", effect.difference),
        **_of_one_look("lift", effect.lift, params),
        "p_value": effect.p,
        "p_adjusted": p_adjusted,
        "detectable": effect.detectable,
    }


def _of_one_look(name: str, found: Estimate | None, params: CampaignParams) -> dict[str, float]:
    """An estimate whose ends hold for one look: without them where one looks often."""
    if params.peeking:
        return {} if found is None else {name: found.value}
    return ends(name, found)


def _without_control(found: Found, name: str) -> dict[str, Any]:
    """What differs from others like them; nothing where they differed before."""
    compared, said = found.compared, _verdict_without_control(found, name)
    if said != NO_CONTROL or compared is None or compared.difference is None or compared.withheld:
        return {"verdict": said}
    return {"evidence": MATCHED, **ends("difference", compared.difference), "verdict": said}


def _verdict_without_control(found: Found, name: str) -> str | None:
    """Of a group that's compared with none, be it that a control can't be used."""
    if found.early or found.waiting:
        return TOO_EARLY
    if found.controls:
        return None if name in found.controls else CANT_TELL
    return NO_CONTROL


def metric_rows(found: Found, params: CampaignParams, currency: Currency) -> Iterator[Row]:
    """A row a group and metric; money in whole units of the currency."""
    for name in found.order:
        for metric in METRICS:
            unit = unit_of(metric, currency)
            row: dict[str, Any] = {
                "campaign": found.campaign,
                "group": name,
                "metric": metric,
                "users": found.arms[name].users,
                "value": found.arms[name].sums(metric).mean / unit,
            }
            trial = found.trial
            if trial is not None and name != trial.control:
                effect = trial.effects[name, metric]
                values = _compared(effect, trial.adjusted_p[name, metric], params)
                on_reached = of_reached(found.arms[name], found.arms[trial.control], metric)
                values |= _of_one_look("on_reached", on_reached, params)
                for column in _IN_UNITS:
                    if values.get(column) is not None:
                        values[column] /= unit
                row |= {"evidence": RANDOMISED, **values}
                if metric == params.metric:
                    row["verdict"] = _verdict(found, trial, name, metric)
            elif trial is None and metric == params.metric:
                row["verdict"] = _verdict_without_control(found, name)
            yield row


def users_frame(users: pl.DataFrame, counted: pl.DataFrame) -> pl.DataFrame:
    """A row a campaign and user, by campaign, group and user_id.

    Args:
        users: of the lists.
        counted: those who count, with outcomes, `segment` and `tier`.
    """
    known = counted.select(
        "campaign", "user_id", "segment", "tier", "orders", "revenue", "pre_orders", "pre_revenue"
    )
    return (
        users.sort("campaign", "group", "user_id")
        .join(known, on=("campaign", "user_id"), how="left", maintain_order="left")
        .with_columns(
            pl.col("campaign", "group", "state").cast(pl.String), pl.col("assigned_time").dt.date()
        )
        .select(list(USERS))
    )
