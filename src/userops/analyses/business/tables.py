"""The tables of `userops business`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import polars as pl

from userops.analyses.business.figures import TAKEN_OFF, Figures, effects
from userops.analyses.business.outlay import Outlay
from userops.core.dates import Window, to_date
from userops.core.messages import Note, Word
from userops.core.table import Currency, Kind, Table
from userops.datasets.cost_kinds import DELIVERY, KIND_WORDS, STAFF, TRAFFIC

SUMMARY: dict[str, Kind] = {
    "period": Kind.DATE,
    "users": Kind.COUNT,
    "value_per_user": Kind.MONEY,
    "revenue": Kind.MONEY,
    "traffic_cost": Kind.MONEY,
    "delivery_cost": Kind.MONEY,
    "business_value": Kind.MONEY,
    "team": Kind.NUMBER,
    "value_per_head": Kind.MONEY,
    "staff_cost": Kind.MONEY,
    "covers_team": Kind.FLAG,
    "complete": Kind.FLAG,
}
CHANGE: dict[str, Kind] = {
    "period": Kind.DATE,
    "period_before": Kind.DATE,
    "business_value_before": Kind.MONEY,
    "business_value": Kind.MONEY,
    "business_value_change": Kind.MONEY,
    "users_effect": Kind.MONEY,
    "value_effect": Kind.MONEY,
    "traffic_effect": Kind.MONEY,
    "delivery_effect": Kind.MONEY,
    "value_per_head_before": Kind.MONEY,
    "value_per_head": Kind.MONEY,
}
_MEANS = ("value_per_user", "value_per_head", "value_per_head_before", "team")
_TYPES = {Kind.DATE: pl.Date, Kind.FLAG: pl.Boolean}


def summary(
    periods: Sequence[Figures], outlay: Outlay, window: Window, currency: Currency
) -> Table:
    """The periods that are compared, the last one last."""
    notes = _notes(periods, outlay)
    return Table("summary", _frame(periods), SUMMARY, window, currency, notes)


def months(periods: Sequence[Figures], outlay: Outlay, window: Window, currency: Currency) -> Table:
    """A row a month, from the first order's to as_of's."""
    notes = _notes(periods, outlay)
    return Table(
        "months",
        _frame(periods),
        SUMMARY,
        window,
        currency,
        notes,
        keeps=(
            "business_value",
            "covers_team",
            "users",
            "revenue",
        ),
    )


def _frame(periods: Sequence[Figures]) -> pl.DataFrame:
    return pl.DataFrame([_row(one) for one in periods], schema=_schema(SUMMARY))


def _notes(periods: Sequence[Figures], outlay: Outlay) -> tuple[Note, ...]:
    return (*outlay.notes, *_cost_notes(outlay), *_period_notes(periods, outlay))


def change(
    now: Figures, before: Figures, outlay: Outlay, window: Window, currency: Currency
) -> Table:
    """The table `change`: one row."""
    parts = effects(now, before)
    known = now.value is not None and before.value is not None
    row = {
        "period": to_date(now.span.first),
        "period_before": to_date(before.span.first),
        "business_value_before": before.value,
        "business_value": now.value,
        "business_value_change": now.value - before.value if known else None,  # type: ignore[operator]
        "users_effect": parts.users,
        "value_effect": parts.value,
        "traffic_effect": parts.costs[TRAFFIC],
        "delivery_effect": parts.costs[DELIVERY],
        "value_per_head_before": _float(before.value_per_head),
        "value_per_head": _float(now.value_per_head),
    }
    frame = pl.DataFrame([row], schema=_schema(CHANGE))
    return Table("change", frame, CHANGE, window, currency, tuple(_cost_notes(outlay)))


def _schema(columns: dict[str, Kind]) -> dict[str, type[pl.DataType]]:
    return {
        name: pl.Float64 if name in _MEANS else _TYPES.get(kind, pl.Int64)
        for name, kind in columns.items()
    }


def _row(one: Figures) -> dict[str, object]:
    return {
        "period": to_date(one.span.first),
        "users": one.users,
        "value_per_user": _float(one.value_per_user),
        "revenue": one.revenue,
        "traffic_cost": one.costs[TRAFFIC],
        "delivery_cost": one.costs[DELIVERY],
        "business_value": one.value,
        "team": _float(one.team),
        "value_per_head": _float(one.value_per_head),
        "staff_cost": one.staff,
        "covers_team": one.covers_team,
        "complete": one.span.complete,
    }


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _cost_notes(outlay: Outlay) -> Iterator[Note]:
    """Which costs there aren't, and which don't count."""
    if not outlay.by_kind:
        yield Note("business_value needs costs: --costs FILE")
        return
    missing = tuple(Word(kind) for kind in TAKEN_OFF if kind not in outlay.by_kind)
    if missing:
        yield Note("no costs of {kinds}: business_value is before them", kinds=missing)
    others = [kind for kind in KIND_WORDS if kind not in (*TAKEN_OFF, STAFF)]
    aside = tuple(Word(kind) for kind in others if kind in outlay.by_kind)
    if aside:
        yield Note(
            "costs of {kinds} aren't taken off: business_value is revenue - traffic - delivery",
            kinds=aside,
        )


def _period_notes(periods: Sequence[Figures], outlay: Outlay) -> Iterator[Note]:
    """Of which days costs aren't known."""
    for kind, costs in outlay.by_kind.items():
        lacking = kind in (*TAKEN_OFF, STAFF) and any(
            outlay.of_kind(kind, one.span) is None for one in periods
        )
        if lacking:
            yield Note(
                "costs of {kind} are known from {first} to {last}: periods that reach beyond have none",
                kind=Word(kind),
                first=to_date(costs.first),
                last=to_date(costs.last),
            )
    if gaps := tuple(_gaps(periods, outlay)):
        yield Note("months without costs count as no spend: {months}", months=gaps)
    if periods and not periods[-1].span.complete:
        yield Note("the last period isn't whole yet")


def _gaps(periods: Sequence[Figures], outlay: Outlay) -> Iterator[Note]:
    """Months of the periods in which there are no costs of a kind, though there are before and after."""
    spans = [
        [f"{to_date(day):%Y-%m}" for day in (one.span.first, one.span.last)] for one in periods
    ]
    for kind in (*TAKEN_OFF, STAFF):
        costs = outlay.by_kind.get(kind)
        for _, low, high in costs.missing_months() if costs else ():
            if any(first <= high and low <= last for first, last in spans):
                months = low if low == high else f"{low} – {high}"
                yield Note("{kind} {months}", kind=Word(kind), months=months)
