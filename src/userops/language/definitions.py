"""Every word that userops defines, from where the code itself defines it.

Modules say what their words mean in their docstrings ("name, name : unit", then the text,
indented); exports declare their fields, rule tables their segments. Docstrings are read
from the source, so that looking a word up imports no analysis.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from userops.core.rule_tables import RFM8, TABLES, TIERS, Range, RuleTable
from userops.datasets.costs import COSTS
from userops.datasets.events import EVENTS
from userops.datasets.fields import Dataset
from userops.datasets.orders import ORDERS, STATUS_WORDS, Status
from userops.datasets.users import USERS

TABLE, TERM, FIELD, SEGMENT, TIER, STATUS = "table", "term", "field", "segment", "tier", "status"

# Where words are defined; other rooms say how, not what.
_ROOMS = ("analyses", "core", "customers", "datasets", "ledger", "report", "stats")

_HEADER = re.compile(r"(?P<names>\w[^:]*?)(?: : (?P<unit>.+))?")
_TABLE = re.compile(r"`(?P<name>\w+)`(?: \((?P<text>[^)]*)\))?")


@dataclass(frozen=True, slots=True)
class Definition:
    """A word and what it means.

    `module` is where it's defined, `key` its name there with what tells it from others.
    """

    kind: str
    name: str
    module: str
    text: str
    unit: str = ""
    # Of a segment or tier: what the playbook says; of a field: the headers it's known by.
    action: str = ""
    headers: tuple[str, ...] = ()
    rules: str = ""  # the rule table of a segment

    @property
    def key(self) -> str:
        """The same for one definition only: `rfm.frequency`, and `rfm/users` for a table."""
        return f"{self.module}{'/' if self.kind == TABLE else '.'}{self.name}"


class Module(NamedTuple):
    """What a module's docstring defines; `path` is the module, `name` what it's called in keys."""

    name: str
    path: str
    summary: str
    tables: dict[str, str]  # name: what a row is
    terms: tuple[Definition, ...]
    sources: str


@cache
def modules() -> tuple[Module, ...]:
    """The modules that define words, by name."""
    found = []
    for path, file in _sources():
        docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
        module = _module(path, docstring or "")
        if module.terms or module.tables:
            found.append(module)
    return tuple(sorted(found, key=lambda module: module.name))


def _sources() -> Iterator[tuple[str, Path]]:
    """Every module of the rooms that define words: its dotted path within the package, its file."""
    package = Path(__file__).parents[1]
    for room in (".", *_ROOMS):
        files = (package / room).glob("*.py" if room == "." else "**/*.py")
        for file in sorted(files):
            yield ".".join(file.relative_to(package).with_suffix("").parts), file


@cache
def paths() -> dict[str, str]:
    """Dotted paths of modules within the package, by what they're called in keys."""
    return {_name(path): path for path, _ in _sources()}


def _name(path: str) -> str:
    """What a module is called in keys: an analysis' main tables by the analysis."""
    *room, name = path.split(".")
    return room[-1] if name in ("tables", "__init__") and room else name


def _module(path: str, docstring: str) -> Module:
    name = _name(path)
    tables = {
        table["name"]: _joined(table["text"] or "")
        for paragraph in docstring.split("\n\n")
        if paragraph.startswith("Tables: ")
        for table in _TABLE.finditer(_joined(paragraph))
    }
    sources = re.search(r"^Sources?: (.*?)(?:\n\n|\Z)", docstring, re.DOTALL | re.MULTILINE)
    return Module(
        name,
        path,
        docstring.partition("\n")[0],
        tables,
        tuple(_terms(name, docstring)),
        _joined(sources[1]) if sources else "",
    )


def _terms(module: str, docstring: str) -> Iterator[Definition]:
    lines = [*docstring.splitlines(), ""]
    for number, line in enumerate(lines[:-1]):
        header = _HEADER.fullmatch(line)
        if not header or not lines[number + 1].startswith("    "):
            continue
        end = number + 1
        while lines[end].startswith("    "):
            end += 1
        text = _joined("\n".join(lines[number + 1 : end]))
        for name in header["names"].split(", "):
            yield Definition(TERM, name.strip(), module, text, header["unit"] or "")


def _joined(text: str) -> str:
    return " ".join(text.split())


@cache
def definitions() -> tuple[Definition, ...]:
    """All of them: tables and terms by module, then segments, tiers, fields, statuses."""
    known = modules()
    found: list[Definition] = []
    for module in known:
        found += [
            Definition(TABLE, name, module.name, text) for name, text in module.tables.items()
        ]
        found += module.terms
    terms = {one.name: one for one in found if one.kind == TERM}
    for table in TABLES.values():
        found += _segments(table)
    found += [
        Definition(SEGMENT, rule.name, "rule_tables", _against_means(number), "", rule.action)
        for number, rule in enumerate(RFM8)
    ]
    tier = terms["tier"].text if "tier" in terms else ""
    found += [Definition(TIER, rule.name, "rfm", tier, "", rule.action) for rule in TIERS]
    for dataset in (ORDERS, EVENTS, USERS, COSTS):
        found += _fields(dataset)
    found += [
        Definition(STATUS, status.value, "orders", _MEANINGS[status], headers=STATUS_WORDS[status])
        for status in Status
    ]
    return tuple(found)


_MEANINGS = {
    Status.VALID: "An order that counts.",
    Status.VOID: "Cancelled, unpaid or closed: left out, and counted as left out.",
    Status.REFUNDED: "Given back in full: left out, and counted as left out.",
}


def _segments(table: RuleTable) -> Iterator[Definition]:
    for rule in table.rules:
        ranges = zip("RFM", (rule.r, rule.f, rule.m), strict=True)
        text = ", ".join(f"{metric} {_scores(scores)}" for metric, scores in ranges)
        yield Definition(SEGMENT, rule.name, "rule_tables", text, "", rule.action, rules=table.name)
    if table.otherwise:
        rest = table.otherwise
        yield Definition(
            SEGMENT,
            rest.name,
            "rule_tables",
            "None of the others.",
            "",
            rest.action,
            rules=table.name,
        )


def _scores(scores: Range) -> str:
    low, high = scores
    return f"{low}" if low == high else f"{low}-{high}"


def _against_means(number: int) -> str:
    """What the group at a place of RFM8 is: M by fours, R by twos, F by ones."""
    low = {"R": number >> 1 & 1, "F": number & 1, "M": number >> 2}
    return ", ".join(f"{metric} {'low' if below else 'high'}" for metric, below in low.items())


def _fields(dataset: Dataset) -> Iterator[Definition]:
    for field in dataset.fields:
        yield Definition(
            FIELD, field.name, dataset.name, field.meaning, field.type.value, headers=field.names
        )


@cache
def commands() -> dict[str, list[str]]:
    """Which commands use a module, by the module's name."""
    used: dict[str, list[str]] = {}
    for file in sorted((Path(__file__).parents[1] / "commands").glob("*.py")):
        if file.stem != "__init__":
            tree = ast.parse(file.read_text(encoding="utf-8"))
            for module in sorted(set(map(_name, _imported(tree)))):
                used.setdefault(module, []).append(file.stem)
    return used


def _imported(tree: ast.Module) -> Iterator[str]:
    """Dotted paths of what may be modules of ours."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("userops"):
            room = (node.module or "").removeprefix("userops").removeprefix(".")
            yield from (f"{room}.{alias.name}".removeprefix(".") for alias in node.names)
            yield room
