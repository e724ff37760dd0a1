"""Members as a run's exports and the settings make them: for `members`, and for whoever else asks."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from userops.core.validity import parse_validity, parse_window
from userops.customers.granting_rules import ORDER, REGISTER
from userops.customers.granting_sources import Sources, sources
from userops.customers.growth_levels import (
    Fall,
    Grant,
    Ladder,
    LevelRules,
    Standing,
    about_to_fall,
    grants_of,
    standings,
)
from userops.customers.point_lots import FOREVER

if TYPE_CHECKING:
    from userops.analyses.analysis import Inputs
    from userops.analyses.members.params import MembersParams


@dataclass(frozen=True, slots=True)
class Near:
    """A member below the highest level: what is missing to the next, in growth and in money.

    `days_left` is for how long the value stays as it is; None where no part of it ever goes.
    """

    user_id: str
    level: int
    value: int
    missing: int
    missing_money: int | None
    days_left: int | None


@dataclass(frozen=True, slots=True)
class Members:
    """Everyone's standing at as_of, by user, and what it's made of."""

    found: Sources
    rules: LevelRules
    standings: dict[str, Standing]
    grants: dict[str, list[Grant]]
    joined: dict[str, int]

    def at(self, day: int) -> dict[str, Standing]:
        """Everyone's standing on an earlier day."""
        return standings(self.grants, self.joined, self.rules, day)

    def falling(self, within: int) -> list[Fall]:
        """Who loses a level within some days if nothing is added, by day and user."""
        return about_to_fall(self.standings, self.rules, self.found.as_of, within)

    def near(self, params: MembersParams) -> list[Near]:
        """Everyone below the highest level, the nearest to the next first."""
        each = _money_a_point(params, self.found.facts.currency.places)
        as_of, ladder = self.found.as_of, self.rules.ladder
        found = []
        for user, one in self.standings.items():
            if one.level == len(ladder.names) - 1:
                continue
            value = one.value(as_of)
            missing = ladder.thresholds[one.level + 1] - value
            money = None if each is None else -(-missing * each.numerator // each.denominator)
            ends = [
                grant.until
                for grant in one.grants
                if grant.day <= as_of < grant.until and grant.until != FOREVER
            ]
            left = min(ends) - as_of if ends else None
            found.append(Near(user, one.level, value, missing, money, left))
        return sorted(found, key=lambda one: (one.missing, one.user_id))


def members_of(inputs: Inputs, params: MembersParams, as_of: int | None = None) -> Members | None:
    """Everyone's standing by the settings' rules; None without rules, levels or orders.

    Raises:
        UsageError: a rule doesn't hold together, or levels don't ascend.
    """
    if not params.rules or not params.ladder:
        return None
    rules = level_rules(params)
    found = sources(inputs, params.rules, [REGISTER], as_of)
    if found is None:
        return None
    granted = found.granted(params.rules, inputs.day("start", params.start))
    grants, joined = grants_of(granted, rules), _joined(found, granted)
    return Members(found, rules, standings(grants, joined, rules, found.as_of), grants, joined)


def level_rules(params: MembersParams) -> LevelRules:
    """How levels rise and fall, as the parameters say.

    Raises:
        UsageError: the levels don't ascend.
    """
    names = tuple(one.name for one in params.ladder)
    return LevelRules(
        Ladder(names, tuple(one.threshold for one in params.ladder)),
        parse_window(params.window),
        parse_validity(params.valid),
        params.downgrade,
        params.refund == "at once",
        params.grace_days,
    )


def _joined(found: Sources, granted: pl.DataFrame) -> dict[str, int]:
    """The first day on which each member is known: of an order, an entry, or a registration."""
    frames = [found.customers.select("user_id", day="first_day"), granted.select("user_id", "day")]
    if found.payments is not None:  # also of those who gave all back since
        bought = found.payments.filter(pl.col("amount") >= 0)
        frames.append(bought.select("user_id", "day"))
    if found.registered is not None:
        frames.append(found.registered.select("user_id", "day"))
    days = pl.concat([frame.cast({"day": pl.Int32}) for frame in frames])
    first = days.group_by("user_id").agg(pl.col("day").min())
    return dict(first.iter_rows())


def _money_a_point(params: MembersParams, places: int) -> Fraction | None:
    """Minor units that a point takes by the rule for orders that gives most for money."""
    costs = [
        Fraction(str(rule.per)) * 10**places / rule.points
        for rule in params.rules
        if rule.event.strip().casefold() == ORDER
        and rule.per is not None
        and rule.points
        and not rule.when
        and rule.cap_day is None
        and rule.cap_user is None
    ]
    return min(costs, default=None)
