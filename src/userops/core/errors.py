"""Every failure a user can meet, with its exit code and the mend it proposes.

Library code raises these and never prints or exits; `userops.cli` alone catches them.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from enum import IntEnum
from typing import ClassVar, Self


class Exit(IntEnum):
    """Exit codes of the command line."""

    DONE = 0
    FAULT = 1  # ours
    USAGE = 2
    INPUT = 3  # the input can't be used
    REJECTS = 4  # more rows were refused than --max-rejects, or the last is older than --max-age
    BUSY = 5  # another run holds the output


class UseropsError(Exception):
    """A failure with one sentence on what is wrong and one on what to do."""

    exit: ClassVar[Exit] = Exit.FAULT

    def __init__(self, problem: str, *, mend: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.problem}\n{self.mend}" if self.mend else self.problem


class UsageError(UseropsError):
    """An option or a setting that can't be."""

    exit = Exit.USAGE

    @classmethod
    def unknown(
        cls, noun: str, value: str, known_names: Iterable[str], meant: str | None = None
    ) -> Self:
        """`value` is none of the `known_names`; names the one that's `meant`, or the nearest."""
        choices = list(known_names)
        near = [meant] if meant else get_close_matches(value, choices, 1, cutoff=0.5)
        hint = f"did you mean {near[0]}? " if near else ""
        return cls(f"unknown {noun}: {value}", mend=f"{hint}There are: {', '.join(choices)}")


class InputError(UseropsError):
    """An export that can't be used as it is."""

    exit = Exit.INPUT


class NoColumn(InputError):
    """An export, in a file and given as some dataset, that lacks columns for fields that are needed."""

    def __init__(self, problem: str, *, mend: str, file: str, dataset: str) -> None:
        super().__init__(problem, mend=mend)
        self.file = file
        self.dataset = dataset


class LogError(InputError):
    """A log of groups is known as one, and can't be used."""


class QuietLog(LogError):
    """A log of a day that tells of nothing that's asked for, as those of other days may."""


class Undecided(InputError):
    """An export that can be used once a question about it is answered, by one of some `options`.

    Of several such one error can be made, whose mend answers all (`readers.meaning.questions`).
    """

    def __init__(self, problem: str, options: tuple[str, ...], *, also: str = "") -> None:
        super().__init__(problem, mend="; or ".join(options) + also)
        self.options = options


class TooManyRejects(UseropsError):
    """More rows were refused than the run allows; nothing was written."""

    exit = Exit.REJECTS


class TooOld(UseropsError):
    """The last row of an export is older than the run allows."""

    exit = Exit.REJECTS


class Busy(UseropsError):
    """Another run is writing the same output."""

    exit = Exit.BUSY
