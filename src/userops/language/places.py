"""Where words are used: whose a module is, and which tables of which command a column is in.

What stands under `analyses/NAME` is that analysis'. So is what it imports of the rooms that
several draw on: `customers`, `ledger`, `stats`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from userops.language import definitions as known
from userops.language.definitions import Definition, Module
from userops.language.sources import imports, modules_of, rooms_in, tree

# Words that a command of another name shows, by where they're defined.
_COMMANDS = {"analyses.kpis": "report", "report": "report", "store": "prepare"}
# Whose words stand elsewhere than in its folder, in no module of its name.
_OWNED = {"rfm": "segment", "core.rule_tables": "segment"}
_LEAVES = ("ledger.", "stats.")  # what these import is nobody's words
_SHARED = ("customers.", *_LEAVES)
# Where a column holds what other definitions are of.
_HOLDING = {known.SEGMENT: "segment", known.TIER: "tier"}


@cache
def analyses() -> tuple[str, ...]:
    """Names of all analyses."""
    return rooms_in("analyses")


def command(analysis: str) -> str:
    """The command that shows an analysis."""
    return _COMMANDS.get(f"analyses.{analysis}", analysis)


@cache
def modules(analysis: str) -> tuple[str, ...]:
    """Dotted paths of the modules that are an analysis', wholly or among others."""
    elsewhere = (path for path, owner in _OWNED.items() if owner == analysis)
    waiting = [analysis, *elsewhere, *modules_of(f"analyses/{analysis}")]
    found: dict[str, None] = {}
    while waiting:
        path = waiting.pop(0)
        if path in found:
            continue
        found[path] = None
        if not path.startswith(_LEAVES):
            waiting += [one for one in imports(path) if one.startswith(_SHARED)]
    return tuple(found)


@cache
def whose(path: str) -> tuple[str, ...]:
    """The analyses that a module is of, by its dotted path."""
    parts = path.split(".")
    if parts[0] == "analyses" and len(parts) > 2:
        return (parts[1],)
    if path in _OWNED:
        return (_OWNED[path],)
    return tuple(name for name in analyses() if path in modules(name))


class _Place(NamedTuple):
    """A command, and the modules whose tables it shows; `analysis` is whose, if any's."""

    command: str
    modules: tuple[str, ...]
    analysis: str = ""


def _says(analysis: str, one: Definition) -> bool:
    """Whether an analysis means this by the word.

    It doesn't where its own modules say otherwise of it, and this is of no table.
    """
    by_path = {module.path: module for module in known.modules()}
    path = known.paths()[one.module]
    own = path in _own(analysis) or bool(by_path[path].tables)
    return own or one.name not in _names_of(analysis)


def _own(analysis: str) -> tuple[str, ...]:
    return (analysis, *modules_of(f"analyses/{analysis}"))


@cache
def _names_of(analysis: str) -> frozenset[str]:
    own = _own(analysis)
    terms = (one for module in known.modules() if module.path in own for one in module.terms)
    return frozenset(one.name for one in terms)


def of(one: Definition) -> tuple[str, ...]:
    """The analyses whose word it is."""
    if one.kind == known.PARAMETER:
        return (one.analysis,)
    return tuple(place.analysis for place, _ in _shown(one) if place.analysis)


def uses(one: Definition) -> Iterator[str]:
    """Which commands show a word, and in which of their tables, as one would type them."""
    if one.kind in (known.FIELD, known.STATUS):
        return
    if one.kind == known.PARAMETER:
        yield f"userops {command(one.analysis)}"
        return
    for place, tables in _shown(one):
        listed = f" ({', '.join(tables)})" if tables else ""
        if one.kind == known.TABLE:
            listed = "" if place.command in _COMMANDS.values() else f" --show {one.name}"
        yield f"userops {place.command}{listed}"


def tables_with(one: Definition, analysis: str) -> tuple[str, ...]:
    """The tables of an analysis that hold a word; none where no table is known to."""
    shown = (tables for place, tables in _shown(one) if place.analysis == analysis)
    return next(shown, ())


def _shown(one: Definition) -> list[tuple[_Place, tuple[str, ...]]]:
    """Where a word is shown, with the tables that hold it: where any do, only there."""
    shown = [(place, tuple(_holding(place, one))) for place in _places(one)]
    holding = [(place, tables) for place, tables in shown if tables]
    return holding or shown


def _places(one: Definition) -> Iterator[_Place]:
    """Where a word may be shown."""
    path = known.paths()[one.module]
    room = path.split(".")[0]
    if room in _COMMANDS:
        yield _Place(_COMMANDS[room], modules_of(room))
    said = [_Place(command(name), modules(name), name) for name in whose(path) if _says(name, one)]
    yield from sorted(said, key=lambda place: place.command in _COMMANDS.values())


