"""One run of an analysis: from what was asked to what is read, told and written.

Between `cli`, which only parses, and the library, which knows no options: joins options
with settings, opens the exports, says what was assumed, and hands results to `emit`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import polars as pl

from userops import store
from userops.commands.read_options import check_engine, columns_said, reading_of
from userops.core.dates import parse_as_of, to_day
from userops.core.errors import UsageError, UseropsError
from userops.core.messages import counted
from userops.core.table import Kind, Result, Table
from userops.datasets import DATASETS, check_named, spared
from userops.datasets.orders import ORDERS
from userops.engines import memory
from userops.engines.reductions import Step
from userops.language.words import Lang
from userops.readers.exports import suited
from userops.readers.files.open import expand, workspace
from userops.readers.options import Reading, check_rejects
from userops.readers.orders import Facts, Orders
from userops.readers.strict.read import REJECTS
from userops.render import ALL_BY_DEFAULT, WITH_HEADLINES, emit
from userops.render import files as outputs
from userops.settings import Settings, load

if TYPE_CHECKING:
    from userops.commands.options import Common
    from userops.core.periods import Period
    from userops.ledger.presence import Attendance
    from userops.ledger.spend_by_period import Spending
    from userops.ledger.timeline import Timeline
    from userops.readers.events import Events
    from userops.store.places import Store

_Found = TypeVar("_Found", bound=tuple[Any, ...])


@dataclass(slots=True)
class Run:
    """What a command works with.

    `named` are its exports by dataset, `main` the dataset that it's about. `read` is what
    reading found out by dataset, `refused` the rows for `--rejects`.
    """

    common: Common
    settings: Settings
    orders: Orders
    as_of: int | None
    how: Reading
    folder: Path
    tables: Sequence[str] = ()
    main: str = "orders"
    named: Mapping[str, Sequence[str]] = field(default_factory=dict)
    read: dict[str, Facts] = field(default_factory=dict)
    refused: dict[str, pl.DataFrame] = field(default_factory=dict)
    rejects_written: bool = False
    store: Store | None = None  # the orders' own, whether it's there or not

    def lines_again(self) -> pl.DataFrame:
        """What was bought, by another pass: for purchases whose marks won't do."""
        from userops.analyses.repurchase import purchase_intervals

        return self.orders.reduce([], self.as_of, [purchase_intervals.named])[0][0]

    def attendance(
        self, period: Period, *more: Step, named: bool
    ) -> tuple[pl.DataFrame, Attendance | Timeline, list[pl.DataFrame], Facts]:
        """Customers, in which periods they came, and what else the pass gave, as of `Orders.attendance`.

        Raises:
            TooManyRejects: more rows than allowed were refused.
        """
        week_start = self.settings.week_start
        read = partial(self.orders.attendance, period, more, week_start=week_start, named=named)
        return self._read(read)

    def spending(
        self, period: Period, *more: Step, named: bool = True
    ) -> tuple[pl.DataFrame, Spending, list[pl.DataFrame], Facts]:
        """Customers and what they bought in each period, as of `Orders.spending`.

        Raises:
            TooManyRejects: more rows than allowed were refused.
        """
        week_start = self.settings.week_start
        read = partial(self.orders.spending, period, more, week_start=week_start, named=named)
        return self._read(read)

    def wants(self, table: str) -> bool:
        """Whether a table of the command will be written, so that no other is made."""
        show = self.common.show
        if show is None:
            return self._format in ALL_BY_DEFAULT or table == self.tables[0]
        return show in ("all", table)

    @property
    def with_headlines(self) -> bool:
        """Whether tables will be written with their headlines above them."""
        return self._format in WITH_HEADLINES

    @property
    def _format(self) -> str:
        return emit.choose_format(self.common.format, outputs.as_path(self.common.output))

    def day(self, option: str, text: str | None) -> int | None:
        """The day that an option names, in the words of `--as-of`.

        Raises:
            UsageError: it's none.
        """
        found = parse_as_of(text, _today(self.how.timezone), option)
        return to_day(found) if found else None

    def idle(self, option: str, given: object, *tables: str) -> None:
        """Say so where an option was given that only other tables take."""
        if given is not None and not any(map(self.wants, tables)):
            self.note(f"{option} has no effect here: it's for --show {' or '.join(tables)}")

    def timeline(
        self,
        customers: Step,
        marks: Step,
        *more: Step,
        lines: Sequence[Step] = (),
        named: bool = True,
        lined: bool = True,
    ) -> tuple[pl.DataFrame, Timeline, list[pl.DataFrame], Facts]:
        """Customers and their orders in the order of time, and what else the pass gave, as of `Orders.timeline`.

        Raises:
            TooManyRejects: more rows than allowed were refused.
        """
        from userops.ledger.timeline import amounts

        asked = (customers, marks, more)
        read = partial(self.orders.timeline, *asked, lines=lines, named=named, lined=lined)
        return self._read(read, paid=marks is amounts)

    def reduce(self, *steps: Step, lines: Sequence[Step] = ()) -> tuple[list[pl.DataFrame], Facts]:
        """Run reductions over the orders, and `lines` over their items, in one pass; says what was read.

        Raises:
            TooManyRejects: more rows than allowed were refused.
        """
        return self._read(partial(self.orders.reduce, steps, lines=lines))

    def _read(self, read: Callable[..., _Found], *, paid: bool = False) -> _Found:
        """What a way of reading the orders gives, the facts last; says what was read.

        Orders are `paid` where their amounts are followed user by user.
        """
        self._foresee(**{"paid" if paid else "orders": self.orders.rows_about})
        with self.working("reading orders"):
            found = read(as_of=self.as_of)
        self.account("orders", found[-1], partial(self.orders.rejects, self.as_of))
        return found

    def events(self, links: pl.DataFrame | None = None) -> Events:
        """The events, opened; `links` from anonymous ids to users.

        Raises:
            InputError: one of the exports can't be used.
        """
        from userops.readers.events import Events

        return Events.open(self.named["events"], self.how, self.folder, links)

    def reduce_events(self, events: Events, *steps: Step) -> tuple[list[pl.DataFrame], Facts]:
        """Run reductions over events in one pass; says what was read.

        Raises:
            TooManyRejects: more rows than allowed were refused.
        """
        self._foresee(events=sum(export.rows_about for export in events.exports))
        with self.working("reading events"):
            frames, facts = events.reduce(steps, self.as_of)
        self.account("events", facts, events.rejects)
        return frames, facts

    def _foresee(self, **rows: int) -> None:
        """Say so, before so many rows are read, where that takes more memory than the run is bound to.

        Rows are those of `memory.needed`.
        """
        need = memory.needed(**rows)
        limit = memory.limit_of(self.common.memory or self.settings.memory)
        if need > limit:
            self.note(
                f"about {memory.spelled(need)} of memory will be taken, beyond the limit of "
                f"{memory.spelled(limit)}: a row a user, or a number an order, is held whole"
            )

    def account(self, dataset: str, facts: Facts, rejects: Callable[[], pl.DataFrame]) -> None:
        """Say what was read of a dataset, and keep it: every export that a run reads comes by here.

        Raises:
            TooManyRejects: more rows than allowed were refused.
        """
        with self.judging(dataset, facts, rejects):
            pass

    @contextmanager
    def judging(
        self, dataset: str, facts: Facts, rejects: Callable[[], pl.DataFrame]
    ) -> Iterator[None]:
        """As `account`, but what is done within comes before too many refused rows end the run."""
        self.tell(dataset, facts)
        self.read[dataset] = facts
        refused = facts.tally.refused
        if refused and self.common.rejects:
            self.refused[dataset] = rejects()
        yield
        check_rejects(sum(refused.values()), facts.tally.read, self.how.max_rejects, refused)

    @property
    def lang(self) -> Lang:
        """The reader's language."""
        return "zh" if (self.common.lang or self.settings.lang) == "zh" else "en"

    def note(self, text: str) -> None:
        """Say something beside the data, unless asked to be quiet."""
        if not self.common.quiet:
            emit.to_stderr(f"note: {text}")

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """Show that something is going on, where a person watches."""
        if self.common.quiet or sys.stderr is None or not sys.stderr.isatty():
            yield
            return
        from rich.console import Console

        with Console(stderr=True).status(f"{what} ..."):
            yield

    def emit(self, command: str, tables: Sequence[Table]) -> None:
        """Write the tables as asked, with what became of all rows; refused ones first."""
        self.write_rejects()
        tallies = {dataset: facts.tally for dataset, facts in self.read.items()}
        result = Result(
            command,
            tuple(tables),
            tallies.get(self.main),
            tallies if len(tallies) > 1 else {},
        )
        emit.emit(
            result,
            show=self.common.show,
            fmt=self.common.format,
            output=self.common.output,
            lang=self.lang,
            raw=self.common.raw,
            note=self.note,
        )

    def tell(self, dataset: str, facts: Facts) -> None:
        """Say what was assumed, and what became of the rows."""
        for note in facts.notes:
            self.note(note)
        tally = facts.tally
        parts = [f"{tally.used:,} used"]
        for what, reasons in (("refused", tally.refused), ("left out", tally.left_out)):
            if reasons:
                listed = ", ".join(f"{count:,} {reason}" for reason, count in reasons.items())
                parts.append(f"{sum(reasons.values()):,} {what} ({listed})")
        window = (
            f"; {facts.window.first_day} to {facts.window.as_of}" if facts.window.first_day else ""
        )
        whose = "" if dataset == self.main else f"{dataset}: "
        self.note(f"{whose}{counted(tally.read, 'row')} read: {', '.join(parts)}{window}")
        if not tally.read:
            self.note(f"{whose}the exports hold no rows")
        elif not tally.used:
            self.note(f"{whose}no row counts: see the reasons above")

    def write_rejects(self) -> None:
        """Write every row refused to `--rejects`: once, if asked to and anything was read."""
        if not self.common.rejects or not self.read or self.rejects_written:
            return
        self.rejects_written = True
        frame = pl.concat([pl.DataFrame(schema=REJECTS), *self.refused.values()])
        kinds = {name: Kind.COUNT if name == "line" else Kind.TEXT for name in REJECTS}
        first = next(iter(self.read.values()))
        table = Table("rejects", frame, kinds, self.read.get(self.main, first).window)
        emit.emit(Result("rejects", (table,)), output=self.common.rejects, note=self.note)


