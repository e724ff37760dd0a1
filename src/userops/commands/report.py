"""`userops report`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from hashlib import file_digest
from pathlib import Path

import polars as pl

from userops import (
    __version__,
    definitions,
    drivers,
    emit,
    explain,
    ledger,
    measures,
    outputs,
    pii,
    replenishment,
    report,
    timeline,
)
from userops.errors import UsageError
from userops.options import Common
from userops.periods import Period
from userops.pii import Mode
from userops.report import Input, Material, analyses
from userops.report.analyses import Asked, Earlier, Known
from userops.run import Run, start
from userops.settings import params
from userops.sources.files import expand
from userops.sources.intake import Facts
from userops.sources.people import people
from userops.table import Result, Table
from userops.timeline import Timeline
from userops.words import Lang

_LISTS = {"users": "segments", "winback": "winback", "due": "replenishment"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command's own options ask for."""

    events: list[str] | None = None
    users: list[str] | None = None
    costs: list[str] | None = None
    period: Period = Period.WEEK
    year: bool = False
    sections: str | None = None
    template: str | None = None
    title: str | None = None
    lists: bool = False
    email: bool = False
    pii: Mode | None = None

    @property
    def names(self) -> list[str] | None:
        """The sections asked for."""
        return [name.strip() for name in self.sections.split(",")] if self.sections else None


@dataclass(frozen=True, slots=True)
class Target:
    """Where the report goes: a file a format; lists beside them, where asked for."""

    held: str | None
    files: dict[str, str | None]
    lists: str | None  # what names of lists begin with


def run(common: Common, wanted: Wanted) -> None:
    """Write the report, and the lists beside it."""
    target = _target(common, wanted)
    own = _own(wanted.template)
    for name in wanted.names or ():
        if name not in report.SECTIONS:
            raise UsageError.unknown("section", name, report.SECTIONS)
    treat = pii.treatment(wanted.pii or Mode.MASK, os.environ.get(pii.KEY))
    with ExitStack() as stack:
        stack.enter_context(emit.holding(target.held))
        this = stack.enter_context(start(replace(common, output=None, format=None, show=None)))
        material = _material(this, wanted)
        with this.working("writing the report"):
            made = report.build(material, wanted.names, wanted.title, treat)
            for fmt, path in target.files.items():
                content = report.write(made, fmt, own=own, email=wanted.email)
                outputs.deliver(lambda sink, content=content: sink.write(content) and (), path)  # type: ignore[misc]
        if target.lists is not None:
            _lists(this, material, target.lists, wanted.pii)
    if not common.quiet:
        written = ", ".join(path for path in target.files.values() if path)
        said = f"{written}: {made.summary}" if written else made.summary
        print(f"report: {said} {len(made.present)} sections", file=sys.stderr)


# Where to


def _target(common: Common, wanted: Wanted) -> Target:
    path = outputs.as_path(common.output)
    fmt = common.format.value if common.format else None
    if fmt is not None and fmt not in report.FORMATS:
        raise UsageError.unknown("format of reports", fmt, report.FORMATS)
    if path is None:
        if wanted.lists:
            raise UsageError(
                "--lists needs a place for the lists", mend="add -o FILE or -o FOLDER/"
            )
        fmt = fmt or "md"
        if fmt == "xlsx" and outputs.is_terminal():
            raise UsageError("xlsx is not for a terminal", mend="add -o FILE, or pipe it")
        return Target(None, {fmt: None}, None)
    if path.endswith(("/", os.sep)) or Path(path).is_dir():
        folder = Path(path)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as failure:
            raise UsageError(
                f"{path} can't be made: {failure.strerror}", mend="choose another folder"
            ) from None
        formats = [fmt] if fmt else report.FORMATS
        files: dict[str, str | None] = {name: str(folder / f"report.{name}") for name in formats}
        return Target(str(folder / "report"), files, f"{folder}{os.sep}")
    fmt = fmt or emit.choose_format(None, path)
    if fmt not in report.FORMATS:
        raise UsageError.unknown("format of reports", fmt, report.FORMATS)
    beside = str(Path(path).with_suffix("")) + "-"
    return Target(path, {fmt: path}, beside if wanted.lists else None)


def _own(directory: str | None) -> Path | None:
    if directory is None:
        return None
    if not Path(directory).is_dir():
        raise UsageError(f"--template {directory}: no such folder", mend="a folder of templates")
    return Path(directory)


def _lists(this: Run, material: Material, start: str, mode: Mode | None) -> None:
    """Whole lists as CSV; raw unless asked to be otherwise, since they're there to be used."""
    treat = pii.treatment(mode, os.environ.get(pii.KEY)) if mode else None
    for name, file in _LISTS.items():
        table = material.tables.get(name)
        if table is not None:
            shown = pii.cover(table, treat) if treat else table
            emit.emit(
                Result("report", (shown.but(notes=()),)), fmt="csv", output=f"{start}{file}.csv",
                raw=this.common.raw, note=this.note,
            )  # fmt: skip


# What from


