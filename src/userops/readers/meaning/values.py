"""What the values of columns leave open by themselves, asked beside what the columns leave open."""

from __future__ import annotations

import polars as pl

from userops.core.errors import Undecided
from userops.datasets.fields import Type
from userops.datasets.orders import ORDERS, known_statuses
from userops.readers.meaning.evidence import Evidence
from userops.readers.meaning.profile import Column
from userops.readers.meaning.questions import Question
from userops.readers.meaning.statuses import settled_statuses
from userops.readers.values import amounts, times


def ask_about_values(evidence: Evidence) -> None:
    """Ask what the first rows leave open, too, where something is asked anyhow: all at once."""
    for name, taken in evidence.taken.items():
        profile = evidence.profiles[taken.position]
        try:
            _settle(evidence, ORDERS[name].type, profile)
        except Undecided as undecided:
            problem = undecided.problem.removeprefix(f"{evidence.name}: ")
            evidence.questions.append(Question(problem, undecided.options))


def _settle(evidence: Evidence, type: Type, profile: Column) -> None:
    """What the whole column will have to tell, of its first rows.

    Raises:
        Undecided: they don't tell.
        InputError: they contradict themselves.
    """
    name, options, text = evidence.name, evidence.options, pl.col("text")
    if profile.values.dtype != pl.String:
        return
    texts = profile.texts.to_frame("text")
    match type:
        case Type.TIME if not options.date_format and not (
            evidence.maker and evidence.maker.date_format
        ):
            facts = texts.select(times.day_or_month(text)).row(0, named=True)
            times.settle_day_first(name, profile.name, facts)
        case Type.MONEY:
            facts = texts.select(amounts.decimal_marks(text)).row(0, named=True)
            amounts.settle_decimal(name, profile.name, facts, options.decimal)
        case Type.STATUS:
            known = (
                known_statuses()
                | dict(evidence.maker.meanings if evidence.maker else {})
                | dict(options.statuses)
            )
            counts = texts.drop_nulls().group_by("text").len().sort("text")
            settled_statuses(name, profile.name, dict(counts.iter_rows()), known)
