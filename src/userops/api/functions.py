"""The analyses as Python functions, made from their declarations."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from userops.analyses.analysis import Analysis, Given, Scope
from userops.api.inputs import FramesOrPaths, inputs_of
from userops.api.keywords import as_keywords, reworded
from userops.api.results import Result
from userops.core import table as core
from userops.core.dates import WEEKDAYS
from userops.core.errors import UsageError, UseropsError
from userops.core.params import Declared, declared, listed
from userops.inputs.outputs import check_outputs
from userops.inputs.reading import project_files, settled_exports
from userops.inputs.small_files import held_all, save_appended, save_named
from userops.settings import CutsSettings, Settings, load
from userops.settings.checked import checked_table

_SHARED = {
    "as_of": "the last day that counts, a date or its text; by default the last in the data",
    "columns": "field to column, where names differ",
    "reading": "how to read, in full, in place of what the settings say",
    "nobody": "what stands for no user, beside guest, NA, 0 and the like; `VALUE=user` takes one out",
    "config": "a userops.toml whose settings hold, also its exports where none are given; by default none",
    "week_start": "the day on which weeks start; by default the settings', or monday",
}


def function_of(analysis: Analysis) -> Callable[..., Result]:
    """A function over frames and paths that runs an analysis."""

    def run(data: FramesOrPaths = None, /, **arguments: Any) -> Result:
        try:
            return _call(analysis, data, arguments)
        except UseropsError as error:
            raise reworded(error, analysis) from error.__cause__

    run.__name__ = run.__qualname__ = analysis.name
    run.__module__ = "userops.api"
    run.__doc__ = _docstring(analysis)
    run.__signature__ = _signature(analysis)  # type: ignore[attr-defined]
    return run


def _signature(analysis: Analysis) -> inspect.Signature:
    names = [
        *_SHARED,
        *analysis.helped_by,
        *(declared_param.name for declared_param in declared(analysis.params)),
    ]
    data = inspect.Parameter(analysis.about, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=None)
    return inspect.Signature(
        [
            data,
            *(
                inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None)
                for name in names
            ),
        ],
        return_annotation=Result,
    )


def _docstring(analysis: Analysis) -> str:
    """What it does, its arguments a line each, its tables, an example."""
    lines = {analysis.about: "frames or paths of exports; their columns are found by name"}
    lines |= _SHARED
    lines |= {
        name: f"{help_.en[0].lower()}{help_.en[1:-1]}" for name, help_ in analysis.helped_by.items()
    }
    lines |= {
        declared_param.name: _line(declared_param) for declared_param in declared(analysis.params)
    }
    arguments = "\n".join(f"    {name}: {text}." for name, text in lines.items())
    tables = ", ".join(f"`{name}`" for name in analysis.tables)
    return (
        f"{analysis.says[0]}\n\nArgs:\n{arguments}\n\nReturns:\n    The tables {tables}, as far as the "
        "data allows them.\n\nRaises:\n    InputError: an export can't be used.\n"
        "    UsageError: a parameter is out of bounds, or nothing is known of a column.\n\n"
        f"Example:\n    Over the files of `userops demo`:\n\n    >>> import userops\n"
        f"    >>> result = userops.{analysis.name}({analysis.python or repr(f'{analysis.about}.csv')})\n"
        f"    >>> {analysis.tables[0]} = result.{analysis.tables[0]}.to_polars()"
    )


def _line(declared_param: Declared) -> str:
    default = declared_param.default_text()
    return f"{declared_param.line()}; by default {default}" if default else declared_param.line()


def _call(analysis: Analysis, data: FramesOrPaths, arguments: Mapping[str, Any]) -> Result:
    datasets, params = _told_apart(analysis, data, arguments)
    settings, file = _settings(arguments)
    scope = analysis.scope(_given_to_scope(analysis, datasets, params))
    settings, params = _with_cuts(settings, params)
    named = {name: [name] for name in analysis.helped_by if datasets.get(name) is not None}
    added_to = [params[file] for file, flag in analysis.appends.items() if params[flag]]
    with (
        held_all(added_to),
        inputs_of(
            scope.about,
            _exports(analysis, scope, datasets, settings, file),
            tables=scope.tables,
            columns=arguments.get("columns"),
            reading=arguments.get("reading"),
            nobody=arguments.get("nobody"),
            settings=settings,
            attributes=[
                attribute
                for name in _taken_as(analysis, "attribute")
                for attribute in listed(params[name])
            ],
            as_of=arguments.get("as_of"),
            given={**params, **named},
            shows_rejects=analysis.shows_rejects,
            without_amount=scope.without_amount,
        ) as inputs,
    ):
        known_params = settings.params(analysis.params, **params)
        inputs.add_exports(
            analysis,
            {one.name: getattr(known_params, one.name) for one in declared(analysis.params)},
        )
        check_outputs(
            inputs.exports,
            [getattr(known_params, name) for name in analysis.writes],
            [
                *(getattr(known_params, name) for name in _taken_as(analysis, "file")),
                str(file) if file else None,
            ],
            project_files(settings, file),
        )
        tables = tuple(analysis.run(inputs, known_params))
        save_named(analysis, known_params, tables, inputs.read.get(scope.about), inputs.message)
        save_appended(inputs.appended, inputs.message)
    tallies = {dataset: facts.tally for dataset, facts in inputs.read.items()}
    return Result.of_core(
        core.Result(
            analysis.name,
            tables,
            tallies.get(scope.about),
            tallies if len(tallies) > 1 else {},
            messages=tuple(as_keywords(message, analysis) for message in inputs.messages),
            sources=inputs.sources,
        )
    )


def _exports(
    analysis: Analysis,
    scope: Scope,
    datasets: dict[str, FramesOrPaths],
    settings: Settings,
    file: Path | None,
) -> dict[str, FramesOrPaths]:
    """What a run reads, by dataset: where what it's about isn't given, what the settings name.

    Raises:
        UsageError: there is nothing of what it's about.
    """
    is_given = datasets.get(analysis.about) is not None
    if scope.about not in datasets:  # what's given is of the dataset that's asked about
        datasets[scope.about] = datasets.pop(analysis.about)
    exports = {name: datasets.get(name) for name in (scope.about, *scope.reads)}
    if not is_given:
        absent = {name: () for name, rows in exports.items() if rows is None}
        settled = settled_exports(settings, file, absent)
        exports |= {name: paths for name, paths in settled.items() if paths}
    if exports[scope.about] is None:
        raise UsageError(
            f"{analysis.name} needs {scope.about}",
            mend=f"give {scope.about}, or a config whose [exports] name them",
        )
    return exports


def _told_apart(
    analysis: Analysis, data: FramesOrPaths, arguments: Mapping[str, Any]
) -> tuple[dict[str, FramesOrPaths], dict[str, Any]]:
    """What a call gives: datasets, and parameters.

    Raises:
        TypeError: the function takes no such argument, or it's given twice.
    """
    names = (analysis.about, *analysis.helped_by)
    params = {one.name: arguments.get(one.name) for one in declared(analysis.params)}
    for name in arguments:
        if name not in (*_SHARED, *names) and name not in params:
            near = get_close_matches(name, (*_SHARED, *names, *params), 1)
            hint = f": did you mean {near[0]!r}?" if near else ""
            raise TypeError(f"{analysis.name}() has no argument {name!r}{hint}")
    datasets = {name: arguments.get(name) for name in names}
    if data is not None:
        if datasets[analysis.about] is not None:
            raise TypeError(f"{analysis.name}() got several values for {analysis.about!r}")
        datasets[analysis.about] = data
    paths = {name: fspath(value) for name, value in params.items() if isinstance(value, PathLike)}
    return datasets, params | paths


def _given_to_scope(
    analysis: Analysis, datasets: Mapping[str, FramesOrPaths], params: Mapping[str, Any]
) -> Given:
    """What is asked for, as the command line would say it: the first argument is what it's about."""
    about = [analysis.about] if datasets.get(analysis.about) is not None else []
    others = {
        name: [name] if datasets.get(name) is not None else None for name in analysis.helped_by
    }
    return Given(about, others, params)


def _settings(arguments: Mapping[str, Any]) -> tuple[Settings, Path | None]:
    """The settings of a call, and where they stand.

    Raises:
        UsageError: they can't be.
    """
    config, week_start = arguments.get("config"), arguments.get("week_start")
    settings, file = load(fspath(config)) if config else (Settings.model_construct(), None)
    if not week_start:
        return settings, file
    if week_start not in WEEKDAYS:
        raise UsageError.unknown("week_start", str(week_start), WEEKDAYS)
    return settings.model_copy(update={"week_start": week_start}), file


def _with_cuts(settings: Settings, params: dict[str, Any]) -> tuple[Settings, dict[str, Any]]:
    """Cut points that are given as numbers are fixed ones of the settings.

    Raises:
        UsageError: they can't be cut points.
    """
    if not isinstance(params.get("cuts"), Mapping):
        return settings, params
    cuts = checked_table(CutsSettings, params["cuts"], "cuts")
    fixed = {"cuts": None, "method": "fixed"}
    return settings.model_copy(update={"cuts": cuts}), params | fixed


def _taken_as(analysis: Analysis, kind: str) -> list[str]:
    """Names of the parameters of a kind."""
    return [one.name for one in declared(analysis.params) if one.param.taken == kind]
