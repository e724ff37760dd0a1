"""What a report is written from: every export read once, every analysis that's asked for run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from userops import __version__
from userops.analyses import ANALYSES
from userops.analyses.analysis import Analysis, Given
from userops.analyses.goals.params import GoalsParams
from userops.analyses.report_params import ReportParams
from userops.core.dates import Window, to_date
from userops.core.errors import UsageError
from userops.core.messages import Note, counted
from userops.core.params import Params, declared, listed
from userops.core.periods import Period
from userops.core.table import Table
from userops.customers import measures
from userops.customers.calendar import special_days
from userops.customers.measures import Comparison
from userops.inputs import RunInputs
from userops.language.words import Lang
from userops.render.audience import for_people
from userops.report import record, to_call
from userops.report.material import Material
from userops.report.shared import (
    EventsRequest,
    NotYetRead,
    OrdersRequest,
    Request,
    RowsRequest,
    SharedInputs,
    SharedReading,
)
from userops.settings import Settings

LISTED = frozenset({"segments", "replenishment", "week"})  # sections whose lists are written beside


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """What a report is to show: its parameters, with the sections' names."""

    params: ReportParams
    names: tuple[str, ...] = ()  # of sections; all, where there are none
    lists: bool = False  # whether lists are written beside it

    @property
    def period(self) -> Period:
        """What it's about."""
        return Period(self.params.period)

    def shows(self, *sections: str) -> bool:
        """Whether any of some sections is asked for; all are, by default."""
        return not self.names or not set(sections).isdisjoint(self.names)

    def needs(self, *sections: str) -> bool:
        """Whether the tables of any of some sections are: for it, or for the lists beside it."""
        of_lists = self.lists and not LISTED.isdisjoint(sections)
        return of_lists or self.shows(*sections)


@dataclass
class _AnalysisRun:
    """One analysis' part of a report: its inputs, what it waits for, and what came of it."""

    analysis: Analysis
    inputs: SharedInputs
    waits_for: Request | None = None
    tables: dict[str, Table] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    refused: UsageError | None = None
    done: bool = False


def gather_material(inputs: RunInputs, request: ReportRequest, lang: Lang) -> Material:
    """Read the exports, each once, and run what the sections asked for need.

    Raises:
        InputError: an export can't be used.
        TooManyRejects: more rows than allowed were refused.
    """
    settings = inputs.settings
    for analysis in ANALYSES.values():
        params = settings.params(analysis.params)
        inputs.add_exports(
            analysis, {one.name: getattr(params, one.name) for one in declared(analysis.params)}
        )
    attributes = ("channel", *_attributes(settings))
    people = inputs.people(*attributes)
    shared = SharedReading(inputs, people, attributes)
    runs = list(_analysis_runs(shared, request))
    comparison = _run_all(shared, runs, request)
    assert shared.facts is not None
    facts = shared.facts
    assumptions = [note for reading in inputs.read.values() for note in reading.notes]
    if (alone := shared.left_alone) is not None:
        assumptions += [*filter(None, (alone.doubt,)), *alone.notes]
    tables, left_out = to_call.without(_tables_by_name(runs, lang), alone)
    return Material(
        lang=lang,
        period=request.period,
        window=facts.window,
        currency=facts.currency,
        comparison=comparison,
        tables=tables,
        left_alone=left_out,
        tally=facts.tally,
        tallies={name: reading.tally for name, reading in inputs.read.items() if name != "orders"},
        since=comparison.now.first - 1 if comparison else None,
        # Several analyses may say the same of the orders.
        notes=tuple(dict.fromkeys([*assumptions, *(note for run in runs for note in run.notes)])),
        warning=inputs.stale or "",
        missing=_missing(runs),
        inputs=record.inputs(inputs) if request.shows("run") else (),
        settings=record.settings(settings, request.params),
        version=__version__,
        define=partial(record.define, lang),
        special=_named_days(settings, facts.window),
    )


def _named_days(settings: Settings, window: Window) -> Mapping[int, str]:
    """Days that aren't like others, from the first to the last day of the orders."""
    if window.first_day is None or window.as_of is None:
        return {}
    own = settings.params(GoalsParams).calendar
    days = special_days(own, window.first_day, window.as_of)
    return {day: one.name for day, one in days.items()}


