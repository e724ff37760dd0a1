"""Acquisition: who came through which channel, and what that cost.

acquisition channel
    What the users export says of the user, else the channel of the first valid order.
cost : money
    What was spent on a channel. A month's cost is spread evenly over its days; only days
    from the month of the first order to as_of count. Without a row a day costs nothing.
new_users : count
    Users whose first order falls into the costs' period: from the first day that the costs
    cover to the last, as far as the orders reach. Without costs, all users.
cac : money
    cost / new_users, of the same period; empty, as are ltv_cac, payback_months and roi, where
    the cost is zero or less.
payback_months : months
    The first age, in calendar months after that of the first order (0), at which the
    cumulative margin per new user reaches the CAC: over the cohorts that have reached that age
    whole. "Not yet" with the months seen where people read, else empty.
roi : proportion
    (margin brought to as_of by the new users - cost) / cost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Self

import polars as pl

from userops.core import periods
from userops.core.dates import to_date
from userops.core.errors import InputError
from userops.core.messages import Note, counted
from userops.core.period_text import month_end, month_start, span_of
from userops.core.periods import Period


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs by `channel, from_day, to_day, cost` (minor units), and the period compared.

    The period, `first` to `last`, is empty (`first > last`) where costs and orders don't meet.
    """

    rows: pl.DataFrame
    first: int
    last: int
    notes: tuple[Note, ...] = ()

    @classmethod
    def of(cls, export: pl.DataFrame, first_order: int, as_of: int) -> Self:
        """Of a costs export's `channel, period, cost`, for orders from a day to as_of.

        Raises:
            InputError: a period is neither a day nor a month.
        """
        periods_of_rows, notes = _spans(export["period"].to_list())
        rows = pl.DataFrame(
            {
                "channel": export["channel"],
                "from_day": [span[0] for span in periods_of_rows],
                "to_day": [span[1] for span in periods_of_rows],
                "cost": export["cost"],
            },
            schema={"channel": pl.String, "from_day": pl.Int64, "to_day": pl.Int64, "cost": pl.Int64},
        )  # fmt: skip
        if rows.is_empty():
            return cls(rows, 1, 0, (Note("the costs export holds no rows"),))
        costs = cls(rows, 1, 0).at(first_order, as_of)
        outside_rows = rows.filter(
            (pl.col("to_day") < month_start(first_order)) | (pl.col("from_day") > as_of)
        )
        if not costs.met:
            first_cost_day, last_cost_day = _extent(rows)
            notes.append(
                Note(
                    "costs cover {first} to {last}, where there are no orders: no CAC",
                    first=to_date(first_cost_day),
                    last=to_date(last_cost_day),
                )
            )
        elif len(outside_rows):
            notes.append(
                Note(
                    "{count:row|rows} of costs outside the orders' days",
                    count=len(outside_rows),
                )
            )
        return replace(costs, notes=tuple(notes))

    def at(self, first_order: int, day: int) -> Self:
        """The same as they're told at the end of a day, for orders from `first_order` on.

        What begins later wasn't known then, nor were channels of which that's all there is.
        """
        known = self.rows.filter(pl.col("from_day") <= day)
        if known.is_empty():
            return replace(self, rows=known, first=1, last=0)
        first_cost_day, last_cost_day = _extent(known)
        first, last = max(first_cost_day, month_start(first_order)), min(last_cost_day, day)
        return replace(self, rows=known, first=first, last=last)

    @property
    def met(self) -> bool:
        """Whether costs and orders have days in common."""
        return self.first <= self.last

    def within(self, low: int | None = None, high: int | None = None) -> dict[str, int]:
        """Cost by channel, of the days from low to high within the period; 0 for none then."""
        first_day = self.first if low is None else max(low, self.first)
        last_day = self.last if high is None else min(high, self.last)
        length = pl.col("to_day") - pl.col("from_day") + 1

        def until(day: int) -> pl.Expr:
            # Differences of one running total, so that parts add up to the whole.
            passed = (day - pl.col("from_day")).clip(0, length)
            return pl.col("cost").cast(pl.Int128) * passed // length

        part = (until(max(last_day, first_day - 1) + 1) - until(first_day)).cast(pl.Int64)
        sums = self.rows.group_by("channel").agg(part.sum()).sort("channel")
        return {str(channel): int(cost) for channel, cost in sums.iter_rows()}

    def missing_months(self) -> list[tuple[str, str, str]]:
        """Channel, first and last month of each run of the period's months without a row of costs."""
        if not self.met:
            return []
        first_month, last_month = (
            periods.number_of(day, Period.MONTH) for day in (self.first, self.last)
        )
        covered_months: dict[str, set[int]] = {}
        days = self.rows.with_columns(pl.col("from_day", "to_day").clip(self.first, self.last))
        in_period = (self.rows["to_day"] >= self.first) & (self.rows["from_day"] <= self.last)
        month_ranges = (periods.number(days[name].to_numpy(), Period.MONTH).tolist() for name in ("from_day", "to_day"))  # fmt: skip
        for channel, is_in_period, low, high in zip(
            days["channel"], in_period, *month_ranges, strict=True
        ):
            covered_months.setdefault(channel, set()).update(
                range(low, high + 1) if is_in_period else ()
            )
        runs = []
        for channel, months in sorted(covered_months.items()):
            missing = [month for month in range(first_month, last_month + 1) if month not in months]
            starts = [month for month in missing if month - 1 not in missing]
            ends = [month for month in missing if month + 1 not in missing]
            runs += [
                (channel, periods.label(low, Period.MONTH), periods.label(high, Period.MONTH))
                for low, high in zip(starts, ends, strict=True)
            ]
        return runs

    def new(self) -> pl.Expr:
        """Whether a user's `first_day` is in the period."""
        return pl.col("first_day").is_between(self.first, self.last)


def _extent(rows: pl.DataFrame) -> tuple[int, int]:
    """The first and the last day of any row."""
    return rows.select(pl.col("from_day").min(), pl.col("to_day").max()).row(0)


def _spans(texts: list[str]) -> tuple[list[tuple[int, int]], list[Note]]:
    """The first and last day of each period, and what was assumed."""
    parsed = [span_of(text) for text in texts]
    unreadable = [text for text, span in zip(texts, parsed, strict=True) if span is None]
    if unreadable:
        listed = ", ".join(dict.fromkeys(unreadable[:3]))
        raise InputError(
            f"costs: {counted(len(unreadable), 'period')} neither a day nor a month, such as {listed}",
            mend="write YYYY-MM-DD or YYYY-MM",
        )
    spans = [span for span in parsed if span is not None]
    days = {span[0] for span in spans}
    # A spreadsheet writes months as their first days.
    if len(days) > 1 and all(a == b and to_date(a).day == 1 for a, b in spans):
        return [(day, month_end(to_date(day))) for day, _ in spans], [
            Note("costs: all periods are the first of a month, taken as whole months")
        ]
    return spans, []


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
