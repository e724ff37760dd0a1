"""What a shell completes beside commands, options and choices: tables, words, fields, makers, sections.

Each is a function of what has been typed so far, as Typer calls it; what it needs is imported only then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

Completer = Callable[[str], list[str]]


def one_of(names: Sequence[str]) -> Completer:
    """Any of some names."""

    def complete(incomplete: str) -> list[str]:
        return _beginning(incomplete, names)

    return complete


def several_of(names: Callable[[], Iterable[str]]) -> Completer:
    """Names with commas between: the last is completed."""

    def complete(incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        return [f"{before}{comma}{name}" for name in _beginning(last, names())]

    return complete


def words(incomplete: str) -> list[str]:
    """What `explain` knows: names of words, labels in Chinese, groups; those that a shell needn't quote."""
    from userops.language import contents, definitions, explain

    known = [*contents.groups(), "all", *(one.name for one in definitions.definitions())]
    if not incomplete.isascii():
        known = [explain.label(one, "zh") for one in definitions.definitions()]
    return _beginning(incomplete, (word for word in known if word.replace("_", "").isalnum()))


def fields(incomplete: str) -> list[str]:
    """Fields of all datasets, each before its column: `user_id=`."""
    from userops.datasets import DATASETS

    return _beginning(
        incomplete, (f"{one.name}=" for all_ in DATASETS.values() for one in all_.fields)
    )


def sources(incomplete: str) -> list[str]:
    """The makers of exports that are known."""
    presets = Path(__file__).parents[1] / "readers" / "presets"
    return _beginning(incomplete, sorted(file.stem for file in presets.glob("*.toml")))


def sections() -> list[str]:
    """The sections of a report."""
    from userops.analyses import ANALYSES

    own = [name for analysis in ANALYSES.values() for name in analysis.sections]
    return [*own, "definitions", "run"]


def days(incomplete: str) -> list[str]:
    """Days that are words."""
    return _beginning(incomplete, ("today", "yesterday"))


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if name.startswith(incomplete)]
