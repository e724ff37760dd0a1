"""What the rooms say in their `words.toml`, read when it's first asked for.

A file of words may stand in any folder of the package and is of what's in it: that of
`analyses/funnel` of the funnel, that of `language` of what several share or nobody owns. What an
analysis says itself goes before what's common. Its tables:

    [columns], [titles]        labels, as [English, Chinese]
    [phrases], [messages]      words and sentences in Chinese, by the English; a word that people
                               don't read as it stands, as a key with underscores, [English, Chinese]
    [tables], [definitions]    what a row of a table is, and what a word means, in Chinese
    [aliases]                  what people call it: names of definitions

and in `language` alone [units], [scores] and [headings], of definitions. Datasets declare their own
words (`userops.datasets`): these hold where what's common doesn't say otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from userops.datasets import DATASETS

COMMON = "language"
_PACKAGE = Path(__file__).parents[1]
_FILE = "words.toml"


def of_analysis(name: str) -> str:
    """The room of an analysis, or of a command that has words."""
    return "store" if name == "prepare" else f"analyses/{name}"


@cache
def book(room: str) -> Mapping[str, Mapping[str, Any]]:
    """The tables of a room's file; none where it has no file."""
    import tomllib

    try:
        with _PACKAGE.joinpath(room, _FILE).open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        return {}


@cache
def rooms() -> tuple[str, ...]:
    """Every room that has words: what's common, then by name."""
    files = sorted(_PACKAGE.rglob(_FILE))
    found = [file.parent.relative_to(_PACKAGE).as_posix() for file in files]
    return (COMMON, *(room for room in found if room != COMMON))


@cache
def everywhere(kind: str) -> Mapping[str, Any]:
    """A kind of words over all rooms; where several have a key, the first room's."""
    # What an analysis calls its own is another thing elsewhere: datasets' names go before it.
    known = _declared() if kind == "phrases" else {}
    known |= book(COMMON).get(kind, {})
    for room in rooms():
        known = {**book(room).get(kind, {}), **known}
    return known


def _declared() -> dict[str, Any]:
    """What datasets are called, and why rows of them don't count, in Chinese: as they declare it."""
    said: dict[str, Any] = {}
    for dataset in DATASETS.values():
        said[dataset.name] = dataset.zh
        said |= {f"no {name}": f"没有 {name}" for name in dataset.needed}
        if dataset.same is not None:
            said[dataset.same.reason] = dataset.same.zh
    return {english: chinese for english, chinese in said.items() if chinese}


@cache
def near(kind: str, analysis: str) -> Mapping[str, Any]:
    """A kind of words as an analysis knows it: its own, then the common ones.

    Where nobody says whose it is, or no analysis is called that: everyone's.
    """
    own = book(of_analysis(analysis)) if analysis else {}
    if not own:
        return everywhere(kind)
    return {**book(COMMON).get(kind, {}), **own.get(kind, {})}


@cache
def nearest(kind: str, analysis: str) -> Mapping[str, Any]:
    """A kind of words, an analysis' own first, then the common ones, then everyone's."""
    return {**everywhere(kind), **near(kind, analysis)}


def forget() -> None:
    """Read the files anew when next asked."""
    for read in (book, rooms, everywhere, near, nearest):
        read.cache_clear()
