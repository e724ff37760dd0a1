"""What the report's words mean, from where `userops explain` has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from userops.report.material import Material
from userops.report.parts import Entry, Section


def section(material: Material) -> Section:
    """Filled by `of`, once it's known which tables the report shows."""
    return Section("definitions", material.say("section definitions"))


def of(
    material: Material, sections: Sequence[Section], modules: Mapping[str, Sequence[str]]
) -> Section:
    """The columns of all tables shown: words that mean the same together, by word.

    Args:
        material: gives the definitions.
        sections: what the report shows.
        modules: which modules define a section's columns.
    """
    meanings: dict[str, dict[str, str]] = {}  # text: words, and where each was met first
    for part in sections:
        columns = dict.fromkeys(column for table in part.tables for column in table.columns)
        for column in columns:
            defined = material.define(modules.get(part.name, ()), column)
            if defined is not None:
                meanings.setdefault(defined[1], {}).setdefault(defined[0], part.title)
    times: dict[str, int] = {}
    for names in meanings.values():
        for name in names:
            times[name] = times.get(name, 0) + 1
    comma = material.say("and")
    entries = [
        Entry(
            comma.join(
                f"{name} ({place})" if times[name] > 1 else name for name, place in names.items()
            ),
            text,
        )
        for text, names in meanings.items()
    ]
    return Section(
        "definitions",
        material.say("section definitions"),
        (material.say("definitions sentence"),),
        entries=tuple(sorted(entries, key=lambda one: (one.word, one.text))),
    )