@contextmanager
def start(
    common: Common,
    tables: Sequence[str] = (),
    *,
    main: str = "orders",
    beside: Mapping[str, Sequence[str] | None] | None = None,
    writes: Sequence[str | None] = (),
    reads: Sequence[str | None] = (),
    on_spark: bool = False,
    raw: bool = False,
    prepares: bool = False,
    by: str | None = None,
) -> Iterator[Run]:
    """Open what a command was given.

    Args:
        common: the options that all commands share.
        tables: those that the command has.
        main: the dataset that it's about; orders are opened here.
        beside: the other datasets that it can read, with what its options name of them.
        writes: what it writes beside the output and the rejects.
        reads: what it reads beside exports and settings.
        on_spark: whether its orders can be read on Spark.
        raw: whether it's about the exports as they are, so that no store can tell.
        prepares: whether it's about the store itself, and opens what it needs.
        by: what its groups are of: maybe an attribute of the users export.

    Raises:
        UsageError: an option or a setting can't be, or an output is one of the exports,
            or of the outputs.
        InputError: an export can't be used.
        Busy: another run holds the output.
    """
    # What can't be written is said before anything is read.
    emit.choose_format(common.format, outputs.as_path(common.output))
    if common.show and tables and common.show not in (*tables, "all"):
        raise UsageError.unknown("table", common.show, [*tables, "all"])
    settings, file = load(common.config)
    if not on_spark:
        check_engine(common)
    how = reading_of(common, settings)
    named = _named(common, settings, file, main, beside or {})
    read = [dataset for dataset, paths in named.items() if paths]
    said = columns_said(common)
    check_named(said, read, "--map", (by, settings.funnel.by))
    check_named(settings.columns, DATASETS, "[columns]", (settings.funnel.by,))
    how = replace(how, spared=tuple(spared(how.named, said, main, read)))
    as_of = parse_as_of(common.as_of, _today(how.timezone))
    _spare(named, (common.output, common.rejects, *writes), (*reads, str(file) if file else None))
    with ExitStack() as stack:
        stack.enter_context(emit.holding(common.output))
        folder = stack.enter_context(workspace())
        memory.bound(common.memory or settings.memory, folder)
        day = to_day(as_of) if as_of else None
        run = Run(common, settings, Orders([], how), day, how, folder, tables, main, named)
        if named.get("orders"):
            of_orders = suited(how, ORDERS)
            place = (file.parent if file else Path()) / store.FOLDER
            if on_spark and (common.engine or settings.engine.name) == "spark":
                run.orders = stack.enter_context(_orders_on_spark(run, of_orders))
            elif prepares or (place.is_dir() and not raw and not common.no_store):
                run.store, run.orders = _stored(run, place, of_orders, opens=not prepares)
            else:
                run.orders = Orders.open(named["orders"], of_orders, folder)
        try:
            yield run
        except UseropsError:
            run.write_rejects()
            raise


