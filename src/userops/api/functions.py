"""The analyses as Python functions, made from their declarations."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from userops.analyses.analysis import Analysis, Given
from userops.api.inputs import Rows, inputs_of, reading_of
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

    def run(data: Rows = None, **given: Any) -> Result:
        return _call(analysis, data, given)

    run.__name__ = run.__qualname__ = analysis.name
    run.__module__ = "userops.api"
    run.__doc__ = _docstring(analysis)
    run.__signature__ = _signature(analysis)  # type: ignore[attr-defined]
    return run


def _signature(analysis: Analysis) -> inspect.Signature:
    names = [*_SHARED, *analysis.helped_by, *(one.name for one in declared(analysis.params))]
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
        name: f"{told.en[0].lower()}{told.en[1:-1]}" for name, told in analysis.helped_by.items()
    }
    lines |= {one.name: _line(one) for one in declared(analysis.params)}
    arguments = "\n".join(f"    {name}: {text}." for name, text in lines.items())
    tables = ", ".join(f"`{name}`" for name in analysis.tables)
    return (
        f"{analysis.says[0]}\n\nArgs:\n{arguments}\n\nReturns:\n    The tables {tables}, as far as the "
        "data allows them.\n\nRaises:\n    InputError: an export can't be used.\n"
        "    UsageError: a parameter is out of bounds, or nothing is known of a column."
    )


def _line(one: Declared) -> str:
    default = one.default_text()
    return f"{one.line()}; by default {default}" if default else one.line()


def _call(analysis: Analysis, data: Rows, given: Mapping[str, Any]) -> Result:
    known = {*_SHARED, analysis.about, *analysis.helped_by}
    params = {one.name: given.get(one.name) for one in declared(analysis.params)}
    for name in given:
        if name not in known and name not in params:
            raise TypeError(f"{analysis.name}() has no argument {name!r}")
    datasets = {name: given.get(name) for name in (analysis.about, *analysis.helped_by)}
    if data is not None:
        datasets[analysis.about] = data
    settings = _settings(given, params)
    scope = analysis.scope(_given(analysis, datasets, params))
    if scope.about not in datasets:  # what's given is of the dataset that's asked about
        datasets[scope.about] = datasets.pop(analysis.about)
    if datasets.get(scope.about) is None:
        raise UsageError(f"{analysis.name} needs {scope.about}", mend=f"give {scope.about}")
    allowed = (scope.about, *scope.reads)
    with inputs_of(
        scope.about,
        {name: rows for name, rows in datasets.items() if name in allowed},
        tables=scope.tables,
        reading=reading_of(given.get("columns"), given.get("reading")),
        settings=settings,
        as_of=given.get("as_of"),
        given=params,
    ) as inputs:
        tables = tuple(analysis.run(inputs, settings.params(analysis.params, **params)))
    tallies = {dataset: facts.tally for dataset, facts in inputs.read.items()}
    return Result(
        analysis.name,
        tables,
        tallies.get(scope.about),
        tallies if len(tallies) > 1 else {},
        messages=tuple(inputs.said),
    )


def _given(analysis: Analysis, datasets: Mapping[str, Rows], params: Mapping[str, Any]) -> Given:
    """What is asked for, as the command line would say it: the first argument is what it's about."""
    about = [analysis.about] if datasets.get(analysis.about) is not None else []
    others = {
        name: [name] if datasets.get(name) is not None else None for name in analysis.helped_by
    }
    return Given(about, others, params)


def _settings(given: Mapping[str, Any], params: dict[str, Any]) -> Settings:
    """The settings of a call. Cut points that are given as numbers are fixed ones of these."""
    settings = load(str(given["config"]))[0] if given.get("config") else Settings()
    changes: dict[str, Any] = {}
    if given.get("week_start"):
        changes["week_start"] = given["week_start"]
    if isinstance(params.get("cuts"), Mapping):
        changes["cuts"] = CutsSettings(**params["cuts"])
        params |= {"cuts": None, "method": "fixed"}
    for name, value in params.items():
        if isinstance(value, date):
            params[name] = str(value)
    return settings.model_copy(update=changes) if changes else settings
