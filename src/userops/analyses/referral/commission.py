"""Commission: what leaders are paid for the orders that they brought.

Amounts are whole minor units; a rate is an exact fraction, and each commission the nearest unit,
half up: of an order, or of a leader's month.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import polars as pl

from userops.analyses.referral.params import ReferralParams
from userops.core.errors import UsageError

PAID = {"leader_id": pl.String, "user_id": pl.String, "commission": pl.Int64}


@dataclass(frozen=True, slots=True)
class Step:
    """From an amount on: a part of it, and a sum beside."""

    start: int
    rate: Fraction
    flat: int


@dataclass(frozen=True, slots=True)
class Scheme:
    """How commission is found: by the export's own column, or by steps.

    Attributes:
        exported: whether orders say it themselves.
        steps: by `start`, ascending; none where nothing says it.
        monthly: whether a leader's calendar month is what steps are for, else each order.
        marginal: whether each part of an amount goes by its own step.
        second_rate: what a leader's own inviter is paid of the amount.
    """

    exported: bool
    steps: Sequence[Step] = ()
    monthly: bool = False
    marginal: bool = False
    second_rate: Fraction = Fraction(0)

    @property
    def known(self) -> bool:
        """Whether anything says what is paid."""
        return self.exported or bool(self.steps) or self.second_rate > 0


def scheme_of(params: ReferralParams, places: int, *, exported: bool) -> Scheme:
    """The scheme of the settings, or of an export that says commission itself.

    Raises:
        UsageError: two steps begin at one amount.
    """
    steps = sorted(
        (
            Step(minor(rule.from_, places), Fraction(str(rule.rate)), minor(rule.flat, places))
            for rule in params.rules
        ),
        key=lambda step: step.start,
    )
    starts = [step.start for step in steps]
    if again := {start for start in starts if starts.count(start) > 1}:
        amount = Fraction(min(again), 10**places)
        raise UsageError(
            f"[[referral.rules]]: two steps from {float(amount):g}",
            mend="one step from each amount",
        )
    second = Fraction(0 if exported else str(params.second_rate))
    return Scheme(exported, steps, params.basis == "month", params.marginal, second)


def minor(money: float, places: int) -> int:
    """Minor units of a sum in the settings."""
    units: int = round(Fraction(str(money)) * 10**places)
    return units


def paid(orders: pl.DataFrame, scheme: Scheme) -> pl.DataFrame:
    """What leaders are paid for users' orders: `leader_id, user_id, commission`, by both.

    Args:
        orders: `leader_id, user_id, day, amount, commission` of each order; `commission` is what the
            export says. A leader's own order earns what the export says, and nothing by steps.
        scheme: how it's found.
    """
    if not scheme.known:
        return pl.DataFrame(schema=PAID)
    of_others = orders.filter(pl.col("leader_id") != pl.col("user_id"))
    if scheme.exported:
        earned = orders.with_columns(earned=pl.col("commission").fill_null(0))
    elif scheme.monthly:
        earned = _by_month(of_others, scheme)
    else:
        earned = of_others.with_columns(earned=earned_of(pl.col("amount"), scheme))
    return (
        earned.group_by("leader_id", "user_id")
        .agg(commission=pl.col("earned").sum())
        .sort("leader_id", "user_id")
    )


def recovered(
    orders: pl.DataFrame, given_back: pl.DataFrame, earned: pl.DataFrame, scheme: Scheme
) -> pl.DataFrame:
    """What orders given back would have been paid beyond the others, in the form of `paid`.

    Each has its own; a month's is what it would have been with them, less `earned` without.
    """
    if not scheme.monthly or scheme.exported:
        return paid(given_back, scheme).filter(pl.col("commission") != 0)
    keys = ["leader_id", "user_id"]
    both = paid(pl.concat([orders, given_back]), scheme).join(
        earned, on=keys, how="left", suffix="_kept"
    )
    more = pl.col("commission") - pl.col("commission_kept").fill_null(0)
    return both.select(*keys, commission=more).filter(pl.col("commission") != 0).sort(keys)


def second_level(orders: pl.DataFrame, above: pl.DataFrame, scheme: Scheme) -> pl.DataFrame:
    """What leaders' own inviters are paid besides: `leader_id, second`, by leader_id.

    Args:
        orders: as of `paid`.
        above: `user_id, inviter_id` of whoever was invited.
        scheme: with its `second_rate`.
    """
    rate = scheme.second_rate
    if not rate:
        return pl.DataFrame(schema={"leader_id": pl.String, "second": pl.Int64})
    of_others = orders.filter(pl.col("leader_id") != pl.col("user_id"))
    return (
        of_others.select("leader_id", "amount")
        .join(above, left_on="leader_id", right_on="user_id")
        .group_by(leader_id="inviter_id")
        .agg(second=_nearest(pl.col("amount").clip(0) * rate.numerator, rate.denominator).sum())
        .sort("leader_id")
    )


def totals(first: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """`leader_id, commission` of both levels, by leader_id."""
    by_leader = first.group_by("leader_id").agg(pl.col("commission").sum())
    both = by_leader.join(second, on="leader_id", how="full", coalesce=True)
    return both.select(
        "leader_id", commission=pl.col("commission").fill_null(0) + pl.col("second").fill_null(0)
    ).sort("leader_id")


def by_leader(kept: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    """`leader_id, commission, to_recover`: totals for orders that stand, and for those given back."""
    both = kept.join(
        gone.rename({"commission": "to_recover"}), on="leader_id", how="full", coalesce=True
    )
    return both.with_columns(pl.col("commission", "to_recover").fill_null(0)).sort("leader_id")


def earned_of(amount: pl.Expr, scheme: Scheme) -> pl.Expr:
    """What an amount earns by the steps; nothing below the first of them, nor for nothing."""
    steps = scheme.steps
    if not steps:
        return pl.lit(0, pl.Int64)
    whole = lcm(*(step.rate.denominator for step in steps))
    wide = amount.cast(pl.Int128)
    part, flat = pl.lit(0, pl.Int128), pl.lit(0, pl.Int64)
    for number, step in enumerate(steps):
        times = int(step.rate * whole)
        reached = (amount >= step.start) & (amount > 0)
        if scheme.marginal:
            end = steps[number + 1].start if number + 1 < len(steps) else None
            inside = wide.clip(step.start, end) - step.start
            part += inside * times
            flat += pl.when(reached).then(step.flat).otherwise(0)
        else:
            part = pl.when(reached).then(wide * times).otherwise(part)
            flat = pl.when(reached).then(step.flat).otherwise(flat)
    return _nearest(part, whole) + flat


def _nearest(part: pl.Expr, whole: int) -> pl.Expr:
    """The nearest whole number of a fraction, half up."""
    return ((part.cast(pl.Int128) * 2 + whole) // (2 * whole)).cast(pl.Int64)


def _by_month(orders: pl.DataFrame, scheme: Scheme) -> pl.DataFrame:
    """What each leader earned in each calendar month, shared out to users by what they paid.

    What is left after whole units goes along the users in order of their ids, so that the parts
    are the whole.
    """
    month = pl.col("day").cast(pl.Date).dt.truncate("1mo").alias("month")
    by_user = (
        orders.group_by("leader_id", month, "user_id")
        .agg(pl.col("amount").sum())
        .sort("leader_id", "month", "user_id")
    )
    months = ["leader_id", "month"]
    by_user = by_user.with_columns(
        total=earned_of(pl.col("amount").sum().over(months), scheme),
        weight=pl.col("amount").clip(0),
    ).with_columns(weights=pl.col("weight").sum().over(months))
    reached = pl.col("weight").cum_sum().over(months).cast(pl.Int128) * pl.col("total")
    upto = pl.when(pl.col("weights") > 0).then((reached // pl.col("weights")).cast(pl.Int64))
    return by_user.with_columns(upto=upto.fill_null(0)).with_columns(
        earned=pl.col("upto") - pl.col("upto").shift(1).over(months).fill_null(0)
    )
