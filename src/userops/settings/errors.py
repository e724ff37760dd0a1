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


def wrong(file: Path, text: str, model: type[BaseModel], error: ValidationError) -> UsageError:
    """The first mistake that a model found in the text of a file."""
    data = tomllib.loads(text)
    found = [(_place(one, data), one) for one in error.errors()]
    # A misspelt key is why a needed one is missing.
    place, first = next((one for one in found if one[1]["type"] == "extra_forbidden"), found[0])
    if first["type"] == "extra_forbidden":
        return unknown(file, text, place, _keys_at(model, place[:-1]))
    if first["loc"][-1] == "[key]":
        return unknown(file, text, place, re.findall("'(.+?)'", first["ctx"]["expected"]))
    # Of the kinds that a value could be of, the one that it came closest to.
    close = [one for one in found if one[0][: len(place)] == place]
    place = max((place for place, _ in close), key=len)
    first_said, *more = dict.fromkeys(said(one) for at, one in close if at == place)
    what = " or ".join([first_said, *(one.removeprefix("must be ") for one in more)])
    return UsageError(
        f"{_where(file, text, place)}: {_spoken(place)}: {what}", mend="mend that line"
    )


def unknown(file: Path, text: str, place: Place, known: Iterable[str]) -> UsageError:
    """A key that isn't one of those known; names the nearest."""
    *table, key = place
    choices = list(known)
    near = get_close_matches(str(key), choices, 1, cutoff=0.5)
    hint = f"did you mean {near[0]}? " if near else ""
    what = f"unknown key {_spoken(place)}"
    if len(table) == 1 and table[0] in _KEYS:
        what = f"{table[0]}: {key} is not a {_KEYS[str(table[0])]}"
    return UsageError(
        f"{_where(file, text, place)}: {what}", mend=f"{hint}There are: {', '.join(choices)}"
    )


def said(error: ErrorDetails) -> str:
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
}


def _place(error: ErrorDetails, data: Any) -> Place:
    """Where in the file a mistake is: without what Pydantic adds, such as the kind it tried."""
    place: list[str | int] = []
    for step in error["loc"]:
        listed = isinstance(data, list) and isinstance(step, int) and step < len(data)
        if listed or (isinstance(data, dict) and step in data):
            data = data[step]
            place.append(step)
    return (*place, error["loc"][-1]) if error["type"] == "missing" else tuple(place)


def _spoken(place: Place) -> str:
    """A place as a person would name it: `segments.mine.rules, row 2, r`."""
    text = ""
    for at, step in enumerate(place):
        if isinstance(step, int):
            text += f", {'row' if at + 1 < len(place) else 'value'} {step + 1}"
        else:
            text += f"{', ' if at and isinstance(place[at - 1], int) else '.'}{step}"
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
    return [annotation, *(part for one in get_args(annotation) for part in _parts(one))]


_KEY = r"""(?:"[^"]*"|'[^']*'|[\w-]+)"""
_DOTTED = rf"{_KEY}(?:\s*\.\s*{_KEY})*"


def _where(file: Path, text: str, place: Place) -> str:
    """The file, and the line that is nearest to a place: its own, or that of what it's in."""
    near, line = 0, 0
    for number, written in _written(text):
        if near < len(written) and place[: len(written)] == written:
            near, line = len(written), number
    return f"{file}, line {line}" if line else str(file)


def _written(text: str) -> Iterator[tuple[int, Place]]:
    """What each line of a file is about, if it's a heading or begins with a key."""
    here: Place = ()
    rows: dict[Place, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if heading := re.match(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]", line):
            here = _keys(heading[2])
            if heading[1] == "[[":
                rows[here] = rows.get(here, -1) + 1
                here = (*here, rows[here])
            yield number, here
        elif key := re.match(rf"\s*({_DOTTED})\s*=", line):
            yield number, (*here, *_keys(key[1]))


def _keys(dotted: str) -> Place:
    return tuple(key.strip("\"'") for key in re.findall(_KEY, dotted))
