"""What a report is written from: every export read once, every analysis that's asked for run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial

from userops import __version__
from userops.analyses import ANALYSES
from userops.analyses.analysis import Analysis, Given
from userops.analyses.cohorts.params import CohortParams
from userops.analyses.funnel.params import FunnelParams
from userops.analyses.kpis import measures
from userops.analyses.kpis.measures import Comparison
from userops.core.dates import to_date
from userops.core.errors import UsageError
from userops.core.messages import Note, counted
from userops.core.params import Params
from userops.core.periods import Period
from userops.core.table import Table
from userops.customers.params import LtvParams
from userops.inputs import Inputs
from userops.language.words import Lang
from userops.render.audience import for_people
from userops.report import record
from userops.report.material import Material
from userops.report.params import ReportParams
from userops.report.shared import EventsAsked, OrdersAsked, Shared, SharedInputs, Stopped

LISTED = frozenset({"segments", "replenishment"})  # sections whose lists are written beside
_LONGEST_AGE = {Period.WEEK: 156, Period.MONTH: 60}  # of cohorts, in periods


@dataclass(frozen=True, slots=True)
class Wanted:
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
class _Part:
    """One analysis' part of a report: its inputs, and what came of it."""

    analysis: Analysis
    inputs: SharedInputs
    tables: dict[str, Table] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    refused: UsageError | None = None
    done: bool = False


def material(inputs: Inputs, wanted: Wanted, lang: Lang) -> Material:
    """Read the exports, each once, and run what the sections asked for need.

    Raises:
        InputError: an export can't be used.
        TooManyRejects: more rows than allowed were refused.
    """
    settings = inputs.settings
    people = inputs.people("channel", settings.params(FunnelParams).by)
    shared = Shared(inputs, people)
    parts = list(_parts(shared, wanted))
    comparison = _run(shared, parts, wanted)
    assert shared.facts is not None
    facts = shared.facts
    assumed = [note for read in inputs.read.values() for note in read.notes]
    return Material(
        lang=lang,
        period=wanted.period,
        window=facts.window,
        currency=facts.currency,
        comparison=comparison,
        tables=_named(parts, lang),
        tally=facts.tally,
        tallies={name: read.tally for name, read in inputs.read.items() if name != "orders"},
        since=comparison.now.first - 1 if comparison else None,
        notes=(*assumed, *(note for part in parts for note in part.notes)),
        missing=_missing(parts),
        inputs=record.inputs(inputs) if wanted.shows("run") else (),
        settings=record.settings(settings, wanted.params),
        version=__version__,
        define=partial(record.define, lang),
    )


def _parts(shared: Shared, wanted: Wanted) -> Iterator[_Part]:
    """The analyses that a section asked for shows, each with the tables that it wants."""
    inputs = shared.source
    for analysis in ANALYSES.values():
        tables = {
            table
            for section, shown in analysis.sections.items()
            if wanted.needs(section)
            for table in shown
        }
        if "category" not in inputs.orders.fields and analysis.name == "repurchase":
            tables -= {"categories", "due"}
        if not inputs.has("costs"):
            tables -= {"ltv_periods"} | ({"channels"} if analysis.name == "ltv" else set())
        scope = analysis.scope(Given((), {}, {}))
        if tables and inputs.has(scope.about):
            datasets = (scope.about, *scope.reads)
            yield _Part(analysis, SharedInputs.of(shared, datasets, tables))


def _run(shared: Shared, parts: Sequence[_Part], wanted: Wanted) -> Comparison | None:
    """Run the analyses; what they ask for is read for all of them at once, the orders first."""
    comparison: Comparison | None = None
    while True:
        asked = _advance(shared, parts, wanted, comparison)
        orders = [part for part, one in asked if isinstance(one, OrdersAsked)]
        if shared.facts is None or orders:
            requests = [one for _, one in asked if isinstance(one, OrdersAsked)]
            _give(orders, shared.read_orders(requests))
            comparison = _compared(shared, wanted)
            if comparison is not None:
                shared.read_costs()
        elif asked:
            requests_of_events = [one for _, one in asked if isinstance(one, EventsAsked)]
            _give([part for part, _ in asked], shared.read_events(requests_of_events))
        else:
            return comparison


def _give(parts: Sequence[_Part], answers: Sequence[tuple[object, ...]]) -> None:
    for part, answer in zip(parts, answers, strict=True):
        part.inputs.answers.append(answer)


def _compared(shared: Shared, wanted: Wanted) -> Comparison | None:
    """The periods that are compared; None without orders."""
    assert shared.facts is not None
    return measures.compare(
        shared.facts.window,
        wanted.period,
        year=wanted.params.against == "year",
        week_start=shared.source.settings.week_start,
    )


