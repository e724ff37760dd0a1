"""One reading of each dataset for all analyses of a report.

Analyses are run as they are by themselves. What one asks of the orders or the events that hasn't been
read yet stops it; when all have been stopped or are done, what they asked is read in one pass, and
those that were stopped are run again, from the start, with the answers. They're functions of their
inputs, and ask before they compute. What several make of the same rows is made once, too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock, RLock
from typing import TYPE_CHECKING, Any, Self, TypeVar

import polars as pl

from userops.core.dates import to_day
from userops.core.facts import Facts
from userops.core.table import Currency
from userops.customers.buyers import BUYERS, from_timeline
from userops.customers.costs import Costs
from userops.customers.left_alone import LeftAlone
from userops.datasets import DATASETS
from userops.engines.reductions import Query
from userops.inputs import RunInputs
from userops.ledger import timeline
from userops.ledger.customers import (
    CUSTOMER_SPANS,
    CUSTOMER_SPANS_BY_ID,
    CUSTOMERS,
    ORDERS_BY_PERIOD,
)
from userops.ledger.spend_by_period import Spending, spending_of
from userops.ledger.timeline import Timeline
from userops.readers.dataset import LazyRows, Rows
from userops.readers.events import Events
from userops.readers.fast.clean_rows import Ask
from userops.readers.users import People

if TYPE_CHECKING:
    from userops.core.periods import Period

_Made = TypeVar("_Made")
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


@dataclass(frozen=True, slots=True)
class RowsRequest:
    """The rows of another dataset: with attributes beside its fields, up to a day, beside money; or for queries."""

    name: str
    attributes: tuple[str, ...] = ()
    as_of: int | None = None
    money: Currency | None = None
    lazily: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        """The same for requests that one reading can serve."""
        dated = DATASETS[self.name].time is not None
        return self.name, self.as_of if dated else None, self.money, self.lazily


Request = OrdersRequest | EventsRequest | RowsRequest


class NotYetRead(Exception):
    """An analysis asked for what hasn't been read yet."""

    def __init__(self, request: Request) -> None:
        super().__init__()
        self.request = request


