"""Measures: what a shop did in a span of days, and how that compares with another span.

users : count
    Users with a valid order by the span's last day.
active : users
    Users with an order in the span.
new : users
    Active users whose first order is in the span.
orders : count
    Valid orders of the span.
revenue : money
    Sum of net amounts of the span; a refund without its order counts on its own day.
orders_per_user : orders
    orders / active.
aov : money
    revenue / orders.
repurchase_rate : proportion
    repurchased_users / observed_users.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import polars as pl

from userops.core import periods
from userops.core.dates import Window, to_day
from userops.core.periods import Period
from userops.core.table import Kind
from userops.engines.parallel import Ints
from userops.ledger.timeline import Timeline

DAYS_TO_RETURN = 30
PERIODS_KINDS: dict[str, Kind] = {
    "users": Kind.COUNT,
    "active": Kind.COUNT,
    "new": Kind.COUNT,
    "orders": Kind.COUNT,
    "revenue": Kind.MONEY,
    "orders_per_user": Kind.NUMBER,
    "aov": Kind.MONEY,
    "repurchase_rate": Kind.RATE,
}

Value = int | float | None


@dataclass(frozen=True, slots=True)
class Span:
    """Days from first to last, both whole; `complete` unless as_of cuts it short."""

    first: int
    last: int
    complete: bool = True

    @property
    def days(self) -> int:
        """How many days it has."""
        return self.last - self.first + 1


@dataclass(frozen=True)
class OrderMeasures:
    """All orders by user and day, to be measured over spans of days."""

    timeline: Timeline

    @cached_property
    def timeline_rows(self) -> Ints:
        """Of each order: whose it is, by place in the timeline."""
        return self.timeline.spread(np.arange(len(self.timeline.users), dtype=np.int32))

    @cached_property
    def _first_day(self) -> int:
        """The first day of all."""
        first = int(self.timeline.days.min(initial=2**31 - 1))
        return (
            first if self.timeline.loose is None else int(self.timeline.loose[1].min(initial=first))
        )

    @cached_property
    def _orders(self) -> Ints:
        return _running_counts(self.timeline.days - self._first_day)

    @cached_property
    def _new_users(self) -> Ints:
        return _running_counts(self.timeline.first_days - self._first_day)

    @cached_property
    def _returned(self) -> Ints:
        """Users who came back within the days of `repurchase_rate`, by their first day."""
        first, second = self.timeline.first_days, _second_days(self.timeline)
        return _running_counts((first - self._first_day)[second - first <= DAYS_TO_RETURN])

    @cached_property
    def _revenue(self) -> Ints:
        days, amounts = self.timeline.days, self.timeline.amounts
        if amounts is None:
            raise ValueError("revenue needs amounts")
        if self.timeline.loose is not None:
            days = np.concatenate((days, self.timeline.loose[1]))
            amounts = np.concatenate((amounts, self.timeline.loose[2]))
        daily = pl.DataFrame({"day": days, "amount": amounts}).group_by("day").sum()
        sums = np.zeros(int(days.max(initial=self._first_day)) - self._first_day + 1, np.int64)
        sums[daily["day"].to_numpy() - self._first_day] = daily["amount"].to_numpy()
        return np.cumsum(sums)

    def _sum_between(self, running: Ints, first: int, last: int) -> int:
        """The sum from one day to another of what sums run of."""
        sums_to_day = (
            int(running[min(day - self._first_day, len(running) - 1)])
            if len(running) and day >= self._first_day
            else 0
            for day in (last, first - 1)
        )
        return next(sums_to_day) - next(sums_to_day)

    def positions_in(self, span: Span) -> Ints:
        """Positions of the span's orders."""
        return np.flatnonzero(
            (self.timeline.days >= span.first) & (self.timeline.days <= span.last)
        )

    def users_of(self, orders: Ints) -> Ints:
        """The users of some orders, each once, by place in the timeline."""
        user = self.timeline_rows[orders]
        return user[np.append(True, user[1:] != user[:-1])] if len(user) else user

    def _active_counts(self, spans: Sequence[Span]) -> list[int]:
        """Users with an order in each of some spans, which don't overlap and ascend."""
        if not spans:
            return []
        positions = np.flatnonzero(self.timeline.days >= spans[0].first)
        days, users = self.timeline.days[positions], self.timeline_rows[positions]
        span_numbers = np.searchsorted([span.first for span in spans], days, "right") - 1
        in_span = days <= np.array([span.last for span in spans])[span_numbers]
        span_numbers, users = span_numbers[in_span], users[in_span]
        is_first = np.ones(len(users), bool)
        is_first[1:] = (users[1:] != users[:-1]) | (span_numbers[1:] != span_numbers[:-1])
        counts: list[int] = np.bincount(span_numbers[is_first], minlength=len(spans)).tolist()
        return counts

    def revenue(self, span: Span) -> int:
        """Net minor units of a span."""
        return self._sum_between(self._revenue, span.first, span.last)

    def by_day(self, first: int, last: int) -> dict[str, Ints]:
        """New users, orders and net minor units of each day from one to another."""
        running = {"new": self._new_users, "orders": self._orders, "revenue": self._revenue}
        places = np.arange(first - 1, last + 1) - self._first_day
        values = {}
        for name, sums in running.items():
            to_day = np.concatenate(([0], sums))  # 0 before the first day
            values[name] = np.diff(to_day[np.clip(places + 1, 0, len(sums))])
        return values

    def measure(self, span: Span) -> dict[str, Value]:
        """The value of each measure over a span."""
        return self.measures([span])[0]

    def measures(self, spans: Sequence[Span]) -> list[dict[str, Value]]:
        """The value of each measure over each of some spans, which don't overlap and ascend."""
        return [
            self._measure(span, active)
            for span, active in zip(spans, self._active_counts(spans), strict=True)
        ]

    def _measure(self, span: Span, active: int) -> dict[str, Value]:
        orders = self._sum_between(self._orders, span.first, span.last)
        revenue = self.revenue(span)
        # Whose days to return ended in the span.
        return_span = (span.first - DAYS_TO_RETURN, span.last - DAYS_TO_RETURN)
        observed = self._sum_between(self._new_users, *return_span)
        repurchased = self._sum_between(self._returned, *return_span)
        return {
            "users": self._sum_between(self._new_users, self._first_day, span.last),
            "active": active,
            "new": self._sum_between(self._new_users, span.first, span.last),
            "orders": orders,
            "revenue": revenue,
            "orders_per_user": orders / active if active else None,
            "aov": revenue / orders if orders else None,
            "repurchase_rate": repurchased / observed if observed else None,
            "repurchased_users": repurchased,
            "observed_users": observed,
        }

    def customers(self, customers: pl.DataFrame, day: int) -> pl.DataFrame:
        """Customers at the end of an earlier day, in the form that `CUSTOMERS` gives.

        Args:
            customers: all customers, as the timeline was built from; further columns stay.
            day: the last day that counts.
        """
        timeline = self.timeline
        if not len(timeline.days) or timeline.amounts is None:
            return customers.clear()
        counts = timeline.counts_until(day)
        last_days = timeline.days[timeline.starts[:-1] + np.maximum(counts, 1) - 1]
        sums = customers["amount"].to_numpy().copy()
        later_orders = np.flatnonzero(timeline.days > day)
        np.subtract.at(
            sums, timeline.users[self.timeline_rows[later_orders]], timeline.amounts[later_orders]
        )
        if timeline.loose is not None:
            users, days, amounts = timeline.loose
            np.subtract.at(sums, users[days > day], amounts[days > day])
        return customers.with_columns(
            pl.Series(
                "last_day", timeline.by_customer(last_days), dtype=customers.schema["last_day"]
            ),
            pl.Series("orders", timeline.by_customer(counts), dtype=customers.schema["orders"]),
            pl.Series("amount", sums, dtype=customers.schema["amount"]),
        ).filter(pl.col("orders") > 0)


