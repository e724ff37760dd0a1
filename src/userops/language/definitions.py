"""Every word that userops defines, from where the code itself defines it.

Modules say what their words mean in their docstrings ("name, name : unit", then the text,
indented); exports declare their fields, rule tables their segments. Docstrings are read
from the source, so that looking a word up imports no analysis.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from userops.core.rule_tables import RFM8, TABLES, TIERS, Range, RuleTable
from userops.datasets import DATASETS
from userops.datasets.fields import Dataset
from userops.datasets.orders import STATUS_WORDS, Status
from userops.language.parameters import Parameter, parameters
from userops.language.sources import docstring, modules_of, name_of

TABLE, TERM, FIELD, SEGMENT, TIER, STATUS = "table", "term", "field", "segment", "tier", "status"
PARAMETER = "parameter"

# Where words are defined, beside the package's own modules; other rooms say how, not what.
_ROOMS = ("analyses", "core", "customers", "datasets", "ledger", "report", "stats", "store")

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
    siblings: tuple[str, ...] = ()  # names that the same text defines, this one among them
    zh: str = ""  # of a field or parameter: what it means, in Chinese
    facts: tuple[tuple[str, str], ...] = ()  # of a parameter: its option, setting and default
    analysis: str = ""  # of a parameter: whose it is

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
    for path in _paths():
        module = _module(path, docstring(path))
        if module.terms or module.tables:
            found.append(module)
    return tuple(sorted(found, key=lambda module: module.name))


def _paths() -> Iterator[str]:
    """Dotted paths of the modules that may define words."""
    for room in ("", *_ROOMS):
        yield from modules_of(room)


@cache
def paths() -> dict[str, str]:
    """Dotted paths of the modules that define words, fields or parameters, by their names in keys."""
    fields = {name: f"datasets.{name}" for name in DATASETS}
    params = {_params_module(one): one.path for one in parameters()}
    return {**fields, **{module.name: module.path for module in modules()}, **params}


def _module(path: str, docstring: str) -> Module:
    name = name_of(path)
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
        names = tuple(map(str.strip, header["names"].split(", ")))
        for name in names:
            yield Definition(TERM, name, module, text, header["unit"] or "", siblings=names)


def _joined(text: str) -> str:
    return " ".join(text.split())


@cache
def definitions() -> tuple[Definition, ...]:
    """All of them: tables and terms by module, then segments, tiers, fields, statuses, parameters."""
    return (*_of_modules(), *_of_rules(), *_of_datasets(), *_of_parameters())


def _of_modules() -> Iterator[Definition]:
    for module in modules():
        for name, text in module.tables.items():
            yield Definition(TABLE, name, module.name, text)
        yield from module.terms


def _of_rules() -> Iterator[Definition]:
    for table in TABLES.values():
        yield from _segments(table)
    for number, rule in enumerate(RFM8):
        yield Definition(SEGMENT, rule.name, "rule_tables", _against_means(number), "", rule.action)
    terms = (one for module in modules() for one in module.terms if one.name == "tier")
    tier = next((one.text for one in terms), "")
    for rule in TIERS:
        yield Definition(TIER, rule.name, "rfm", tier, "", rule.action, siblings=("tier",))


def _of_datasets() -> Iterator[Definition]:
    for dataset in DATASETS.values():
        yield from _fields(dataset)
    for status in Status:
        yield Definition(
            STATUS, status.value, "orders", _MEANINGS[status], headers=STATUS_WORDS[status]
        )


_MEANINGS = {
    Status.VALID: "An order that counts.",
    Status.VOID: "Cancelled, unpaid or closed: left out, and counted as left out.",
    Status.REFUNDED: "Given back in full: left out, and counted as left out. Where only a part was "
    "given back, the money decides: it counts, net.",
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
            FIELD, field.name, dataset.name, field.meaning, field.type.value,
            headers=field.names, zh=field.zh,
        )  # fmt: skip


def _of_parameters() -> Iterator[Definition]:
    for one in parameters():
        english, chinese = one.declared.line(), one.declared.line("zh")
        facts = {
            "option": one.option,
            "setting": one.setting,
            "default": one.declared.default_text(),
        }
        yield Definition(
            PARAMETER, one.declared.name, _params_module(one), f"{english[:1].upper()}{english[1:]}.",
            zh=f"{chinese}。", facts=tuple(facts.items()), analysis=one.analysis,
        )  # fmt: skip


def _params_module(one: Parameter) -> str:
    """What a module of parameters is called in keys."""
    return f"{one.path.split('.')[-2]}/{one.path.split('.')[-1]}"
