"""What `summary` says beside its rows."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from userops.analyses.campaigns import lists
from userops.analyses.campaigns.compared import Campaigns
from userops.analyses.campaigns.matched import Comparison
from userops.analyses.campaigns.params import CampaignParams
from userops.analyses.campaigns.tables import Found
from userops.core.messages import Note

_SEVERAL = 0.01
CLAIMED = Note("claimed_roi is what orders with a coupon came to by its cost: not incremental")
ALIKE = Note(
    "where homogeneity_p is .05 or more, nothing shows that segments differ: read the campaign as a whole"
)
CHAINED = Note("chained holds where each version was compared with the one before it")
ONE_LOOK = Note("these intervals hold for one look, even with --peeking")
EXACT = Note(
    "where few bought, or nearly all, the p-value of conversion is of Fisher's exact test (mid-p)"
)
NO_ORDER = Note(
    "none of the order ids of coupons is one of the orders': coupons go to their users' orders by time; "
    "see that both exports write order ids alike"
)
_MARGIN = Note("roi and net use revenue (a margin of 100 %): set --margin for profit")


def orderless_note(coupons: pl.DataFrame) -> list[Note]:
    """How many redemptions have no order that counts, and what they count in; `coupons` as `redeemed.used` gives them."""
    orderless = coupons.filter(pl.col("redeemed") & pl.col("revenue").is_null())
    if orderless.is_empty():
        return []
    named = int(orderless["named"].sum())
    what = Note(
        "{count:redemption has|redemptions have} no order that counts", count=len(orderless)
    )
    if named == len(orderless):
        what = Note(
            "{count:redemption names an order|redemptions name orders} outside of those that count",
            count=named,
        )
    elif named:
        what = Note(
            "{count:redemption has|redemptions have} no order that counts ({named:,} of them name one)",
            count=len(orderless), named=named,
        )  # fmt: skip
    return [
        Note(
            "{what}: not in the orders, or cancelled, or given back in full: in redeemed, redemption_rate and "
            "discount, but not in cost, assisted_revenue and claimed_roi",
            what=what,
        )
    ]


def margin_note(params: CampaignParams) -> list[Note]:
    """That no margin was given, where none was."""
    return [_MARGIN] if params.earned == 1 else []


def exact_note(campaigns: Campaigns) -> list[Note]:
    """How conversions were tested, where it wasn't by the usual test."""
    trials = (one.trial for one in campaigns.shown if one.trial is not None)
    return [EXACT] if any(effect.exact for one in trials for effect in one.effects.values()) else []


def notes_of(campaigns: Campaigns) -> Iterator[Note]:
    """Of the campaigns shown."""
    params = campaigns.params
    counts = campaigns.shown_of(campaigns.lists.counts)
    recent = counts.filter(pl.col("state") == lists.TOO_RECENT)["users"].sum()
    if recent:
        yield Note(
            "{count:assignment is|assignments are} left out: their {days} days aren't over yet",
            count=recent, days=params.days,
        )  # fmt: skip
    if campaigns.lists.blank:
        yield Note(
            "{count:row of the lists has|rows of the lists have} no group, and {count:counts|count} in none",
            count=campaigns.lists.blank,
        )
    if (counts["state"] == lists.SEVERAL_GROUPS).any():
        yield from _several(campaigns)
    if campaigns.shown_of(campaigns.lists.users)["contact_cost"].is_not_null().any():
        yield from margin_note(params)
    for one in campaigns.shown:
        yield from _without_control(one)
        yield from _unknown(one)
    if params.metric == "conversion":
        yield from exact_note(campaigns)
    if params.adjust == "pre":
        yield Note("differences are adjusted by the time before; lifts aren't")


def _several(campaigns: Campaigns) -> Iterator[Note]:
    """That users stand in several groups; a warning where they're many of a campaign."""
    shown = campaigns.shown_of(campaigns.lists.users)
    users = shown.select("campaign", "user_id", "state").unique()
    is_several = pl.col("state") == lists.SEVERAL_GROUPS
    several = users.filter(is_several).height
    note = Note(
        "{count:user is|users are} in several groups of a campaign: left out",
        count=several,
    )
    yield note
    shares = users.group_by("campaign").agg(is_several.mean())["state"]
    if (shares > _SEVERAL).any():
        campaigns.inputs.message(note)


def _unknown(one: Found) -> Iterator[Note]:
    """Groups whose users the orders likely write otherwise."""
    for group in one.unknown:
        if group.is_unfair:
            yield Note(
                "{campaign}: none of {users:user|users} in {group} has an order, {known} of {others} in other groups "
                "have, so no verdict: see that its list writes users as the orders do (it has {example}; they have {like})",
                campaign=one.campaign, users=group.users, group=group.group, known=f"{group.known:,}",
                others=f"{group.others:,}", example=group.example, like=group.like,
            )  # fmt: skip


def _without_control(one: Found) -> Iterator[Note]:
    """Why nothing is claimed of a campaign without a control, or with one that can't be used."""
    if one.compared is not None:
        yield _beside_others(one.campaign, one.compared)
    elif one.trial is None and not one.early:
        yield from _no_trial(one)


def _no_trial(one: Found) -> Iterator[Note]:
    """Why groups aren't compared."""
    groups = sorted((*one.arms, *one.waiting))
    if len(one.controls) > 1:
        yield Note(
            "{campaign}: several of its groups are called as a control is ({groups}); --control {example} takes one",
            campaign=one.campaign, groups=one.controls, example=one.controls[0],
        )  # fmt: skip
    elif not one.controls and len(groups) > 1:
        yield Note(
            "{campaign}: none of its groups ({groups}) is a control; --control {example} compares with one",
            campaign=one.campaign, groups=tuple(groups), example=groups[0],
        )  # fmt: skip
    elif one.controls and one.controls == tuple(groups):
        yield Note(
            "{campaign}: its list has the control ({group}) alone: whom it was sent to isn't there",
            campaign=one.campaign, group=one.controls[0],
        )  # fmt: skip
    elif one.controls or not groups:
        yield Note(
            "{campaign}: nobody of {groups} counts, in this group alone and with a window that's over: "
            "there's nobody to compare",
            campaign=one.campaign, groups=tuple(sorted((*one.waiting, *one.nobody))),
        )  # fmt: skip


def _beside_others(campaign: str, compared: Comparison) -> Note:
    """What is said of a campaign without a control beside others like its users."""
    if compared.difference is None:
        return Note(
            "{campaign}: nobody was held back, and too few others are like its users: nothing can be said",
            campaign=campaign,
        )
    if compared.differed:
        return Note(
            "{campaign}: nobody was held back, and the groups differed before: no estimate is shown",
            campaign=campaign,
        )
    if compared.untried:
        return Note(
            "{campaign}: nobody was held back, and the orders begin too late to tell whether the groups "
            "differed before: no estimate is shown",
            campaign=campaign,
        )
    return Note(
        "{campaign}: nobody was held back; its users differ from others like them, which isn't what it brought",
        campaign=campaign,
    )
