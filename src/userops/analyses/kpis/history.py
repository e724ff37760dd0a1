"""The orders' history: customers and their scores now, and as they were on earlier days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from userops import rfm
from userops.analyses.analysis import Project
from userops.core.dates import Window, to_date, to_day
from userops.core.table import Currency, Table
from userops.customers.frozen_cuts import Cuts
from userops.customers.measures import OrderMeasures
from userops.customers.params import RfmParams
from userops.ledger.timeline import Timeline

Scores = tuple[Table, Table, Table]  # users, segments, tiers


@dataclass(frozen=True, slots=True)
class EarlierDay:
    """Customers as they were on an earlier day, and their scores then; None if nobody had bought.

    `rows` are the customers' places among those of now, null for who isn't there any more.
    """

    scores: Scores | None
    rows: pl.Series


@dataclass(frozen=True)
class ShopHistory:
    """Customers, their timeline with amounts, and how they're scored: by `scoring` and fixed `cuts`.

    `customers_on` gives the customers of an earlier day where later rows have changed orders since; None
    where orders up to an earlier day are now what they were on it.
    """

    customers: pl.DataFrame
    timeline: Timeline
    window: Window
    currency: Currency
    project: Project
    scoring: RfmParams
    cuts: Cuts | None = None
    customers_on: Callable[[int], pl.DataFrame] | None = None
    _earlier_days: dict[int, EarlierDay] = field(default_factory=dict)

    @cached_property
    def order_measures(self) -> OrderMeasures:
        """The orders, to be measured over spans of days."""
        return OrderMeasures(self.timeline)

    @property
    def day(self) -> int:
        """as_of."""
        return to_day(self.window.as_of) if self.window.as_of else 0

    def then(self, day: int) -> EarlierDay:
        """An earlier day, as it was."""
        if day not in self._earlier_days:
            customers, rows = (
                self._by_timeline if self.customers_on is None else self._by_second_pass
            )(day)
            self._earlier_days[day] = EarlierDay(self.scores_of(customers, day), rows)
        return self._earlier_days[day]

    def _by_timeline(self, day: int) -> tuple[pl.DataFrame, pl.Series]:
        """Customers of an earlier day as today's orders tell it."""
        customers = self.order_measures.customers(self.customers.with_row_index("row"), day)
        rows = customers.drop_in_place("row")
        return customers, rows

    def _by_second_pass(self, day: int) -> tuple[pl.DataFrame, pl.Series]:
        """Customers of an earlier day, which today's orders don't tell."""
        assert self.customers_on is not None
        customers = self.customers_on(day)
        now = self.customers.select("user_id").with_row_index("row")
        joined = customers.select("user_id").join(
            now, on="user_id", how="left", maintain_order="left"
        )
        return customers, joined["row"]

    def scores_of(self, customers: pl.DataFrame, day: int) -> Scores | None:
        """Users, in the customers' rows, segments and tiers at the end of a day; None without any."""
        if customers.is_empty():
            return None
        users, segments, tiers, _ = rfm.segment(
            customers,
            Window(self.window.first_day, to_date(day), self.window.timezone),
            self.scoring,
            rules=self.project.rule_table(self.scoring.segments),
            cuts=self.cuts,
            currency=self.currency,
            playbook=self.project.playbook,
        )
        return users, segments, tiers
