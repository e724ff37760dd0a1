"""Orders by user and day, as they are now and as they were known on earlier days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl

from userops.analyses.analysis import Inputs
from userops.core.dates import FIRST_DAY, Window
from userops.core.facts import Facts
from userops.core.table import Currency
from userops.engines import query
from userops.engines.parallel import Ints
from userops.ledger.timeline import Timeline

_SPEND = {
    "user_id": pl.String,
    "orders": pl.Int64,
    "paid": pl.Int64,
    "loose": pl.Int64,
    "revenue": pl.Int64,
}


@dataclass(frozen=True)
class OrderHistory:
    """Customers and their orders, and what some of these were on earlier days.

    `customers` by user_id, as `CUSTOMERS` gives them, with their timeline and amounts. `changed`
    are the users one of whose orders a later row changed; `then` has all orders of these as they
    were at the end of a day.
    """

    customers: pl.DataFrame
    timeline: Timeline
    window: Window
    currency: Currency
    changed: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))
    then: Mapping[int, pl.LazyFrame] = field(default_factory=dict)

    @property
    def day(self) -> int:
        """as_of."""
        return self.window.ends[1]

    @property
    def first_day(self) -> int:
        """The first day that counts."""
        return self.window.ends[0]

    def spend(
        self, after: int, last: int, known: int | None = None, least: int | None = None
    ) -> pl.DataFrame:
        """What users bought after one day, up to another.

        Args:
            after: the day before the first that counts.
            last: the last day that counts.
            known: the day on whose evening it's asked; by default as_of.
            least: only whose revenue is as much; by default all.

        Returns:
            `user_id, orders, paid, loose, revenue`, by user_id: `paid` is the orders' net amounts,
            `loose` what refunds without their order came to (not above 0), `revenue` both.
            Whoever has neither orders nor refunds isn't there.
        """
        frame = self._spend_of_timeline(after, last, least)
        if known is not None and known in self.then:
            unchanged = frame.filter(~pl.col("user_id").is_in(self.changed.implode()))
            changed = _spend_of_rows(self.then[known], after, last)
            if least is not None:
                changed = changed.filter(pl.col("revenue") >= least)
            return pl.concat([unchanged, changed]).sort("user_id")
        return frame  # in the order of the customers, by user_id

    def buyers(self, day: int, days: int, least: int | None = None) -> pl.DataFrame:
        """`user_id, orders, revenue` of users with an order in the days up to one, as known on it.

        `least` leaves out whose revenue is less.
        """
        spend = self.spend(begin(day, days), day, day, least)
        return spend.filter(pl.col("orders") > 0).select("user_id", "orders", "revenue")

    def intervals(self, after: int, last: int) -> pl.DataFrame:
        """`user_id, purchase_days, interval_days, last_order` of users with an order after one day, up to another.

        The median gap between purchase days is empty below 3 of them.
        """
        by_day = self._purchase_days
        inside = np.flatnonzero((by_day.days > after) & (by_day.days <= last))
        places = by_day.spread(np.arange(len(by_day.users)))[inside]
        days = by_day.days[inside]
        follows = np.zeros(len(places), bool)
        follows[1:] = places[1:] == places[:-1]
        gaps = pl.DataFrame(
            {
                "place": places,
                "day": days,
                "gap": np.diff(days, prepend=days[:1]),
                "follows": follows,
            }
        )
        gap = pl.col("gap").filter("follows")
        medians = (
            # In order of users already, which takes a quarter of what a search takes.
            gaps.with_columns(pl.col("place").set_sorted())
            .group_by("place", maintain_order=True)
            .agg(
                purchase_days=pl.len().cast(pl.Int64),
                interval_days=gap.median(),
                last_order=pl.col("day").max().cast(pl.Date),
            )
        )
        users = pl.Series("row", by_day.users).gather(medians["place"])
        medians = medians.with_columns(users).sort("row")
        return medians.select(
            self.customers["user_id"].gather(medians["row"]),
            "purchase_days",
            pl.when(pl.col("purchase_days") >= 3).then("interval_days"),
            "last_order",
        )

    @cached_property
    def _purchase_days(self) -> Timeline:
        return self.timeline.by_day

    @cached_property
    def _room(self) -> tuple[Ints, Ints]:
        """Room for a yes or no of each order, and for a number before each and after all."""
        orders = len(self.timeline.days)
        return np.empty(orders, bool), np.zeros(orders + 1, np.int32)

    def _orders_until(self, day: int) -> Ints:
        """Where in the timeline each user's orders up to a day end."""
        line = self.timeline
        # Sums that run over all take less than half of sums user by user; new memory for them every
        # time, twice as long again.
        until, orders = self._room
        np.less_equal(line.days, day, out=until)
        np.cumsum(until, dtype=np.int32, out=orders[1:])
        ends: Ints = line.starts[:-1] + np.diff(orders[line.starts])
        return ends

    def _spend_of_timeline(self, after: int, last: int, least: int | None) -> pl.DataFrame:
        line = self.timeline
        begins = self._orders_until(after)
        ends = np.maximum(self._orders_until(last), begins)
        orders = line.by_customer(ends - begins)
        before = line.amounts_before
        paid = line.by_customer(before[ends] - before[begins])
        loose = np.zeros(len(self.customers), np.int64)
        if line.loose is not None:
            rows, days, refunds = line.loose
            within = (days > after) & (days <= last)
            np.add.at(loose, rows[within], refunds[within])
        there = (orders > 0) | (loose != 0)
        if least is not None:
            there &= paid + loose >= least
        rows = np.flatnonzero(there)
        columns = {"orders": orders[rows], "paid": paid[rows], "loose": loose[rows]}
        return pl.DataFrame(
            {"user_id": self.customers["user_id"].gather(rows), **columns}
            | {"revenue": columns["paid"] + columns["loose"]},
            schema=_SPEND,
        )


def begin(day: int, days: int) -> int:
    """The day before a window of some days that ends on a day; 0 days are all time."""
    return day - days if days else FIRST_DAY - 1


def _spend_of_rows(rows: pl.LazyFrame, after: int, last: int) -> pl.DataFrame:
    """The same of orders as `user_id, day, amount, orders`; 0 orders are a refund without its order."""
    is_order = pl.col("orders") > 0
    sums = (
        rows.filter(pl.col("day") > after, pl.col("day") <= last)
        .group_by("user_id")
        .agg(
            pl.col("orders").cast(pl.Int64).sum(),
            paid=pl.when(is_order).then("amount").otherwise(0).sum(),
            loose=pl.when(is_order).then(0).otherwise("amount").sum(),
        )
        .filter((pl.col("orders") > 0) | (pl.col("loose") != 0))
        .with_columns(revenue=pl.col("paid") + pl.col("loose"))
    )
    return query.collect(sums.select(pl.col(name).cast(kind) for name, kind in _SPEND.items()))


def history_of(
    inputs: Inputs,
    customers: pl.DataFrame,
    timeline: Timeline,
    facts: Facts,
    earlier_days: Sequence[int],
) -> OrderHistory:
    """The history of some customers, for questions about some earlier days."""
    history = OrderHistory(customers, timeline, facts.window, facts.currency)
    days = sorted({day for day in earlier_days if day < history.day})
    if facts.settled or not days or facts.window.as_of is None:
        return history
    users, orders_by_day = inputs.orders.revised(days, inputs.as_of)
    if not orders_by_day:
        return history
    then = dict(zip(days, orders_by_day, strict=True))
    return OrderHistory(customers, timeline, facts.window, facts.currency, users, then)
