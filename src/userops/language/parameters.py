"""Parameters, as the analyses declare them: read from the source, so that no analysis is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

from userops.core.params import Declared, Param
from userops.language.sources import rooms_in, tree

# The report's own, which are told with the analysis that only it shows.
_REPORT = ("kpis", "analyses.report_params", "ReportParams")


class Parameter(NamedTuple):
    """A parameter of an analysis: what it's declared as, and the module that says so."""

    analysis: str
    path: str
    declared: Declared

    @property
    def option(self) -> str:
        """It as an option of the command."""
        param, name = self.declared.param, self.declared.name
        if param.taken == "rows" or self.declared.table.startswith("["):
            return ""
        option = param.names[0] if param.names else f"--{name.replace('_', '-')}"
        return f"{option} {param.metavar}" if param.metavar else option

    @property
    def setting(self) -> str:
        """Where it stands in userops.toml; nowhere if it can't be set."""
        if self.declared.param.taken == "rows":
            return f"[[{self.declared.rows_table}]]"
        table = f"[{self.declared.table}] " if self.declared.table else ""
        return f"{table}{self.declared.name}" if self.declared.param.settable else ""


@cache
def parameters() -> tuple[Parameter, ...]:
    """All parameters, by analysis."""
    found = [
        Parameter(analysis, f"analyses.{analysis}.params", one)
        for analysis in rooms_in("analyses")
        if (name := _class_of(analysis))
        for one in _fields(f"analyses.{analysis}.params", name)
    ]
    analysis, path, name = _REPORT
    found += [Parameter(analysis, path, one) for one in _fields(path, name)]
    said = {(one.declared.table, one.declared.name): one for one in found}
    return tuple(said.values())


def _class_of(analysis: str) -> str:
    """The class of an analysis' parameters, as its `Analysis(...)` names it."""
    for node in ast.walk(tree(f"analyses.{analysis}.__init__")):
        match node:
            case ast.Call(func=ast.Name(id="Analysis"), keywords=keywords):
                named = {one.arg: one.value for one in keywords}
                params = named.get("params_class")
                return str(params.value) if isinstance(params, ast.Constant) else ""
    return ""


def _fields(path: str, name: str) -> Iterator[Declared]:
    """The parameters of a class that a module declares or imports, its bases' first."""
    home, node = _declared(path, name)
    if not isinstance(node, ast.ClassDef):
        return
    for base in _bases(node):
        yield from _fields(home, base)
    table = _table_of(home, node)
    for field in node.body:
        match field:
            case ast.AnnAssign(
                target=ast.Name(id=called),
                annotation=ast.Subscript(
                    slice=ast.Tuple(elts=[kind, ast.Call(func=ast.Name(id="Param")) as call])
                ),
                value=value,
            ):
                param = _param(home, call)
                default = _value(home, value) if value is not None else None
                own = table if param.table is None else param.table
                one = Declared(called, None, default, param, own)
                yield one
                if param.taken == "rows":
                    yield from _of_rows(home, kind, one)


def _of_rows(home: str, kind: ast.expr, one: Declared) -> Iterator[Declared]:
    """What goes into the rows of a parameter, `tuple[Rule, ...]`."""
    match kind:
        case ast.Subscript(slice=ast.Tuple(elts=[ast.Name(id=row), *_])):
            for key in _fields(home, row):
                yield replace(key, table=f"[{one.rows_table}]")


def _bases(node: ast.ClassDef) -> list[str]:
    return [base.id for base in node.bases if isinstance(base, ast.Name) and base.id != "Params"]


def _table_of(path: str, node: ast.ClassDef) -> str:
    """The table that a class is declared with, or one of its bases."""
    for keyword in node.keywords:
        if keyword.arg == "table":
            return str(_value(path, keyword.value))
    for base in _bases(node):
        home, inner = _declared(path, base)
        if isinstance(inner, ast.ClassDef):
            return _table_of(home, inner)
    return ""


def _param(path: str, call: ast.Call) -> Param:
    positional = [_value(path, one) for one in call.args]
    named = {str(one.arg): _value(path, one.value) for one in call.keywords}
    return Param(*positional, **named)


def _declared(path: str, name: str) -> tuple[str, ast.AST | None]:
    """What a name means in a module: where it's declared, and as what."""
    for node in tree(path).body:
        match node:
            case ast.ClassDef(name=called) if called == name:
                return path, node
            case ast.Assign(targets=[ast.Name(id=called)], value=value) if called == name:
                return path, value
            case ast.ImportFrom(module=str(room)) if any(one.name == name for one in node.names):
                return _declared(room.removeprefix("userops."), name)
    return path, None


def _value(path: str, node: ast.AST) -> Any:
    """A constant, or what a name of one means; of a text with blanks what stands before them."""
    match node:
        case ast.Name(id=name):
            home, meant = _declared(path, name)
            return None if meant is None else _value(home, meant)
        case ast.JoinedStr(values=[ast.Constant(value=text), *_]):
            return str(text).rstrip(" :：")
        case ast.expr():
            try:
                return ast.literal_eval(node)
            except ValueError:
                return None
    return None