def _analysis_runs(shared: SharedReading, request: ReportRequest) -> Iterator[_AnalysisRun]:
    """The analyses that a section asked for shows, each with the tables that it wants."""
    inputs = shared.source
    for analysis in ANALYSES.values():
        tables = {
            table
            for section, section_tables in analysis.sections.items()
            if request.needs(section)
            for table in section_tables
        }
        tables -= {
            table for table, need in analysis.in_report.needs.items() if not _has(inputs, need)
        }
        scope = analysis.scope(Given((), {}, {}))
        if tables and inputs.has(scope.about):
            datasets = (scope.about, *scope.reads)
            yield _AnalysisRun(analysis, SharedInputs.of(shared, datasets, tables))


def _has(inputs: RunInputs, need: str) -> bool:
    """Whether there is a dataset, or a field of orders."""
    dataset, _, name = need.partition(".")
    return name in inputs.orders.fields if name else inputs.has(dataset)


def _attributes(settings: Settings) -> tuple[str, ...]:
    """What analyses split users by in a report."""
    named = [
        name
        for analysis in ANALYSES.values()
        for one in declared(analysis.params)
        if one.param.taken == "attribute" and one.name not in analysis.in_report.fixed
        for name in listed(getattr(settings.params(analysis.params), one.name))
    ]
    asked = [name for analysis in ANALYSES.values() for name in analysis.in_report.columns]
    return tuple(dict.fromkeys([*named, *asked]))


def _run_all(
    shared: SharedReading, runs: Sequence[_AnalysisRun], request: ReportRequest
) -> Comparison | None:
    """Run the analyses; what they ask for is read for all of them at once, the orders first."""
    comparison: Comparison | None = None
    while True:
        waiting = _run_pending(shared, runs, request, comparison)
        orders, of_orders = _waiting_for(OrdersRequest, waiting)
        events, of_events = _waiting_for(EventsRequest, waiting)
        rows, of_rows = _waiting_for(RowsRequest, waiting)
        if shared.facts is None or orders:
            if shared.facts is None:  # of which day the others are to be read isn't known before
                _go_on([*rows, *events])
            _give_answers(orders, shared.read_orders(of_orders))
            comparison = _comparison(shared, request)
            if comparison is not None:
                shared.read_costs()
                _read_left_alone(shared, runs)
        elif rows:
            shared.read_rows(of_rows)
            _go_on(rows)
        elif events:
            _give_answers(events, shared.read_events(of_events))
        else:
            return comparison


def _read_left_alone(shared: SharedReading, runs: Sequence[_AnalysisRun]) -> None:
    """Read who isn't to be contacted, where there are lists to call."""
    made = {f"{run.analysis.name}.{table}" for run in runs for table in run.inputs.wanted_tables}
    if shared.left_alone is None and shared.source.has("do_not_contact") and made & to_call.LISTS:
        shared.left_alone = to_call.who_is_left_alone(shared)
        if shared.left_alone.doubt:
            shared.source.warn(shared.left_alone.doubt)


_R = TypeVar("_R", OrdersRequest, EventsRequest, RowsRequest)


def _waiting_for(
    kind: type[_R], waiting: Sequence[_AnalysisRun]
) -> tuple[list[_AnalysisRun], list[_R]]:
    """Those that wait for a kind of request, and what they asked."""
    both = [(run, run.waits_for) for run in waiting if isinstance(run.waits_for, kind)]
    return [run for run, _ in both], [asked for _, asked in both]


def _go_on(runs: Sequence[_AnalysisRun]) -> None:
    """Let analyses run again."""
    for run in runs:
        run.waits_for = None


def _give_answers(runs: Sequence[_AnalysisRun], answers: Sequence[tuple[object, ...]]) -> None:
    for run, answer in zip(runs, answers, strict=True):
        run.inputs.answers.append(answer)
    _go_on(runs)


