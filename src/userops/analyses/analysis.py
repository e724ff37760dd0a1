"""What an analysis is, and what it's given.

An `Analysis` is declared once, in its folder's `__init__.py`: its name, its tables, its parameters,
the datasets that it reads. The command line, Python and the report all run it by its `run`:
a function from `Inputs`, which each of the three provides, and parameters to Tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from userops.core.params import Params

if TYPE_CHECKING:
    import polars as pl

    from userops.core.errors import UseropsError
    from userops.core.facts import Facts
    from userops.core.periods import Period
    from userops.core.rule_tables import RuleTable
    from userops.core.table import Currency, Table
    from userops.customers.costs import Costs
    from userops.customers.frozen_cuts import Cuts
    from userops.engines.reductions import Query
    from userops.ledger.spend_by_period import Spending
    from userops.ledger.timeline import Timeline
    from userops.readers.dataset import LazyRows, Rows
    from userops.readers.events import Events
    from userops.readers.exports import Export
    from userops.readers.fast.clean_rows import Ask
    from userops.readers.fast.rows import Columns
    from userops.readers.orders import Orders
    from userops.readers.users import People

P = TypeVar("P", bound=Params)
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Help:
    """A dataset that an analysis can read beside what it's about: its option's help, in two languages.

    `only_for` are the tables that it changes, where not all.
    """

    en: str
    zh: str
    only_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """What a run was asked for, before anything is opened.

    `exports` are the names that stand as arguments, `datasets` those that options name, `params`
    the values that options give, None where they give none.
    """

    exports: Sequence[str]
    datasets: Mapping[str, Sequence[str] | None]
    params: Mapping[str, Any]

    def has(self, dataset: str) -> bool:
        """Whether an option names exports of a dataset."""
        return bool(self.datasets.get(dataset))


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run is about: a dataset, the tables that there are, and which others are read.

    `without_amount`: its orders needn't say what they came to. `as_folder`: the table with a row a
    user that Spark can write as a folder.
    """

    about: str
    tables: tuple[str, ...]
    reads: tuple[str, ...]
    on_spark: bool = False
    without_amount: bool = False
    as_folder: str = ""


@dataclass(frozen=True, slots=True)
class InReport:
    """What a report does otherwise with an analysis than its command.

    Args:
        follows: parameters that are as the report's of the same name.
        since: the parameter that is the day before the report's period.
        fixed: values of parameters, whatever the settings say.
        at_most: what a parameter is cut at, by the report's period.
        needs: tables that are left out without a dataset, or without a field of orders
            (`orders.category`), by the table.
        columns: of the users export, that it asks for beside its parameters.
        aside: whether it takes long enough to be worked out beside the others.
    """

    follows: tuple[str, ...] = ()
    since: str = ""
    fixed: Mapping[str, object] = field(default_factory=dict)
    at_most: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Analysis:
    """One question about users, declared once.

    Args:
        name: what its command, its Python function and its folder are called.
        says: a sentence on it, in English and Chinese: the command's help.
        tables: the names of its tables, its default first.
        params_class: the name of the class of its parameters, in its `params` module: that's only
            imported when it's asked for, as the list of commands needs none of them.
        about: the dataset that it's about: the command's arguments.
        helped_by: other datasets that it can read, by name.
        examples: command lines for its help.
        python: what its Python function is given in an example, over the files of `userops demo`;
            by default the export that it's about.
        more: what its help says besides.
        on_spark: whether its orders and events can be read on Spark.
        as_folder: the table with a row a user that Spark can write as a folder.
        without_amount: whether its orders needn't say what they came to; what of its tables is
            about money, it says then.
        stored: whether a store of the exports can answer it.
        shows_rejects: whether refused rows are what's asked about, so that they end the run last.
        writes: tables that parameters name a file for, by the parameter.
        appends: parameters that name a file to which rows are added, and the parameter that says so.
        command: whether it's a command of its own; else a report shows it.
        sections: sections of the report that show tables of it, each with those.
        in_report: what the report does otherwise with it.
        scoped: whether what it's about depends on what is given: its `run` module has `scope`.
    """

    name: str
    says: tuple[str, str]
    tables: tuple[str, ...]
    params_class: str
    about: str = "orders"
    helped_by: Mapping[str, Help] = field(default_factory=dict)
    examples: tuple[str, ...] = ()
    python: str = ""
    more: str = ""
    on_spark: bool = False
    as_folder: str = ""
    without_amount: bool = False
    stored: bool = True
    shows_rejects: bool = False
    writes: Mapping[str, str] = field(default_factory=dict)
    appends: Mapping[str, str] = field(default_factory=dict)
    command: bool = True
    sections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    in_report: InReport = InReport()
    scoped: bool = False

    @property
    def params(self) -> type[Params]:
        """The class of its parameters."""
        module = import_module(f"userops.analyses.{self.name}.params")
        params: type[Params] = getattr(module, self.params_class)
        return params

    @property
    def run(self) -> Callable[[Inputs, Any], Iterator[Table]]:
        """What makes its tables: those that are wanted, in their order."""
        run_function: Callable[[Inputs, Any], Iterator[Table]] = self._module.run
        return run_function

    def scope(self, given: Given) -> Scope:
        """What a run of it is about.

        Raises:
            UsageError: what is given doesn't go together.
        """
        if self.scoped:
            scope: Scope = self._module.scope(given)
            return scope
        reads = tuple(self.helped_by)
        return Scope(
            self.about, self.tables, reads, self.on_spark, self.without_amount, self.as_folder
        )

    @property
    def _module(self) -> Any:
        return import_module(f"userops.analyses.{self.name}.run")


