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
    Average order value: revenue / orders.
repurchase_rate : proportion
    30-day repurchase: of the users whose 30 days since the first purchase day ended in the
    span, the share with a second purchase day within them.
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

from userops import periods
from userops.notes import Note
from userops.periods import Period
from userops.table import Currency, Kind, Table
from userops.timeline import Ints, Timeline
from userops.window import Window, to_day

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


@dataclass
class Shop:
    """All orders by user and day, to be measured over spans of days."""

    line: Timeline

    @cached_property
    def user(self) -> Ints:
        """Of each order: whose it is, by place in the timeline."""
        return self.line.spread(np.arange(len(self.line.users), dtype=np.int32))

    @cached_property
    def firsts(self) -> Ints:
        """Of each user: the first purchase day."""
        return self.line.days[self.line.starts[:-1]]

    @cached_property
    def returned(self) -> Ints:
        """Of each user: days from the first purchase day to the second; a large number if none."""
        gaps = np.full(len(self.line.users), np.iinfo(np.int32).max, np.int32)
        since = self.line.days - self.line.spread(self.firsts)
        later = np.flatnonzero(since > 0)
        user = self.user[later]
        second = np.ones(len(later), bool)
        second[1:] = user[1:] != user[:-1]
        gaps[user[second]] = since[later[second]]
        return gaps

    def since(self, day: int) -> Ints:
        """Positions of the orders from a day on."""
        return np.flatnonzero(self.line.days >= day)

    def within(self, span: Span, among: Ints | None = None) -> Ints:
        """Positions of the span's orders, all of which are `among` some positions if given."""
        if among is None:
            return np.flatnonzero((self.line.days >= span.first) & (self.line.days <= span.last))
        days = self.line.days[among]
        return among[(days >= span.first) & (days <= span.last)]

    def active(self, orders: Ints) -> Ints:
        """The users of some orders, each once, by place in the timeline."""
        user = self.user[orders]
        return user[np.append(True, user[1:] != user[:-1])] if len(user) else user

    def revenue(self, span: Span, orders: Ints | None = None) -> int:
        """Net minor units of a span."""
        if self.line.amounts is None:
            raise ValueError("revenue needs amounts")
        at = self.within(span) if orders is None else orders
        total = int(self.line.amounts[at].sum())
        if self.line.loose is not None:
            _, days, amounts = self.line.loose
            total += int(amounts[(days >= span.first) & (days <= span.last)].sum())
        return total

    def measure(self, span: Span, among: Ints | None = None) -> dict[str, Value]:
        """The value of each measure over a span; `among` as in `within`."""
        at = self.within(span, among)
        orders, active = len(at), len(self.active(at))
        revenue = self.revenue(span, at)
        ended = self.firsts + DAYS_TO_RETURN
        due = (ended >= span.first) & (ended <= span.last)
        again = int((self.returned[due] <= DAYS_TO_RETURN).sum())
        return {
            "users": int((self.firsts <= span.last).sum()),
            "active": active,
            "new": int(((self.firsts >= span.first) & (self.firsts <= span.last)).sum()),
            "orders": orders,
            "revenue": revenue,
            "orders_per_user": orders / active if active else None,
            "aov": revenue / orders if orders else None,
            "repurchase_rate": again / int(due.sum()) if due.any() else None,
        }

    def customers(self, known: pl.DataFrame, day: int) -> pl.DataFrame:
        """Customers at the end of an earlier day, in the form that `ledger.customers` gives.

        Args:
            known: all customers, as the timeline was built from.
            day: the last day that counts.
        """
        line = self.line
        if not len(line.days) or line.amounts is None:
            return known.clear()
        begin, here = line.starts[:-1], line.days <= day
        counts = np.add.reduceat(here, begin, dtype=np.int64)
        last = line.days[begin + np.maximum(counts, 1) - 1]
        sums = np.add.reduceat(np.where(here, line.amounts, 0), begin)
        placed = line.by_customer(sums)
        if line.loose is not None:
            users, days, amounts = line.loose
            np.add.at(placed, users[days <= day], amounts[days <= day])
        return known.with_columns(
            pl.Series("last_day", line.by_customer(last), dtype=known.schema["last_day"]),
            pl.Series("orders", line.by_customer(counts), dtype=known.schema["orders"]),
            pl.Series("amount", placed, dtype=known.schema["amount"]),
        ).filter(pl.col("orders") > 0)


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
    near = shop.since(min((span.first for span in spans), default=0))
    rows = [
        {"period": span.first, **shop.measure(span, near), "complete": span.complete}
        for span in spans
    ]
    types = {name: _TYPES.get(kind, pl.Int64) for name, kind in KINDS.items()}
    schema = {"period": pl.Int32, **types, "aov": pl.Float64, "complete": pl.Boolean}
    frame = pl.DataFrame(rows, schema=schema).with_columns(pl.col("period").cast(pl.Date))
    running = Note("the last period isn't whole yet", "最后一期尚不完整")
    notes = () if not spans or spans[-1].complete else (running,)
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
    `now` is that one.
    """

    spans: tuple[Span, ...]
    now: Span
    before: Span | None
    running: Span | None


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
        return Comparison(tuple(known), known[-1], None, running)
    now = whole[-1]
    earlier = whole[:-1]
    before = year_before(now, earlier) if year else (earlier[-1] if earlier else None)
    return Comparison(tuple(known), now, before, running)
