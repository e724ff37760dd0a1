"""Members as a run's exports and the settings make them: for `members`, and for whoever else asks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from userops.core.validity import parse_validity, parse_window
from userops.customers.granting_rules import ORDER, REGISTER
from userops.customers.granting_sources import Sources, sources
from userops.customers.growth_levels import (
    Grant,
    Ladder,
    LevelRules,
    Standing,
    grants_of,
    standing_of,
)
from userops.customers.point_lots import FOREVER
from userops.customers.standing_rounds import standings

if TYPE_CHECKING:
    from userops.analyses.analysis import Inputs
    from userops.analyses.members.params import MembersParams


@dataclass(frozen=True, slots=True)
class Members:
    """Everyone's standing at as_of, as `standing_rounds` gives it, and what it's made of.

    `grants` are as `growth_levels.grants_of` gives them; `joined` is `user_id, day`, by user.
    """

    found: Sources
    rules: LevelRules
    standings: pl.DataFrame
    grants: pl.DataFrame
    joined: pl.DataFrame

    def at(self, day: int) -> pl.DataFrame:
        """Everyone's standing on an earlier day."""
        return standings(self.grants, self.joined, self.rules, day)

    def closely(self, users: Collection[str]) -> dict[str, Standing]:
        """How some members came to their standing, change by change."""
        asked = pl.DataFrame({"user_id": list(users)}, schema={"user_id": pl.String})
        grants: dict[str, list[Grant]] = {}
        granted = self.grants.join(asked, on="user_id", how="semi", maintain_order="left")
        for user, *one in granted.iter_rows():
            grants.setdefault(user, []).append(Grant(*one))
        joined = self.joined.join(asked, on="user_id", how="semi", maintain_order="left")
        as_of = self.found.as_of
        return {
            user: standing_of(grants.get(user, ()), day, self.rules, as_of)
            for user, day in joined.iter_rows()
            if day <= as_of
        }

    def falling(self, within: int) -> pl.DataFrame:
        """Who loses a level within some days if nothing is added, by day and user.

        `user_id, level, value, until, judged`; `value_then`, which still counts on the day on which
        it's judged, what is `missing` then, and the level that it `falls_to`.
        """
        as_of, ladder = self.found.as_of, self.rules.ladder
        judged = pl.col("until").cast(pl.Int64) + self.rules.grace_days
        ending = self.standings.filter(
            pl.col("until") != FOREVER, pl.lit(self.rules.downgrade != "never")
        ).with_columns(judged=judged)
        soon = ending.filter(pl.col("judged").is_between(as_of + 1, as_of + within))
        kept = (
            self.grants.filter(pl.col("day") <= as_of)
            .join(soon.select("user_id", "judged"), on="user_id")
            .filter(pl.col("judged") < pl.col("until"))
            .group_by("user_id")
            .agg(value_then=pl.col("points").sum())
        )
        ahead = soon.join(kept, on="user_id", how="left").with_columns(
            pl.col("value_then").fill_null(0)
        )
        reached, level = ladder.levels_of("value_then"), pl.col("level")
        lower = level - 1 if self.rules.downgrade == "one" else reached
        return (
            ahead.filter(reached < level)
            .with_columns(
                falls_to=lower.clip(ladder.of(0)),
                missing=ladder.threshold_of(level) - pl.col("value_then"),
            )
            .sort("judged", "user_id")
        )

    def near(self, params: MembersParams) -> pl.DataFrame:
        """Everyone below the highest level, the nearest to the next first.

        `user_id, level, value`; what is `missing` to the next, and in `missing_money`; for how many
        `days_left` the value stays as it is, null where no part of it ever goes.
        """
        as_of, ladder = self.found.as_of, self.rules.ladder
        counting = (pl.col("day") <= as_of) & (pl.col("until") > as_of)
        ends = (
            self.grants.filter(counting, pl.col("until") != FOREVER)
            .group_by("user_id")
            .agg(days_left=pl.col("until").min() - as_of)
        )
        following = ladder.threshold_of(pl.col("level") + 1)
        return (
            self.standings.filter(pl.col("level") < len(ladder.names) - 1)
            .with_columns(missing=following - pl.col("value"))
            .join(ends, on="user_id", how="left")
            .select(
                "user_id", "level", "value", "missing",
                missing_money=_worth(_money_a_point(params, self.found.facts.currency.places)),
                days_left=pl.col("days_left").cast(pl.Int32),
            )
            .sort("missing", "user_id")
        )  # fmt: skip


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
    start = inputs.day("start", params.start)

    def made() -> Members:
        granted = found.granted(params.rules, start)
        grants, joined = grants_of(granted, rules), _joined(found, granted)
        return Members(found, rules, standings(grants, joined, rules, found.as_of), grants, joined)

    return inputs.once(("members", found.as_of, params.rules, rules, start), made)


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


def _joined(found: Sources, granted: pl.DataFrame) -> pl.DataFrame:
    """`user_id, day`: the first on which each member is known, of an order, an entry, or a registration."""
    frames = [found.customers.select("user_id", day="first_day"), granted.select("user_id", "day")]
    if found.payments is not None:  # also of those who gave all back since
        bought = found.payments.filter(pl.col("amount") >= 0)
        frames.append(bought.select("user_id", "day"))
    if found.registered is not None:
        frames.append(found.registered.select("user_id", "day"))
    days = pl.concat([frame.cast({"day": pl.Int32}) for frame in frames])
    return days.sort("user_id").group_by("user_id", maintain_order=True).agg(pl.col("day").min())


def _worth(each: Fraction | None) -> pl.Expr:
    """What growth that is `missing` takes in money, at so much a point; null where no rule says it."""
    if each is None:
        return pl.lit(None, pl.Int64)
    parts = pl.col("missing").cast(pl.Int128) * each.numerator + (each.denominator - 1)
    return parts.floordiv(pl.lit(each.denominator, pl.Int128)).cast(pl.Int64)


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
