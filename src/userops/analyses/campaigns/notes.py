"""What `summary` says beside its rows."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from userops.analyses.campaigns import lists
from userops.analyses.campaigns.compared import Campaigns
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
_MARGIN = Note("roi and net use revenue (a margin of 100 %): set --margin for profit")


def margin_note(params: CampaignParams) -> list[Note]:
    """That no margin was given, where none was."""
    return [_MARGIN] if params.earned == 1 else []


def notes_of(campaigns: Campaigns) -> Iterator[Note]:
    """Of the campaigns shown."""
    users, params = campaigns.shown_users, campaigns.params
    recent = users.filter(pl.col("state") == lists.TOO_RECENT).height
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
    yield from _several(campaigns)
    if users["contact_cost"].is_not_null().any():
        yield from margin_note(params)
    for one in campaigns.shown:
        yield from _without_control(one)
    if params.adjust == "pre":
        yield Note("differences are adjusted by the time before; lifts aren't")


def _several(campaigns: Campaigns) -> Iterator[Note]:
    """That users stand in several groups; a warning where they're many."""
    users = campaigns.shown_users.select("campaign", "user_id", "state")
    several = users.filter(pl.col("state") == lists.SEVERAL_GROUPS).unique().height
    if not several:
        return
    note = Note(
        "{count:user is|users are} in several groups of a campaign: left out",
        count=several,
    )
    yield note
    if several > _SEVERAL * users.unique().height:
        campaigns.inputs.message(note)


def _without_control(one: Found) -> Iterator[Note]:
    """Why nothing is claimed of a campaign without a control."""
    if one.compared is None:
        groups = sorted(one.arms)
        if one.trial is None and len(groups) > 1:
            yield Note(
                "{campaign}: none of its groups ({groups}) is a control; --control {example} compares with one",
                campaign=one.campaign, groups=tuple(groups), example=groups[0],
            )  # fmt: skip
        return
    if one.compared.difference is None:
        yield Note(
            "{campaign}: nobody was held back, and too few others are like its users: nothing can be said",
            campaign=one.campaign,
        )
    elif one.compared.withheld:
        yield Note(
            "{campaign}: nobody was held back, and the groups differed before: no estimate is shown",
            campaign=one.campaign,
        )
    else:
        yield Note(
            "{campaign}: nobody was held back; its users differ from others like them, which isn't what it brought",
            campaign=one.campaign,
        )