@dataclass
class SharedReading:
    """What the analyses of a report share: `source` reads, once for all of them.

    `people` have been read, with `attributes` beside their fields.
    """

    source: RunInputs
    people: People | None
    attributes: tuple[str, ...] = ()
    as_of: int | None = None  # of events: the orders' last day
    facts: Facts | None = None  # of the orders
    earlier_days: dict[int, tuple[pl.DataFrame, Timeline]] = field(default_factory=dict)
    keys: Query = timeline.SORT_KEYS
    left_alone: LeftAlone | None = (
        None  # whoever isn't to be contacted, where lists to call are made
    )
    _customers: pl.DataFrame | None = None
    _events: Events | None = None
    _costs: list[Costs | None] = field(default_factory=list)
    # Of each reading the attributes, too.
    _rows: dict[tuple[object, ...], tuple[frozenset[str], Rows | None]] = field(
        default_factory=dict
    )
    _lazy: dict[tuple[object, ...], LazyRows | None] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _made: list[tuple[tuple[object, ...], Any]] = field(default_factory=list)
    _making: RLock = field(default_factory=RLock)

    def __post_init__(self) -> None:
        if self.people is not None:
            self._rows[RowsRequest("users").key] = frozenset(self.attributes), self.people.rows

    def once(self, key: tuple[object, ...], make: Callable[[], _Made]) -> _Made:
        """What was made of a key, or is now."""
        with self._making:
            for known, made in self._made:
                if known == key:
                    return made  # type: ignore[no-any-return]
            made = make()
            self._made.append((key, made))
        return made

    def events(self) -> Events:
        """The events, opened."""
        if self._events is None:
            links = self.people.links() if self.people else None
            self._events = self.source.events(links)
        return self._events

    def costs(self, customers: pl.DataFrame, as_of: int, money: Currency) -> Costs | None:
        """What was spent, read once."""
        request = RowsRequest("costs", money=money)
        with self._lock:
            if not self._costs and customers.is_empty():
                self._costs.append(None)
            elif not self._costs:
                self.read_rows([request])
                spent = self.rows(request)
                self._costs.append(Costs.beside(spent.frame if spent else None, customers, as_of))
        return self._costs[0]

    def rows(self, request: RowsRequest) -> Rows | None:
        """The rows of a dataset with the attributes that are asked for, as they've been read.

        Raises:
            NotYetRead: they haven't been.
        """
        attributes, rows = self._rows.get(request.key, (frozenset[str](), None))
        if request.key not in self._rows or not attributes.issuperset(request.attributes):
            raise NotYetRead(request)
        if rows is None:
            return None
        fields = (one.name for one in DATASETS[request.name].all_fields)
        others = attributes.difference(request.attributes, fields)
        frame, every = (one.drop(others, strict=False) for one in (rows.frame, rows.every))
        return replace(rows, frame=frame, every=every)

    def lazy_rows(self, request: RowsRequest) -> LazyRows | None:
        """The rows of a dataset for queries, as they've been read.

        Raises:
            NotYetRead: they haven't been.
        """
        if request.key not in self._lazy:
            raise NotYetRead(request)
        return self._lazy[request.key]

    def read_rows(self, requests: Sequence[RowsRequest]) -> None:
        """Read what several asked of other datasets: each once, with all their attributes."""
        for request in requests:
            if request.lazily:
                if request.key not in self._lazy:
                    self._lazy[request.key] = self.source.lazily(request.name, request.as_of)
                continue
            alike = [one for one in requests if one.key == request.key]
            read, _ = self._rows.get(request.key, (frozenset[str](), None))
            asked = {name for one in alike for name in one.attributes}
            if request.key in self._rows and read >= asked:
                continue
            names = sorted(read | asked)
            rows = self.source.dataset(
                request.name, *names, as_of=request.as_of, money=request.money
            )
            self._rows[request.key] = frozenset(names), rows

    def keep(self, datasets: Collection[str]) -> None:
        """Let go of the rows of all other datasets: nobody will ask for them."""
        for held in (self._rows, self._lazy):
            for key in list(held):  # which others may add to meanwhile
                if key[0] not in datasets:
                    held.pop(key)

    def read_costs(self) -> None:
        """Read the costs, if there are any: whoever names an export is told of it."""
        if self._customers is not None and self.facts is not None and self.facts.window.as_of:
            self.costs(self._customers, to_day(self.facts.window.as_of), self.facts.currency)

    @property
    def user_ids(self) -> pl.Series:
        """Ids of users with orders, once these have been read."""
        none = pl.Series("user_id", [], dtype=pl.String)
        return none if self._customers is None else self._customers["user_id"].cast(pl.String)

    def known_customers(self) -> list[tuple[Any, ...]]:
        """What's answered to whoever asks for the customers alone, once they have been read."""
        return [] if self._customers is None else [([self._customers], self.facts)]

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
        more = list(dict.fromkeys(one for request in requests for one in request.more))
        more = [reduction for reduction in more if reduction is not CUSTOMERS]  # asked anyway
        lines = list(dict.fromkeys(one for request in requests for one in request.lines))
        customers, customer_timeline, frames, facts = self.source.timeline(
            CUSTOMERS, self.keys, *more, lines=lines
        )
        self.facts, self._customers = facts, customers
        if self.source.as_of is None and facts.window.as_of:
            self.as_of = to_day(facts.window.as_of)
        found: dict[Query, pl.DataFrame] = dict(zip(more, frames, strict=False))
        found[CUSTOMERS] = customers
        line_frames = dict(zip(lines, frames[len(more) :], strict=True))
        answers: list[tuple[Any, ...]] = []
        for request in requests:
            request_frames = [found[reduction] for reduction in request.more] + [
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

    def once(self, key: tuple[object, ...], make: Callable[[], _Made]) -> _Made:
        """What several analyses make of the same rows."""
        return self.shared.once(key, make)

    def reduce(
        self, *reductions: Query, lines: Sequence[Query] = ()
    ) -> tuple[list[pl.DataFrame], Facts]:
        """What reductions over the orders give."""
        if reductions == (CUSTOMERS,) and not lines and self._next == len(self.answers):
            self.answers += self.shared.known_customers()
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

    def spending(
        self, period: Period, *more: Query, named: bool = True
    ) -> tuple[pl.DataFrame, Spending, list[pl.DataFrame], Facts]:
        """Customers and what they bought in each period, by sums that any pass can give."""
        week_start = self.settings.week_start
        sums = ORDERS_BY_PERIOD.given(period=period, week_start=week_start)
        (frame, *rest), facts = self.reduce(sums, *more)
        result = spending_of(frame, facts.window, period, week_start)
        assert result is not None  # sums are without the bounds of sort keys
        return *result, rest, facts

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
        day = as_of if as_of is not None else self.shared.as_of
        named = tuple(attribute for attribute in attributes if attribute)
        return self.shared.rows(RowsRequest(name, named, day, money))

    def lazily(
        self, name: str, as_of: int | None = None, ask: Ask | None = None
    ) -> LazyRows | None:
        """The same for queries, read once for all who ask for it so."""
        if not self.has(name):
            return None
        day = as_of if as_of is not None else self.shared.as_of
        rows = self.shared.lazy_rows(RowsRequest(name, as_of=day, lazily=True))
        return rows.asked(ask) if rows else None

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

    def _answer(self, request: Request) -> tuple[Any, ...]:
        index = self._next
        self._next += 1
        if index < len(self.answers):
            return self.answers[index]
        raise NotYetRead(request)
