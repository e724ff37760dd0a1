"""The definition of anything by name, from the text that the code itself is read by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from unicodedata import east_asian_width

from userops.core.errors import UsageError
from userops.language import definitions as book
from userops.language import definitions_zh, words
from userops.language.definitions import Definition, Module
from userops.language.words import Lang

_WIDTH = 88
# What a line may break after: a word, or a Chinese character with the mark that follows it.
_PIECE = re.compile(r"[\u2e80-\uffef][，。；：、）”]*\s*|[^\s\u2e80-\uffef]+[，。；：、）”]*\s*")
_WORDS = {
    "action": "建议动作",
    "appears in": "见于",
    "read from": "识别列名",
    "words": "状态词",
    "source": "出处",
    "rule table": "规则表",
    "table": "表",
    "segment": "分群",
    "tier": "层级",
    "status": "订单状态",
    "column of the {} export": "{} 导出文件的列",
    "columns of the {} export": "{} 导出文件的列",
    "tables and terms of {}": "{} 的表与术语",
    "segments": "分群",
    "tiers": "层级",
    "order statuses": "订单状态",
}


def explain(name: str | None, lang: Lang) -> str:
    """What a metric, column, table, segment, tier or status means; without a name, all names.

    Raises:
        UsageError: nothing is called that.
    """
    known = book.definitions()
    if name is None:
        return _listing(known, lang)
    meant = _plain(name)
    found = [one for one in known if meant in {_plain(alias) for alias in _aliases(one)}]
    found = found or [one for one in known if meant in map(_plain, _values(one))]
    if not found:
        raise _unknown(name, known)
    modules = {module.name: module for module in book.modules()}
    used = book.commands()
    return "\n\n".join(
        "\n".join(_lines(one, lang, modules.get(one.module), used.get(one.module, ())))
        for one in found
    )


def _plain(name: str) -> str:
    return name.strip().strip("`").casefold().replace("’", "'").replace("-", "_").replace(" ", "_")


def _aliases(one: Definition) -> Iterator[str]:
    yield one.name
    yield from (label(one, lang) for lang in ("en", "zh"))


def _values(one: Definition) -> Iterator[str]:
    """Words that a column holds, where its definition lists them: `slump` of `stage`."""
    for value in one.unit.split(", ") if ", " in one.unit else ():
        yield from (value, words.phrase(value, "zh"))


def label(one: Definition, lang: Lang) -> str:
    """What a reader sees for it."""
    if one.kind == book.TABLE:
        return words.title(one.name, lang)
    if one.kind in (book.SEGMENT, book.TIER, book.STATUS):
        return words.phrase(one.name, lang)
    if one.name in words.COLUMNS:
        return words.column(one.name, lang)
    return words.phrase(one.name, lang)


def text(one: Definition, lang: Lang) -> str:
    """Its definition, in Chinese where there is a Chinese one."""
    if lang == "en":
        return one.text
    if one.kind == book.SEGMENT:
        return _scores_zh(one.text)
    if one.kind == book.TIER:
        return definitions_zh.DEFINITIONS.get("rfm.tier", one.text)
    known = definitions_zh.DEFINITIONS
    if one.key in known:
        return known[one.key]
    return known.get(one.name, one.text) if one.kind != book.TABLE else one.text


def _scores_zh(rule: str) -> str:
    for english, chinese in definitions_zh.SCORES.items():
        rule = rule.replace(english, chinese)
    return rule


def _unknown(name: str, known: Sequence[Definition]) -> UsageError:
    aliases = {_plain(alias): alias for one in known for alias in _aliases(one)}
    near = get_close_matches(_plain(name), aliases, 3, cutoff=0.6)
    hint = f"did you mean {' or '.join(aliases[alias] for alias in near)}? " if near else ""
    return UsageError(f"unknown name: {name}", mend=f"{hint}userops explain lists all names")


def _lines(
    one: Definition, lang: Lang, module: Module | None, used: Sequence[str]
) -> Iterator[str]:
    shown = label(one, lang)
    parts = [one.name] if shown == one.name else [one.name, shown]
    unit = definitions_zh.UNITS.get(one.unit, one.unit) if lang == "zh" else one.unit
    parts += [part for part in (unit, _what(one, lang)) if part]
    yield " · ".join(parts)
    body = text(one, lang)
    if body:
        yield _wrapped(body, "  ", "  ")
    facts = {
        "action": words.phrase(one.action, lang),
        "rule table": one.rules or ("rfm8" if one.kind == book.SEGMENT else ""),
        ("words" if one.kind == book.STATUS else "read from"): ", ".join(one.headers),
        "appears in": _where(one, module, used),
        "source": _source(one, module),
    }
    width = max(_width(_said(name, lang)) for name, fact in facts.items() if fact)
    for name, fact in facts.items():
        if fact:
            yield _wrapped(fact, f"  {_padded(_said(name, lang), width)}  ", " " * (width + 4))


def _said(name: str, lang: Lang) -> str:
    return _WORDS.get(name, name) if lang == "zh" else name


def _what(one: Definition, lang: Lang) -> str:
    if one.kind == book.TERM:
        return ""
    if one.kind == book.FIELD:
        return _said("column of the {} export", lang).format(one.module)
    return _said(one.kind, lang)


def _where(one: Definition, module: Module | None, used: Sequence[str]) -> str:
    if module is None or not module.tables:
        return ""
    tables = f"--show {one.name}" if one.kind == book.TABLE else f"({', '.join(module.tables)})"
    return "; ".join(f"userops {command} {tables}" for command in used)


def _source(one: Definition, module: Module | None) -> str:
    cited = f": {module.sources}" if module and module.sources else ""
    return f"userops.{book.paths()[one.module]}{cited}"


def _wrapped(paragraph: str, first: str, rest: str) -> str:
    """The paragraph in lines; Chinese may break after any of its characters."""
    lines, line = [], first
    for piece in _PIECE.findall(paragraph):
        if _width(line + piece.rstrip()) > _WIDTH and line.strip():
            lines.append(line.rstrip())
            line = rest
        line += piece
    return "\n".join([*lines, line.rstrip()])


def _width(shown: str) -> int:
    return sum(1 + (east_asian_width(character) in "WF") for character in shown)


def _padded(shown: str, width: int) -> str:
    return shown + " " * (width - _width(shown))


def _listing(known: Sequence[Definition], lang: Lang) -> str:
    groups: dict[str, dict[str, str]] = {}
    for one in known:
        groups.setdefault(_group(one, lang), {})[one.name] = label(one, lang)
    width = max(len(name) for names in groups.values() for name in names)
    blocks = []
    for group, names in groups.items():
        rows = [
            f"  {name:{width}}  {shown}".rstrip() if shown != name else f"  {name}"
            for name, shown in names.items()
        ]
        blocks.append("\n".join([f"{group}:", *rows]))
    return "\n\n".join(blocks)


def _group(one: Definition, lang: Lang) -> str:
    match one.kind:
        case book.SEGMENT:
            return _said("segments", lang)
        case book.TIER:
            return _said("tiers", lang)
        case book.STATUS:
            return _said("order statuses", lang)
        case book.FIELD:
            return _said("columns of the {} export", lang).format(one.module)
    return _said("tables and terms of {}", lang).format(one.module)
