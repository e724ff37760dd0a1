"""What reading finds, as JSON and back: notes with their facts, and exports as they were opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from userops.core import shown
from userops.core.messages import Note, Word
from userops.readers import presets
from userops.readers.exports import Export
from userops.readers.files.contents import Content
from userops.readers.files.open import Format, Source
from userops.readers.meaning.taken import Taken

Json = Any  # of what the standard library's json reads and writes


def of_fact(fact: Any) -> Json:
    """A fact of a note, with what JSON doesn't tell apart named.

    Raises:
        TypeError: no note has such facts.
    """
    match fact:
        case Note():
            return {"note": fact.sentence, "facts": {k: of_fact(v) for k, v in fact.facts.items()}}
        case Word():
            return {"word": str(fact)}
        case tuple():
            return {"tuple": [of_fact(one) for one in fact]}
        case date():
            return {"date": fact.isoformat()}
        case str() | int() | float() | None:
            return fact
    raise TypeError(f"{type(fact).__name__} in a note")


def to_fact(packed: Json) -> Any:
    """The fact that was packed."""
    if not isinstance(packed, dict):
        return packed
    if "note" in packed:
        return to_note(packed)
    if "word" in packed:
        return Word(packed["word"])
    if "date" in packed:
        return date.fromisoformat(packed["date"])
    return tuple(to_fact(one) for one in packed["tuple"])


def to_note(packed: Json) -> Note:
    """The note that was packed."""
    facts = {name: to_fact(fact) for name, fact in packed["facts"].items()}
    return Note.again(packed["note"], facts)


def of_export(export: Export) -> Json:
    """What was found out about an export, without its rows."""
    return {
        "format": export.source.format.value,
        "packed": shown.named(str(export.source.path)) != shown.named(str(Path(export.name))),
        "header": export.header,
        "encoding": export.encoding,
        "delimiter": export.delimiter,
        "maker": export.preset,
        "taken": [asdict(one) | {"reason": of_fact(one.reason)} for one in export.taken.values()],
        "notes": [of_fact(note) for note in export.notes],
        "totals": export.totals,
    }


def to_export(packed: Json, name: str, rows: pl.LazyFrame, faults: pl.LazyFrame) -> Export:
    """The export that was packed, by the name that it has in this run."""
    taken = [
        Taken(
            **{
                **one,
                "passed_over": tuple(one["passed_over"]),
                "blank": _places(one["blank"]),
                "joined": _places(one["joined"]),
                "times": tuple(one["times"]) if one["times"] else None,
                "plus": tuple(one["plus"]) if one["plus"] else None,
                "reason": to_fact(one["reason"]),
            }
        )
        for one in packed["taken"]
    ]
    makers = {one.name: one for one in presets.known()} if packed["maker"] else {}
    maker = makers.get(packed["maker"])
    # What was unpacked is gone.
    path = Path() if packed["packed"] else Path(name)
    return Export(
        Source(shown.named(name), path, Format(packed["format"])),
        Content(
            tuple(packed["header"]),
            rows,
            faults=faults,
            encoding=packed["encoding"],
            delimiter=packed["delimiter"],
            clock=maker.timezone if maker else None,
        ),
        {one.field: one for one in taken},
        maker,
        tuple(to_note(note) for note in packed["notes"]),
        totals=packed["totals"],
    )


def _places(packed: Json) -> tuple[tuple[str, int], ...]:
    """Columns by name and position."""
    return tuple((column, position) for column, position in packed)


def renamed(note: Note, names: Mapping[str, str]) -> Note:
    """A note with exports by the names that they have in this run."""
    return note.but(lambda text: names.get(text, text))
