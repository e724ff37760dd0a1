"""What was read, and campaigns compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import polars as pl

from userops.analyses.analysis import Inputs
from userops.analyses.campaigns import checks, effects, matched, outcomes
from userops.analyses.campaigns.before import Before
from userops.analyses.campaigns.effects import Arm
from userops.analyses.campaigns.lists import IN, TOO_RECENT, Lists
from userops.analyses.campaigns.params import CampaignParams
from userops.analyses.campaigns.tables import Found
from userops.analyses.campaigns.unknown import unknown
from userops.core.dates import Window
from userops.core.table import Currency
from userops.readers.fast.integer_ids import IdForm


@dataclass(frozen=True)
class Shop:
    """What was read; `read_before` gives everyone's orders over time, where they're needed."""

    as_of: int
    window: Window
    currency: Currency
    read_before: Callable[[], Before]
    orders: pl.DataFrame
    lists: Lists | None
    coupons: pl.DataFrame | None
    form: IdForm | None = None  # of users' ids, where the lists and `orders` have their numbers

    @cached_property
    def before(self) -> Before:
        """The shop as it was on earlier days."""
        return self.read_before()

    def named(self, users: pl.DataFrame) -> pl.DataFrame:
        """Users with the ids that customers have."""
        return self.form.named(users) if self.form else users


def past_days(inputs: Inputs, params: CampaignParams) -> int:
    """Days before assignment that are looked at; 0 where nothing that's asked for does."""
    asked = params.adjust == "pre" or inputs.wants("checks") or inputs.wants("users")
    return params.pre_days if asked else 0


@dataclass(frozen=True)
class Campaigns:
    """Campaigns, compared when they're asked for."""

    shop: Shop
    params: CampaignParams
    inputs: Inputs

    @property
    def lists(self) -> Lists:
        """The lists."""
        assert self.shop.lists is not None
        return self.shop.lists

    @cached_property
    def shown(self) -> list[Found]:
        """The campaigns asked for: all, or those whose last window ends after a day."""
        since = self.inputs.day("since", self.params.since)
        return [one for one in self.all if since is None or one.last_day > since]

    def shown_of(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Those of the lists' rows that are of these."""
        if len(self.shown) == len(self.all):
            return rows
        return rows.filter(pl.col("campaign").is_in([one.campaign for one in self.shown]))

    @cached_property
    def counted(self) -> pl.DataFrame:
        """Users who count, with their outcomes."""
        users, found = self._outcomes
        return outcomes.capped(outcomes.of_everyone(users, found), self.params.cap)

    @cached_property
    def _outcomes(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Users who count, and what some of them did."""
        users, params = self.lists.counted, self.params
        past = past_days(self.inputs, params)
        return users, outcomes.outcomes(users, self.shop.orders, params.days, past)

    @cached_property
    def all(self) -> list[Found]:
        """Every campaign, by name."""
        users, found = self._outcomes
        # A percentile is of everyone, with those who did nothing.
        capped = self.params.cap is not None
        active = self.counted if capped else outcomes.of_active(users, found)
        everyone = self.lists.counts.filter(pl.col("state") == IN)
        sums = outcomes.sums_by(everyone, active, ["campaign", "group"]).to_dicts()
        return [
            self._found(name, {row["group"]: Arm(row, self.params.earned) for row in rows})
            for name in self.lists.campaigns
            for rows in ([row for row in sums if row["campaign"] == name],)
        ]

    def _found(self, campaign: str, arms: Mapping[str, Arm]) -> Found:
        counts = self.lists.counts.filter(pl.col("campaign") == campaign)
        controls = counts.filter("is_control")["group"].unique().sort().to_list()
        last: int = counts.select((pl.col("day") + self.params.days).max()).item()
        groups = counts["group"].unique().sort().to_list()
        open_ = set(counts.filter(pl.col("state") == TOO_RECENT)["group"])
        left = [name for name in groups if name not in arms]
        plain = Found(
            campaign, arms, self._early(last), last,
            waiting=tuple(name for name in left if name in open_),
            nobody=tuple(name for name in left if name not in open_),
            controls=tuple(controls),
        )  # fmt: skip
        if len(groups) == 1 and not controls and arms:
            return replace(plain, compared=self._compared(campaign))
        if len(controls) != 1 or controls[0] not in arms or len(arms) < 2:
            return plain  # nobody to compare with, or nobody of the one or the other counts
        sizes = checks.sizes_of(self.lists, campaign, controls[0], self.params)
        strangers = unknown(
            arms,
            controls[0],
            lambda: self.shop.named(self._those_of(campaign)),
            lambda: self.shop.before.customers,
        )
        return replace(
            plain,
            trial=effects.trial(campaign, arms, controls[0], self.params, self._planned(counts)),
            srm_p=sizes.after,
            fair=(sizes.before, sizes.after, *(one.p for one in strangers)),
            unknown=tuple(strangers),
        )

    def _those_of(self, campaign: str) -> pl.DataFrame:
        """Users of a campaign who count."""
        theirs = self.lists.counted.filter(pl.col("campaign") == campaign)
        return theirs.select("group", "user_id", "day")

    def _planned(self, counts: pl.DataFrame) -> dict[str, int]:
        """Of each group the users who were on its list when the first windows ended: for looking often.

        Where lists grow, later looks find more, but what an interval that holds at every look is
        narrowest at must be the same at all of them; and by the first look these are known.
        """
        by_then = counts.filter(pl.col("day") <= pl.col("day").min() + self.params.days)
        return dict(by_then.group_by("group").agg(pl.col("users").sum()).iter_rows())

    def _early(self, last: int) -> bool:
        """Whether the campaign isn't over, and nobody said that one looks on the way."""
        if self.params.peeking:
            return False
        end = self.inputs.day("end", self.params.end)
        return self.shop.as_of < (last if end is None else end)

    def _compared(self, campaign: str) -> matched.Comparison:
        users, listed = (
            self.shop.named(one.filter(pl.col("campaign") == campaign))
            for one in (self.counted, self.lists.users)
        )
        return matched.compare(users, listed, self.shop.before, self.params)
