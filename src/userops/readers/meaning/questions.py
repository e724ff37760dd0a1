"""What an export leaves open, asked at once: one error, whose mend can be pasted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from userops.core.errors import InputError, Undecided


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
    first = " ".join(dict.fromkeys(question.options[0] for question in questions))
    others = dict.fromkeys(option for question in questions for option in question.options[1:])
    or_else = f"; or {', or '.join(others)}" if others else ""
    raise InputError(
        f"{name}: {'; '.join(question.problem for question in questions)}",
        mend=f"{first}{or_else}",
    )


def ask_together(name: str, questions: Sequence[Undecided]) -> None:
    """Stop with all that columns as a whole leave open: one as it is, several in one error.

    Raises:
        InputError: there are questions.
    """
    if len(questions) == 1:
        raise questions[0]
    unlike = list(
        dict.fromkeys((one.problem.removeprefix(f"{name}: "), one.options) for one in questions)
    )
    ask(name, [Question(problem, options) for problem, options in unlike])
