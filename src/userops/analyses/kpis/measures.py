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
    Of the users whose 30 days since the first purchase day ended in the span, the share
    with a second purchase day within them.
change : proportion
    value / value of the span compared with - 1; of proportions the difference, in points.
complete : yes or no
    Whether as_of is the period's last day or later.

Tables: `periods` (a row a week or month).
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
from userops.core.messages import Note
from userops.core.periods import Period
from userops.core.table import Currency, Kind, Table
from userops.engines.parallel import Ints
from userops.ledger.timeline import Timeline

DAYS_TO_RETURN = 30
KINDS: dict[str, Kind] = {
    "users": Kind.COUNT,
    "active": Kind.COUNT,
    "new": Kind.COUNT,
    "orders": Kind.COUNT,
    "revenue": Kind.MONEY,
    "orders_per_user": Kind.NUMBER,
    "aov": Kind.MONEY,
    "repurchase_rate": Kind.RATE,
}
COLUMNS: dict[str, Kind] = {"period": Kind.DATE, **KINDS, "complete": Kind.FLAG}
_TYPES = {Kind.COUNT: pl.Int64, Kind.NUMBER: pl.Float64, Kind.RATE: pl.Float64}

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
class Shop:
    """All orders by user and day, to be measured over spans of days."""

    line: Timeline

    @cached_property
    def user(self) -> Ints:
        """Of each order: whose it is, by place in the timeline."""
        return self.line.spread(np.arange(len(self.line.users), dtype=np.int32))

    @cached_property
    def _first(self) -> int:
        """The first day of all."""
        first = int(self.line.days.min(initial=2**31 - 1))
        return first if self.line.loose is None else int(self.line.loose[1].min(initial=first))

    @cached_property
    def _orders(self) -> Ints:
        return _running(self.line.days - self._first)

    @cached_property
    def _new(self) -> Ints:
        return _running(self.line.first_days - self._first)

    @cached_property
    def _again(self) -> Ints:
        """Users who came back within the days of `repurchase_rate`, by their first day."""
        first, second = self.line.first_days, _second_days(self.line)
        return _running((first - self._first)[second - first <= DAYS_TO_RETURN])

    @cached_property
    def _revenue(self) -> Ints:
        days, amounts = self.line.days, self.line.amounts
        if amounts is None:
            raise ValueError("revenue needs amounts")
        if self.line.loose is not None:
            days = np.concatenate((days, self.line.loose[1]))
            amounts = np.concatenate((amounts, self.line.loose[2]))
        daily = pl.DataFrame({"day": days, "amount": amounts}).group_by("day").sum()
        sums = np.zeros(int(days.max(initial=self._first)) - self._first + 1, np.int64)
        sums[daily["day"].to_numpy() - self._first] = daily["amount"].to_numpy()
        return np.cumsum(sums)

    def _of(self, running: Ints, first: int, last: int) -> int:
        """The sum from one day to another of what sums run of."""
        upto = (
            int(running[min(day - self._first, len(running) - 1)])
            if len(running) and day >= self._first
            else 0
            for day in (last, first - 1)
        )
        return next(upto) - next(upto)

    def within(self, span: Span) -> Ints:
        """Positions of the span's orders."""
        return np.flatnonzero((self.line.days >= span.first) & (self.line.days <= span.last))

    def active(self, orders: Ints) -> Ints:
        """The users of some orders, each once, by place in the timeline."""
        user = self.user[orders]
        return user[np.append(True, user[1:] != user[:-1])] if len(user) else user

    def _actives(self, spans: Sequence[Span]) -> list[int]:
        """Users with an order in each of some spans, which don't overlap and ascend."""
        if not spans:
            return []
        at = np.flatnonzero(self.line.days >= spans[0].first)
        days, user = self.line.days[at], self.user[at]
        number = np.searchsorted([span.first for span in spans], days, "right") - 1
        inside = days <= np.array([span.last for span in spans])[number]
        number, user = number[inside], user[inside]
        came = np.ones(len(user), bool)
        came[1:] = (user[1:] != user[:-1]) | (number[1:] != number[:-1])
        counts: list[int] = np.bincount(number[came], minlength=len(spans)).tolist()
        return counts

    def revenue(self, span: Span) -> int:
        """Net minor units of a span."""
        return self._of(self._revenue, span.first, span.last)

    def measure(self, span: Span) -> dict[str, Value]:
        """The value of each measure over a span."""
        return self.measures([span])[0]

    def measures(self, spans: Sequence[Span]) -> list[dict[str, Value]]:
        """The value of each measure over each of some spans, which don't overlap and ascend."""
        return [
            self._measure(span, active)
            for span, active in zip(spans, self._actives(spans), strict=True)
        ]

    def _measure(self, span: Span, active: int) -> dict[str, Value]:
        orders = self._of(self._orders, span.first, span.last)
        revenue = self.revenue(span)
        # Whose days to return ended in the span.
        due = (span.first - DAYS_TO_RETURN, span.last - DAYS_TO_RETURN)
        users = self._of(self._new, *due)
        return {
            "users": self._of(self._new, self._first, span.last),
            "active": active,
            "new": self._of(self._new, span.first, span.last),
            "orders": orders,
            "revenue": revenue,
            "orders_per_user": orders / active if active else None,
            "aov": revenue / orders if orders else None,
            "repurchase_rate": self._of(self._again, *due) / users if users else None,
        }

    def customers(self, known: pl.DataFrame, day: int) -> pl.DataFrame:
        """Customers at the end of an earlier day, in the form that `CUSTOMERS` gives.

        Args:
            known: all customers, as the timeline was built from; further columns stay.
            day: the last day that counts.
        """
        line = self.line
        if not len(line.days) or line.amounts is None:
            return known.clear()
        counts = line.counts_until(day)
        last = line.days[line.starts[:-1] + np.maximum(counts, 1) - 1]
        sums = known["amount"].to_numpy().copy()
        after = np.flatnonzero(line.days > day)
        np.subtract.at(sums, line.users[self.user[after]], line.amounts[after])
        if line.loose is not None:
            users, days, amounts = line.loose
            np.subtract.at(sums, users[days > day], amounts[days > day])
        return known.with_columns(
            pl.Series("last_day", line.by_customer(last), dtype=known.schema["last_day"]),
            pl.Series("orders", line.by_customer(counts), dtype=known.schema["orders"]),
            pl.Series("amount", sums, dtype=known.schema["amount"]),
        ).filter(pl.col("orders") > 0)


