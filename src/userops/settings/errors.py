"""What is wrong in a settings file, in its own words: the line, the key, what would be right."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ValidationError

from userops.core.errors import UsageError
from userops.core.messages import counted

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Place = tuple[str | int, ...]  # keys, and places in lists from 0

# Tables whose keys are no names of ours or the user's, but of these.
_KEYS = {"goals": "metric", "playbook": "segment, tier or stage"}


def settings_error(
    file: Path, text: str, model: type[BaseModel], error: ValidationError
) -> UsageError:
    """The first mistake that a model found in the text of a file."""
    data = tomllib.loads(text)
    mistakes = [(_place_in_file(error_, data), error_) for error_ in error.errors()]
    # A misspelt key is why a needed one is missing.
    place, first = next(
        (error_ for error_ in mistakes if error_[1]["type"] == "extra_forbidden"), mistakes[0]
    )
    if first["type"] == "extra_forbidden":
        return unknown_key_error(file, text, place, _keys_at(model, place[:-1]))
    if first["loc"][-1] == "[key]":
        return unknown_key_error(file, text, place, re.findall("'(.+?)'", first["ctx"]["expected"]))
    # Of the kinds that a value could be of, the one that it came closest to.
    closest = [error_ for error_ in mistakes if error_[0][: len(place)] == place]
    place = max((place for place, _ in closest), key=len)
    first_text, *other_texts = dict.fromkeys(
        error_text(error_) for place_, error_ in closest if place_ == place
    )
    problem = " or ".join(
        [first_text, *(error_.removeprefix("must be ") for error_ in other_texts)]
    )
    return UsageError(
        f"{_file_and_line(file, text, place)}: {_place_text(place)}: {problem}",
        mend="mend that line",
    )


def unknown_key_error(file: Path, text: str, place: Place, known_keys: Iterable[str]) -> UsageError:
    """A key that isn't one of those known; names the nearest."""
    *table, key = place
    choices = list(known_keys)
    near = get_close_matches(str(key), choices, 1, cutoff=0.5)
    hint = f"did you mean {near[0]}? " if near else ""
    problem = f"unknown key {_place_text(place)}"
    if len(table) == 1 and table[0] in _KEYS:
        problem = f"{table[0]}: {key} is not a {_KEYS[str(table[0])]}"
    return UsageError(
        f"{_file_and_line(file, text, place)}: {problem}",
        mend=f"{hint}There are: {', '.join(choices)}",
    )


def error_text(error: ErrorDetails) -> str:
    """What is wrong with a value, without the names of Python's types."""
    kind, facts = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return str(facts["error"])
    if kind == "too_short":
        return f"needs {counted(facts['min_length'], 'value')} or more"
    if kind == "too_long":
        return f"has more than {counted(facts['max_length'], 'value')}"
    if kind == "missing":
        return "is missing"
    text = _TYPES.get(kind, error["msg"])
    return re.sub(r"^Input should (?=be )", "must ", text)


# Of what Pydantic says by type; what it says of bounds and choices is as plain as could be.
_TYPES = {
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "must be a whole number"),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), "must be a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "must be true or false"),
    **dict.fromkeys(("list_type", "tuple_type"), "must be a list"),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "must be a table"),
    "string_type": "must be text",
    "extra_forbidden": "isn't known",
}


def _place_in_file(error: ErrorDetails, data: Any) -> Place:
    """Where in the file a mistake is: without what Pydantic adds, such as the kind it tried."""
    place: list[str | int] = []
    for step in error["loc"]:
        is_row = isinstance(data, list) and isinstance(step, int) and step < len(data)
        if is_row or (isinstance(data, dict) and step in data):
            data = data[step]
            place.append(step)
    return (*place, error["loc"][-1]) if error["type"] == "missing" else tuple(place)


def _place_text(place: Place) -> str:
    """A place as a person would name it: `segments.mine.rules, row 2, r`."""
    text = ""
    for index, step in enumerate(place):
        if isinstance(step, int):
            text += f", {'row' if index + 1 < len(place) else 'value'} {step + 1}"
        else:
            text += f"{', ' if index and isinstance(place[index - 1], int) else '.'}{step}"
    return text.removeprefix(".")


def _keys_at(model: Any, place: Place) -> list[str]:
    """Keys that a table of the settings knows."""
    for step in place:
        if step not in model.model_fields:  # a name that the user gave, or a row's number
            continue
        annotation = model.model_fields[step].annotation
        inner = [
            part
            for part in _parts(annotation)
            if isinstance(part, type) and issubclass(part, BaseModel)
        ]
        if not inner:
            return []
        model = inner[0]
    return list(model.model_fields)


def _parts(annotation: Any) -> list[Any]:
    """A type and those it's made of: list[X] holds X."""
    return [annotation, *(part for inner in get_args(annotation) for part in _parts(inner))]


_KEY = r"""(?:"[^"]*"|'[^']*'|[\w-]+)"""
_DOTTED = rf"{_KEY}(?:\s*\.\s*{_KEY})*"


def _file_and_line(file: Path, text: str, place: Place) -> str:
    """The file, and the line that is nearest to a place: its own, or that of what it's in."""
    depth, line = 0, 0
    for number, line_place in _places_of_lines(text):
        if depth < len(line_place) and place[: len(line_place)] == line_place:
            depth, line = len(line_place), number
    return f"{file}, line {line}" if line else str(file)


def _places_of_lines(text: str) -> Iterator[tuple[int, Place]]:
    """What each line of a file is about, if it's a heading or begins with a key."""
    section: Place = ()
    rows: dict[Place, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if heading := re.match(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]", line):
            section = _keys(heading[2])
            if heading[1] == "[[":
                rows[section] = rows.get(section, -1) + 1
                section = (*section, rows[section])
            yield number, section
        elif key := re.match(rf"\s*({_DOTTED})\s*=", line):
            yield number, (*section, *_keys(key[1]))


def _keys(dotted: str) -> Place:
    return tuple(key.strip("\"'") for key in re.findall(_KEY, dotted))
