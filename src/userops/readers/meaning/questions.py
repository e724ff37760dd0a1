"""What an export leaves open, asked at once: one error, whose mend can be pasted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from userops.core.errors import InputError


@dataclass(frozen=True, slots=True)
class Question:
    """What can't be told, and the options that would tell it, the likeliest first."""

    problem: str
    options: tuple[str, ...]


def ask(name: str, questions: Sequence[Question]) -> None:
    """Stop with all that an export leaves open.

    Raises:
        InputError: there are questions.
    """
    if not questions:
        return
    first = " ".join(question.options[0] for question in questions)
    others = [option for question in questions for option in question.options[1:]]
    or_else = f"; or {', or '.join(others)}" if others else ""
    raise InputError(
        f"{name}: {'; '.join(question.problem for question in questions)}",
        mend=f"{first}{or_else}",
    )