def _material(this: Run, wanted: Wanted) -> Material:
    columns = {name for export in this.orders.exports for name in export.taken}
    steps = [ledger.customers, timeline.amounts]
    steps += [drivers.channel_orders] * ("channel" in columns)
    lines = [replenishment.purchases] * ("category" in columns)
    frames, facts = this.reduce(*steps, lines=lines)
    rows = f"{facts.tally.used:,} orders"
    customers, marks = frames[:2]
    channels = frames[2] if "channel" in columns else None
    bought = frames[-1] if lines else None
    with this.working(f"{rows}: putting them in order"):
        line = timeline.build(customers, marks, this.again)
    known = Known(customers, line, facts.window, facts.currency, facts.settled)
    asked = _asked(this, wanted)
    comparison = measures.compare(
        facts.window, wanted.period, year=wanted.year, week_start=this.settings.week_start
    )
    tables: dict[str, Table] = {}
    since = None
    notes = list(facts.notes)
    if comparison is not None:
        since = comparison.now.first - 1
        with this.working(f"{rows}: headline and changes"):
            tables |= analyses.headline(known, comparison, asked)
            tables |= analyses.changes(known, comparison, asked, channels)
        with this.working(f"{rows}: segments and lifecycle"):
            before = _earlier(this, known, since)
            tables |= analyses.segments(known, before, asked)
            tables |= analyses.lives(known, before, asked, _registered(this, wanted, notes))
        with this.working(f"{rows}: cohorts and repurchase"):
            tables |= analyses.returning(known, asked)
            if bought is not None:
                tables |= _due(this, bought, facts, asked)
    return Material(
        lang=this.lang,
        period=wanted.period,
        window=facts.window,
        currency=facts.currency,
        comparison=comparison,
        tables=tables,
        tally=facts.tally,
        since=since,
        notes=tuple(notes),
        inputs=_inputs(this, wanted),
        settings=_settings(this, wanted),
        version=__version__,
        define=lambda modules, name: _define(this.lang, modules, name),
    )


def _asked(this: Run, wanted: Wanted) -> Asked:
    settings = this.settings
    length = wanted.period.value
    return Asked(
        period=wanted.period,
        rfm=settings.rfm,
        rules=settings.rule_table(settings.rfm.segments),
        cuts=settings.fixed_cuts(2),
        lifecycle=settings.lifecycle,
        cohorts=params(settings.cohorts, period=length, measure="retention"),
        repurchase=settings.repurchase,
        goals=settings.goals,
        playbook=settings.playbook,
        week_start=settings.week_start,
    )


def _earlier(this: Run, known: Known, day: int) -> Earlier:
    """The customers of an earlier day, as they were on it."""
    if known.settled:
        return analyses.earlier(known, day)
    (customers, marks), _ = this.orders.reduce([ledger.customers, timeline.amounts], day)

    def again() -> pl.DataFrame:
        return this.orders.reduce([timeline.rows], day)[0][0]

    line: Timeline = timeline.build(customers, marks, again)
    return Earlier(day, customers, line)


def _registered(this: Run, wanted: Wanted, notes: list[str]) -> pl.DataFrame | None:
    names = this.beside("users", wanted.users)
    if not names:
        return None
    found = people(names, this.how, this.folder)
    notes += found.notes
    for note in found.notes:
        this.note(note)
    return found.frame


def _due(this: Run, bought: pl.DataFrame, facts: Facts, asked: Asked) -> dict[str, Table]:
    stock = this.settings.replenishment
    found = replenishment.rhythms(bought, asked.repurchase.grain, per_unit=stock.per_unit)
    return {
        "categories": replenishment.categories(found, facts.window, ""),
        "due": replenishment.due(found, facts.window, stock),
    }


# What was used


def _inputs(this: Run, wanted: Wanted) -> tuple[Input, ...]:
    """Every file that was read, by the bytes it holds."""
    files = [(export.source.path, export.name, "orders") for export in this.orders.exports]
    for dataset, named in (
        ("events", wanted.events),
        ("users", wanted.users),
        ("costs", wanted.costs),
    ):
        names = this.beside(dataset, named)
        files += [(Path(name), name, dataset) for name in (expand(names) if names else ())]
    return tuple(Input(Path(name).name, dataset, _digest(path)) for path, name, dataset in files)


def _digest(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _settings(this: Run, wanted: Wanted) -> tuple[tuple[str, str], ...]:
    """What was set otherwise than by default, by its name in the settings."""
    told = [("period", wanted.period.value), ("against", "year" if wanted.year else "previous")]
    told.append(("pii", (wanted.pii or Mode.MASK).value))
    for name, value in this.settings.model_dump(exclude_defaults=True, mode="json").items():
        if name not in ("exports", "columns", "status"):
            told.append((name, _flat(value)))
    return tuple(told)


def _flat(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} = {_flat(inner)}" for name, inner in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(map(_flat, value))
    return str(value)


def _define(lang: Lang, modules: Sequence[str], name: str) -> tuple[str, str] | None:
    """A column's label and definition, from the first module that has one."""
    for module in modules:
        for one in definitions.definitions():
            if one.kind == definitions.TERM and one.module == module and one.name == name:
                return explain.label(one, lang), explain.text(one, lang)
    return None
