"""Use: who comes how recently, how often and for how long; RFM over events.

The same tables, scores, segments and tiers as for orders, of: days since the last active
day, active days, and minutes. Recency, frequency and monetary of `cuts` are those three.

active_days : days
    Days with an event up to as_of.
minutes_share : proportion
    The row's part of all minutes.
mean_active_days, mean_minutes : per user
    Means over its users; empty where there are none.
use_recency_days : days
    as_of - the last active day.
use_r_score, use_f_score, use_m_score : 1 to bins
    Scores by use; r_score, f_score and m_score beside them are by orders.
use_rfm_score : text
    The three scores by use in a row.
use_segment, use_tier : word
    Segment and tier by use.
two_way_tier : tier x tier
    The tier by orders x the tier by use; `none` for who has no valid order, or no event.

Tables: `two_way` (a row a pair of tiers, by orders and by use).
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import inf, nextafter

import polars as pl

from userops import rfm
from userops.core.dates import Window
from userops.core.rule_tables import RuleTable
from userops.core.table import Currency, Kind, Table
from userops.customers.frozen_cuts import Cuts, Metric, cuts_varied
from userops.customers.params import RfmParams

MINUTE = 60_000  # milliseconds
NONE = "none"

USERS: dict[str, Kind] = {
    "user_id": Kind.ID,
    "first_active": Kind.DATE,
    "last_active": Kind.DATE,
    "recency_days": Kind.DAYS,
    "active_days": Kind.COUNT,
    "minutes": Kind.NUMBER,
    "r_score": Kind.SCORE,
    "f_score": Kind.SCORE,
    "m_score": Kind.SCORE,
    "rfm_score": Kind.ID,
    "segment": Kind.WORD,
    "tier": Kind.WORD,
    "action": Kind.SENTENCE,
}
GROUPS: dict[str, Kind] = {
    "users": Kind.COUNT,
    "users_share": Kind.RATE,
    "active_days": Kind.COUNT,
    "minutes": Kind.NUMBER,
    "minutes_share": Kind.RATE,
    "mean_recency_days": Kind.DAYS,
    "mean_active_days": Kind.NUMBER,
    "mean_minutes": Kind.NUMBER,
    "action": Kind.SENTENCE,
}
USERS_BOTH: dict[str, Kind] = {
    "last_active": Kind.DATE,
    "use_recency_days": Kind.DAYS,
    "active_days": Kind.COUNT,
    "minutes": Kind.NUMBER,
    "use_r_score": Kind.SCORE,
    "use_f_score": Kind.SCORE,
    "use_m_score": Kind.SCORE,
    "use_rfm_score": Kind.ID,
    "use_segment": Kind.WORD,
    "use_tier": Kind.WORD,
    "two_way_tier": Kind.WORD,
}
TWO_WAY: dict[str, Kind] = {
    "tier": Kind.WORD,
    "use_tier": Kind.WORD,
    "users": Kind.COUNT,
    "users_share": Kind.RATE,
    "revenue": Kind.MONEY,
    "revenue_share": Kind.RATE,
    "minutes": Kind.NUMBER,
    "minutes_share": Kind.RATE,
}
_USE_NAMES = {
    "first_order": "first_active",
    "last_order": "last_active",
    "frequency": "active_days",
    "monetary": "minutes",
    "orders": "active_days",
    "revenue": "minutes",
    "revenue_share": "minutes_share",
    "mean_frequency": "mean_active_days",
    "mean_monetary": "mean_minutes",
}
# Days since the last order, by orders.
_CALLED = {
    "recency_days": "use_recency_days",
    "mean_recency_days": "mean_use_recency_days",
}
# What to do of users by use: coming back, where lines of orders speak of orders.
_ACTIONS = {
    "Thank them; early access, referral, no discount": "Thank them; early access, referral",
    "Membership perks; ask for reviews; cross-sell": "Show what else there is; ask for reviews",
    "Offer membership and the next category": "Offer membership; show the next thing to do",
    "Welcome; help with first use; second-order coupon": "Welcome; help with first use; a reason to come back this week",
    "Remind of what they looked at; small second-order offer": "Remind of what they looked at; a reason to come back",
    "A limited offer on what they buy": "News of what they use",
    "Bring back with best-sellers and a reason to look": "Bring back with what's new and a reason to look",
    "Call in person; ask what went wrong; win back": "Ask in person what went wrong; invite back",
    "Personal win-back offer before they are gone": "A personal invitation back before they are gone",
    "Raise how often: reminders, refills, membership": "Raise how often they come: reminders, habits",
    "Call in person with an offer of weight": "Ask in person what would bring them back",
    "Raise the basket: bundles, the next price level": "Raise time spent: show the next thing to do",
    "Second-order coupon; show the range": "A reason to come back; show the range",
    "Remind at low cost of what they used to buy": "Remind at low cost of what they used",
    "Second order within 30 days": "Back within 30 days",
    "One person in charge of each; perks before discounts": "One person in charge of each; perks first",
    "Raise what lags, order count or basket": "Raise what lags, days or time spent",
}
_SCORED = ("recency_days", "r_score", "f_score", "m_score", "rfm_score", "segment", "tier")
_TIERS = ("new", "high", "middle", "low", NONE)


def segment(
    users: pl.DataFrame,
    window: Window,
    params: RfmParams,
    *,
    rules: RuleTable | None,
    cuts: Cuts | None = None,
    playbook: Mapping[str, str] | None = None,
) -> tuple[Table, ...]:
    """The tables users, summary, tiers, cuts, by use.

    Args:
        users: as `visits.by_user` gives them.
        window: its `as_of` is what recency counts from.
        params: how to score.
        rules: the rule table; None for `rfm8`.
        cuts: fixed cut points in days, days and minutes.
        playbook: actions by segment or tier, in place of the default ones.
    """
    customers = users.select("user_id", "first_day", "last_day", orders="active_days", amount="ms")
    tables = rfm.segment(
        customers, window, params, rules=rules, cuts=_cuts_in_milliseconds(cuts), currency=Currency(None, 0),
        playbook=playbook,
    )  # fmt: skip
    use_tables = {table.name: _as_use_table(table, playbook or {}) for table in tables}
    use_tables["users"] = use_tables["users"].but(headline=use_tables["summary"])
    return tuple(use_tables.values())


def _cuts_in_milliseconds(cuts: Cuts | None) -> Cuts | None:
    """Cut points with minutes in milliseconds."""
    if cuts is None:
        return None
    scale: dict[Metric, int] = {"recency": 1, "frequency": 1, "monetary": MINUTE}
    return {metric: [Fraction(cut) * scale[metric] for cut in cuts[metric]] for metric in scale}


def _as_use_table(table: Table, playbook: Mapping[str, str]) -> Table:
    """A table of orders as one of use; the playbook's own lines stay."""
    frame = table.frame.rename(_USE_NAMES, strict=False)
    kinds: dict[str, Kind] = dict(table.columns)
    if table.name == "cuts":
        is_monetary = frame["metric"] == "monetary"
        frame = frame.with_columns(
            pl.Series(
                name,
                [
                    _minutes(point) if is_minutes and point is not None else point
                    for is_minutes, point in zip(is_monetary, frame[name], strict=True)
                ],
                pl.Float64,
            )
            for name in ("lower", "upper")
        )
    else:
        minutes = [name for name in ("minutes", "mean_minutes") if name in frame.columns]
        frame = frame.with_columns(pl.col(name) / MINUTE for name in minutes)
        own = pl.col("action").is_in(list(playbook.values()))
        frame = frame.with_columns(
            action=pl.when(own).then("action").otherwise(pl.col("action").replace(_ACTIONS))
        )
        kinds_known = USERS if table.name == "users" else {frame.columns[0]: Kind.WORD, **GROUPS}
        kinds = {name: kinds_known[name] for name in frame.columns}
    bars, keeps = (
        tuple(_USE_NAMES.get(name, name) for name in names) for names in (table.bars, table.keeps)
    )
    return Table(
        table.name, frame, kinds, table.window, notes=table.notes, bars=bars, keeps=keeps, called=_CALLED,
        varied=cuts_varied(Kind.NUMBER) if table.name == "cuts" else {},
    )  # fmt: skip


