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
        spans, notes = _spans(export["period"].to_list())
        rows = pl.DataFrame(
            {
                "channel": export["channel"],
                "from_day": [span[0] for span in spans],
                "to_day": [span[1] for span in spans],
                "cost": export["cost"],
            },
            schema={"channel": pl.String, "from_day": pl.Int64, "to_day": pl.Int64, "cost": pl.Int64},
        )  # fmt: skip
        if rows.is_empty():
            return cls(rows, 1, 0, (Note("the costs export holds no rows"),))
        found = cls(rows, 1, 0).at(first_order, as_of)
        outside = rows.filter(
            (pl.col("to_day") < month_start(first_order)) | (pl.col("from_day") > as_of)
        )
        if not found.met:
            begun, done = _extent(rows)
            notes.append(
                Note(
                    "costs cover {first} to {last}, where there are no orders: no CAC",
                    first=to_date(begun),
                    last=to_date(done),
                )
            )
        elif len(outside):
            notes.append(
                Note(
                    "{count:row|rows} of costs outside the orders' days",
                    count=len(outside),
                )
            )
        return replace(found, notes=tuple(notes))

    def at(self, first_order: int, day: int) -> Self:
        """The same as they're told at the end of a day, for orders from `first_order` on.

        What begins later wasn't known then, nor were channels of which that's all there is.
        """
        known = self.rows.filter(pl.col("from_day") <= day)
        if known.is_empty():
            return replace(self, rows=known, first=1, last=0)
        begun, done = _extent(known)
        first, last = max(begun, month_start(first_order)), min(done, day)
        return replace(self, rows=known, first=first, last=last)

    @property
    def met(self) -> bool:
        """Whether costs and orders have days in common."""
        return self.first <= self.last

    def within(self, low: int | None = None, high: int | None = None) -> dict[str, int]:
        """Cost by channel, of the days from low to high within the period; 0 for none then."""
        start = self.first if low is None else max(low, self.first)
        end = self.last if high is None else min(high, self.last)
        length = pl.col("to_day") - pl.col("from_day") + 1

        def until(day: int) -> pl.Expr:
            # Differences of one running total, so that parts add up to the whole.
            passed = (day - pl.col("from_day")).clip(0, length)
            return pl.col("cost").cast(pl.Int128) * passed // length

        part = (until(max(end, start - 1) + 1) - until(start)).cast(pl.Int64)
        sums = self.rows.group_by("channel").agg(part.sum()).sort("channel")
        return {str(channel): int(cost) for channel, cost in sums.iter_rows()}

    def holes(self) -> list[tuple[str, str, str]]:
        """Channel, first and last month of each run of the period's months without a row of costs."""
        if not self.met:
            return []
        begin, end = (periods.number_of(day, Period.MONTH) for day in (self.first, self.last))
        held: dict[str, set[int]] = {}
        days = self.rows.with_columns(pl.col("from_day", "to_day").clip(self.first, self.last))
        inside = (self.rows["to_day"] >= self.first) & (self.rows["from_day"] <= self.last)
        spans = (periods.number(days[name].to_numpy(), Period.MONTH).tolist() for name in ("from_day", "to_day"))  # fmt: skip
        for channel, counts, low, high in zip(days["channel"], inside, *spans, strict=True):
            held.setdefault(channel, set()).update(range(low, high + 1) if counts else ())
        found = []
        for channel, months in sorted(held.items()):
            bare = [month for month in range(begin, end + 1) if month not in months]
            opens = [month for month in bare if month - 1 not in bare]
            closes = [month for month in bare if month + 1 not in bare]
            found += [
                (channel, periods.label(low, Period.MONTH), periods.label(high, Period.MONTH))
                for low, high in zip(opens, closes, strict=True)
            ]
        return found

    def new(self) -> pl.Expr:
        """Whether a user's `first_day` is in the period."""
        return pl.col("first_day").is_between(self.first, self.last)


def _extent(rows: pl.DataFrame) -> tuple[int, int]:
    """The first and the last day of any row."""
    return rows.select(pl.col("from_day").min(), pl.col("to_day").max()).row(0)


def _spans(texts: list[str]) -> tuple[list[tuple[int, int]], list[Note]]:
    """The first and last day of each period, and what was assumed."""
    found = [span_of(text) for text in texts]
    wrong = [text for text, span in zip(texts, found, strict=True) if span is None]
    if wrong:
        listed = ", ".join(dict.fromkeys(wrong[:3]))
        raise InputError(
            f"costs: {counted(len(wrong), 'period')} neither a day nor a month, such as {listed}",
            mend="write YYYY-MM-DD or YYYY-MM",
        )
    spans = [span for span in found if span is not None]
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
    seen: int


def payback(
    users: pl.DataFrame, earned: pl.DataFrame, cac: Fraction, margin: Fraction, as_of: int
) -> Payback:
    """When the users of a group have brought what they cost.

    Args:
        users: `first_day` of each.
        earned: `first_day, month, amount` of them, as `buyers.earnings` gives it.
        cac: minor units a user.
        margin: part of the amounts that is earned.
        as_of: the last day that counts.
    """
    last = periods.last_whole(as_of, Period.MONTH)
    cohorts = periods.number(users["first_day"].to_numpy(), Period.MONTH)
    size: dict[int, int] = dict(pl.Series(cohorts).value_counts().rows())
    brought: dict[tuple[int, int], int] = {}
    of = periods.number(earned["first_day"].to_numpy(), Period.MONTH).tolist()
    for cohort, month, amount in zip(of, earned["month"], earned["amount"], strict=True):
        key = (cohort, max(month - cohort, 0))
        brought[key] = brought.get(key, 0) + amount
    seen = max((last - cohort + 1 for cohort in size), default=0)
    so_far = dict.fromkeys(size, 0)
    for age in range(max(seen, 0)):
        whole = [cohort for cohort in size if cohort + age <= last]
        for cohort in whole:
            so_far[cohort] += brought.get((cohort, age), 0)
        total = sum(so_far[cohort] for cohort in whole)
        if total * margin >= cac * sum(size[cohort] for cohort in whole):
            return Payback(age, seen)
    return Payback(None, max(seen, 0))
