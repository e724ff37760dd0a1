"""Lists of words: what there is to explain, in short, of one analysis, and in full."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from userops.language import definitions as book
from userops.language import places
from userops.language.definitions import Definition
from userops.language.lines import fitting, padded, width
from userops.language.meanings import label, said
from userops.language.words import Lang

# Groups that are no analysis: what they're called by, and the rooms that define their words.
_OTHERS = {"prepare": ("store",), "exports": ("datasets",), "privacy": ("report",)}
# What stands above the words of a kind, in a list's order.
_HEADINGS = {
    book.TABLE: "tables",
    book.TERM: "terms",
    book.FIELD: "columns of the {} export",
    book.SEGMENT: "segments",
    book.TIER: "tiers",
    book.STATUS: "order statuses",
    book.PARAMETER: "parameters",
}
_COMMANDS = {"prepare": "prepare", "privacy": "report"}
_EXAMPLES = 42  # columns that examples may take
_OVERVIEW = "What userops has words for: how to list them, who shows them, how many, and some."
_WAYS = {
    "userops explain WORD": "what a word means, how it's computed, and who says so",
    "userops explain all": "every word there is",
}
# The words of a group that say best what it's about.
_TELLING = {
    "segment": ("r_score", "segment", "tier", "Champions", "grid"),
    "lifecycle": ("stage", "reactivated", "slump_after_days"),
    "cohorts": ("cohort", "age", "value"),
    "repurchase": ("observed_users", "km_rate", "due_date"),
    "ltv": ("ltv_to_date", "cac", "p_alive", "margin"),
    "activity": ("active_users", "measure", "cycle"),
    "funnel": ("step", "from_first", "conversion"),
    "business": ("business_value", "value_per_head", "covers_team"),
    "check": ("finding", "reason", "busy user"),
    "goals": ("score", "pace", "projected", "calendar"),
    "kpis": ("aov", "repurchase_rate", "users_effect"),
    "prepare": ("kept_as", "bytes"),
    "exports": ("order", "net amount", "order_time", "refunded"),
    "privacy": ("mask", "hash"),
}


@cache
def groups() -> dict[str, tuple[Definition, ...]]:
    """All words by what they're of: an analysis, or a group beside the analyses."""
    found: dict[str, list[Definition]] = {name: [] for name in (*places.analyses(), *_OTHERS)}
    for one in book.definitions():
        for name in _groups_of(one):
            found[name].append(one)
    order = list(_HEADINGS)
    return {
        name: tuple(sorted(known, key=lambda one: order.index(one.kind)))
        for name, known in found.items()
        if known
    }


def _groups_of(one: Definition) -> Sequence[str]:
    room = book.paths()[one.module].split(".")[0]
    return [name for name, rooms in _OTHERS.items() if room in rooms] or places.of(one)


def overview(lang: Lang) -> str:
    """What kinds of words there are: of each analysis how many, some of them, how to list them."""
    rows = [
        (
            f"userops explain {name}",
            f"userops {of}" if (of := command(name)) else "",
            f"{len(_listed(known)):,}",
            fitting(_examples(name, known), _EXAMPLES),
        )
        for name, known in groups().items()
    ]
    first, second, third = (max(len(row[column]) for row in rows) for column in range(3))
    listed = [
        f"  {name:{first}}  {of:{second}}  {count:>{third}}  {shown}"
        for name, of, count, shown in rows
    ]
    return "\n".join([said("headings", _OVERVIEW, lang), "", *listed, "", *_ways(lang, first)])


def command(group: str) -> str:
    """The command that shows the words of a group; none of what's in exports."""
    return places.command(group) if group in places.analyses() else _COMMANDS.get(group, "")


def _examples(name: str, known: Sequence[Definition]) -> Iterable[str]:
    there = {one.name for one in known}
    telling = [word for word in _TELLING.get(name, ()) if word in there]
    return telling or [one.name for one in known if one.kind == book.TERM]


def _ways(lang: Lang, columns: int) -> Sequence[str]:
    return [f"  {way:{columns}}  {said('headings', means, lang)}" for way, means in _WAYS.items()]


def of_group(name: str, lang: Lang) -> str:
    """Tables and words of an analysis or another group, with their labels."""
    blocks: dict[str, dict[str, str]] = {}
    for one in groups()[name]:
        heading = said("headings", _HEADINGS[one.kind], lang).format(one.module)
        blocks.setdefault(heading, {})[one.name] = label(one, lang)
    of = f" (userops {command(name)})" if command(name) else ""
    return f"{name}{of}\n\n{_blocks(blocks)}"


def everything(lang: Lang) -> str:
    """Every word there is, by where it's defined."""
    blocks: dict[str, dict[str, str]] = {}
    for one in book.definitions():
        blocks.setdefault(_kind(one, lang), {})[one.name] = label(one, lang)
    return _blocks(blocks)


def _listed(known: Sequence[Definition]) -> set[tuple[str, str]]:
    """The words that a group's list has: each of a kind once."""
    return {(one.kind, one.name) for one in known}


def _blocks(blocks: dict[str, dict[str, str]]) -> str:
    columns = max(width(name) for names in blocks.values() for name in names)
    shown = []
    for heading, names in blocks.items():
        rows = [
            f"  {padded(name, columns)}  {label}".rstrip() if label != name else f"  {name}"
            for name, label in names.items()
        ]
        shown.append("\n".join([f"{heading}:", *rows]))
    return "\n\n".join(shown)


def _kind(one: Definition, lang: Lang) -> str:
    of_modules = one.kind in (book.TABLE, book.TERM)
    heading = "tables and terms of {}" if of_modules else _HEADINGS[one.kind]
    return said("headings", heading, lang).format(one.module)
