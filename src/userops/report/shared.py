"""One reading of each dataset for all analyses of a report.

Analyses are run as they are by themselves. What one asks of the orders or the events that hasn't been
read yet stops it; when all have been stopped or are done, what they asked is read in one pass, and
those that were stopped are run again, from the start, with the answers. They're functions of their
inputs, and ask before they compute.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Self

import polars as pl

from userops.core.dates import to_day
from userops.core.facts import Facts
from userops.core.table import Currency
from userops.customers.acquisition import Costs
from userops.customers.buyers import BUYERS, from_timeline
from userops.engines.reductions import Query
from userops.inputs import RunInputs
from userops.ledger import timeline
from userops.ledger.customers import CUSTOMER_SPANS, CUSTOMER_SPANS_BY_ID, CUSTOMERS
from userops.ledger.timeline import Timeline
from userops.readers.dataset import Rows
from userops.readers.events import Events
from userops.readers.users import People

_SPANS = ("user_id", "first_day", "last_day")


@dataclass(frozen=True, slots=True)
class OrdersRequest:
    """What is asked of the orders: maybe customers with their timeline, and other reductions."""

    customers: Query | None
    keys: Query | None
    more: Sequence[Query]
    lines: Sequence[Query] = ()


@dataclass(frozen=True, slots=True)
class EventsRequest:
    """What is asked of the events."""

    reductions: Sequence[Query]


class NotYetRead(Exception):
    """An analysis asked for what hasn't been read yet: the orders, where it doesn't say what."""

    def __init__(self, request: OrdersRequest | EventsRequest | None = None) -> None:
        super().__init__()
        self.request = request


@dataclass
class SharedReading:
    """What the analyses of a report share: `source` reads, once for all of them."""

    source: RunInputs
    people: People | None
    as_of: int | None = None  # of events: the orders' last day
    facts: Facts | None = None  # of the orders
    earlier_days: dict[int, tuple[pl.DataFrame, Timeline]] = field(default_factory=dict)
    keys: Query = timeline.SORT_KEYS
    _customers: pl.DataFrame | None = None
    _events: Events | None = None
    _costs: list[Costs | None] = field(default_factory=list)
    _rows: dict[tuple[object, ...], Rows | None] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def events(self) -> Events:
        """The events, opened."""
        if self._events is None:
            links = self.people.links() if self.people else None
            self._events = self.source.events(links)
        return self._events

    def costs(self, customers: pl.DataFrame, as_of: int, money: Currency) -> Costs | None:
        """What was spent, read once."""
        with self._lock:
            if not self._costs:
                self._costs.append(self.source.costs(customers, as_of, money))
        return self._costs[0]

    def dataset(
        self, name: str, attributes: Sequence[str], as_of: int | None, money: Currency | None
    ) -> Rows | None:
        """The rows of a dataset, read once up to a day; by default the last of the orders."""
        day = as_of if as_of is not None else self.as_of
        with self._lock:
            key = (name, *attributes, day, money)
            if key not in self._rows:
                rows = self.source.dataset(name, *attributes, as_of=day, money=money)
                self._rows[key] = rows
        return self._rows[key]

    def read_costs(self) -> None:
        """Read the costs, if there are any: whoever names an export is told of it."""
        if self._customers is not None and self.facts is not None and self.facts.window.as_of:
            self.costs(self._customers, to_day(self.facts.window.as_of), self.facts.currency)

    def at(self, day: int) -> tuple[pl.DataFrame, Timeline]:
        """Customers and their orders as they were on an earlier day, read once."""
        with self._lock:
            if day not in self.earlier_days:
                customers, customer_timeline, _, _ = self.source.orders.timeline(
                    CUSTOMERS, self.keys, as_of=day
                )
                self.earlier_days[day] = customers, customer_timeline
        return self.earlier_days[day]

    def read_orders(self, requests: Sequence[OrdersRequest]) -> list[tuple[Any, ...]]:
        """What several asked, by one pass over the orders; an answer each."""
        with_amounts = any(request.keys is timeline.SORT_KEYS_WITH_AMOUNTS for request in requests)
        self.keys = timeline.SORT_KEYS_WITH_AMOUNTS if with_amounts else timeline.SORT_KEYS
        more = [reduction for request in requests for reduction in request.more]
        lines: list[Query] = []
        for request in requests:
            lines += [reduction for reduction in request.lines if reduction not in lines]
        customers, customer_timeline, frames, facts = self.source.timeline(
            CUSTOMERS, self.keys, *more, lines=lines
        )
        self.facts, self._customers = facts, customers
        if self.source.as_of is None and facts.window.as_of:
            self.as_of = to_day(facts.window.as_of)
        remaining, line_frames = (
            iter(frames[: len(more)]),
            dict(zip(lines, frames[len(more) :], strict=True)),
        )
        answers: list[tuple[Any, ...]] = []
        for request in requests:
            request_frames = [next(remaining) for _ in request.more] + [
                line_frames[reduction] for reduction in request.lines
            ]
            if request.customers is None:
                answers.append((request_frames, facts))
            else:
                answers.append(
                    (
                        _customers_as(request.customers, customers, customer_timeline),
                        customer_timeline,
                        request_frames,
                        facts,
                    )
                )
        return answers

    def read_events(self, requests: Sequence[EventsRequest]) -> list[tuple[Any, ...]]:
        """What several asked, by one pass over the events; an answer each."""
        reductions = [reduction for request in requests for reduction in request.reductions]
        frames, facts = self.source.reduce_events(self.events(), *reductions, as_of=self.as_of)
        remaining = iter(frames)
        return [([next(remaining) for _ in request.reductions], facts) for request in requests]


def _customers_as(
    reduction: Query, customers: pl.DataFrame, customer_timeline: Timeline
) -> pl.DataFrame:
    """The customers of one reading as a reduction would have given them."""
    if reduction is CUSTOMERS:
        return customers
    if reduction is BUYERS:
        return from_timeline(customers, customer_timeline)
    return customers.select(_SPANS)


# What one reading of customers can stand for.
_KNOWN = (CUSTOMERS, BUYERS, CUSTOMER_SPANS, CUSTOMER_SPANS_BY_ID)


@dataclass(slots=True)
class SharedInputs(RunInputs):
    """The inputs of one analysis in a report.

    `wanted_tables` are the tables that its sections show; `answers` what has been read for it, in the
    order in which it asks; `messages` what it says beside its tables.
    """

    shared: SharedReading = field(kw_only=True)
    wanted_tables: frozenset[str] = frozenset()
    answers: list[tuple[Any, ...]] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    _next: int = 0

    @classmethod
    def of(cls, shared: SharedReading, datasets: Collection[str], tables: Collection[str]) -> Self:
        """Of some of the shared datasets, for some tables."""
        source = shared.source
        exports = {name: names for name, names in source.exports.items() if name in datasets}
        return cls(
            source.settings, source.orders, source.as_of, source.read_options, source.folder, exports,
            shared=shared, wanted_tables=frozenset(tables),
        )  # fmt: skip

    def begin(self) -> None:
        """Begin anew."""
        self._next = 0
        self.messages.clear()

    def wants(self, table: str) -> bool:
        """Whether a section shows a table."""
        return table in self.wanted_tables

    @property
    def with_headlines(self) -> bool:
        """Sections have headlines of their own."""
        return False

    @property
    def lenient(self) -> bool:
        """What the data doesn't allow is left out: its section says so."""
        return True

    def message(self, text: str) -> None:
        """Keep what is said beside the tables."""
        self.messages.append(text)

    def account(self, dataset: str, facts: Facts, rejects: Callable[[], pl.DataFrame]) -> None:
        """What is read is accounted for once, where it's read."""

    def reduce(
        self, *reductions: Query, lines: Sequence[Query] = ()
    ) -> tuple[list[pl.DataFrame], Facts]:
        """What reductions over the orders give."""
        frames, facts = self._answer(OrdersRequest(None, None, reductions, lines))
        return frames, facts

    def timeline(
        self,
        customers: Query,
        keys: Query,
        *more: Query,
        lines: Sequence[Query] = (),
        named: bool = True,
        lined: bool = True,
    ) -> tuple[pl.DataFrame, Timeline, list[pl.DataFrame], Facts]:
        """Customers and their orders in the order of time."""
        if not any(customers is known for known in _KNOWN):  # by a pass of its own
            return self.orders.timeline(
                customers, keys, more, self.as_of, lines=lines, named=named, lined=lined
            )
        frame, customer_timeline, frames, facts = self._answer(
            OrdersRequest(customers, keys, more, lines)
        )
        return frame, customer_timeline, frames, facts

    def at(self, day: int) -> tuple[pl.DataFrame, Timeline]:
        """Customers and their orders as they were on an earlier day."""
        return self.shared.at(day)

    def dataset(
        self,
        name: str,
        *attributes: str | None,
        as_of: int | None = None,
        money: Currency | None = None,
    ) -> Rows | None:
        """The rows of a dataset, read once for all, after the orders."""
        if not self.has(name):
            return None
        if self.shared.facts is None:
            raise NotYetRead
        return self.shared.dataset(
            name, [attribute for attribute in attributes if attribute], as_of, money
        )

    def events(self, links: pl.DataFrame | None = None) -> Events:
        """The events, opened once for all."""
        return self.shared.events()

    def reduce_events(
        self, events: Events, *reductions: Query, as_of: int | None = None
    ) -> tuple[list[pl.DataFrame], Facts]:
        """What reductions over events give."""
        frames, facts = self._answer(EventsRequest(reductions))
        return frames, facts

    def people(self, *attributes: str | None) -> People | None:
        """The users export, read once for all."""
        return self.shared.people

    def links(self) -> pl.DataFrame | None:
        """Whom the users export says that anonymous ids are."""
        return self.shared.people.links() if self.shared.people else None

    def costs(self, buyers: pl.DataFrame, as_of: int, money: Currency) -> Costs | None:
        """What was spent, read once for all."""
        return self.shared.costs(buyers, as_of, money)

    def _answer(self, request: OrdersRequest | EventsRequest) -> tuple[Any, ...]:
        index = self._next
        self._next += 1
        if index < len(self.answers):
            return self.answers[index]
        raise NotYetRead(request)
