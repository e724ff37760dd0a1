"""Writes docs/reference and docs/zh/reference, a page a command and more, and the manual page man/userops.1.

    python scripts/reference.py

All of it is read from the declarations (`userops.analyses`, `userops.datasets`) and the docstrings that
`userops explain` reads, so it's written, never edited; a test fails where it's out of date. `--root` is
the checkout, by default this one.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator, Sequence
from inspect import get_annotations
from pathlib import Path
from typing import NamedTuple

from manual import manual
from reference_words import said

from userops.analyses import ANALYSES
from userops.analyses.analysis import Analysis
from userops.analyses.report_params import ReportParams
from userops.commands.options import Common
from userops.core.params import Declared, declared
from userops.datasets import DATASETS
from userops.datasets.fields import Dataset
from userops.language import contents, meanings, places, words
from userops.language import definitions as book
from userops.language.definitions import Definition
from userops.language.words import Lang

FOLDERS: dict[Lang, str] = {"en": "docs/reference", "zh": "docs/zh/reference"}
# Commands that are no analysis, each with the group of words that's its.
OTHERS = {"report": "privacy", "prepare": "prepare", "init": "", "explain": "", "demo": ""}


def pages() -> dict[str, str]:
    """Every page, by its path in the checkout."""
    made: dict[str, str] = {}
    for lang, folder in FOLDERS.items():
        made[f"{folder}/index.md"] = _text(_index(lang))
        for analysis in ANALYSES.values():
            made[f"{folder}/{analysis.name}.md"] = _text(_analysis(analysis, lang))
        for name, group in OTHERS.items():
            made[f"{folder}/{name}.md"] = _text(_other(name, group, lang))
        made[f"{folder}/options.md"] = _text(_common_options(lang))
        made[f"{folder}/settings.md"] = _text(_settings(lang))
        made[f"{folder}/exports.md"] = _text(_exports(lang))
        made[f"{folder}/definitions.md"] = _text(_definitions(lang))
    made["man/userops.1"] = manual(
        [(option.names, option.text) for option in _options_of_all()],
        [(name, _help(name, "en")[0]) for name in OTHERS],
    )
    return made


def _text(lines: Iterator[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], lang: Lang) -> Iterator[str]:
    """A table without the columns that nothing stands in."""
    kept = [place for place in range(len(headings)) if any(row[place] for row in rows)]
    yield f"| {' | '.join(said(headings[place], lang) for place in kept)} |"
    yield f"|{'---|' * len(kept)}"
    for row in rows:
        yield f"| {' | '.join(_cell(row[place]) for place in kept)} |"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def _sentence(text: str, lang: Lang) -> str:
    """A line as a sentence of its own."""
    if lang == "zh":
        return text if text.endswith(("。", "？")) else f"{text.rstrip('.')}。"
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "?")) else ".")


def _index(lang: Lang) -> Iterator[str]:
    yield f"# {said('Reference', lang)}\n\n{said('intro', lang)}\n"
    rows = [
        (f"[`userops {one.name}`]({one.name}.md)" if one.command else f"[`{one.name}`]({one.name}.md)",
         one.says[lang == "zh"])
        for one in ANALYSES.values()
    ]  # fmt: skip
    rows += [(f"[`userops {name}`]({name}.md)", _help(name, lang)[0]) for name in OTHERS]
    yield from _table(("command", "what it does"), rows, lang)
    for name in ("options", "settings", "exports", "definitions"):
        yield f"- [{said(name, lang)}]({name}.md): {said(f'about {name}', lang)}"


def _analysis(analysis: Analysis, lang: Lang) -> Iterator[str]:
    name = f"userops {analysis.name}" if analysis.command else analysis.name
    yield f"# {name}\n\n{analysis.says[lang == 'zh']}\n"
    if not analysis.command:
        yield f"{said('not a command', lang)}\n"
    if analysis.examples:
        yield "```sh\n" + "\n".join(analysis.examples) + "\n```\n"
    about = words.phrase(analysis.about, lang)
    facts = [(said("about", lang), f"[{about}](exports.md#{analysis.about})")]
    if analysis.sections:
        sections = ", ".join(f"`{section}`" for section in analysis.sections)
        facts.append((said("in the report", lang), sections))
    facts.append((said("from Python", lang), f"`userops.{analysis.name}(...)`"))
    yield "".join(f"- {heading}{said(':', lang)}{fact}\n" for heading, fact in facts)
    if analysis.helped_by:
        yield f"## {said('other exports', lang)}\n"
        rows = [
            (
                f"[`--{one.replace('_', '-')}`](exports.md#{one})",
                told.zh if lang == "zh" else told.en,
            )
            for one, told in analysis.helped_by.items()
        ]
        yield from _table(("option", "what it is"), rows, lang)
    yield from _params(declared(analysis.params), lang)
    yield from _tables(analysis, lang)


def _params(params: Sequence[Declared], lang: Lang) -> Iterator[str]:
    if not params:
        return
    yield f"## {said('own options', lang)}\n"
    rows = [row for one in params for row in _rows(one, lang)]
    yield from _table(("option", "setting", "default", "what it is", "values"), rows, lang)


def _rows(one: Declared, lang: Lang) -> Iterator[tuple[str, ...]]:
    """A parameter's row; of one that holds rows of a table also those of their keys."""
    if not one.is_rows:
        yield _row(one, lang)
        return
    table = f"[[{one.rows_table}]]"
    yield _row(one, lang, f"`{table}`")
    for key in declared(one.row):
        yield _row(key, lang, f"`{table} {key.name}`")


