"""What an analysis is given: the exports of a run, opened and read as they're asked for.

The command line, Python and the report each run analyses on an `Inputs` of their own, which
says what they do with what is told on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import polars as pl

from userops.core.errors import InputError, UseropsError
from userops.core.facts import Facts
from userops.core.messages import Note
from userops.core.params import declared
from userops.customers.costs import Costs, rows_after
from userops.datasets import DATASETS
from userops.engines.reductions import Query
from userops.inputs import shop_ids, small_files
from userops.inputs.days import day_of
from userops.readers.options import ReadOptions, check_max_rejects
from userops.readers.orders import Orders
from userops.readers.strict.netting import AFTER
from userops.settings import Settings

if TYPE_CHECKING:
    from userops.analyses.analysis import Analysis
    from userops.core.periods import Period
    from userops.core.table import Currency, Table
    from userops.language.words import Lang
    from userops.ledger.spend_by_period import Spending
    from userops.ledger.timeline import Timeline
    from userops.readers.dataset import LazyRows, Rows
    from userops.readers.events import Events
    from userops.readers.exports import Export
    from userops.readers.fast.clean_rows import Ask
    from userops.readers.fast.rows import Columns
    from userops.readers.users import People

_Made = TypeVar("_Made")
_Answer = TypeVar("_Answer", bound=tuple[Any, ...])


@dataclass(slots=True)
class RunInputs:
    """The exports of a run.

    `exports` are files' names or frames, by dataset; `given` is what options or keywords give, by
    name. What reading found out is kept in `read`, by dataset.
    """

    settings: Settings
    orders: Orders
    as_of: int | None
    read_options: ReadOptions
    folder: Path
    exports: Mapping[str, Sequence[str | pl.LazyFrame]] = field(default_factory=dict)
    given: Mapping[str, object] = field(default_factory=dict)
    read: dict[str, Facts] = field(default_factory=dict)
    stale: Note | None = None  # that the orders end long before as_of
    appended: dict[str, Table] = field(default_factory=dict)  # rows to be added to files
    known_users: pl.Series | None = None  # of the orders, once they were asked for

    @property
    def sources(self) -> dict[str, tuple[str, ...]]:
        """Names of the files that were read, by dataset."""
        names = {
            one: [name for name in self.exports.get(one, ()) if isinstance(name, str)]
            for one in self.read
        }
        return {dataset: tuple(map(str, paths)) for dataset, paths in names.items() if paths}

    # What whoever runs an analysis says of it.

    def wants(self, table: str) -> bool:
        """Whether a table will be shown; all are, unless someone says otherwise."""
        return True

    def demands(self, *tables: str) -> bool:
        """Whether one of them alone is asked for."""
        return False

    def day(self, param: str, text: str | None) -> int | None:
        """The day that a parameter names, in the words of `--as-of`.

        Raises:
            UsageError: it's none.
        """
        return day_of(text, self.read_options.timezone, self.called(param))

    @property
    def lang(self) -> Lang:
        """The reader's language."""
        return self.settings.lang

    def until(self, day: int) -> None:
        """Let nothing after a day count, where no as_of was asked for; before anything is read."""
        if self.as_of is None:
            self.as_of = day

    def append(self, file: str, rows: Table) -> None:
        """Add rows to a file, once all tables are written: by whoever runs the analysis."""
        self.appended[file] = rows

    def add_exports(self, analysis: Analysis, params: Mapping[str, Any]) -> None:
        """Read files that parameters name as exports, too, where they're there already."""
        for one in declared(analysis.params):
            path = params[one.name] if one.param.adds_to else None
            if path and Path(path).is_file():
                names = self.exports.get(one.param.adds_to, ())
                self.exports = {**self.exports, one.param.adds_to: [*names, path]}

    def called(self, param: str) -> str:
        """What whoever gave a parameter calls it."""
        return param

    def rows_of(self, file: str) -> list[dict[str, str]]:
        """The rows of a small CSV file that a parameter names.

        Raises:
            InputError: it can't be read.
            ValueError: it isn't CSV.
        """
        return small_files.rows_of(file)

    @property
    def with_headlines(self) -> bool:
        """Whether tables are shown with their headlines above them."""
        return True

    @property
    def lenient(self) -> bool:
        """Whether what the data doesn't allow is left out, and no error."""
        return False

    def message(self, text: str) -> None:
        """Say something beside the tables; nobody listens, unless someone does."""

    def idle(self, name: str, *tables: str) -> None:
        """Say so where a parameter was given that only other tables take."""

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """Show that something is going on."""
        yield

    def warn_memory(self, **rows: int) -> None:
        """Say how much memory so many rows of a kind will take, where that's too much."""

    def account(self, dataset: str, facts: Facts, rejects: Callable[[], pl.DataFrame]) -> None:
        """Keep what was read of a dataset: every export that a run reads comes by here.

        Raises:
            TooManyRejects: more rows than allowed were refused.
        """
        self.read[dataset] = facts
        self.stop_if_too_many_refused(facts)
        self.check_counts(dataset, facts)
        self.look(dataset, facts)

    def check_counts(self, dataset: str, facts: Facts) -> None:
        """See that some row of a dataset counts.

        Raises:
            InputError: none does.
        """
        from userops.inputs import reading_checks

        reading_checks.check_counts(dataset, facts, self.orders)

    def look(self, dataset: str, facts: Facts) -> None:
        """Warn where the orders are old, or most of them don't count."""
        from userops.inputs import reading_checks

        if dataset != "orders":
            return
        if note := reading_checks.void_note(facts, self.orders):
            self.message(note)
        self.stale = reading_checks.stale(facts, self.orders, self.as_of)
        if self.stale:
            self.warn(self.stale)

    def fail(self, error: UseropsError) -> None:
        """Fail: where tables are written, once they are."""
        raise error

    def warn(self, text: str) -> None:
        """Say what makes a result doubtful."""
        self.message(text)

    def stop_if_too_many_refused(self, facts: Facts) -> None:
        """Stop where too many rows were refused.

        Raises:
            TooManyRejects: they were.
        """
        check_max_rejects(facts.tally, self.read_options.max_rejects)

    @property
    def others_options(self) -> ReadOptions:
        """How exports beside the orders are read: by the column of users that has those of the orders."""
        return replace(self.read_options, shop_ids=partial(shop_ids.of_orders, self))

    def once(self, key: tuple[object, ...], make: Callable[[], _Made]) -> _Made:
        """What several analyses make of the same rows: by itself, an analysis makes it."""
        return make()

    # Orders.

    def reduce(
        self, *reductions: Query, lines: Sequence[Query] = ()
    ) -> tuple[list[pl.DataFrame], Facts]:
        """Run reductions over the orders, and `lines` over their items, in one pass.

        Raises:
            TooManyRejects: more rows than allowed were refused.
        """
        return self._read(partial(self.orders.reduce, reductions, lines=lines))

    def timeline(
        self,
        customers: Query,
        keys: Query,
        *more: Query,
        lines: Sequence[Query] = (),
        named: bool = True,
        lined: bool = True,
    ) -> tuple[pl.DataFrame, Timeline, list[pl.DataFrame], Facts]:
        """Customers and their orders in the order of time, and what else the pass gave; see `Orders.timeline`.

        Raises:
            TooManyRejects: more rows than allowed were refused.
        """
        from userops.ledger.timeline import SORT_KEYS_WITH_AMOUNTS

        queries = (customers, keys, more)
        read = partial(self.orders.timeline, *queries, lines=lines, named=named, lined=lined)
        return self._read(read, with_amounts=keys is SORT_KEYS_WITH_AMOUNTS)

    def spending(
        self, period: Period, *more: Query, named: bool = True
    ) -> tuple[pl.DataFrame, Spending, list[pl.DataFrame], Facts]:
        """Customers and what they bought in each period, and what else the pass gave.

        Raises:
            TooManyRejects: more rows than allowed were refused.
        """
        start = self.settings.week_start
        return self._read(
            partial(self.orders.spending, period, more, week_start=start, named=named)
        )

    def at(self, day: int) -> tuple[pl.DataFrame, Timeline]:
        """Customers and their orders as they were on an earlier day, which today's may not tell."""
        from userops.ledger import timeline
        from userops.ledger.customers import CUSTOMERS

        customers, customer_timeline, _, _ = self.orders.timeline(
            CUSTOMERS, timeline.SORT_KEYS, as_of=day
        )
        return customers, customer_timeline

    def lines_again(self, reduction: Query) -> pl.DataFrame:
        """What a reduction over line items gives by another pass: where the first won't do."""
        return self.orders.reduce([], self.as_of, [reduction])[0][0]

    def given_back(self, *reductions: Query) -> list[pl.DataFrame]:
        """What reductions give over orders that were given back in full, by another pass; see `Orders.given_back`."""
        with self.working("reading orders"):
            return self.orders.given_back(reductions, self.as_of)

    def _read(self, read: Callable[..., _Answer], *, with_amounts: bool = False) -> _Answer:
        """What a way of reading the orders gives, the facts last.

        Orders are `with_amounts` where their amounts are followed user by user.
        """
        self.warn_memory(**{"paid" if with_amounts else "orders": self.orders.rows_about})
        with self.working("reading orders"):
            answer = read(as_of=self.as_of)
        self.account("orders", answer[-1], partial(self.orders.rejects, self.as_of))
        return answer

    # Other datasets.

    def has(self, dataset: str) -> bool:
        """Whether there are exports of a dataset."""
        return bool(self.exports.get(dataset))

    def dataset(
        self,
        name: str,
        *attributes: str | None,
        as_of: int | None = None,
        money: Currency | None = None,
    ) -> Rows | None:
        """The rows of a dataset, each once, read by what it declares; None without an export.

        Args:
            name: any dataset but orders, of which only reductions are read.
            attributes: columns that it doesn't declare, by name; `*` is all of them.
            as_of: the last day that counts, where it has a time; by default the run's.
            money: the currency that its amounts stand beside: an export that names none is in it.

        Raises:
            InputError: an export can't be used, or its amounts have other decimals than `money`.
            TooManyRejects: more rows than allowed were refused.
        """
        from userops.inputs import rows as read_rows

        if not self.has(name):
            return None
        day = self.as_of if as_of is None else as_of
        rows = read_rows.rows(self, name, attributes, day, money)
        facts = rows.facts
        # A cost has no time of its own that could be cut: spans tell which come after.
        if name == "costs" and money is not None and day is not None:
            count = rows_after(rows.frame, day)
            facts = replace(facts, tally=facts.tally.without(count, AFTER)) if count else facts
        self.account(name, facts, rows.rejects)
        if money is not None and rows.facts.currency.places != money.places:
            raise InputError(
                f"{name} are in {rows.facts.currency.code}, orders in a currency of {money.places} decimals",
                mend="name the orders' with [currency] code in userops.toml",
            )
        return rows

    def lazily(
        self, name: str, as_of: int | None = None, ask: Ask | None = None
    ) -> LazyRows | None:
        """The same for queries, of a dataset with a time of its own; what's asked is found in the same pass."""
        from userops.inputs.lazily import lazily

        return lazily(self, name, as_of, ask)

    def columns(
        self,
        name: str,
        asked: Callable[[Export], Mapping[str, pl.Expr]],
        as_of: int | None,
        apart: str | None = None,
    ) -> Columns | None:
        """What's asked of the rows of a dataset's one export, straight from the file; see `fast.rows`.

        None where there isn't one, or where anything about its rows is in doubt: `dataset` finds it out.

        Args:
            name: the dataset.
            asked: columns to make of the export's fields.
            as_of: the last day that counts; by default the last that there is.
            apart: one of these columns that mostly differs in a user's rows.
        """
        from userops.readers.dataset import Opened
        from userops.readers.fast.rows import columns

        if len(self.exports.get(name, ())) != 1:
            return None
        opened = Opened.open(self.exports[name], DATASETS[name], self.others_options, self.folder)
        if len(opened.exports) != 1:
            return None
        (export,) = opened.exports
        with self.working(f"reading {name}"):
            found = columns(export, opened.dataset, self.others_options, asked, as_of, apart)
        if found is not None:
            self.account(name, found.facts, opened.rejects)
        return found

    def events(self, links: pl.DataFrame | None = None) -> Events:
        """The events, opened; `links` from anonymous ids to users.

        Raises:
            InputError: one of the exports can't be used.
        """
        from userops.readers.events import Events

        return Events.open(self.exports["events"], self.others_options, self.folder, links)

    def reduce_events(
        self, events: Events, *reductions: Query, as_of: int | None = None
    ) -> tuple[list[pl.DataFrame], Facts]:
        """Run reductions over events in one pass, up to a day; by default the run's.

        Raises:
            TooManyRejects: more rows than allowed were refused.
        """
        self.warn_memory(events=sum(export.rows_about for export in events.exports))
        with self.working("reading events"):
            frames, facts = events.reduce(reductions, self.as_of if as_of is None else as_of)
        self.account("events", facts, events.rejects)
        return frames, facts

    def people(self, *attributes: str | None) -> People | None:
        """The users export, read; None without one. `attributes` may be asked of it.

        Raises:
            InputError: it can't be used.
            TooManyRejects: more rows than allowed were refused.
        """
        from userops.readers.users import People

        if not self.has("users"):
            return None
        asked, options = [name for name in attributes if name], self.others_options
        people = People.open(self.exports["users"], options, self.folder, asked, self.as_of)
        self.account("users", people.facts, people.rejects)
        return people

    def links(self) -> pl.DataFrame | None:
        """Whom the users export says that anonymous ids are; it's only read if it says so.

        Raises:
            InputError: it can't be used.
            TooManyRejects: more rows than allowed were refused.
        """
        from userops.readers.users import People

        if not self.has("users"):
            return None
        exports = self.exports["users"]
        people = People.open(exports, self.others_options, self.folder, as_of=self.as_of)
        if people.field("anonymous_id") is None:
            self.warn_no_links()
            return None
        self.account("users", people.facts, people.rejects)
        return people.links()

    def warn_no_links(self) -> None:
        """Say so where a users export that was named for it links no anonymous id to a user."""
        names = self.given.get("users")
        if isinstance(names, (list, tuple)) and names:
            self.message(
                f"{', '.join(names)}: no column for anonymous_id, so none is linked to a user"
            )

    def costs(self, buyers: pl.DataFrame, as_of: int, money: Currency) -> Costs | None:
        """What was spent, beside buyers' orders in a currency; None without an export or buyers.

        Raises:
            InputError: it can't be used, or is in another kind of currency.
            TooManyRejects: more rows than allowed were refused.
        """
        if buyers.is_empty():
            return None
        spent = self.dataset("costs", as_of=as_of, money=money)
        return Costs.beside(spent.frame if spent else None, buyers, as_of)
