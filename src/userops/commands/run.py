"""One run of an analysis: from what was asked to what is read, told and written.

Between `cli`, which only parses, and the library, which knows no options: says what was
read and assumed, and hands results to `emit`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from userops.commands import pace
from userops.core.errors import UseropsError
from userops.core.facts import Facts
from userops.core.messages import Note, Word
from userops.core.table import Kind, Result, Table
from userops.datasets import DATASETS
from userops.engines import memory
from userops.inputs import RunInputs
from userops.language import spoken
from userops.language.words import Lang
from userops.readers.assumptions import not_obvious
from userops.readers.strict.read import REJECTS
from userops.render import ALL_BY_DEFAULT, FOR_PEOPLE, WITH_HEADLINES, emit, files

if TYPE_CHECKING:
    from userops.commands.options import Common
    from userops.readers.events import Events
    from userops.readers.spark import OnSpark
    from userops.store.places import Store


def _no_options() -> Common:
    from userops.commands.options import Common

    return Common()


def wrote(path: str, tables: Sequence[Table]) -> Note:
    """Which file was written, and how much is in it."""
    first, *others = tables
    height = first.frame.height
    users = Note("{rows:user|users}", rows=height)
    rows = users if first.name == "users" else Note("{rows:row|rows}", rows=height)
    if others:
        return Note(
            "wrote {path} ({rows}, {tables:more table|more tables})",
            path=path,
            rows=rows,
            tables=len(others),
        )
    return Note("wrote {path} ({rows})", path=path, rows=rows)


@dataclass(slots=True)
class Run(RunInputs):
    """The inputs of a command: what it reads is said on standard error.

    `tables` are those that it has, `about` the dataset that its arguments name. `refused` are rows for `--rejects`, by dataset.
    """

    common: Common = field(default_factory=_no_options)
    tables: Sequence[str] = ()
    about: str = "orders"
    shows_rejects: bool = False
    refused: dict[str, pl.DataFrame] = field(default_factory=dict)
    rejects_written: bool = False
    failure: UseropsError | None = None  # how the run ends once its tables are written
    noted: set[str] = field(default_factory=set)  # what was said already
    store: Store | None = None  # the orders' own, whether it's there or not
    spark: OnSpark | None = None  # where orders and events are read there

    def events(self, links: pl.DataFrame | None = None) -> Events:
        """The events, opened: on Spark, where the run reads there."""
        if self.spark is None:
            return super(Run, self).events(links)  # a class with slots has no other way to say it
        return self.spark.events(map(str, self.exports["events"]), self.others_options, links)

    def wants(self, table: str) -> bool:
        """Whether a table of the command will be written, so that no other is made."""
        show = self.common.show
        if show is None:
            return self._format in ALL_BY_DEFAULT or table == self.tables[0]
        return show in ("all", table)

    def demands(self, *tables: str) -> bool:
        """Whether `--show` names one of them; without it, the first is what's asked for."""
        return (self.common.show or self.tables[0]) in tables

    @property
    def with_headlines(self) -> bool:
        """Whether tables will be written with their headlines above them."""
        return self._format in WITH_HEADLINES

    @property
    def _format(self) -> str:
        return emit.choose_format(self.common.format, files.as_path(self.common.output))

    def called(self, param: str) -> str:
        """A parameter as an option."""
        return f"--{param.replace('_', '-')}"

    def idle(self, name: str, *tables: str) -> None:
        """Say so where an option was given that only other tables take."""
        if self.given.get(name) is not None and not any(map(self.wants, tables)):
            self.message(
                f"{self.called(name)} has no effect here: it's for --show {' or '.join(tables)}"
            )

    def warn_memory(self, **rows: int) -> None:
        """Say so, before so many rows are read, where that takes more memory than the run is bound to.

        Rows are those of `memory.needed`.
        """
        need = memory.needed(**rows)
        limit = memory.limit_of(self.common.memory or self.settings.memory)
        if need > limit:
            self.message(
                f"about {memory.spelled(need)} of memory will be taken, beyond the limit of "
                f"{memory.spelled(limit)}: a row a user, or a number an order, is held whole"
            )

    def account(self, dataset: str, facts: Facts, rejects: Callable[[], pl.DataFrame]) -> None:
        """Say what was read of a dataset, and keep it.

        Raises:
            TooManyRejects: more rows than allowed were refused.
        """
        self.tell(dataset, facts)
        self.read[dataset] = facts
        if facts.tally.refused and self.common.rejects:
            self.refused[dataset] = rejects()
        if not self.shows_rejects:
            self.stop_if_too_many_refused(facts)
            self.check_counts(dataset, facts)
        self.look(dataset, facts)

    @property
    def lang(self) -> Lang:
        """The language of the tables; where programs read them too, what somebody asked for alone."""
        return self.reader if self._format in FOR_PEOPLE else self._asked or "en"

    @property
    def reader(self) -> Lang:
        """The reader's language: as asked for or settled, else the system's."""
        return self._asked or spoken.spoken()

    @property
    def _asked(self) -> Lang | None:
        if self.common.lang:
            return "zh" if self.common.lang.value == "zh" else "en"
        return spoken.asked() or ("zh" if self.settings.lang == "zh" else None)

    def message(self, text: str) -> None:
        """Say something beside the data, once, unless asked to be quiet."""
        if not self.common.quiet and text not in self.noted:
            self.noted.add(text)
            emit.to_stderr(text, "note: ")

    def fail(self, error: UseropsError) -> None:
        """Fail once the tables are written."""
        self.failure = self.failure or error

    def warn(self, text: str) -> None:
        """Say what makes a result doubtful, to whoever asked for quiet, too."""
        emit.to_stderr(text, "warning: ")

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """Show that something is going on, where a person watches."""
        if self.common.quiet or sys.stderr is None or not sys.stderr.isatty():
            yield
            return
        with pace.shown(what):
            yield

    def emit(self, command: str, tables: Sequence[Table]) -> None:
        """Write the tables as asked, with what became of all rows; refused ones first."""
        self.write_rejects()
        self._emit(command, tables)
        if self.shows_rejects:
            for dataset, facts in self.read.items():
                self.stop_if_too_many_refused(facts)
                self.check_counts(dataset, facts)
        if self.failure is not None:
            raise self.failure

    def _emit(self, command: str, tables: Sequence[Table]) -> None:
        if self.orders.users_to:  # written by the engine
            users = Note("{rows:user|users}", rows=self.orders.users_written)
            if not self.common.quiet:
                emit.to_stderr(Note("wrote {path} ({rows})", path=self.orders.users_to, rows=users))
            return
        tallies = {dataset: facts.tally for dataset, facts in self.read.items()}
        result = Result(
            command,
            tuple(tables),
            tallies.get(self.about),
            tallies if len(tallies) > 1 else {},
            sources=self.sources,
        )
        with self._writing(result):
            emit.emit(
                result,
                show=self.common.show,
                fmt=self.common.format,
                output=self.common.output,
                lang=self.lang,
                raw=self.common.raw,
                note=self.message,
            )
        tables_written = emit.choose_tables(result, self.common.show, self._format)
        self.wrote(self.common.output, tables_written)

    @contextmanager
    def _writing(self, result: Result) -> Iterator[None]:
        """Show that a file is being written, and how many rows it will have."""
        path = files.as_path(self.common.output)
        if path is None or files.is_special(path):
            yield
            return
        chosen = emit.choose_tables(result, self.common.show, self._format)
        rows = sum(table.frame.height for table in chosen)
        with self.working(Note("writing {rows:row|rows} to {path}", rows=rows, path=path)):
            yield

    def wrote(self, output: str | None, tables: Sequence[Table]) -> None:
        """Say which file was written, and how much is in it."""
        path = files.as_path(output)
        if path is None or files.is_special(path) or self.common.quiet:
            return
        emit.to_stderr(wrote(path, tables))

    def tell(self, dataset: str, facts: Facts) -> None:
        """Say what was assumed, and what became of the rows: what isn't obvious, or was asked for."""
        shows_all = self.common.explain_reading
        for note in (*facts.notes, *(facts.reasons if shows_all else ())):
            if shown := note if shows_all else not_obvious(note, DATASETS[dataset]):
                self.message(shown)
        tally = facts.tally
        if not shows_all and dataset != self.about and 0 < tally.used == tally.read:
            return
        sentences = [tally.in_words(facts.window)]
        if not tally.read:
            sentences.append(Note("the exports hold no rows"))
        elif not tally.used:
            sentences.append(Note("no rows were used: see the reasons above"))
        for sentence in sentences:
            self.message(
                sentence
                if dataset == self.about
                else Note("{dataset}: {sentence}", dataset=Word(dataset), sentence=sentence)
            )

    def write_rejects(self) -> None:
        """Write every row refused to `--rejects`: once, if asked to and anything was read."""
        if not self.common.rejects or not self.read or self.rejects_written:
            return
        self.rejects_written = True
        frame = pl.concat([pl.DataFrame(schema=REJECTS), *self.refused.values()])
        kinds = {name: Kind.COUNT if name == "line" else Kind.TEXT for name in REJECTS}
        first = next(iter(self.read.values()))
        table = Table("rejects", frame, kinds, self.read.get(self.about, first).window)
        emit.emit(Result("rejects", (table,)), output=self.common.rejects, note=self.message)
        self.wrote(self.common.rejects, (table,))