def _running(days: Ints) -> Ints:
    """How many there are up to each day, from day 0."""
    return np.cumsum(np.bincount(days))


def _second_days(line: Timeline) -> Ints:
    """Of each user the second purchase day; a day far off if there's none."""
    first, last = line.first_days, line.starts[1:] - 1
    at = line.starts[:-1].copy()
    open_ = np.flatnonzero(at < last)
    while len(open_):  # as often as anyone bought on the first day
        at[open_] += 1
        open_ = open_[(line.days[at[open_]] == first[open_]) & (at[open_] < last[open_])]
    second = line.days[at].astype(np.int64)
    second[second == first] = np.iinfo(np.int32).max
    return second


def spans(first_day: int, as_of: int, period: Period, week_start: str = "monday") -> list[Span]:
    """The periods from the first day to as_of; the last is cut at as_of if that cuts it short."""
    begin, end = (periods.number_of(day, period, week_start) for day in (first_day, as_of))
    starts = periods.first_day(np.arange(begin, end + 2), period, week_start).tolist()
    return [
        Span(start, min(following - 1, as_of), following - 1 <= as_of)
        for start, following in pairwise(starts)
    ]


def year_before(span: Span, known: Sequence[Span]) -> Span | None:
    """The span a year before: the same month, or the week 52 weeks earlier."""
    if span.days <= 7:
        return next((one for one in known if one.first == span.first - 364), None)
    start = pl.Series([span.first], dtype=pl.Int32).cast(pl.Date).dt.offset_by("-1y")
    day = int(start.cast(pl.Int32)[0])
    return next((one for one in known if one.first == day), None)


def table(
    shop: Shop, spans: Sequence[Span], window: Window, currency: Currency | None = None
) -> Table:
    """The table `periods`: measures of each span."""
    rows = [
        {"period": span.first, **measured, "complete": span.complete}
        for span, measured in zip(spans, shop.measures(spans), strict=True)
    ]
    types = {name: _TYPES.get(kind, pl.Int64) for name, kind in KINDS.items()}
    schema = {"period": pl.Int32, **types, "aov": pl.Float64, "complete": pl.Boolean}
    frame = pl.DataFrame(rows, schema=schema).with_columns(pl.col("period").cast(pl.Date))
    notes = () if not spans or spans[-1].complete else (Note("the last period isn't whole yet"),)
    return Table("periods", frame, COLUMNS, window, currency or Currency(), notes)


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
    known = spans(to_day(window.first_day), to_day(window.as_of), period, week_start)
    # The first period may have begun before the data did.
    begun = known[0].first >= to_day(window.first_day)
    whole = [one for one in known[0 if begun else 1 :] if one.complete]
    running = None if known[-1].complete else known[-1]
    if not whole:
        return Comparison(tuple(known), known[-1], None, running, year)
    now = whole[-1]
    earlier = whole[:-1]
    before = year_before(now, earlier) if year else (earlier[-1] if earlier else None)
    return Comparison(tuple(known), now, before, running, year)
