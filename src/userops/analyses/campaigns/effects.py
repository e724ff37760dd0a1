"""What two groups' sums say of the difference between them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from userops.analyses.campaigns.params import CampaignParams, Metric
from userops.stats.always_valid import always_valid, always_valid_p
from userops.stats.cuped import Adjusted, Pairs, adjusted_difference
from userops.stats.estimate import Estimate
from userops.stats.intervals import LEVEL, difference
from userops.stats.means import Sums, lift, welch
from userops.stats.multiple_tests import holm
from userops.stats.proportions import differ, ratio
from userops.stats.reached import effect_on_reached
from userops.stats.sample_size import least_difference

METRICS: tuple[Metric, ...] = ("conversion", "orders", "revenue", "margin")
_COLUMNS = {
    "conversion": "converted",
    "orders": "orders",
    "revenue": "revenue",
    "margin": "revenue",
}
WORKS, HURTS, CANT_TELL = "works", "hurts", "can't tell"
UNFAIR, TOO_EARLY, NO_CONTROL = "unfair", "too early", "no control"
UNFAIR_BELOW = 0.001


@dataclass(frozen=True, slots=True)
class Arm:
    """A group of a campaign: a row of `outcomes.sums_by`."""

    row: Mapping[str, Any]
    margin: float = 1.0

    @property
    def users(self) -> int:
        """Who counts."""
        return int(self.row["users"])

    def sums(self, metric: Metric) -> Sums:
        """Of a metric; money in minor units."""
        return self._sums(_COLUMNS[metric], metric)

    def pairs(self, metric: Metric) -> Pairs:
        """Of a metric and what it was before."""
        name, scale = _COLUMNS[metric], self._scale(metric)
        before = self._sums(f"pre_{name}", metric)
        products = self.row[f"{name}_products"]
        return Pairs(before, self.sums(metric), products if scale == 1 else products * scale**2)

    @property
    def reached(self) -> Sums | None:
        """Who was reached, of everybody; None where the list doesn't say."""
        count = self.row["reached"]
        return None if count is None else Sums(self.users, count, count)

    def covariance(self, metric: Metric) -> float:
        """Of the means of a metric and of being reached."""
        reached, values = self.reached, self.sums(metric)
        if reached is None or self.users < 2:
            return 0.0
        together = self.row[f"{_COLUMNS[metric]}_of_reached"] * self._scale(metric)
        return float((together - values.total * reached.mean) / (self.users - 1) / self.users)

    def _sums(self, name: str, metric: Metric) -> Sums:
        total, squares, scale = self.row[name], self.row[f"{name}_squares"], self._scale(metric)
        if scale == 1:
            return Sums(self.users, total, squares)
        return Sums(self.users, total * scale, squares * scale**2)

    def _scale(self, metric: Metric) -> float:
        return self.margin if metric == "margin" else 1.0


@dataclass(frozen=True, slots=True)
class Effect:
    """A group's value of a metric against the control's."""

    difference: Estimate | None = None
    lift: Estimate | None = None
    p: float | None = None
    error: float | None = None
    exact: bool = False
    adjusted: Adjusted | None = None
    half: float | None = None  # of an interval that holds at every look

    @property
    def detectable(self) -> float | None:
        """The smallest difference that it could have seen."""
        return None if self.error is None else least_difference(self.error, half=self.half)


def effect(arm: Arm, control: Arm, metric: Metric, params: CampaignParams, planned: int) -> Effect:
    """The arm less the control.

    Args:
        arm: who got it.
        control: who didn't.
        metric: what is compared.
        params: whether it's adjusted, and how often one looks.
        planned: users of both at which it's narrowest, the same at every look; for looking often.
    """
    first, second = arm.sums(metric), control.sums(metric)
    if first.n < 2 or second.n < 2:
        return Effect()
    adjusted = None
    if params.adjust == "pre":
        adjusted = adjusted_difference(arm.pairs(metric), control.pairs(metric))
    found = _adjusted(adjusted) if adjusted else _plain(first, second, metric)
    found = Effect(
        found.difference, _lift(first, second, metric), found.p, found.error, found.exact, adjusted
    )
    if params.peeking and found.difference and found.error:
        n = first.n + second.n
        value, error = found.difference.value, found.error
        always = always_valid(value, error, n, planned)
        return Effect(
            always, found.lift, always_valid_p(value / error, n, planned), error,
            adjusted=adjusted, half=always.high - value,
        )  # fmt: skip
    return found


