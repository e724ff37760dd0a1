"""Any analysis as a command: its options from its declaration, its run, its tables written."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from userops.analyses.analysis import Analysis, Given
from userops.analyses.report_params import ReportParams
from userops.commands.options import (
    IN_REPORTS,
    WITHOUT_COSTS,
    WITHOUT_STORE,
    WITHOUT_WEEKS,
    Common,
    common,
    file,
    parameter,
    show_option,
)
from userops.commands.own_options import options_of, values_of
from userops.core.errors import InputError, LogError
from userops.core.params import PATHS, Declared, declared, listed
from userops.datasets import DATASETS
from userops.engines import allocators
from userops.language.spoken import spoken

if TYPE_CHECKING:
    from userops.commands.run import Run
    from userops.core.table import Table


def command(analysis: Analysis) -> Callable[..., None]:
    """A function that Typer can make a command of: the analysis' own options and the common ones."""

    def run(common: Common, **options: Any) -> None:
        execute(analysis, common, options)

    run.__name__ = analysis.name
    run.__doc__ = _help(analysis)
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter("common", inspect.Parameter.POSITIONAL_OR_KEYWORD), *_options(analysis)]
    )
    return common_of(run, analysis)


def common_of(run: Callable[..., None], analysis: Analysis) -> Callable[..., None]:
    """A command with the common options; those of the store and of weeks are hidden where idle."""
    has_store = analysis.stored and analysis.about == "orders"
    has_weeks = any(
        one.name == "period" and "week" in one.choices for one in declared(analysis.params)
    )
    has_costs = "costs" in analysis.helped_by or analysis.name == "check"
    hidden = ({} if has_store else WITHOUT_STORE) | ({} if has_weeks else WITHOUT_WEEKS)
    shown = {"show": show_option(analysis.tables)}
    return common(run, shown | hidden | ({} if has_costs else WITHOUT_COSTS))


_REPORT = """userops report orders.csv -o weekly.html

userops report --as-of yesterday -o reports/

userops report orders.csv --users users.csv --costs costs.csv --period month -o june.xlsx

Formats: html, md, xlsx; a folder gets all three and the lists."""


def report_command(sentence: str) -> Callable[..., None]:
    """The report's command: its own parameters, and every dataset that it can read."""
    datasets = [name for name in DATASETS if name != "orders"]

    def run(common: Common, **options_given: Any) -> None:
        from userops.commands import report

        files = {name: options_given[name] for name in datasets}
        report.run(common, values_of(ReportParams, options_given), files)

    run.__name__, run.__doc__ = "report", f"{sentence}\n\n{_REPORT}"
    options = [
        parameter(name, Annotated[list[str] | None, file(_export_of(name))]) for name in datasets
    ]
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter("common", inspect.Parameter.POSITIONAL_OR_KEYWORD),
            *options,
            *options_of(ReportParams),
        ]
    )
    return common(run, IN_REPORTS)


def _export_of(name: str) -> str:
    if spoken() == "zh":
        return f"{DATASETS[name].zh or name}的导出文件。"
    return f"{'An' if name[0] in 'aeio' else 'A'} {name} export."


def _help(analysis: Analysis) -> str:
    first, *others = analysis.tables
    tables = f"Tables: {', '.join([f'{first} (default)', *others])}."
    if spoken() == "zh":
        tables = f"表：{'、'.join([f'{first}（默认）', *others])}。"
    says = analysis.says[spoken() == "zh"]
    return "\n\n".join([says, *analysis.examples, analysis.more or tables])


def _options(analysis: Analysis) -> list[inspect.Parameter]:
    """Typer's parameters for what the analysis can be told."""
    files = {
        dataset: Annotated[list[str] | None, file(help_.zh if spoken() == "zh" else help_.en)]
        for dataset, help_ in analysis.helped_by.items()
    }
    return [*options_of(analysis.params), *map(parameter, files, files.values())]


def execute(analysis: Analysis, common: Common, options: Mapping[str, Any]) -> None:
    """Run an analysis as its options ask for, and write the tables asked for.

    Raises:
        UseropsError: something can't be; it says what.
    """
    allocators.give_back_sooner()
    try:
        _execute(analysis, common, options)
    except InputError:
        other = _other_dataset(analysis, common, options)
        if other is None:
            raise
        _execute(analysis, common, {**options, "dataset": other})


