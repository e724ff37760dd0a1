"""The orders' history: customers and their scores now, and as they were on earlier days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from userops import rfm
from userops.analyses.analysis import Project
from userops.analyses.kpis.measures import Shop
from userops.core.dates import Window, to_date, to_day
from userops.core.table import Currency, Table
from userops.customers.params import RfmParams
from userops.ledger.timeline import Timeline

Scores = tuple[Table, Table, Table]  # users, segments, tiers


@dataclass(frozen=True, slots=True)
class Earlier:
    """Customers as they were on an earlier day, and their scores then; None if nobody had bought.

    `rows` are the customers' places among those of now, null for who isn't there any more.
    """

    scores: Scores | None
    rows: pl.Series


@dataclass(frozen=True)
class History:
    """Customers, their timeline with amounts, and how they're scored.

    `reread` gives the customers of an earlier day where later rows have changed orders since; None
    where orders up to an earlier day are now what they were on it.
    """

    customers: pl.DataFrame
    line: Timeline
    window: Window
    currency: Currency
    project: Project
    reread: Callable[[int], pl.DataFrame] | None = None
    _then: dict[int, Earlier] = field(default_factory=dict)

    @cached_property
    def shop(self) -> Shop:
        """The orders, to be measured over spans of days."""
        return Shop(self.line)

    @property
    def day(self) -> int:
        """as_of."""
        return to_day(self.window.as_of) if self.window.as_of else 0

    def then(self, day: int) -> Earlier:
        """An earlier day, as it was."""
        if day not in self._then:
            customers, rows = (self._kept if self.reread is None else self._reread)(day)
            self._then[day] = Earlier(self.scored(customers, day), rows)
        return self._then[day]

    def _kept(self, day: int) -> tuple[pl.DataFrame, pl.Series]:
        """Customers of an earlier day as today's orders tell it."""
        customers = self.shop.customers(self.customers.with_row_index("row"), day)
        row = customers.drop_in_place("row")
        return customers, row

    def _reread(self, day: int) -> tuple[pl.DataFrame, pl.Series]:
        """Customers of an earlier day, which today's orders don't tell."""
        assert self.reread is not None
        customers = self.reread(day)
        now = self.customers.select("user_id").with_row_index("row")
        joined = customers.select("user_id").join(
            now, on="user_id", how="left", maintain_order="left"
        )
        return customers, joined["row"]

    def scored(self, customers: pl.DataFrame, day: int) -> Scores | None:
        """Users, in the customers' rows, segments and tiers at the end of a day; None without any."""
        if customers.is_empty():
            return None
        params = self.project.params(RfmParams)
        users, segments, tiers, _ = rfm.segment(
            customers,
            Window(self.window.first_day, to_date(day), self.window.timezone),
            params,
            rules=self.project.rule_table(params.segments),
            cuts=self.project.fixed_cuts(self.currency.places),
            currency=self.currency,
            playbook=self.project.playbook,
        )
        return users, segments, tiers