def of_reached(arm: Arm, control: Arm, metric: Metric) -> Estimate | None:
    """The effect on those whom it reached (Wald; Fieller); None where the list doesn't say who was."""
    sent, held = arm.reached, control.reached
    if sent is None or held is None or min(arm.users, control.users) < 2:
        return None
    first, second = arm.sums(metric), control.sums(metric)
    return effect_on_reached(
        first.mean - second.mean,
        first.error + second.error,
        sent.mean - held.mean,
        sent.error + held.error,
        arm.covariance(metric) + control.covariance(metric),
    )


def _plain(first: Sums, second: Sums, metric: Metric) -> Effect:
    error = math.sqrt(first.error + second.error)
    if metric == "conversion":
        counts = int(first.total), first.n, int(second.total), second.n
        tested = differ(*counts)
        return Effect(
            difference(*counts),
            None,
            tested.p if tested else 1.0,
            error,
            bool(tested and tested.exact),
        )
    found = welch(first, second)
    if found is None:
        return Effect(error=error or None)
    return Effect(found.difference, None, found.p, error)


def _adjusted(found: Adjusted) -> Effect:
    return Effect(found.difference, None, found.p, found.error)


def _lift(first: Sums, second: Sums, metric: Metric) -> Estimate | None:
    if metric != "conversion":
        return lift(first, second)
    found = ratio(int(first.total), first.n, int(second.total), second.n)
    if found is None or math.isinf(found.value):
        return None
    return Estimate(found.value - 1, found.low - 1, found.high - 1)


@dataclass(frozen=True, slots=True)
class Trial:
    """A campaign with a control: its arms' effects on each metric, by group and metric."""

    campaign: str
    arms: Mapping[str, Arm]
    control: str
    effects: Mapping[tuple[str, Metric], Effect]
    planned: Mapping[str, int]
    adjusted_p: Mapping[tuple[str, Metric], float | None] = field(default_factory=dict)


def trial(
    campaign: str,
    arms: Mapping[str, Arm],
    control: str,
    params: CampaignParams,
    planned: Mapping[str, int],
) -> Trial:
    """Every arm of a campaign against its control, p-values adjusted for the arms."""
    treated = [name for name in arms if name != control]
    found: dict[tuple[str, Metric], Effect] = {}
    adjusted: dict[tuple[str, Metric], float | None] = {}
    for metric in METRICS:
        for name in treated:
            users = narrowest_at(planned, name, control)
            found[name, metric] = effect(arms[name], arms[control], metric, params, users)
        adjusted |= _holm({name: found[name, metric].p for name in treated}, metric)
    return Trial(campaign, arms, control, found, planned, adjusted)


def narrowest_at(planned: Mapping[str, int], arm: str, control: str) -> int:
    """Users of an arm and its control at which their intervals for many looks are narrowest."""
    return max(1, planned.get(arm, 0) + planned.get(control, 0))


def _holm(
    by_arm: Mapping[str, float | None], metric: Metric
) -> dict[tuple[str, Metric], float | None]:
    known = {name: p for name, p in by_arm.items() if p is not None}
    adjusted = dict(zip(known, holm(list(known.values())), strict=True))
    return {(name, metric): adjusted.get(name) for name in by_arm}


def verdict(found: Effect, p_adjusted: float | None, fair: Sequence[float], *, early: bool) -> str:
    """What may be said of an effect.

    Args:
        found: on the metric that decides.
        p_adjusted: its p after Holm.
        fair: p-values of the groups' sizes, and of groups of whom nobody has an order.
        early: whether it isn't over yet, and nobody asked for looks on the way.
    """
    if any(p < UNFAIR_BELOW for p in fair):
        return UNFAIR
    if early:
        return TOO_EARLY
    if found.difference is None or p_adjusted is None or p_adjusted >= 1 - LEVEL:
        return CANT_TELL
    if not found.difference.excludes_zero:
        return CANT_TELL
    return WORKS if found.difference.value > 0 else HURTS