def _row(one: Declared, lang: Lang, in_rows: str = "") -> tuple[str, ...]:
    option = one.param.names[0] if one.param.names else f"--{one.name.replace('_', '-')}"
    setting = f"`[{one.table}] {one.name}`" if one.table else f"`{one.name}`"
    return (
        "" if in_rows else f"`{option}`",
        (in_rows or setting) if one.param.settable else "",
        one.default_text(),
        _sentence(one.line(lang), lang),
        ", ".join(f"`{choice}`" for choice in one.choices),
    )


def _tables(analysis: Analysis, lang: Lang) -> Iterator[str]:
    """Its tables, each with what a row is and what its columns mean."""
    known = contents.groups().get(analysis.name, ())
    rows = {one.name: one for one in known if one.kind == book.TABLE}
    yield f"## {said('tables', lang)}\n\n{said('about tables', lang)}\n"
    for name in analysis.tables:
        title = words.title(name, lang, analysis=analysis.name)
        yield f"### `{name}` · {title}\n"
        if name in rows and (row := meanings.text(rows[name], lang)):
            yield f"{_sentence(row, lang)}\n"
        columns = [one for one in known if one.kind == book.TERM and _is_in(one, analysis, name)]
        if columns:
            yield from _words(columns, lang)
    elsewhere = [
        one for one in known
        if one.kind == book.TERM and not any(_is_in(one, analysis, name) for name in analysis.tables)
    ]  # fmt: skip
    if elsewhere:
        yield f"### {said('other words', lang)}\n"
        yield from _words(elsewhere, lang)


def _is_in(one: Definition, analysis: Analysis, table: str) -> bool:
    return table in places.tables_with(one, analysis.name)


def _words(known: Sequence[Definition], lang: Lang) -> Iterator[str]:
    rows = [
        (
            ", ".join(f"`{one.name}`" for one in alike),
            _labels(alike, lang),
            meanings.unit(alike[0], lang),
            meanings.text(alike[0], lang),
        )
        for alike in _alike(known)
    ]
    yield from _table(("column", "label", "unit", "what it means"), rows, lang)


def _alike(known: Sequence[Definition]) -> list[list[Definition]]:
    """Words that one text defines stand in one row."""
    found: dict[tuple[str, ...], list[Definition]] = {}
    for one in known:
        found.setdefault((one.kind, one.module, one.text, one.unit, one.rules), []).append(one)
    return list(found.values())


def _labels(alike: Sequence[Definition], lang: Lang) -> str:
    """What readers see for them, where it isn't their names."""
    labels = [meanings.label(one, lang) for one in alike]
    return "" if labels == [one.name for one in alike] else ", ".join(dict.fromkeys(labels))


def _help(name: str, lang: Lang) -> tuple[str, str]:
    """The first sentence of a command that's no analysis, and its whole help."""
    from userops import cli

    if name == "report":
        text = cli.REPORT
    else:
        known = {one.name or one.callback.__name__: one for one in cli.app.registered_commands}
        text = known[name].callback.__doc__ or ""
    first = text.partition("\n\n")[0]
    return said(first, lang), text


def _other(name: str, group: str, lang: Lang) -> Iterator[str]:
    first, text = _help(name, lang)
    yield f"# userops {name}\n\n{first}\n"
    examples = [line.strip() for line in text.splitlines() if line.strip().startswith("userops ")]
    if examples:
        yield "```sh\n" + "\n".join(examples) + "\n```\n"
    if name == "report":
        yield from _params(declared(ReportParams), lang)
    known = [one for one in contents.groups().get(group, ()) if one.kind == book.TERM]
    if known:
        yield f"## {said('other words', lang)}\n"
        yield from _words(known, lang)


def _common_options(lang: Lang) -> Iterator[str]:
    yield f"# {said('options', lang)}\n\n{said('about options', lang)}\n"
    options = _options_of_all()
    for panel in dict.fromkeys(option.panel for option in options):
        yield f"## {said(panel, lang)}\n"
        rows = [
            (", ".join(f"`{one}`" for one in option.names.split(", ")), said(option.text, lang))
            for option in options
            if option.panel == panel
        ]
        yield from _table(("option", "what it is"), rows, lang)


