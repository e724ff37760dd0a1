"""A thing's versions, one after the other: chained, compared, and drawn to what they share."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

import polars as pl

from userops.analyses.campaigns.effects import Trial
from userops.analyses.campaigns.framed import Row, ends
from userops.analyses.campaigns.params import CampaignParams
from userops.core.table import Kind
from userops.stats.estimate import Estimate
from userops.stats.pooling import Pooled, chained, pool, shrunk
from userops.stats.tails import two_sided_quantile

SERIES: dict[str, Kind] = {
    "campaign": Kind.TEXT,
    "version": Kind.TEXT,
    "group": Kind.TEXT,
    "users": Kind.COUNT,
    "lift": Kind.RATE,
    "lift_low": Kind.RATE,
    "lift_high": Kind.RATE,
    "shrunk": Kind.RATE,
    "chained": Kind.RATE,
    "chained_low": Kind.RATE,
    "chained_high": Kind.RATE,
    "homogeneity_p": Kind.NUMBER,
}
ALL = "all"


def rows_of(campaigns: pl.DataFrame, trials: Sequence[Trial], params: CampaignParams) -> list[Row]:
    """A row a version, then one of all of them pooled, thing by thing.

    Args:
        campaigns: of the lists: `campaign, thing, version`.
        trials: campaigns with a control.
        params: the metric.
    """
    by_campaign = {one.campaign: one for one in trials}
    named = campaigns.filter(
        pl.col("version").is_not_null() & pl.col("campaign").is_in(list(by_campaign))
    )
    things: dict[str, list[tuple[str, str]]] = {}
    for campaign, thing, version in named.sort("thing", "version").iter_rows():
        things.setdefault(thing, []).append((version, campaign))
    rows: list[Row] = []
    for thing, versions in things.items():
        ordered = sorted(versions, key=lambda one: _in_order(one[0]))
        rows += _rows(thing, ordered, by_campaign, params)
    return rows


def _in_order(version: str) -> tuple[bool, list[int], str]:
    """Versions by their numbers, part by part as 1.5 before 1.10; others by name after them."""
    numbers = [int(digits) for digits in re.findall(r"[0-9]+", version)]
    return not numbers, numbers, version


def _rows(
    thing: str,
    versions: Sequence[tuple[str, str]],
    trials: Mapping[str, Trial],
    params: CampaignParams,
) -> list[Row]:
    found: list[tuple[str, str, int, Estimate, float]] = []
    for version, campaign in versions:
        trial = trials[campaign]
        for group in sorted(set(trial.arms) - {trial.control}):
            lift = trial.effects[group, params.metric].lift
            if lift is not None and (error := _log_error(lift)):
                users = trial.arms[group].users + trial.arms[trial.control].users
                found.append((version, group, users, lift, error))
    if not found:
        return []
    logs = [math.log1p(lift.value) for *_, lift, _ in found]
    variances = [error**2 for *_, error in found]
    pooled = pool(logs, variances)
    # Several groups of one version aren't one after the other.
    one_each = len({version for version, *_ in found}) == len(found)
    rows: list[Row] = []
    for place, (version, group, users, lift, error) in enumerate(found):
        chain = chained(
            [one.value for *_, one, _ in found[: place + 1]], [e for *_, e in found[: place + 1]]
        )
        rows.append({
            "campaign": thing, "version": version, "group": group, "users": users,
            **ends("lift", lift),
            "shrunk": math.expm1(shrunk(logs[place], error**2, pooled)),
            **(ends("chained", chain) if one_each else {}),
        })  # fmt: skip
    total = sum(users for _, _, users, _, _ in found)
    return [*rows, _pooled(thing, total, pooled)]


def _pooled(thing: str, users: int, pooled: Pooled) -> Row:
    """The row of all versions together."""
    half = two_sided_quantile(0.95) * pooled.error
    ends_of_logs = (pooled.random, pooled.random - half, pooled.random + half)
    lift = Estimate(*map(math.expm1, ends_of_logs))
    return {
        "campaign": thing,
        "version": ALL,
        "users": users,
        **ends("lift", lift),
        "homogeneity_p": pooled.p,
    }


def _log_error(lift: Estimate) -> float | None:
    """The standard error of the log of 1 + a lift, from its interval; None where it isn't bounded."""
    if lift.low <= -1 or math.isinf(lift.high) or lift.value <= -1:
        return None
    width = math.log1p(lift.high) - math.log1p(lift.low)
    return width / 2 / two_sided_quantile(0.95)
