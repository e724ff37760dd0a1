"""One run of an analysis: from what was asked to what is read, told and written.

Between `cli`, which only parses, and the library, which knows no options: joins options
with settings, opens the exports, says what was assumed, and hands results to `emit`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from userops import emit, outputs
from userops.errors import UsageError
from userops.orders import Status
from userops.render import ALL_BY_DEFAULT
from userops.settings import Settings, load
from userops.sources.careful import REJECTS
from userops.sources.files import expand, workspace
from userops.sources.intake import Facts, Orders
from userops.sources.reading import Reading, check_rejects
from userops.table import Kind, Result, Table
from userops.window import parse_as_of, to_day
from userops.words import Lang

if TYPE_CHECKING:
    import polars as pl

    from userops.attendance import Attendance
    from userops.options import Common
    from userops.periods import Period
    from userops.sources.event_intake import Events
    from userops.timeline import Timeline


@dataclass(slots=True)
class Run:
    """What a command works with."""

    common: Common
    settings: Settings
    orders: Orders
    as_of: int | None
    how: Reading
    folder: Path
    tables: Sequence[str] = ()
    project: Path | None = None  # where the settings stand

    def again(self) -> pl.DataFrame:
        """The orders' rows, by another pass: for a timeline whose marks won't do."""
        from userops import timeline

        return self.orders.reduce([timeline.rows], self.as_of)[0][0]

    def attendance(
        self, period: Period, *more: Callable[[pl.LazyFrame], pl.LazyFrame]
    ) -> tuple[pl.DataFrame, Attendance | Timeline, list[pl.DataFrame], Facts]:
        """Customers, in which periods they came, what the steps in `more` give, and what was read.

        A timeline tells it where there are more periods than bits.
        """
        from userops import attendance, ledger, timeline

        week_start = self.settings.week_start
        seen = partial(attendance.attended, period=period, week_start=week_start)
        (customers, *rest), facts = self.reduce(seen, *more)
        if attendance.can_tell(period, facts.window, week_start):
            told = attendance.Attendance.of(customers, period, week_start)
            return customers, told, rest, facts
        (customers, marks), _ = self.orders.reduce([ledger.spans, timeline.marks], self.as_of)
        return customers, timeline.build(customers, marks, self.again), rest, facts

    def beside(self, dataset: str, named: Sequence[str] | None) -> list[str]:
        """Exports beside the orders: those named, or where none of orders is, the settings'."""
        if named or self.common.exports or self.project is None:
            return list(named or ())
        return [str(self.project / name) for name in getattr(self.settings.exports, dataset)]

    def wants(self, table: str) -> bool:
        """Whether a table of the command will be written, so that no other is made."""
        fmt = emit.choose_format(self.common.format, outputs.as_path(self.common.output))
        show = self.common.show
        if show is None:
            return fmt in ALL_BY_DEFAULT or table == self.tables[0]
        return show in ("all", table)

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

    def reduce(
        self,
        *steps: Callable[[pl.LazyFrame], pl.LazyFrame],
        lines: Sequence[Callable[[pl.LazyFrame], pl.LazyFrame]] = (),
    ) -> tuple[list[pl.DataFrame], Facts]:
        """Run reductions over the orders, and `lines` over their items, in one pass; says what was read.

        Raises:
            TooManyRejects: more rows than allowed were refused; they are written to `--rejects` first.
        """
        with self.working("reading orders"):
            frames, facts = self.orders.reduce(steps, self.as_of, lines)
        self.tell(facts)
        self._write_rejects(facts)
        refused = facts.tally.refused
        check_rejects(sum(refused.values()), facts.tally.read, self.how.max_rejects, refused)
        return frames, facts

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

    def emit(self, result: Result) -> None:
        """Write the result as asked."""
        emit.emit(
            result,
            show=self.common.show,
            fmt=self.common.format,
            output=self.common.output,
            lang=self.lang,
            raw=self.common.raw,
            note=self.note,
        )

    def tell(self, facts: Facts) -> None:
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
        self.note(f"{tally.read:,} rows read: {', '.join(parts)}{window}")
        if not tally.read:
            self.note("the exports hold no rows")
        elif not tally.used:
            self.note("no row counts: see the reasons above")

    def events(self, named: Sequence[str] | None, links: pl.DataFrame | None = None) -> Events:
        """The events of some exports, opened; `links` from anonymous ids to users.

        Raises:
            UsageError: there are none named.
            InputError: one of them can't be used.
        """
        if not named:
            raise UsageError(
                "no events named",
                mend="userops COMMAND events.csv, or [exports] events in userops.toml",
            )
        from userops.sources.event_intake import Events

        return Events.open(named, self.how, self.folder, links)

    def reduce_events(
        self, events: Events, *steps: Callable[[pl.LazyFrame], pl.LazyFrame]
    ) -> tuple[list[pl.DataFrame], Facts]:
        """Run reductions over events in one pass; says what was read.

        Raises:
            TooManyRejects: more rows than allowed were refused; they are written to `--rejects` first.
        """
        with self.working("reading events"):
            frames, facts = events.reduce(steps, self.as_of)
        self.tell(facts)
        self._write_rejects(facts, events)
        refused = facts.tally.refused
        check_rejects(sum(refused.values()), facts.tally.read, self.how.max_rejects, refused)
        return frames, facts

    def _write_rejects(self, facts: Facts, events: Events | None = None) -> None:
        if not self.common.rejects:
            return
        frame = (events or self.orders).rejects(
            self.as_of if facts.tally.refused else None, any_refused=bool(facts.tally.refused)
        )
        kinds = {name: Kind.COUNT if name == "line" else Kind.TEXT for name in REJECTS}
        table = Table("rejects", frame, kinds, facts.window)
        emit.emit(Result("rejects", (table,)), output=self.common.rejects, note=self.note)