def _other_dataset(analysis: Analysis, common: Common, options: Mapping[str, Any]) -> str | None:
    """What the files hold that `check` was shown, where it wasn't told and they're no orders."""
    names_given = common.exports or []
    if analysis.name != "check" or options["dataset"] or not names_given or "-" in names_given:
        return None
    from userops.commands.kinds import kind_of
    from userops.commands.read_options import read_options_of
    from userops.readers.files.open import expand, workspace
    from userops.render import emit
    from userops.settings import load

    read_options = read_options_of(common, load(common.config)[0])
    with workspace() as folder:
        try:
            kinds = [kind_of(name, read_options, folder) for name in expand(names_given)]
        except LogError:
            raise  # no orders are in it, and what's wrong is known
        except InputError:
            return None
    names = {kind.dataset.name for kind in kinds}
    if len(names) != 1 or "orders" in names:
        return None
    if not common.quiet:
        emit.to_stderr(
            f"taken for {kinds[0].dataset.name}: {kinds[0].why}; --dataset says otherwise", "note: "
        )
    return names.pop()


def _execute(analysis: Analysis, common: Common, options: Mapping[str, Any]) -> None:
    from userops.commands.start import start
    from userops.inputs.small_files import held_all, save_appended, save_named

    datasets = {name: options[name] for name in analysis.helped_by}
    params = _with_files(analysis, common, values_of(analysis.params, options))
    scope = analysis.scope(Given(common.exports or (), datasets, params))
    added_to = [params[file] for file, flag in analysis.appends.items() if params[flag]]
    # Held from before it's read, so that of two runs none loses what the other adds.
    with (
        held_all(added_to),
        start(
            common,
            scope.tables,
            about=scope.about,
            others={name: datasets.get(name) for name in scope.reads},
            writes=[params[name] for name in analysis.writes],
            reads=[params[one.name] for one in _taken_as(analysis, "file")],
            on_spark=scope.on_spark,
            as_folder=scope.as_folder,
            without_amount=scope.without_amount,
            stored=analysis.stored,
            attributes=[
                name
                for one in _taken_as(analysis, "attribute")
                for name in listed(params[one.name])
            ],
            given={**params, **datasets},
            shows_rejects=analysis.shows_rejects,
        ) as run,
    ):
        run.add_exports(analysis, params)
        _note_idle(analysis, run)
        if scope.about != analysis.about and getattr(run.settings.exports, analysis.about):
            run.message(
                f"the settings' {analysis.about} aren't read: name {analysis.about}, too, for both"
            )
        analysis_params = run.settings.params(analysis.params, **params)
        tables = list(analysis.run(run, analysis_params))
        _check_made(common.show or scope.tables[0], tables)
        run.emit(analysis.name, tables)
        save_named(analysis, analysis_params, tables, run.read.get(run.about), run.message)
        save_appended(run.appended, run.message)


def _check_made(show: str, tables: Sequence[Table]) -> None:
    """See that what is to be shown could be made.

    Raises:
        InputError: it couldn't, for nothing of the kind was read.
    """
    if not tables or show not in ("all", *(table.name for table in tables)):
        raise InputError(
            f"{show}: nothing that was read tells it",
            mend="are these the right exports, with rows up to as_of? userops check shows what's in them",
        )


def _taken_as(analysis: Analysis, *kinds: str) -> list[Declared]:
    return [one for one in declared(analysis.params) if one.param.taken in kinds]


def _with_files(analysis: Analysis, common: Common, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options, with the files that the settings name in place of those that options don't.

    So nothing is written over what the run reads, whoever names it.
    """
    names = [one.name for one in _taken_as(analysis, *PATHS)]
    if not names:
        return params
    from userops.settings import load

    settled = load(common.config)[0].params(analysis.params)
    return {**params, **{name: params[name] or getattr(settled, name) for name in names}}


def _note_idle(analysis: Analysis, run: Run) -> None:
    """Say so of every option that changes none of the tables asked for."""
    for declared_param in declared(analysis.params):
        if declared_param.param.only_for:
            run.idle(declared_param.name, *declared_param.param.only_for)
    for name, help_ in analysis.helped_by.items():
        if help_.only_for:
            run.idle(name, *help_.only_for)
