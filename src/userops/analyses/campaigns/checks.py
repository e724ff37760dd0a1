"""What could make a comparison unfair or blurred."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from userops.analyses.campaigns.effects import UNFAIR_BELOW, Trial, effect
from userops.analyses.campaigns.expected import Expected
from userops.analyses.campaigns.framed import Row
from userops.analyses.campaigns.lists import SEVERAL_GROUPS, TOO_RECENT, Lists
from userops.analyses.campaigns.matched import PLACEBOS, Comparison
from userops.analyses.campaigns.params import CampaignParams
from userops.analyses.campaigns.sizes import planned_share, planned_shares, ratio_p
from userops.analyses.campaigns.unknown import Unknown
from userops.core.table import Kind, Varied
from userops.stats.means import FEWEST_BUYERS
from userops.stats.proportions import several_differ

CHECKS: dict[str, Kind] = {
    "campaign": Kind.TEXT,
    "check": Kind.WORD,
    "value": Kind.NUMBER,
    "limit": Kind.NUMBER,
    "result": Kind.WORD,
    "what_to_do": Kind.SENTENCE,
}
OK, LOOK, BAD = "ok", "look", "unfair"
_MOST_SEVERAL = 0.01
_MOST_OF_ONE = 0.05
_LEAST_SAVED = 0.05
_PLACEBOS = ("placebo 1", "placebo 2", "placebo 3")
_SHARES = (
    "planned share of the control", "several groups", "too recent",
    "largest user's share of a group's revenue", "variance saved by the time before",
    "recipients with somebody to compare",
)  # fmt: skip
_COUNTED = ("buyers in the smallest group", "control", "earlier dates to compare")


def varied(difference: Kind) -> dict[str, Varied]:
    """What a check's value is; `difference` is what placebos are, as the effect is."""
    kinds = dict.fromkeys(_SHARES, Kind.RATE) | dict.fromkeys(_COUNTED, Kind.COUNT)
    kinds |= dict.fromkeys(_PLACEBOS, difference)
    return dict.fromkeys(("value", "limit"), Varied("check", kinds))


@dataclass(frozen=True, slots=True)
class Sizes:
    """How likely the sizes of a campaign's groups are, before and after leaving out."""

    share: float
    before: float
    after: float

    @property
    def p(self) -> float:
        """The less likely of the two."""
        return min(self.before, self.after)


def sizes_of(lists: Lists, campaign: str, control: str, params: CampaignParams) -> Sizes:
    """Of a campaign with a control."""
    counts = lists.counts.filter(pl.col("campaign") == campaign)
    assigned = _by_group(counts)
    share = params.control_share or planned_share(assigned, control)
    # Users of several groups are left out in all of them: those whose windows are open may be more
    # in one, where a list was sent in parts.
    single = counts.filter(pl.col("state") != SEVERAL_GROUPS)
    left = dict.fromkeys(assigned, 0) | _by_group(single)
    shares = planned_shares(assigned, control, share, params.planned)
    of_control = shares[list(assigned).index(control)]
    return Sizes(of_control, ratio_p(assigned, shares), ratio_p(left, shares))


def _by_group(counts: pl.DataFrame) -> dict[str, int]:
    return dict(counts.group_by("group").agg(pl.col("users").sum()).sort("group").iter_rows())


def rows_of(
    found: Trial,
    users: pl.DataFrame,
    sizes: Sizes,
    params: CampaignParams,
    strangers: Sequence[Unknown] = (),
) -> Iterator[Row]:
    """The checks of a campaign with a control.

    Args:
        found: its arms.
        users: all of its assignments, as in `Lists`.
        sizes: of its groups.
        params: how it was compared.
        strangers: groups of whom nobody has an order, where others have.
    """
    yield from _sample_ratio(sizes)
    yield from _left_out(users)
    yield from _unknown(strangers)
    yield _just_before(found)
    yield from _one_user(found, params)
    yield _buyers(found)
    yield from _saved(found, params)


def _sample_ratio(sizes: Sizes) -> Iterator[Row]:
    for check, p in (
        ("sample ratio", sizes.before),
        ("sample ratio after leaving out", sizes.after),
    ):
        bad = p < UNFAIR_BELOW
        todo = "Find out why users are missing in a group before reading any effect"
        yield _row(check, p, UNFAIR_BELOW, BAD if bad else OK, todo if bad else "")
    yield _row(
        "planned share of the control",
        sizes.share,
        None,
        OK,
        "If it was another, say so: --control-share",
    )


def _left_out(users: pl.DataFrame) -> Iterator[Row]:
    everyone = users["user_id"].n_unique()
    several = users.filter(pl.col("state") == SEVERAL_GROUPS)["user_id"].n_unique()
    share = several / everyone
    todo = "Draw each user once: split does"
    yield _row(
        "several groups", share, _MOST_SEVERAL, LOOK if share > _MOST_SEVERAL else OK,
        todo if share > _MOST_SEVERAL else "",
    )  # fmt: skip
    recent = users.filter(pl.col("state") == TOO_RECENT).height / max(1, users.height)
    yield _row(
        "too recent", recent, None, LOOK if recent else OK,
        "Wait until their windows are over" if recent else "",
    )  # fmt: skip


