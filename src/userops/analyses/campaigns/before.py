"""The shop as it was on earlier days: everyone's orders up to then, and their segments.

What a later row changed, as a refund, wasn't known then: of users with such an order, orders are taken
as they stood at the end of the day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from userops import rfm
from userops.analyses.analysis import Inputs
from userops.core.dates import Window, to_date
from userops.core.facts import Facts
from userops.core.table import Currency
from userops.customers.params import RfmParams
from userops.engines import query
from userops.engines.parallel import Ints
from userops.ledger.customers import CUSTOMERS
from userops.ledger.timeline import Timeline

NOBODY = "no order"


@dataclass(frozen=True)
class Before:
    """Customers and their orders, as today's rows tell them, and as they were known on earlier days.

    `customers` are `CUSTOMERS`' by user_id; `line` has their amounts. `channels` are `user_id, channel` of
    first orders, where they're known.
    """

    customers: pl.DataFrame
    line: Timeline
    inputs: Inputs
    facts: Facts
    channels: pl.DataFrame | None = None
    _scored: dict[int, pl.DataFrame] = field(default_factory=dict)
    # Of days: users one of whose orders has changed since, and as customers those of them who were.
    _changed: dict[int, tuple[pl.Series, pl.DataFrame]] = field(default_factory=dict)

    @property
    def currency(self) -> Currency:
        """Of the orders."""
        return self.facts.currency

    @property
    def window(self) -> Window:
        """Of the orders."""
        return self.facts.window

    @property
    def height(self) -> int:
        """Customers."""
        return self.customers.height

    @property
    def first_day(self) -> int:
        """Of the orders."""
        return self.window.ends[0]

    def rows_of(self, users: pl.DataFrame) -> pl.DataFrame:
        """`row` (of the customers) and `day` of those who are customers, sorted."""
        rows = self.customers.select("user_id").with_row_index("row")
        return users.select("user_id", "day").join(rows, on="user_id").sort("row", "day")

    def between(self, first: int, last: int) -> tuple[Ints, Ints]:
        """Of each customer the orders and the net revenue from one day to another, both whole."""
        within = np.flatnonzero((self.line.days >= first) & (self.line.days <= last))
        rows = self.line.users[np.searchsorted(self.line.starts, within, "right") - 1]
        orders = np.bincount(rows, minlength=self.height).astype(np.int64)
        revenue = np.zeros(self.height, np.int64)
        if self.line.amounts is not None:
            np.add.at(revenue, rows, self.line.amounts[within])
        if self.line.loose is not None:
            users, days, amounts = self.line.loose
            part = (days >= first) & (days <= last)
            np.add.at(revenue, users[part], amounts[part])
        return orders, revenue

    def purchase_days(self, first: int, last: int) -> Ints:
        """Of each customer the days with an order from one day to another, both whole."""
        by_day = self.line.by_day
        within = np.flatnonzero((by_day.days >= first) & (by_day.days <= last))
        rows = by_day.users[np.searchsorted(by_day.starts, within, "right") - 1]
        return np.bincount(rows, minlength=self.height)

    def learn(self, days: Iterable[int]) -> None:
        """Find out what was known on some days: of all together it takes one look at the rows."""
        new = sorted(set(days) - set(self._changed))
        if self.facts.settled or not new:
            return
        users, orders_by_day = self.inputs.orders.revised(new, self.inputs.as_of)
        nobody = self.customers.clear()
        for place, day in enumerate(new):
            then = query.collect(CUSTOMERS(orders_by_day[place])) if orders_by_day else nobody
            self._changed[day] = users, then

    def on(self, day: int) -> pl.DataFrame:
        """Customers at the end of a day, as known then: `CUSTOMERS`' columns and `row`, by user_id.

        `row` is null of who was a customer then, and has no order any more.
        """
        rows = self.customers.with_row_index("row")
        now = self._by_today(rows, day) if self.height else rows
        if self.facts.settled:
            return now
        self.learn([day])
        users, then = self._changed[day]
        changed = then.join(rows.select("row", "user_id"), on="user_id", how="left")
        unchanged = now.filter(~pl.col("user_id").is_in(users.implode()))
        return pl.concat([unchanged, changed.select(now.columns)]).sort("user_id")

    def _by_today(self, rows: pl.DataFrame, day: int) -> pl.DataFrame:
        """The same by what is known today."""
        orders, revenue = self.between(self.first_day, day)
        counts = self.line.counts_until(day)
        last = self.line.days[self.line.starts[:-1] + np.maximum(counts, 1) - 1]
        return rows.with_columns(
            pl.Series("orders", orders, pl.Int32),
            pl.Series("amount", revenue, pl.Int64),
            pl.Series("last_day", self.line.by_customer(last), pl.Int32),
        ).filter(pl.col("orders") > 0)

    def scored(self, day: int) -> pl.DataFrame:
        """`row, user_id, first_day, rfm_score, segment, tier` of whoever was a customer by a day, by user_id."""
        if day not in self._scored:
            customers = self.on(day)
            project = self.inputs.settings
            scoring = project.params(RfmParams)
            users, *_ = rfm.segment(
                customers.drop("row"),
                Window(self.window.first_day, to_date(day), self.window.timezone),
                scoring,
                rules=project.rule_table(scoring.segments),
                cuts=project.fixed_cuts(self.currency.places),
                currency=self.currency,
                playbook=project.playbook,
            )
            self._scored[day] = customers.select("row", "user_id", "first_day").with_columns(
                users.frame.select("rfm_score", "segment", "tier")
            )
        return self._scored[day]

    def cells(self, users: pl.DataFrame, by: str) -> pl.DataFrame:
        """The users with `cell`: their segment or tier the day before they were assigned."""
        self.learn(int(day) - 1 for day in users["day"].unique())
        parts = []
        for (day,), part in users.partition_by("day", as_dict=True, maintain_order=True).items():
            then = self.scored(int(day) - 1).select("user_id", cell=by)
            parts.append(part.join(then, on="user_id", how="left", maintain_order="left"))
        if not parts:
            return users.with_columns(cell=pl.lit(None, pl.String))
        return pl.concat(parts).with_columns(pl.col("cell").fill_null(NOBODY))
