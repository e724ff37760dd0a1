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
from importlib.resources import files
from typing import NamedTuple

from userops.costs import COSTS
from userops.events import EVENTS
from userops.fields import Dataset
from userops.orders import ORDERS, STATUS_WORDS, Status
from userops.segments import RFM8, TABLES, TIERS, Range, RuleTable
from userops.users import USERS

TABLE, TERM, FIELD, SEGMENT, TIER, STATUS = "table", "term", "field", "segment", "tier", "status"

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
    """What a module's docstring defines."""

    name: str
    summary: str
    tables: dict[str, str]  # name: what a row is
    terms: tuple[Definition, ...]
    sources: str


@cache
def modules() -> tuple[Module, ...]:
    """The modules that define words, by name."""
    found = []
    for file in sorted(files("userops").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".py"):
            docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
            module = _module(file.name.removesuffix(".py"), docstring or "")
            if module.terms or module.tables:
                found.append(module)
    return tuple(found)


def _module(name: str, docstring: str) -> Module:
    tables = {
        table["name"]: _joined(table["text"] or "")
        for paragraph in docstring.split("\n\n")
        if paragraph.startswith("Tables: ")
        for table in _TABLE.finditer(_joined(paragraph))
    }
    sources = re.search(r"^Sources?: (.*?)(?:\n\n|\Z)", docstring, re.DOTALL | re.MULTILINE)
    return Module(
        name,
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
        Definition(SEGMENT, rule.name, "segments", _against_means(number), "", rule.action)
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
        yield Definition(SEGMENT, rule.name, "segments", text, "", rule.action, rules=table.name)
    if table.otherwise:
        rest = table.otherwise
        yield Definition(
            SEGMENT, rest.name, "segments", "None of the others.", "", rest.action, rules=table.name
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
    for file in sorted((files("userops") / "commands").iterdir(), key=lambda file: file.name):
        name = file.name.removesuffix(".py")
        if file.name.endswith(".py") and name != "__init__":
            for module in sorted(set(_imported(ast.parse(file.read_text(encoding="utf-8"))))):
                used.setdefault(module, []).append(name)
    return used


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "userops":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.removeprefix("userops.").partition(".")[0]