def _minutes(ms: float) -> float:
    """A cut point in minutes, whose decimals in a file are never less than it.

    A duration that's equal to a cut point isn't above it. 47,000 ms are 0.78333... minutes:
    rounded down, they'd be above themselves when read back.
    """
    exact = Fraction(ms) / MINUTE
    minutes = float(exact)
    while Fraction(repr(minutes)) < exact:
        minutes = nextafter(minutes, inf)
    return minutes


def two_way(by_orders: Table, by_use: Table) -> tuple[Table, Table]:
    """`users` with both, a row a user with an order or an event, and `two_way`.

    Args:
        by_orders: the table `users` by orders.
        by_use: the same by use.
    """
    use_names = {name: f"use_{name}" for name in _SCORED}
    use_frame = by_use.frame.rename(use_names).drop("first_active", "action")
    users = by_orders.frame.join(use_frame, on="user_id", how="full", coalesce=True).with_columns(
        two_way_tier=pl.format(
            "{} x {}", pl.col("tier").fill_null(NONE), pl.col("use_tier").fill_null(NONE)
        )
    )
    kinds = {**by_orders.columns, **USERS_BOTH}
    users_table = by_orders.but(frame=users.select(list(kinds)).sort("user_id"), columns=kinds)
    tier_pairs = (
        users.group_by(pl.col("tier").fill_null(NONE), pl.col("use_tier").fill_null(NONE))
        .agg(
            users=pl.len().cast(pl.Int64),
            revenue=pl.col("monetary").sum(),
            ms=(pl.col("minutes") * MINUTE).round().cast(pl.Int64).sum(),
        )
        .sort(pl.col("tier", "use_tier").cast(pl.Enum(_TIERS)))
        .with_columns(
            users_share=_share("users"),
            revenue_share=_share("revenue"),
            minutes=pl.col("ms") / MINUTE,
            minutes_share=_share("ms"),
        )
    )
    two_way_table = Table(
        "two_way", tier_pairs.select(list(TWO_WAY)), TWO_WAY, by_orders.window, by_orders.currency,
        bars=("users_share", "revenue_share"),
    )  # fmt: skip
    return users_table.but(headline=two_way_table), two_way_table


def _share(name: str) -> pl.Expr:
    part = pl.col(name)
    return pl.when(part.sum() != 0).then(part / part.sum())