def _unknown(strangers: Sequence[Unknown]) -> Iterator[Row]:
    """The least likely of the groups of whom nobody has an order."""
    if not strangers:
        return
    worst = min(strangers, key=lambda one: (one.p, one.group))
    todo = "See that its list writes users as the orders do: nobody of a group has an order"
    yield _row(
        "a group without any order", worst.p, UNFAIR_BELOW, BAD if worst.is_unfair else LOOK, todo
    )


def _just_before(found: Trial) -> Row:
    arms = list(found.arms.values())
    tested = several_differ([arm.row["just_before"] for arm in arms], [arm.users for arm in arms])
    p = tested.p if tested else 1.0
    bad = p < UNFAIR_BELOW
    todo = "Some were put into a group because they had just ordered: assign first"
    return _row(
        "assigned within a day after an order",
        p,
        UNFAIR_BELOW,
        BAD if bad else OK,
        todo if bad else "",
    )


def _one_user(found: Trial, params: CampaignParams) -> Iterator[Row]:
    worst = max(
        (
            arm.row["most"] / arm.row["revenue"]
            for arm in found.arms.values()
            if arm.row["revenue"] > 0
        ),
        default=0.0,
    )
    is_much = worst > _MOST_OF_ONE
    todo = (
        "One user weighs much in revenue: --cap 99.9"
        if params.cap is None
        else "Take a lower --cap"
    )
    yield _row(
        "largest user's share of a group's revenue", worst, _MOST_OF_ONE, LOOK if is_much else OK,
        todo if is_much else "",
    )  # fmt: skip


def _buyers(found: Trial) -> Row:
    fewest = min(arm.row["converted"] for arm in found.arms.values())
    are_few = fewest < FEWEST_BUYERS
    todo = "Money of so few buyers is less sure than its interval says: go by conversion"
    return _row(
        "buyers in the smallest group", fewest, FEWEST_BUYERS, LOOK if are_few else OK,
        todo if are_few else "",
    )  # fmt: skip


def _saved(found: Trial, params: CampaignParams) -> Iterator[Row]:
    """How much variance the users' past explains, whether it was asked for or not."""
    asked = replace(params, adjust="pre", peeking=False)
    for name, arm in found.arms.items():
        if name == found.control:
            continue
        adjusted = effect(arm, found.arms[found.control], params.metric, asked, 0).adjusted
        saved = adjusted.saved if adjusted else 0.0
        todo = "The interval gets narrower with --adjust pre"
        if params.adjust == "pre":
            todo = (
                "" if saved > 0 else "What users did before says nothing here: leave out --adjust"
            )
        elif saved <= _LEAST_SAVED:
            todo = "Leave it: --adjust pre would save little or nothing"
        yield _row("variance saved by the time before", saved, None, OK, todo)
        return


def rows_without_control(
    compared: Comparison | None, expected: Expected | None, unit: float
) -> Iterator[Row]:
    """The checks of a campaign without a control: whether the groups differed before.

    Args:
        compared: with others like them, if it could be.
        expected: what purchases were, if that could be told.
        unit: how many of what's compared are one: 100 of cents.
    """
    yield _row("control", 0, 1, LOOK, "Hold some back next time: userops split LIST --control 10%")
    if expected is not None:
        yield _row(
            "purchases per user, beside what was expected of them", expected.actual, expected.expected, LOOK,
            "Lists of the silent are picked for being silent: some come back by themselves",
        )  # fmt: skip
    if compared is None:
        return
    yield _row(
        "recipients with somebody to compare", compared.coverage, 0.5,
        LOOK if compared.coverage < 0.5 else OK,
        "Speak only of those" if compared.coverage < 1 else "",
    )  # fmt: skip
    for check, placebo in zip(_PLACEBOS, compared.placebos, strict=False):
        differs = placebo.excludes_zero
        yield _row(
            check, placebo.value / unit, 0, BAD if differs else OK,
            "The groups differed before: no estimate is shown" if differs else "",
        )  # fmt: skip
    if compared.untried:
        yield _row(
            "earlier dates to compare", len(compared.placebos), PLACEBOS, BAD,
            "The orders begin too late to tell whether the groups differed before: no estimate is shown",
        )  # fmt: skip
    if compared.e_value is not None and not compared.withheld:
        yield _row(
            "e-value", compared.e_value, None, LOOK,
            "An unseen reason that multiplies both the chance of being chosen and of buying by this explains it",
        )  # fmt: skip


def of_overlap(pairs: Sequence[Row]) -> Iterator[Row]:
    """A campaign's users who are in others at a time: of the pair that is least equal."""
    if not pairs:
        return
    worst = min(pairs, key=lambda pair: (pair["p_value"], pair["other"]))
    unequal = worst["p_value"] < UNFAIR_BELOW
    yield _row(
        "overlap with another campaign", worst["p_value"], UNFAIR_BELOW, LOOK if unequal else OK,
        "Part of the effect is the other's: see --show overlap" if unequal else "",
    )  # fmt: skip


def with_campaign(campaign: str, rows: Iterable[Row]) -> Iterator[Row]:
    """The rows, with the campaign's name."""
    for row in rows:
        yield {"campaign": campaign, **row}


def _row(check: str, value: float, limit: float | None, result: str, todo: str) -> Row:
    return {
        "check": check, "value": float(value), "limit": None if limit is None else float(limit),
        "result": result, "what_to_do": todo or None,
    }  # fmt: skip
