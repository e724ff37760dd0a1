"""What the report's words mean, from where `userops explain` has it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from userops.core.table import Table
from userops.language.words import title
from userops.report.material import Material
from userops.report.parts import DefinitionEntry, Section

Place = tuple[str, str]  # a section's title and a table's


def section(material: Material) -> Section:
    """Filled by `of`, once it's known which tables the report shows."""
    return Section("definitions", material.say("section definitions"))


def definitions_of(
    material: Material, sections: Sequence[Section], modules: Mapping[str, Sequence[str]]
) -> Section:
    """The columns of all tables shown: words that mean the same together, by word.

    Args:
        material: gives the definitions.
        sections: what the report shows.
        modules: which modules define a section's columns.
    """
    meanings: dict[str, dict[str, Place]] = {}  # text: words, and where each was met first
    for section_ in sections:
        columns: dict[str, Table] = {}
        for table in section_.tables:
            columns |= {name: table for name in table.columns if name not in columns}
        for column, table in columns.items():
            definition = material.define(modules.get(section_.name, ()), column)
            if definition is not None:
                table_title = title(table.name, material.lang, analysis=table.analysis)
                place = (section_.title, table_title)
                meanings.setdefault(definition[1], {}).setdefault(definition[0], place)
    words_and_places = [
        (word, place) for words in meanings.values() for word, place in words.items()
    ]
    words = Counter(word for word, _ in words_and_places)
    section_words = Counter((word, place[0]) for word, place in words_and_places)

    comma = material.say("and")

    def unambiguous(word: str, place: Place) -> str:
        """The word, with its section or its table too where it means several things."""
        if words[word] == 1:
            return word
        is_alone = section_words[word, place[0]] == 1
        return material.say(
            "in place", word=word, place=place[0] if is_alone else comma.join(place)
        )

    entries = [
        DefinitionEntry(
            comma.join(unambiguous(word, place) for word, place in places.items()), text
        )
        for text, places in meanings.items()
    ]
    return Section(
        "definitions",
        material.say("section definitions"),
        (material.say("definitions sentence"),),
        entries=tuple(sorted(entries, key=lambda entry: (entry.word, entry.text))),
    )
