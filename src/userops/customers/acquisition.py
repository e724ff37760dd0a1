"""Acquisition: who came through which channel, and what that cost.

acquisition channel
    What the users export says of the user, else the channel of the first valid order.
cost : money
    What was spent on a channel: on a day, in a week, in a month, or over a span (`from`, `to`),
    spread evenly over its days. Where rows are dates, their spacing tells what they stand for:
    dates whole weeks apart are the weeks that begin on them, firsts (or lasts) of months those
    months, else each is its day. Only days from the month of the first order to as_of count; a
    part of a cost is the nearest cent, so that parts add up. Without a row a day costs nothing.
new_users : count
    Users whom the costs won: whose first order falls into the costs' period, from the first day
    that the costs cover to the last, as far as the orders reach. Without costs, all users.
cac : money
    cost / new_users, of the same period; empty, as are ltv_cac, payback_months and roi, where
    the cost is zero or less.
payback_months : months
    The first age, in calendar months after that of the first order (0), at which the
    cumulative margin per new user reaches the CAC: over the cohorts that have reached that age
    whole. "Not yet" with the months seen where people read, else empty. Without a margin it's
    revenue that is counted, and the label says so.
roi : proportion
    (margin brought to as_of by the new users - cost) / cost. Without a margin it's of revenue,
    and the label says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from userops.core import periods
from userops.core.periods import Period


@dataclass(frozen=True, slots=True)
class Payback:
    """`months`: the age at which users have paid back; None if not yet within `seen` months."""

    months: int | None
    months_seen: int


def payback(
    users: pl.DataFrame, revenue_rows: pl.DataFrame, cac: Fraction, margin: Fraction, as_of: int
) -> Payback:
    """When the users of a group have brought what they cost.

    Args:
        users: `first_day` of each.
        revenue_rows: `first_day, month, amount` of them, as `buyers.revenue_by_month` gives it.
        cac: minor units a user.
        margin: part of the amounts that is earned.
        as_of: the last day that counts.
    """
    last_month = periods.last_whole(as_of, Period.MONTH)
    cohorts = periods.number(users["first_day"].to_numpy(), Period.MONTH)
    size: dict[int, int] = dict(pl.Series(cohorts).value_counts().rows())
    revenue: dict[tuple[int, int], int] = {}
    cohort_of_rows = periods.number(revenue_rows["first_day"].to_numpy(), Period.MONTH).tolist()
    for cohort, month, amount in zip(
        cohort_of_rows, revenue_rows["month"], revenue_rows["amount"], strict=True
    ):
        key = (cohort, max(month - cohort, 0))
        revenue[key] = revenue.get(key, 0) + amount
    months_seen = max((last_month - cohort + 1 for cohort in size), default=0)
    revenue_to_age = dict.fromkeys(size, 0)
    for age in range(max(months_seen, 0)):
        complete_cohorts = [cohort for cohort in size if cohort + age <= last_month]
        for cohort in complete_cohorts:
            revenue_to_age[cohort] += revenue.get((cohort, age), 0)
        total = sum(revenue_to_age[cohort] for cohort in complete_cohorts)
        if total * margin >= cac * sum(size[cohort] for cohort in complete_cohorts):
            return Payback(age, months_seen)
    return Payback(None, max(months_seen, 0))
