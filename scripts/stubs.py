"""Writes the types of the Python functions, which are made from the declarations, where checkers look.

    python scripts/stubs.py

They stand in `src/userops/api/__init__.pyi` and `src/userops/__init__.pyi`; a test fails where they're
out of date. `--root` is the checkout, by default this one.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from userops.analyses import ANALYSES
from userops.analyses.analysis import Analysis
from userops.core.params import PATHS, Declared, Params, declared

HEAD = "# Written by `python scripts/stubs.py` from the declarations; don't edit it.\n# fmt: off\n"
API = """
from collections.abc import Mapping, Sequence
from datetime import date
from os import PathLike
from typing import Any, Literal

import polars as pl

from userops.analyses.goals.params import Goal
from userops.api.kept_orders import OpenOrders as OpenOrders
from userops.api.report import Report as Report
from userops.api.report import report as report
from userops.api.results import Result as Result
from userops.api.results import Table as Table
from userops.core.dates import WeekStart
from userops.readers.options import ReadOptions as ReadOptions

def frame(table: Table) -> pl.DataFrame: ...
def open_orders(
    orders: Any,
    *,
    columns: Mapping[str, str] | None = None,
    reading: ReadOptions | None = None,
    nobody: Sequence[str] | str | None = None,
    config: str | PathLike[str] | None = None,
) -> OpenOrders: ...
"""
# What every function takes beside its datasets and parameters.
SHARED = {
    "as_of": "date | str | None",
    "columns": "Mapping[str, str] | None",
    "reading": "ReadOptions | None",
    "nobody": "Sequence[str] | str | None",
    "config": "str | PathLike[str] | None",
    "week_start": "WeekStart | None",
}
PACKAGE = """
from userops import api as api
"""
MODULES = ("lifecycle", "ltv", "report")  # whose names in the package are modules, too


def stubs() -> Mapping[str, str]:
    """The files, by their paths in the checkout."""
    functions = "".join(map(_function, ANALYSES.values()))
    names = "".join(
        f"from userops.api import {name} as {name}\n"
        for name in sorted({"frame", "open_orders", *ANALYSES} - {*MODULES})
    )
    return {
        "src/userops/api/__init__.pyi": f"{HEAD}{API}{functions}",
        "src/userops/__init__.pyi": f"{HEAD}{PACKAGE}{names}\n__version__: str\n",
    }


def _function(analysis: Analysis) -> str:
    keywords = {
        **SHARED,
        **dict.fromkeys(analysis.helped_by, "Any"),
        **{one.name: _taken(one) for one in declared(analysis.params)},
    }
    lines = "".join(f"    {name}: {spelled} = None,\n" for name, spelled in keywords.items())
    return f"def {analysis.name}(\n    {analysis.about}: Any = None,\n    *,\n{lines}) -> Result: ...\n"


def _taken(one: Declared) -> str:
    """What a keyword takes: what its parameter holds, and what that is made from."""
    kinds = list(dict.fromkeys(_kinds(one)))
    return " | ".join([*kinds, "None"])


def _kinds(one: Declared) -> Iterator[str]:
    if one.param.taken == "day":
        yield "date"
    yield "Sequence[Mapping[str, object]]" if one.is_rows else _spelled(one.bare)
    if one.param.share:
        yield "str"
    if one.param.alone:
        yield _spelled(get_args(one.bare)[1])
    if one.param.taken in PATHS:
        yield "PathLike[str]"
    if one.name == "cuts":  # or the points themselves, by metric
        yield "Mapping[str, Sequence[Any]]"


def _spelled(kind: Any) -> str:
    arguments = get_args(kind)
    match get_origin(kind):
        case origin if origin is Literal:
            return f"Literal[{', '.join(map(_quoted, arguments))}]"
        case origin if origin in (Union, UnionType):
            return " | ".join(map(_spelled, arguments))
        case origin if origin is tuple:
            return f"Sequence[{_spelled(arguments[0])}]"
        case origin if origin is not None:  # values by name
            key, value = map(_spelled, arguments)
            return f"Mapping[{key}, {value}]"
    if isinstance(kind, type) and issubclass(kind, Params):
        return f"{kind.__name__} | Mapping[str, object]"
    return str(kind.__name__)


def _quoted(text: str) -> str:
    return f'"{text}"'


def main() -> None:
    """Write the files."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).parents[1])
    root = parser.parse_args().root
    for path, text in stubs().items():
        (root / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