class Inputs(Protocol):
    """What an analysis is given, by whoever runs it: the command line, Python, or a report."""

    # What options or keywords give, by name.
    given: Mapping[str, object]

    @property
    def as_of(self) -> int | None:
        """The last day that counts, where one was asked for."""

    @property
    def settings(self) -> Project:
        """What the project has settled."""

    @property
    def lang(self) -> Literal["en", "zh"]:
        """The reader's language: for texts that are made to be said to others."""

    def until(self, day: int) -> None:
        """Let nothing after a day count, where no as_of was asked for; before anything is read."""

    def append(self, file: str, rows: Table) -> None:
        """Add rows to a CSV file that a parameter names, once all tables are written."""

    # What is asked for.

    def wants(self, table: str) -> bool:
        """Whether a table will be shown, so that no other is made."""

    def demands(self, *tables: str) -> bool:
        """Whether one of them alone is asked for, so that it's an error where there is none."""

    @property
    def with_headlines(self) -> bool:
        """Whether tables are shown with their headlines above them."""

    @property
    def lenient(self) -> bool:
        """Whether what the data doesn't allow is left out, and no error."""

    def day(self, param: str, text: str | None) -> int | None:
        """The day that a parameter names, in the words of `--as-of`.

        Raises:
            UsageError: it's none.
        """

    def idle(self, name: str, *tables: str) -> None:
        """Say so where a parameter was given that only other tables take."""

    def message(self, text: str) -> None:
        """Say something beside the tables."""

    def warn(self, text: str) -> None:
        """Say what makes a result doubtful."""

    def working(self, what: str) -> AbstractContextManager[None]:
        """Show that something is going on, where a person watches."""

    def rows_of(self, file: str) -> list[dict[str, str]]:
        """The rows of a small CSV file that a parameter names.

        Raises:
            InputError: it can't be read.
        """

    def fail(self, error: UseropsError) -> None:
        """Fail: where tables are written, once they are."""

    def account(self, dataset: str, facts: Facts, rejects: Callable[[], pl.DataFrame]) -> None:
        """Say what was read of a dataset, and keep it.

        Raises:
            TooManyRejects: more rows than allowed were refused.
        """

    def once(self, key: tuple[object, ...], make: Callable[[], Made]) -> Made:
        """What several analyses make of the same rows, made by the first of them.

        Args:
            key: what it's called, and all that it depends on besides the exports.
            make: makes it, of what has been asked for already: it asks for nothing.
        """

    # Orders.

    @property
    def orders(self) -> Orders:
        """The orders, opened."""

    def reduce(
        self, *reductions: Query, lines: Sequence[Query] = ()
    ) -> tuple[list[pl.DataFrame], Facts]:
        """What reductions over the orders give, and `lines` over their items, by one pass.

        Raises:
            TooManyRejects: more rows than allowed were refused.
        """

    def timeline(
        self,
        customers: Query,
        keys: Query,
        *more: Query,
        lines: Sequence[Query] = (),
        named: bool = True,
        lined: bool = True,
    ) -> tuple[pl.DataFrame, Timeline, list[pl.DataFrame], Facts]:
        """Customers and their orders in the order of time, and what else the pass gives."""

    def spending(
        self, period: Period, *more: Query, named: bool = True
    ) -> tuple[pl.DataFrame, Spending, list[pl.DataFrame], Facts]:
        """Customers and what they bought in each period, and what else the pass gives."""

    def at(self, day: int) -> tuple[pl.DataFrame, Timeline]:
        """Customers and their orders as they were on an earlier day, which today's may not tell."""

    def lines_again(self, reduction: Query) -> pl.DataFrame:
        """What a reduction over line items gives by another pass: where the first won't do."""

    def given_back(self, *reductions: Query) -> list[pl.DataFrame]:
        """What reductions give over orders that were given back in full, by another pass."""

    # Other datasets.

    def has(self, dataset: str) -> bool:
        """Whether there are exports of a dataset."""

    def columns(
        self,
        name: str,
        asked: Callable[[Export], Mapping[str, pl.Expr]],
        as_of: int | None,
        apart: str | None = None,
    ) -> Columns | None:
        """Columns made of the rows of a dataset's one export, straight from the file; None for any doubt.

        Then `dataset` reads it.
        """

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
            attributes: columns that it doesn't declare, by their names; `*` is all of them.
            as_of: the last day that counts, where it has a time; by default the run's.
            money: the currency that its amounts stand beside: an export that names none is in it.

        Raises:
            InputError: an export can't be used, or its amounts have other decimals than `money`.
            TooManyRejects: more rows than allowed were refused.
        """

    def lazily(
        self, name: str, as_of: int | None = None, ask: Ask | None = None
    ) -> LazyRows | None:
        """The same for queries, of a dataset with a time of its own: not held where all rows are clean.

        What's asked of them is found in the pass that reads them.
        """

    def events(self, links: pl.DataFrame | None = None) -> Events:
        """The events, opened; `links` from anonymous ids to users."""

    def reduce_events(
        self, events: Events, *reductions: Query, as_of: int | None = None
    ) -> tuple[list[pl.DataFrame], Facts]:
        """What reductions over events give, by one pass, up to a day; by default the run's."""

    def people(self, *attributes: str | None) -> People | None:
        """The users export, read; None without one. `attributes` may be asked of it."""

    def links(self) -> pl.DataFrame | None:
        """Whom the users export says that anonymous ids are; it's only read if it says so."""

    def costs(self, buyers: pl.DataFrame, as_of: int, money: Currency) -> Costs | None:
        """What was spent beside buyers' orders; None without an export or buyers."""


class Project(Protocol):
    """What a project's settings say beside the parameters."""

    @property
    def week_start(self) -> str:
        """The day on which weeks start."""

    @property
    def playbook(self) -> Mapping[str, str]:
        """Lines of action by segment, tier or stage."""

    @property
    def cuts(self) -> object | None:
        """Fixed cut points, where there are any."""

    @property
    def segments(self) -> Mapping[str, object]:
        """Rule tables of the project's own."""

    def rule_table(self, name: str) -> RuleTable | None:
        """The rule table of a name, with the playbook's lines; None for `rfm8`."""

    def fixed_cuts(self, places: int) -> Cuts | None:
        """Fixed cut points in minor units, where there are any."""

    def params(self, params: type[P], **given: object) -> P:
        """Parameters of a class, as the project has set them."""
