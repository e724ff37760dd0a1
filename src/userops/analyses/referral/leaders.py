"""Leaders, one by one, by group, and all together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from userops.core.dates import Window
from userops.core.messages import Note
from userops.core.table import Currency, Kind, Table
from userops.stats.intervals import wilson_high, wilson_low

_COUNTS: dict[str, Kind] = {
    "invited": Kind.COUNT,
    "registered": Kind.COUNT,
    "effective": Kind.COUNT,
    "effective_rate": Kind.RATE,
    "low": Kind.RATE,
    "high": Kind.RATE,
}
_MONEY: dict[str, Kind] = {
    "orders": Kind.COUNT,
    "gmv": Kind.MONEY,
    "commission": Kind.MONEY,
    "reward": Kind.MONEY,
    "cost": Kind.MONEY,
    "cost_per_effective": Kind.MONEY,
    "roas": Kind.NUMBER,
}
_MORE: dict[str, Kind] = {
    "to_recover": Kind.MONEY,
    "observed": Kind.COUNT,
    "observed_effective": Kind.COUNT,
}
LEADERS: dict[str, Kind] = {
    "leader_id": Kind.ID,
    **_COUNTS,
    **_MONEY,
    "median_days_to_first_order": Kind.DAYS,
    "first_invite": Kind.DATE,
    "last_invite": Kind.DATE,
    **_MORE,
}
GROUPS: dict[str, Kind] = {
    "group_id": Kind.ID,
    "leaders": Kind.COUNT,
    "inviting": Kind.COUNT,
    **_COUNTS,
    "effective_per_leader": Kind.NUMBER,
    **_MONEY,
    **_MORE,
}
SUMMARY: dict[str, Kind] = {
    "cohort": Kind.WORD,
    "leaders": Kind.COUNT,
    "inviting": Kind.COUNT,
    **_COUNTS,
    "mean_effective": Kind.NUMBER,
    "median_effective": Kind.NUMBER,
    "best_tenth_share": Kind.RATE,
    "cohort_users": Kind.COUNT,
    "cohort_invitations": Kind.COUNT,
    "k": Kind.NUMBER,
    **_MONEY,
    **_MORE,
}
ALL = "all"


@dataclass(frozen=True, slots=True)
class Money:
    """What leaders cost: `leader_id` and `commission`, `to_recover`; and the reward for an effective user.

    `known` is whether anything says what commission is.
    """

    by_leader: pl.DataFrame
    reward: int
    known: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """What tables of one run share: the window, the currency and what is said below."""

    window: Window
    currency: Currency
    notes: tuple[Note, ...] = ()

    def table(self, name: str, frame: pl.DataFrame, kinds: dict[str, Kind], **more: Any) -> Table:
        """A table of the run."""
        chosen = frame.select(*kinds)
        return Table(name, chosen, kinds, self.window, self.currency, notes=self.notes, **more)


def figures(
    known: pl.DataFrame, users: pl.DataFrame, of_leaders: pl.DataFrame, money: Money, *, rates: bool
) -> pl.DataFrame:
    """A row a leader with what the tables are made of, in no order that matters.

    Args:
        known: `leader_id, group_id, joined_day` of every leader.
        users: as of `outcomes`.
        of_leaders: orders that belong to leaders, as of `owned`.
        money: what they cost.
        rates: whether shares of effective users say anything.
    """
    seen = pl.col("observed") if rates else pl.lit(False)
    by_users = users.group_by(leader_id="inviter_id").agg(
        invited=pl.len().cast(pl.Int64),
        registered=pl.col("registered").sum().cast(pl.Int64),
        effective=pl.col("effective").fill_null(False).sum().cast(pl.Int64),
        observed=seen.sum().cast(pl.Int64),
        observed_effective=(seen & pl.col("effective").fill_null(False)).sum().cast(pl.Int64),
        median_days_to_first_order=pl.col("waited").cast(pl.Float64).median(),
        first_invite=pl.col("day").min().cast(pl.Date),
        last_invite=pl.col("day").max().cast(pl.Date),
    )
    brought = of_leaders.filter(pl.col("leader_id") != pl.col("user_id"))
    by_orders = brought.group_by("leader_id").agg(
        pl.col("orders").sum().cast(pl.Int64), gmv=pl.col("amount").sum()
    )
    counts = (
        "invited",
        "registered",
        "effective",
        "observed",
        "observed_effective",
        "orders",
        "gmv",
    )
    costs = ("commission", "to_recover")
    nothing = pl.lit(0, pl.Int64) if money.known else pl.lit(None, pl.Int64)
    return (
        known.join(by_users, on="leader_id", how="left")
        .join(by_orders, on="leader_id", how="left")
        .join(money.by_leader, on="leader_id", how="left")
        .with_columns(
            pl.col(*counts).fill_null(0),
            *(pl.coalesce(name, nothing).alias(name) for name in costs),
        )
        .with_columns(reward=pl.col("effective") * money.reward)
        .sort("leader_id")
    )


def with_rates(frame: pl.DataFrame, *, reward: int) -> pl.DataFrame:
    """Sums of leaders with what they cost, and their rates.

    Where nothing says what commission is, the cost is the reward; empty without one.
    """
    of_reward = pl.col("reward") if reward else pl.lit(None, pl.Int64)
    cost = pl.coalesce(pl.col("commission") + pl.col("reward"), of_reward)
    seen, effective = pl.col("observed"), pl.col("observed_effective")
    return frame.with_columns(cost=cost).with_columns(
        effective_rate=pl.when(seen > 0).then(effective / seen),
        low=wilson_low(effective, seen),
        high=wilson_high(effective, seen),
        cost_per_effective=pl.when(pl.col("effective") > 0).then(
            pl.col("cost").cast(pl.Float64) / pl.col("effective")
        ),
        roas=pl.when(pl.col("cost") > 0).then(pl.col("gmv") / pl.col("cost")),
    )


def leaders(by_leader: pl.DataFrame, drawn: Drawn, reward: int) -> Table:
    """The table `leaders`: who brought most effective users first."""
    frame = with_rates(by_leader, reward=reward).sort(
        "effective", "gmv", "leader_id", descending=[True, True, False]
    )
    return drawn.table(
        "leaders", frame, LEADERS,
        keeps=("effective", "gmv", "commission", "orders", "effective_rate", "invited"),
    )  # fmt: skip


_SUMMED = (
    "invited", "registered", "effective", "observed", "observed_effective", "orders", "gmv",
    "reward",
)  # fmt: skip


def _sums(known: bool) -> list[pl.Expr]:
    """Sums over leaders; of what nothing says there is none."""
    costs = [
        (pl.col(name).sum() if known else pl.lit(None, pl.Int64)).alias(name)
        for name in ("commission", "to_recover")
    ]
    return [
        pl.len().cast(pl.Int64).alias("leaders"),
        (pl.col("invited") > 0).sum().cast(pl.Int64).alias("inviting"),
        *(pl.col(name).sum() for name in _SUMMED),
        *costs,
    ]


def groups(by_leader: pl.DataFrame, drawn: Drawn, money: Money) -> Table:
    """The table `groups`: by group, leaders of none last."""
    frame = with_rates(by_leader.group_by("group_id").agg(_sums(money.known)), reward=money.reward)
    per_leader = pl.col("effective") / pl.col("leaders")
    ordered = frame.with_columns(effective_per_leader=per_leader).sort("group_id", nulls_last=True)
    return drawn.table(
        "groups",
        ordered,
        GROUPS,
        keeps=("effective", "gmv", "commission", "effective_rate", "invited"),
    )


def summary(by_leader: pl.DataFrame, k: pl.DataFrame, drawn: Drawn, money: Money) -> Table:
    """The table `summary`: all leaders, then those who joined in each month.

    Args:
        by_leader: as of `figures`.
        k: as of `invitations_of`.
        drawn: the run's.
        money: what leaders cost.
    """
    month = pl.col("joined_day").cast(pl.Date).dt.strftime("%Y-%m")
    by_month = by_leader.with_columns(cohort=month).filter(pl.col("cohort").is_not_null())
    both = pl.concat([by_leader.with_columns(cohort=pl.lit(ALL, pl.String)), by_month])
    spread = [
        pl.col("effective").mean().alias("mean_effective"),
        pl.col("effective").median().alias("median_effective"),
        _best_tenth().alias("best_tenth_share"),
    ]
    frame = both.group_by("cohort").agg(*_sums(money.known), *spread)
    frame = frame.join(k, on="cohort", how="full", coalesce=True)
    counts = ("leaders", "inviting", *_SUMMED)
    frame = frame.with_columns(
        pl.col(*counts).fill_null(0),
        k=pl.when(pl.col("cohort_users") > 0).then(
            pl.col("cohort_invitations") / pl.col("cohort_users")
        ),
    )
    ordered = with_rates(frame, reward=money.reward).sort(pl.col("cohort") != ALL, "cohort")
    more = [
        Note(
            "K of {cohort} is {k:.2f}: each user brings another, so it grows by itself",
            cohort=cohort,
            k=value,
        )
        for cohort, value in ordered.select("cohort", "k").iter_rows()
        if value is not None and value >= 1 and cohort != ALL
    ]
    table = drawn.table(
        "summary", ordered, SUMMARY,
        keeps=("effective", "k", "gmv", "commission", "effective_rate", "invited", "inviting"),
    )  # fmt: skip
    return table.but(notes=(*table.notes, *more))


def _best_tenth() -> pl.Expr:
    """The part of all effective users that the best tenth of the leaders brought, at least one, ties in."""
    effective = pl.col("effective")
    place = ((pl.len() + 9) // 10).cast(pl.Int64) - 1
    least = effective.sort(descending=True).get(place)
    best = effective.filter(effective >= least).sum()
    return pl.when(effective.sum() > 0).then(best / effective.sum())


def invitations_of(
    members: pl.DataFrame, users: pl.DataFrame, within: tuple[int, int], days: int
) -> pl.DataFrame:
    """What K is made of: `cohort, cohort_users, cohort_invitations`, of all and by month of joining.

    Args:
        members: `user_id, registered_day` of all users.
        users: as of `outcomes`.
        within: the first day of orders, and the last day that counts.
        days: how long after joining invitations count: users whose days aren't over, or begin
            before the orders, are left out.
    """
    first, as_of = within
    observed = members.filter(pl.col("registered_day").is_between(first, as_of - days))
    came = users.filter(pl.col("effective").fill_null(False)).select(
        inviter="inviter_id", ordered="first_order", invited="day"
    )
    soon = (pl.col("ordered") <= pl.col("registered_day") + days) & (
        pl.col("invited") >= pl.col("registered_day")
    )
    by_inviter = (
        came.join(observed, left_on="inviter", right_on="user_id")
        .filter(soon)
        .group_by(user_id="inviter")
        .agg(came=pl.len().cast(pl.Int64))
    )
    month = pl.col("registered_day").cast(pl.Date).dt.strftime("%Y-%m")
    counted = observed.join(by_inviter, on="user_id", how="left").with_columns(cohort=month)
    both = pl.concat([counted.with_columns(cohort=pl.lit(ALL, pl.String)), counted])
    return (
        both.group_by("cohort")
        .agg(
            cohort_users=pl.len().cast(pl.Int64),
            cohort_invitations=pl.col("came").fill_null(0).sum(),
        )
        .sort("cohort")
    )
