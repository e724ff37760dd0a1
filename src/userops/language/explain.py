"""The definition of anything by name, from the text that the code itself is read by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache

from userops.core.errors import UsageError
from userops.core.rule_tables import RFM8, TABLES
from userops.datasets import field_called
from userops.language import contents, places, vocabulary, words
from userops.language import definitions as book
from userops.language.definitions import Definition
from userops.language.lines import padded, width, wrapped
from userops.language.meanings import label, said, text, unit
from userops.language.words import Lang

__all__ = ["explain", "label", "text"]

ALL = "all"


def explain(name: str | None, lang: Lang) -> str:
    """What a metric, column, table, segment, tier or status means.

    Without a name what there is; of `all` every name, of an analysis the names that are its.

    Raises:
        UsageError: nothing is called that.
    """
    if name is None:
        return contents.overview(lang)
    if _plain(name) == ALL:
        return contents.everything(lang)
    shown = ["\n".join(_lines(one, lang)) for one in found(name)]
    if _plain(name) in contents.groups():
        shown.append(contents.of_group(_plain(name), lang))
    if not shown:
        raise _unknown(name)
    return "\n\n".join(shown)


def found(name: str) -> list[Definition]:
    """What's called by a name: its own, its label, else a word it holds; and what people call so.

    And parameters of that name, whatever words there are.
    """
    meant = _plain(name)
    led_to = [*_by_name().get(meant, ()), *_led_to(meant)]
    words_found = led_to or _by_value().get(meant, ())
    called_so = [
        one
        for one in book.definitions()
        if one.kind == book.PARAMETER and meant == _plain(one.name)
    ]
    return list(dict.fromkeys([*words_found, *called_so]))


@cache
def _by_name() -> Mapping[str, Sequence[Definition]]:
    """What's called by each name or label, as `_plain` has it; parameters aren't."""
    return _listed(_called)


@cache
def _by_value() -> Mapping[str, Sequence[Definition]]:
    """What has each of the values that columns hold."""
    return _listed(_values)


def _listed(
    names: Callable[[Definition], Iterable[str]],
) -> Mapping[str, Sequence[Definition]]:
    found: dict[str, list[Definition]] = {}
    for one in book.definitions():
        if one.kind != book.PARAMETER:
            for name in dict.fromkeys(map(_plain, names(one))):
                found.setdefault(name, []).append(one)
    return found


def _plain(name: str) -> str:
    return (
        name.strip()
        .strip("`")
        .lstrip("-")
        .casefold()
        .replace("’", "'")
        .replace("-", "_")
        .replace(" ", "_")
    )


def _called(one: Definition) -> Iterator[str]:
    yield one.name
    yield from (label(one, lang) for lang in ("en", "zh"))


def _values(one: Definition) -> Iterator[str]:
    """Words that a column holds, where its definition lists them: `slump` of `stage`."""
    for value in one.unit.split(", ") if ", " in one.unit else ():
        yield from (value, words.phrase(value, "zh"))


def aliases() -> dict[str, list[str]]:
    """What people call things, and the names or keys of the definitions that say it."""
    known: dict[str, list[str]] = {}
    for room in vocabulary.rooms():
        for alias, names in vocabulary.book(room).get("aliases", {}).items():
            known.setdefault(alias, []).extend([names] if isinstance(names, str) else names)
    return known


def _led_to(meant: str) -> Iterator[Definition]:
    leading = (names for alias, names in aliases().items() if _plain(alias) == meant)
    for name in dict.fromkeys(name for names in leading for name in names):
        yield from (one for one in book.definitions() if name in (one.key, one.name))


def _unknown(name: str) -> UsageError:
    known = {_plain(called): called for one in book.definitions() for called in _called(one)}
    known = {_plain(alias): alias for alias in (*aliases(), *contents.groups())} | known
    near = get_close_matches(_plain(name), known, 3, cutoff=0.6)
    if field := field_called(name):
        return UsageError(
            f"unknown name: {name}",
            mend=f"a column called so is read as {field}: userops explain {field}",
        )
    hint = f"did you mean {' or '.join(known[called] for called in near)}? " if near else ""
    return UsageError(f"unknown name: {name}", mend=f"{hint}userops explain all lists all names")


def _lines(one: Definition, lang: Lang) -> Iterator[str]:
    shown = label(one, lang)
    parts = [one.name] if shown == one.name else [one.name, shown]
    parts += [part for part in (unit(one, lang), _what(one, lang)) if part]
    yield " · ".join(parts)
    body = text(one, lang)
    if body:
        yield wrapped(body, "  ", "  ")
    facts = {
        "action": words.phrase(one.action, lang),
        "rule table": one.rules or ("rfm8" if one.kind == book.SEGMENT else ""),
        "segments": ", ".join(_segments(one, lang)),
        ("words" if one.kind == book.STATUS else "read from"): ", ".join(one.headers),
        **dict(one.facts),
        "appears in": "; ".join(places.uses(one)),
        "source": _source(one),
    }
    columns = max(width(said("headings", name, lang)) for name, fact in facts.items() if fact)
    for name, fact in facts.items():
        if fact:
            heading = padded(said("headings", name, lang), columns)
            yield wrapped(fact, f"  {heading}  ", " " * (columns + 4))


def _segments(one: Definition, lang: Lang) -> Sequence[str]:
    """The segments of a rule table, in its order."""
    if one.kind != book.TERM or one.module != "rule_tables":
        return ()
    rules = TABLES[one.name].segments if one.name in TABLES else RFM8
    return [words.phrase(rule.name, lang, analysis="segment") for rule in rules]


def _what(one: Definition, lang: Lang) -> str:
    if one.kind == book.TERM:
        return ""
    if one.kind == book.FIELD:
        return said("headings", "column of the {} export", lang).format(one.module)
    return said("headings", one.kind, lang)


def _source(one: Definition) -> str:
    cited = {module.name: module.sources for module in book.modules()}.get(one.module)
    path = book.paths()[one.module].removesuffix(".__init__")
    return f"userops.{path}{f': {cited}' if cited else ''}"
