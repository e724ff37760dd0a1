"""Any analysis as a command: its options from its declaration, its run, its tables written."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from userops.analyses.analysis import Analysis, Given
from userops.analyses.report_params import ReportParams
from userops.commands.options import (
    IN_REPORTS,
    WITHOUT_STORE,
    Common,
    common,
    file,
    options_of,
    parameter,
    values_of,
)
from userops.core.params import declared
from userops.datasets import DATASETS

if TYPE_CHECKING:
    from userops.commands.run import Run


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
    """A command with the common options; that of the store is hidden where none can answer."""
    has_store = analysis.stored and analysis.about == "orders"
    return common(run, {} if has_store else WITHOUT_STORE)


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
        parameter(name, Annotated[list[str] | None, file(f"{_article(name)} {name} export.")])
        for name in datasets
    ]
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter("common", inspect.Parameter.POSITIONAL_OR_KEYWORD),
            *options,
            *options_of(ReportParams),
        ]
    )
    return common(run, IN_REPORTS)


def _article(name: str) -> str:
    return "An" if name[0] in "aeio" else "A"


def _help(analysis: Analysis) -> str:
    first, *others = analysis.tables
    tables = f"Tables: {', '.join([f'{first} (default)', *others])}."
    return "\n\n".join([analysis.says[0], *analysis.examples, analysis.more or tables])


def _options(analysis: Analysis) -> list[inspect.Parameter]:
    """Typer's parameters for what the analysis can be told."""
    files = {
        dataset: Annotated[list[str] | None, file(help_.en)]
        for dataset, help_ in analysis.helped_by.items()
    }
    return [*options_of(analysis.params), *map(parameter, files, files.values())]


def execute(analysis: Analysis, common: Common, options: Mapping[str, Any]) -> None:
    """Run an analysis as its options ask for, and write the tables asked for.

    Raises:
        UseropsError: something can't be; it says what.
    """
    from userops.commands.start import start

    datasets = {name: options[name] for name in analysis.helped_by}
    params = _with_files(analysis, common, values_of(analysis.params, options))
    scope = analysis.scope(Given(common.exports or (), datasets, params))
    by = params.get("by")
    with start(
        common,
        scope.tables,
        about=scope.about,
        others={name: datasets.get(name) for name in scope.reads},
        writes=[params[name] for name in analysis.writes],
        reads=[
            params[declared_param.name]
            for declared_param in declared(analysis.params)
            if declared_param.param.taken == "file"
        ],
        on_spark=scope.on_spark,
        stored=analysis.stored,
        by=by if isinstance(by, str) else None,
        given={**params, **datasets},
        shows_rejects=analysis.shows_rejects,
    ) as run:
        _note_idle(analysis, run)
        analysis_params = run.settings.params(analysis.params, **params)
        tables = list(analysis.run(run, analysis_params))
        run.emit(analysis.name, tables)
        _write_files(analysis, run, analysis_params, tables)


def _with_files(analysis: Analysis, common: Common, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options, with the files that the settings name, whose paths start from the settings' folder.

    So nothing is written over what the run reads, whoever names it.
    """
    names = [one.name for one in declared(analysis.params) if one.param.taken in ("file", "output")]
    if not names:
        return params
    from userops.settings import load

    settings, file = load(common.config)
    settled = settings.params(analysis.params)
    folder = file.parent if file else Path()
    named = {
        name: str(folder / path)
        for name in names
        if not params[name] and (path := getattr(settled, name))
    }
    return {**params, **named}


def _note_idle(analysis: Analysis, run: Run) -> None:
    """Say so of every option that changes none of the tables asked for."""
    for declared_param in declared(analysis.params):
        if declared_param.param.only_for:
            run.idle(declared_param.name, *declared_param.param.only_for)
    for name, help_ in analysis.helped_by.items():
        if help_.only_for:
            run.idle(name, *help_.only_for)


def _write_files(analysis: Analysis, run: Run, params: Any, tables: Sequence[Any]) -> None:
    """Write the tables that parameters name a file for.

    Last, so that a run that failed hasn't changed what the next is made with.
    """
    from userops.commands import small_files
    from userops.language import words

    for name, table_name in analysis.writes.items():
        path = getattr(params, name)
        if not path:
            continue
        table = next(table_ for table_ in tables if table_.name == table_name)
        if table.frame["users"].sum():
            small_files.save(analysis.name, table, path, run.message)
        else:
            title = words.title(table_name, "en", analysis=analysis.name).lower()
            run.message(f"no users, so no {title}: {path} is as it was")