def _holding(place: _Place, one: Definition) -> Iterator[str]:
    """Tables of a place that hold a word: as a column, else as what their rows are of, else all."""
    name = _HOLDING.get(one.kind, one.name)
    held = _columns(place).get(name, frozenset()) | _a_row_each(place, name)
    for table, module in _tables(place.modules).items():
        mine = module.name == one.module
        others = not mine and name in {term.name for term in module.terms}
        if others and one.kind not in _HOLDING:  # it's said there what it means there
            continue
        if table in held or (mine and not held):
            yield table


def _a_row_each(place: _Place, name: str) -> frozenset[str]:
    """Tables that no dictionary is of and that have a row for each of something: "a row a tier"."""
    row = re.compile(rf"\ban? {re.escape(name.replace('_', ' '))}\b")
    tables = _tables(place.modules)
    untold = tables.keys() - _told(place)[0].keys()
    return frozenset(table for table in untold if row.search(tables[table].tables[table]))


def _tables(paths: tuple[str, ...]) -> dict[str, Module]:
    """The tables that some modules' docstrings name, each with the module that's most about it."""
    by_path = {module.path: module for module in known.modules()}
    found: dict[str, Module] = {}
    for module in (by_path[path] for path in paths if path in by_path):
        for name in module.tables:
            if name not in found or len(module.tables) < len(found[name].tables):
                found[name] = module
    return found


@cache
def _columns(place: _Place) -> Mapping[str, frozenset[str]]:
    """The tables that hold a column, by the column, as the dictionaries of kinds tell.

    What's in one that nothing tells the table of may be in any of its module's tables that none is
    known of, or else in any such table.
    """
    tied, loose = _told(place)
    rest = _tables(place.modules).keys() - tied.keys()
    found: dict[str, set[str]] = {}
    for table, columns in tied.items():
        for column in columns:
            found.setdefault(column, set()).add(table)
    for path, columns in loose.items():
        own = rest & _tables((path,)).keys()
        for column in columns:
            found.setdefault(column, set()).update(own or rest)
    return {column: frozenset(tables) for column, tables in found.items()}


@cache
def _told(place: _Place) -> tuple[Mapping[str, set[str]], Mapping[str, set[str]]]:
    """The columns of tables, and by module those that nothing tells the table of.

    A dictionary is of the table that's made with it, or that it's called by.
    """
    tables = _tables(place.modules)
    tied: dict[str, set[str]] = {}
    loose: dict[str, set[str]] = {}
    for path in place.modules:
        for called, made, columns in _kinds(path):
            of = {name for name in tables if name in made or f"{called}_".startswith(f"{name}_")}
            if not of:
                loose.setdefault(path, set()).update(columns)
            for table in of:
                tied.setdefault(table, set()).update(columns)
    return tied, loose


class _Kinds(NamedTuple):
    """A dictionary of kinds: its name, tables that are made with it, its columns."""

    called: str
    made: frozenset[str]
    columns: frozenset[str]


@cache
def _kinds(path: str) -> tuple[_Kinds, ...]:
    """Every dictionary of kinds in a module."""
    named = dict(_named(path))
    made: dict[str, set[str]] = {}  # by the dictionary's name
    unnamed: list[ast.Dict] = []
    for node in ast.walk(tree(path)):
        match node:
            case ast.Dict() if not any(node is value for value in named.values()):
                unnamed.append(node)
            case ast.Call(
                func=ast.Name(id="Table"),
                args=[ast.Constant(value=table), _, ast.Name(id=name), *_],
            ):
                made.setdefault(name, set()).add(str(table))
    spread = {inner.id for value in named.values() for inner in _spread(value)}
    found = [
        _Kinds(name.casefold(), frozenset(made.get(name, ())), _names(value, named))
        for name, value in named.items()
        if name not in spread
    ]
    found += [_Kinds("", frozenset(), _names(value, {})) for value in unnamed]
    return tuple(one for one in found if one.columns)


def _named(path: str) -> Iterator[tuple[str, ast.Dict]]:
    """The dictionaries that a module declares."""
    for node in tree(path).body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Dict() as value):
                yield name, value
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict() as value):
                yield name, value


def _spread(value: ast.Dict) -> Iterator[ast.Name]:
    """Names of the dictionaries that one takes all of."""
    for key, inner in zip(value.keys, value.values, strict=True):
        if key is None and isinstance(inner, ast.Name):
            yield inner


def _names(value: ast.Dict, named: Mapping[str, ast.Dict]) -> frozenset[str]:
    """The keys of a dictionary whose values are kinds, with those of what it takes all of."""
    found = {
        str(key.value)
        for key, kind in zip(value.keys, value.values, strict=True)
        if isinstance(key, ast.Constant) and _is_kind(kind)
    }
    for inner in _spread(value):
        if inner.id in named:
            found |= _names(named[inner.id], named)
    return frozenset(found)


def _is_kind(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Kind"
    )