def _running_counts(days: Ints) -> Ints:
    """How many there are up to each day, from day 0."""
    return np.cumsum(np.bincount(days))


def _second_days(timeline: Timeline) -> Ints:
    """Of each user the second purchase day; a day far off if there's none."""
    first_days, last_positions = timeline.first_days, timeline.starts[1:] - 1
    positions = timeline.starts[:-1].copy()
    open_rows = np.flatnonzero(positions < last_positions)
    while len(open_rows):  # as often as anyone bought on the first day
        positions[open_rows] += 1
        open_rows = open_rows[
            (timeline.days[positions[open_rows]] == first_days[open_rows])
            & (positions[open_rows] < last_positions[open_rows])
        ]
    second_days = timeline.days[positions].astype(np.int64)
    second_days[second_days == first_days] = np.iinfo(np.int32).max
    return second_days


def spans(first_day: int, as_of: int, period: Period, week_start: str = "monday") -> list[Span]:
    """The periods from the first day to as_of; the last is cut at as_of if that cuts it short."""
    first_number, last_number = (
        periods.number_of(day, period, week_start) for day in (first_day, as_of)
    )
    starts = periods.first_day(
        np.arange(first_number, last_number + 2), period, week_start
    ).tolist()
    return [
        Span(start, min(following - 1, as_of), following - 1 <= as_of)
        for start, following in pairwise(starts)
    ]


def year_before(span: Span, spans_: Sequence[Span]) -> Span | None:
    """The span a year before: the same month, or the week 52 weeks earlier."""
    if span.days <= 7:
        return next((span_ for span_ in spans_ if span_.first == span.first - 364), None)
    start = pl.Series([span.first], dtype=pl.Int32).cast(pl.Date).dt.offset_by("-1y")
    day = int(start.cast(pl.Int32)[0])
    return next((span_ for span_ in spans_ if span_.first == day), None)


def change(kind: Kind, now: Value, before: Value) -> float | None:
    """From one value to another: relative; of proportions the difference."""
    if now is None or before is None:
        return None
    if kind is Kind.RATE:
        return now - before
    return now / before - 1 if before > 0 else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The last whole period beside the one it's compared with, and what led to both.

    `running` is the period that as_of cuts short, if there is one. Without any whole period
    `now` is that one. `year`: what was looked for is the period a year before.
    """

    spans: tuple[Span, ...]
    now: Span
    before: Span | None
    running: Span | None
    year: bool = False


def compare(
    window: Window, period: Period, *, year: bool = False, week_start: str = "monday"
) -> Comparison | None:
    """What to compare with what, as of the window's last day; None without orders."""
    if window.first_day is None or window.as_of is None:
        return None
    known_spans = spans(to_day(window.first_day), to_day(window.as_of), period, week_start)
    # The first period may have begun before the data did.
    first_is_whole = known_spans[0].first >= to_day(window.first_day)
    whole_spans = [span for span in known_spans[0 if first_is_whole else 1 :] if span.complete]
    running = None if known_spans[-1].complete else known_spans[-1]
    if not whole_spans:
        return Comparison(tuple(known_spans), known_spans[-1], None, running, year)
    now = whole_spans[-1]
    earlier_spans = whole_spans[:-1]
    before = (
        year_before(now, earlier_spans) if year else (earlier_spans[-1] if earlier_spans else None)
    )
    return Comparison(tuple(known_spans), now, before, running, year)