@contextmanager
def start(
    common: Common, tables: Sequence[str] = (), *, reads_orders: bool = True
) -> Iterator[Run]:
    """Open what a command was given; `tables` are those it has.

    A command that reads other exports only opens them by itself, in the run's folder.

    Raises:
        UsageError: an option or a setting can't be.
        InputError: an export can't be used.
        Busy: another run holds the output.
    """
    # What can't be written is said before anything is read.
    emit.choose_format(common.format, outputs.as_path(common.output))
    if common.show and tables and common.show not in (*tables, "all"):
        raise UsageError.unknown("table", common.show, [*tables, "all"])
    settings, file = load(common.config)
    how = reading_of(common, settings)
    exports: Sequence[str] = common.exports or ()
    if not exports and file and reads_orders:
        exports = [str(file.parent / pattern) for pattern in settings.exports.orders]
    if not exports and reads_orders:
        raise UsageError(
            "no exports named", mend="userops COMMAND orders.csv, or [exports] in userops.toml"
        )
    as_of = parse_as_of(common.as_of, _today(how.timezone))
    _spare_exports(common, exports)
    with ExitStack() as stack:
        stack.enter_context(emit.holding(common.output))
        folder = stack.enter_context(workspace())
        orders = Orders.open(exports, how, folder) if reads_orders else Orders([], how)
        day, project = to_day(as_of) if as_of else None, file.parent if file else None
        yield Run(common, settings, orders, day, how, folder, tables, project)


def _spare_exports(common: Common, exports: Sequence[str]) -> None:
    """An output isn't written over an export that it's made from."""
    raw = {os.path.realpath(name) for name in expand(exports) if name != "-"} if exports else set()
    for output in (common.output, common.rejects):
        if output and os.path.realpath(output) in raw:
            raise UsageError(f"{output} is one of the exports", mend="write to another file")


def _today(timezone: str | None) -> date:
    """Today in the shop's time zone; the one place that reads the clock."""
    return datetime.now(ZoneInfo(timezone) if timezone else None).date()


def reading_of(common: Common, settings: Settings) -> Reading:
    """How to read, by the options and then by the settings.

    Raises:
        UsageError: an option can't be.
    """
    told = settings.reading
    timezone = common.tz or told.tz
    if timezone:
        try:
            ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise UsageError(
                f"--tz {timezone}: no such time zone", mend="such as Asia/Shanghai or UTC"
            ) from None
    decimal = common.decimal or told.decimal
    if decimal not in (None, ".", ","):
        raise UsageError(
            f"--decimal {decimal}: not a decimal mark", mend="--decimal . or --decimal ,"
        )
    totals = common.totals or told.totals
    if totals not in (None, "lines", "order"):
        raise UsageError.unknown("--totals", totals, ["lines", "order"])
    statuses = {word.strip().casefold(): meaning for word, meaning in settings.status.items()}
    for word, meaning in _pairs("--status", common.status):
        if meaning not in list(Status):
            raise UsageError.unknown(f"meaning of the status {word!r}", meaning, list(Status))
        statuses[word.casefold()] = Status(meaning)
    return Reading(
        named=dict(settings.columns) | dict(_pairs("--map", common.map)),
        source=common.source or told.source,
        encoding=common.encoding or told.encoding,
        date_format=common.date_format or told.date_format,
        decimal=decimal,
        timezone=timezone,
        statuses=statuses,
        currency=settings.currency.code,
        rates=settings.currency.rates,
        totals=totals,
        max_rejects=common.max_rejects or told.max_rejects,
    )


def _pairs(option: str, given: Sequence[str] | None) -> Iterator[tuple[str, str]]:
    for text in given or ():
        left, equals, right = text.partition("=") if option == "--map" else text.rpartition("=")
        if not equals or not right.strip():
            raise UsageError(
                f"{option} {text}: not NAME=VALUE", mend=f"{option} {text or 'NAME'}=VALUE"
            )
        yield left.strip(), right.strip()