def _comparison(shared: SharedReading, request: ReportRequest) -> Comparison | None:
    """The periods that are compared; None without orders."""
    assert shared.facts is not None
    return measures.compare(
        shared.facts.window,
        request.period,
        year=request.params.against == "year",
        week_start=shared.source.settings.week_start,
    )


def _run_pending(
    shared: SharedReading,
    runs: Sequence[_AnalysisRun],
    request: ReportRequest,
    comparison: Comparison | None,
) -> list[_AnalysisRun]:
    """Run what isn't done until it's done, or asks for what hasn't been read; gives those that wait.

    Whoever waits still for what was asked before isn't run again.
    """
    pending = [run for run in runs if not run.done]
    if shared.facts is not None and comparison is None:  # no orders: nothing is said of them
        for run in pending:
            run.done = run.analysis.about == "orders"
        pending = [run for run in pending if not run.done]
    # Half of the work, beside the other half; but rows read with care are in files that two
    # can't write at once.
    in_thread = [run for run in pending if run.analysis.in_report.aside]
    if shared.facts is None or not shared.facts.settled:
        in_thread = []
    run_one = partial(_run_one, request=request, comparison=comparison)
    here = [run for run in pending if run not in in_thread]
    with ThreadPoolExecutor(1) as pool:
        futures = [(run, pool.submit(run_one, run)) for run in in_thread if run.waits_for is None]
        for run in here:
            if run.waits_for is None:
                with _shown_working(shared, run):
                    run_one(run)
                shared.keep({name for one in runs if not one.done for name in one.inputs.exports})
        for run, future in futures:
            with _shown_working(shared, run):
                future.result()
    return [run for run in [*here, *in_thread] if not run.done]


def _shown_working(shared: SharedReading, run: _AnalysisRun) -> AbstractContextManager[None]:
    """Show which analysis is run, once there is something that it works on."""
    if shared.facts is None:
        return nullcontext()
    return shared.source.working(
        f"{counted(shared.facts.tally.used, 'order')}: {run.analysis.name}"
    )


def _run_one(run: _AnalysisRun, *, request: ReportRequest, comparison: Comparison | None) -> None:
    """Run one analysis until it's done, or waits for what it asked."""
    run.inputs.begin()
    params = _params(run, request, comparison)
    try:
        tables = list(run.analysis.run(run.inputs, params))
    except NotYetRead as stopped:
        run.waits_for = stopped.request
        return
    except UsageError as error:
        if run.analysis.about == "orders":
            raise
        run.refused, tables = error, []
    run.tables = {table.name: table for table in tables}
    table_notes = {note for table in tables for note in table.notes}
    run.notes = tuple(
        note
        for note in run.inputs.messages
        if isinstance(note, Note) and note not in table_notes and run.analysis.about == "orders"
    )
    run.inputs.answers.clear()
    run.done = True


def _params(run: _AnalysisRun, request: ReportRequest, comparison: Comparison | None) -> Params:
    """How an analysis is done in a report: as the settings say, for the report's periods."""
    how = run.analysis.in_report
    changes: dict[str, object] = {name: getattr(request.params, name) for name in how.follows}
    if how.since and comparison is not None:
        changes[how.since] = to_date(comparison.now.first - 1)
    params: Params = run.inputs.settings.params(run.analysis.params, **changes)
    fixed = dict(how.fixed)
    for name, longest in how.at_most.items():
        most, chosen = longest[request.params.period], getattr(params, name)
        fixed[name] = most if chosen is None else min(most, chosen)
    return replace(params, **fixed) if fixed else params  # type: ignore[type-var]


def _tables_by_name(runs: Sequence[_AnalysisRun], lang: Lang) -> Mapping[str, Table]:
    """Tables by the analysis and their name."""
    return {
        f"{run.analysis.name}.{name}": for_people(table.of(run.analysis.name), lang)
        for run in runs
        for name, table in run.tables.items()
    }


def _missing(runs: Sequence[_AnalysisRun]) -> Mapping[str, str]:
    """Why a section is absent, where the data doesn't allow it."""
    return {
        section: Note("{problem}; {mend}", problem=run.refused.problem, mend=run.refused.mend)
        for run in runs
        if run.refused is not None
        for section in run.analysis.sections
    }