def _stored(run: Run, place: Path, how: Reading, *, opens: bool) -> tuple[Store, Orders]:
    """The store of a run's orders, and these as it has them, else as the exports have."""
    from userops.store.places import Store

    names = run.named["orders"]
    kept = Store(place, names, how, run.folder, run.note)
    if not opens:
        return kept, run.orders
    return kept, kept.open() or Orders.open(names, how, run.folder)


@contextmanager
def _orders_on_spark(run: Run, how: Reading) -> Iterator[Orders]:
    """Orders as Spark reads them.

    Raises:
        UsageError: Spark isn't there, or an option can't be had on it.
    """
    from userops.engines import spark
    from userops.readers.spark.orders import SparkOrders, no_rejects

    if run.common.rejects:
        raise no_rejects()
    session = spark.session(run.settings.engine.spark)
    orders = SparkOrders.on(session, run.named["orders"], how, run.folder)
    try:
        yield orders
    finally:
        orders.close()


def _named(
    common: Common,
    settings: Settings,
    file: Path | None,
    main: str,
    beside: Mapping[str, Sequence[str] | None],
) -> dict[str, list[str]]:
    """A run's exports by dataset: those named, or where no export is an argument, the settings'.

    Raises:
        UsageError: there are none of the main dataset.
    """
    asked = {**beside, main: common.exports or beside.get(main)}
    named = {dataset: list(names or ()) for dataset, names in asked.items()}
    if file is not None and not common.exports:
        for dataset, names in named.items():
            told = getattr(settings.exports, dataset)
            named[dataset] = names or [str(file.parent / pattern) for pattern in told]
    if not named[main]:
        what = "exports" if main == "orders" else main
        raise UsageError(
            f"no {what} named",
            mend=f"userops COMMAND {main}.csv, or [exports] {main} in userops.toml",
        )
    return named


def _spare(
    named: Mapping[str, Sequence[str]],
    written: Sequence[str | None],
    others: Sequence[str | None],
) -> None:
    """Nothing is written over what the run reads, nor over another output of it."""
    if not any(written):
        return
    raw = {
        os.path.realpath(name)
        for names in named.values()
        for name in (expand(names) if names else ())
        if name != "-"
    }
    for output in written:
        if output and os.path.realpath(output) in raw:
            raise UsageError(f"{output} is one of the exports", mend="write to another file")
        if output and os.path.realpath(output) in {os.path.realpath(one) for one in others if one}:
            raise UsageError(f"{output} is read by this run", mend="write to another file")
    paths = [path for output in written if (path := outputs.as_path(output))]
    places: set[str] = set()
    for path in paths:
        place = os.path.realpath(path)
        if place in places and not outputs.is_special(path):
            raise UsageError(
                f"{path} would be written twice, one thing over the other",
                mend="write one of them to another file",
            )
        places.add(place)


def _today(timezone: str | None) -> date:
    """Today in the shop's time zone; the one place that reads the clock."""
    return datetime.now(ZoneInfo(timezone) if timezone else None).date()