_Asked = list[tuple[_Part, OrdersAsked | EventsAsked]]


def _advance(
    shared: Shared, parts: Sequence[_Part], wanted: Wanted, comparison: Comparison | None
) -> _Asked:
    """Run what isn't done until it's done, or asks for what hasn't been read; gives what was asked."""
    pending = [part for part in parts if not part.done]
    if shared.facts is not None and comparison is None:  # no orders: nothing is said of them
        for part in pending:
            part.done = part.analysis.about == "orders"
        pending = [part for part in pending if not part.done]
    # Half of the work, beside the other half; but rows read with care are in files that two
    # can't write at once.
    beside = [part for part in pending if part.analysis.name == "ltv"]
    if shared.facts is None or not shared.facts.settled:
        beside = []
    step = partial(_step, wanted=wanted, comparison=comparison)
    made = []
    with ThreadPoolExecutor(1) as pool:
        begun = [(part, pool.submit(step, part)) for part in beside]
        for part in pending:
            if part not in beside:
                with _shown(shared, part):
                    made.append((part, step(part)))
        for part, future in begun:
            with _shown(shared, part):
                made.append((part, future.result()))
    return [(part, one) for part, one in made if one is not None]


def _shown(shared: Shared, part: _Part) -> AbstractContextManager[None]:
    """Show which analysis is run, once there is something that it works on."""
    if shared.facts is None:
        return nullcontext()
    return shared.source.working(
        f"{counted(shared.facts.tally.used, 'order')}: {part.analysis.name}"
    )


def _step(
    part: _Part, *, wanted: Wanted, comparison: Comparison | None
) -> OrdersAsked | EventsAsked | None:
    """Run one analysis; what it asked for, if that stopped it."""
    part.inputs.begin()
    params = _params(part, wanted, comparison)
    try:
        made = list(part.analysis.run(part.inputs, params))
    except Stopped as stopped:
        return stopped.asked
    except UsageError as refused:
        if part.analysis.about == "orders":
            raise
        part.refused, made = refused, []
    part.tables = {table.name: table for table in made}
    if part.analysis.name == "cohorts":
        settled = part.inputs.settings.params(CohortParams)
        part.tables = _shortened(part.tables, settled, _LONGEST_AGE[wanted.period])
    told = {note for table in made for note in table.notes}
    part.notes = tuple(
        note
        for note in part.inputs.said
        if isinstance(note, Note) and note not in told and part.analysis.about == "orders"
    )
    part.done = True
    return None


def _params(part: _Part, wanted: Wanted, comparison: Comparison | None) -> Params:
    """How an analysis is done in a report: as the settings say, for the report's periods."""
    settings = part.inputs.settings
    period = wanted.params.period
    given: dict[str, object] = {}
    match part.analysis.name:
        case "kpis":
            given = {"period": period, "against": wanted.params.against}
        case "lifecycle":
            given = {"since": str(to_date(comparison.now.first - 1)) if comparison else None}
        case "cohorts":
            given = {"period": period, "measure": "retention"}
        case "activity":
            given = {"period": period}
    params: Params = settings.params(part.analysis.params, **given)
    if isinstance(params, CohortParams):
        longest = _LONGEST_AGE[wanted.period]
        most = longest if params.max_age is None else min(longest, params.max_age)
        return replace(params, max_age=most, by=None)
    return replace(params, by=None) if isinstance(params, LtvParams) else params


def _shortened(tables: dict[str, Table], params: CohortParams, longest: int) -> dict[str, Table]:
    """Cohorts, with a word where a report cuts their ages: one order of a wrong year makes thousands."""
    long = tables.get("long")
    if params.max_age is not None or long is None or long.frame["age"].max() != longest:
        return tables
    note = Note("ages up to {age}; userops cohorts has all of them", age=longest)
    return {name: table.but(notes=(*table.notes, note)) for name, table in tables.items()}


def _named(parts: Sequence[_Part], lang: Lang) -> Mapping[str, Table]:
    """Tables by the analysis and their name."""
    return {
        f"{part.analysis.name}.{name}": for_people(table, lang)
        for part in parts
        for name, table in part.tables.items()
    }


def _missing(parts: Sequence[_Part]) -> Mapping[str, str]:
    """Why a section is absent, where the data doesn't allow it."""
    return {
        section: Note("{problem}; {mend}", problem=part.refused.problem, mend=part.refused.mend)
        for part in parts
        if part.refused is not None
        for section in part.analysis.sections
    }