class _Option(NamedTuple):
    """One of the options that all commands have."""

    panel: str
    names: str
    text: str


def _options_of_all() -> list[_Option]:
    found = []
    for annotation in get_annotations(Common, eval_str=True).values():
        info = annotation.__metadata__[0]
        # Typer keeps the first name as a default until the command is made.
        names = [one for one in (info.default, *(info.param_decls or ())) if isinstance(one, str)]
        if info.rich_help_panel and names:
            last = f"{names[-1]} {info.metavar}" if info.metavar else names[-1]
            found.append(_Option(info.rich_help_panel, ", ".join([*names[:-1], last]), info.help))
    return found


def _settings(lang: Lang) -> Iterator[str]:
    yield f"# {said('settings', lang)}\n\n{said('about settings', lang)}\n"
    by_table: dict[str, list[tuple[str, ...]]] = {}
    params = [one for analysis in ANALYSES.values() for one in declared(analysis.params)]
    for one in (*params, *declared(ReportParams)):
        if not one.param.settable:
            continue
        table = f"[[{one.rows_table}]]" if one.is_rows else f"[{one.table}]" if one.table else ""
        listed = by_table.setdefault(table, [])
        keys = declared(one.row) if one.is_rows else (one,)
        for key in keys:
            row = (f"`{key.name}`", key.default_text(), _sentence(key.line(lang), lang))
            if row not in listed:
                listed.append(row)
    yield f"## `[exports]`\n\n{said('about [exports]', lang)}\n"
    rows = [
        (f"`{one.name}`", one.zh if lang == "zh" else f"[{one.name}](exports.md#{one.name})")
        for one in DATASETS.values()
    ]
    yield from _table(("key", "what it is"), rows, lang)
    for table, text in (("[reading]", "about [reading]"), ("[columns]", "about [columns]"),
                        ("[status]", "about [status]"), ("[currency]", "about [currency]")):  # fmt: skip
        yield f"## `{table}`\n\n{said(text, lang)}\n"
    for table, listed in by_table.items():
        yield f"## {f'`{table}`' if table else said('top level', lang)}\n"
        yield from _table(("key", "default", "what it is"), listed, lang)


def _exports(lang: Lang) -> Iterator[str]:
    yield f"# {said('exports', lang)}\n\n{said('about exports', lang)}\n"
    for dataset in DATASETS.values():
        yield f"## {dataset.name}\n"
        if lang == "zh" and dataset.zh:
            yield f"{dataset.zh}。\n"
        rows = [
            (
                f"`{field.name}`",
                said("yes", lang) if field.needed else "",
                field.zh if lang == "zh" and field.zh else field.meaning,
                ", ".join(field.names),
            )
            for field in dataset.fields
        ]
        yield from _table(("field", "needed", "what it is", "known by"), rows, lang)
        yield from _rules(dataset, lang)


def _rules(dataset: Dataset, lang: Lang) -> Iterator[str]:
    """Which rows don't count: those of later days, and those that are the same as another."""
    if dataset.time:
        yield f"- {said('later rows', lang).format(time=f'`{dataset.time}`')}"
    same = dataset.same
    if same is not None:
        keys = said(", ", lang).join(f"`{name}`" for name in same.key) or said("every column", lang)
        which = said(f"{same.wins} by" if same.by else f"{same.wins} row", lang)
        which = which.format(by=f"`{same.by}`")
        rule = said("same rows across" if same.across else "same rows", lang)
        reason = same.zh if lang == "zh" and same.zh else same.reason
        yield f"- {rule.format(key=keys, which=which, reason=reason)}"
    yield ""


def _definitions(lang: Lang) -> Iterator[str]:
    yield f"# {said('definitions', lang)}\n\n{said('about definitions', lang)}\n"
    for name, known in contents.groups().items():
        terms = [
            one for one in known if one.kind in (book.TERM, book.SEGMENT, book.TIER, book.STATUS)
        ]
        if not terms:
            continue
        of = contents.command(name)
        yield f"## {said(name, lang)}" + (f" (`userops {of}`)\n" if of else "\n")
        rows = [
            (
                ", ".join(f"`{one.name}`" for one in alike),
                _labels(alike, lang),
                meanings.text(alike[0], lang) + _action(alike[0], lang),
            )
            for alike in _alike(terms)
        ]
        yield from _table(("word", "label", "what it means"), rows, lang)


def _action(one: Definition, lang: Lang) -> str:
    return f" → {words.phrase(one.action, lang)}" if one.action else ""


def main() -> None:
    """Write the pages; those of commands that are gone go."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).parents[1])
    root = parser.parse_args().root
    for folder in FOLDERS.values():
        shutil.rmtree(root / folder, ignore_errors=True)
        (root / folder).mkdir(parents=True)
    (root / "man").mkdir(exist_ok=True)
    for path, text in pages().items():
        (root / path).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
