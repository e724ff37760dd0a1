"""The analyses as Python functions, made from their declarations."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from userops.analyses.analysis import Analysis, Given
from userops.api.inputs import FramesOrPaths, inputs_of, reading_of
from userops.core.errors import UsageError
from userops.core.params import Declared, declared
from userops.core.table import Result
from userops.settings import CutsSettings, Settings, load

_SHARED = {
    "as_of": "the last day that counts, a date or its text; by default the last in the data",
    "columns": "field to column, where names differ",
    "reading": "how to read, in full",
    "config": "a userops.toml whose settings hold; by default none's",
    "week_start": "the day on which weeks start",
}


def function_of(analysis: Analysis) -> Callable[..., Result]:
    """A function over frames and paths that runs an analysis."""

    def run(data: FramesOrPaths = None, **arguments: Any) -> Result:
        return _call(analysis, data, arguments)

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
    """What it does, its arguments a line each, its tables."""
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
        "    UsageError: a parameter is out of bounds, or nothing is known of a column."
    )


def _line(declared_param: Declared) -> str:
    default = declared_param.default_text()
    return f"{declared_param.line()}; by default {default}" if default else declared_param.line()


def _call(analysis: Analysis, data: FramesOrPaths, arguments: Mapping[str, Any]) -> Result:
    known_names = {*_SHARED, analysis.about, *analysis.helped_by}
    params = {
        declared_param.name: arguments.get(declared_param.name)
        for declared_param in declared(analysis.params)
    }
    for name in arguments:
        if name not in known_names and name not in params:
            raise TypeError(f"{analysis.name}() has no argument {name!r}")
    datasets = {name: arguments.get(name) for name in (analysis.about, *analysis.helped_by)}
    if data is not None:
        datasets[analysis.about] = data
    settings = _settings(arguments, params)
    scope = analysis.scope(_given_to_scope(analysis, datasets, params))
    if scope.about not in datasets:  # what's given is of the dataset that's asked about
        datasets[scope.about] = datasets.pop(analysis.about)
    if datasets.get(scope.about) is None:
        raise UsageError(f"{analysis.name} needs {scope.about}", mend=f"give {scope.about}")
    allowed = (scope.about, *scope.reads)
    with inputs_of(
        scope.about,
        {name: rows for name, rows in datasets.items() if name in allowed},
        tables=scope.tables,
        reading=reading_of(arguments.get("columns"), arguments.get("reading")),
        settings=settings,
        as_of=arguments.get("as_of"),
        given=params,
    ) as inputs:
        tables = tuple(analysis.run(inputs, settings.params(analysis.params, **params)))
    tallies = {dataset: facts.tally for dataset, facts in inputs.read.items()}
    return Result(
        analysis.name,
        tables,
        tallies.get(scope.about),
        tallies if len(tallies) > 1 else {},
        messages=tuple(inputs.messages),
    )


def _given_to_scope(
    analysis: Analysis, datasets: Mapping[str, FramesOrPaths], params: Mapping[str, Any]
) -> Given:
    """What is asked for, as the command line would say it: the first argument is what it's about."""
    about = [analysis.about] if datasets.get(analysis.about) is not None else []
    others = {
        name: [name] if datasets.get(name) is not None else None for name in analysis.helped_by
    }
    return Given(about, others, params)


def _settings(arguments: Mapping[str, Any], params: dict[str, Any]) -> Settings:
    """The settings of a call. Cut points that are given as numbers are fixed ones of these."""
    settings = load(str(arguments["config"]))[0] if arguments.get("config") else Settings()
    changes: dict[str, Any] = {}
    if arguments.get("week_start"):
        changes["week_start"] = arguments["week_start"]
    if isinstance(params.get("cuts"), Mapping):
        changes["cuts"] = CutsSettings(**params["cuts"])
        params |= {"cuts": None, "method": "fixed"}
    for name, value in params.items():
        if isinstance(value, date):
            params[name] = str(value)
    return settings.model_copy(update=changes) if changes else settings
