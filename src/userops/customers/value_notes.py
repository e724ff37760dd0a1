"""What's noted of LTV, CAC and payback, wherever they're shown: what they're of, and what's missing."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from userops.core.messages import Note, Word
from userops.customers.acquisition import Payback
from userops.customers.costs import Costs
from userops.customers.value import LtvData

_MOST_HOLES = 8  # runs of months without costs that a note lists


def payback_words(
    labels: pl.Series, paybacks: Sequence[Payback | None]
) -> tuple[dict[str, tuple[Note | None, ...]], tuple[Note, ...]]:
    """What people read in `payback_months` where it's empty, and what's noted instead for machines."""
    open_paybacks = [
        Note(
            "{name} ({months:month|months} seen)",
            name=label if label is not None else Note("no channel"),
            months=payback.months_seen,
        )
        for label, payback in zip(labels, paybacks, strict=True)
        if payback and payback.months is None
    ]
    if not open_paybacks:
        return {}, ()
    said: dict[str, tuple[Note | None, ...]] = {"payback_months": tuple(map(_not_yet, paybacks))}
    return said, (Note("not paid back yet: {late}", late=tuple(open_paybacks)),)


def _not_yet(payback: Payback | None) -> Note | None:
    """What people read in place of the months of a payback that hasn't come."""
    if payback is None or payback.months is not None:
        return None
    return Note("not yet ({months:month|months} seen)", months=payback.months_seen)


def basis(data: LtvData) -> Note:
    """What is earned: revenue, or a part of it."""
    if data.params.margin == 1:
        return Note("net revenue")
    return Note("net revenue x margin {margin:g}", margin=data.params.margin)


def basis_notes(data: LtvData, names: Sequence[str]) -> list[Note]:
    """What some measures are of, where there are costs, and for which months these have no row."""
    measures = tuple(map(Word, names))
    basis_note = Note("{measures}: of {what}", measures=measures, what=basis(data))
    if data.params.margin == 1:
        basis_note = Note(
            "{of} without a margin: set --margin, or margin in [ltv], for profit",
            of=basis_note,
        )
    return [basis_note, *(_missing_cost_notes(data.costs) if data.costs else [])]


def _missing_cost_notes(costs: Costs) -> list[Note]:
    """What to say where a channel has no costs for some months: they count as nothing spent."""
    missing = costs.missing_months()
    if not missing:
        return []
    runs = [(name, low if low == high else f"{low} – {high}") for name, low, high in missing]
    left_out = len(runs) - _MOST_HOLES
    return [
        Note(
            "months without costs count as no spend: {months}{more}",
            months=tuple(f"{name} {months}" for name, months in runs[:_MOST_HOLES]),
            more=Note(" and {count:,} more", count=left_out) if left_out > 0 else "",
        )
    ]
