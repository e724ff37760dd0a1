"""Who passes which criterion: the tables `users`, `near` and `criteria`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from userops.analyses.screen.chat import Talk
from userops.analyses.screen.cuts import Cut, best, within
from userops.core.dates import Window
from userops.core.errors import UsageError
from userops.core.messages import Note
from userops.core.table import Currency, Kind, Table, Varied


@dataclass(frozen=True, slots=True)
class Criterion:
    """A column whose best values pass; the lowest, or the highest.

    `of_chat`: it's known of people in groups alone, and of 0 nobody passes it.
    """

    name: str
    kind: Kind
    lowest: bool = False
    of_chat: bool = False


OF_ORDERS = (
    Criterion("interval_days", Kind.DAYS, lowest=True),
    Criterion("orders", Kind.COUNT),
    Criterion("revenue", Kind.MONEY),
)
_INFLUENCE = {"responders": Kind.COUNT, "pagerank": Kind.NUMBER}


def of_chat(influence: str) -> tuple[Criterion, ...]:
    """What is known where there are messages."""
    return (
        Criterion("messages", Kind.COUNT, of_chat=True),
        Criterion("speak_gap_days", Kind.DAYS, lowest=True, of_chat=True),
        Criterion(influence, _INFLUENCE[influence], of_chat=True),
    )


CHAT: dict[str, Kind] = {
    "messages": Kind.COUNT,
    "chat_days": Kind.COUNT,
    "speak_gap_days": Kind.DAYS,
    "responders": Kind.COUNT,
    "responses": Kind.COUNT,
}
CRITERIA: dict[str, Kind] = {
    "criterion": Kind.WORD,
    "eligible": Kind.COUNT,
    "k": Kind.COUNT,
    "cut": Kind.NUMBER,
    "passed": Kind.COUNT,
    "passed_share": Kind.RATE,
}
COVERAGE: dict[str, Kind] = {"people": Kind.COUNT, "matched": Kind.COUNT, "coverage": Kind.RATE}
NEAR: dict[str, Kind] = {
    "user_id": Kind.ID,
    "criterion": Kind.WORD,
    "value": Kind.NUMBER,
    "cut": Kind.NUMBER,
    "short_by": Kind.NUMBER,
    "short_share": Kind.RATE,
    "orders": Kind.COUNT,
    "revenue": Kind.MONEY,
    "last_order": Kind.DATE,
}
_PASSES = "passes_{}"


@dataclass(frozen=True)
class Screening:
    """Users with their values, which criteria each passes, and where these cut.

    `frame` has a flag `passes_NAME` for each criterion, `passed` and `screened`.
    """

    frame: pl.DataFrame
    criteria: Sequence[Criterion]
    cuts: Mapping[str, Cut]
    kinds: Mapping[str, Kind]
    window: Window
    currency: Currency
    talk: Talk | None = None

    @property
    def notes(self) -> tuple[Note, ...]:
        """What to say of whom the groups' people are."""
        return self.talk.notes if self.talk else ()

    def varied(self, *columns: str) -> dict[str, Varied]:
        """Columns that hold what each row's criterion is."""
        kinds = {one.name: one.kind for one in self.criteria}
        return dict.fromkeys(columns, Varied("criterion", kinds))


def chosen(known: Sequence[Criterion], names: Sequence[str]) -> tuple[Criterion, ...]:
    """The criteria that count: those named, or all that are known.

    Raises:
        UsageError: a name is none of them.
    """
    by_name = {criterion.name: criterion for criterion in known}
    for name in names:
        if name not in by_name:
            raise UsageError.unknown("criterion", name, by_name)
    return tuple(one for one in known if not names or one.name in names)


def screening(
    values: pl.DataFrame,
    kinds: Mapping[str, Kind],
    criteria: Sequence[Criterion],
    share: float,
    window: Window,
    currency: Currency,
    talk: Talk | None = None,
) -> Screening:
    """Hold users to the criteria.

    Args:
        values: `user_id, last_order`, and a column for each criterion, by user_id.
        kinds: the columns that are shown, in their order.
        criteria: those that count.
        share: the best part that passes each.
        window: what the result covers.
        currency: what the amounts are in.
        talk: what was said in groups, where the values of that are from.
    """
    cuts = {one.name: best(values[one.name], share, lowest=one.lowest) for one in criteria}
    flags = [_passes(one, cuts[one.name]).alias(_PASSES.format(one.name)) for one in criteria]
    frame = values.with_columns(flags).with_columns(
        passed=pl.sum_horizontal(
            pl.col(_PASSES.format(one.name)).cast(pl.Int64) for one in criteria
        )
    )
    frame = frame.with_columns(screened=pl.col("passed") == len(criteria))
    return Screening(frame, criteria, cuts, kinds, window, currency, talk)


def _passes(one: Criterion, cut: Cut) -> pl.Expr:
    value = pl.col(one.name)
    passes = within(value, cut, lowest=one.lowest)
    return passes & (value > 0).fill_null(value=False) if one.of_chat else passes


def users(screened: Screening) -> Table:
    """Everyone with the values; the screened first, of as many criteria who spent most."""
    kinds = {**screened.kinds, "passed": Kind.COUNT, "screened": Kind.FLAG}
    frame = screened.frame.sort(
        ["passed", "revenue", "user_id"], descending=[True, True, False]
    ).select(*kinds)
    return Table(
        "users",
        frame,
        kinds,
        screened.window,
        screened.currency,
        screened.notes,
        keeps=(
            "screened",
            "passed",
            "revenue",
            "orders",
            "interval_days",
        ),
    )


def criteria(screened: Screening) -> Table:
    """Where each criterion cuts, and how many pass it; the last row is all of them together."""
    rows = []
    for one in screened.criteria:
        cut = screened.cuts[one.name]
        passed = int(screened.frame[_PASSES.format(one.name)].sum())
        rows.append(
            {
                "criterion": one.name,
                "eligible": cut.eligible,
                "k": cut.k,
                "cut": None if cut.value is None else cut.value / _unit(one, screened.currency),
                "passed": passed,
            }
        )
    everyone, all_passed = screened.frame.height, int(screened.frame["screened"].sum())
    rows.append({"criterion": "screened", "eligible": everyone, "passed": all_passed})
    schema = {
        "criterion": pl.String, "eligible": pl.Int64, "k": pl.Int64, "cut": pl.Float64,
        "passed": pl.Int64,
    }  # fmt: skip
    frame = pl.DataFrame(rows, schema=schema).with_columns(
        passed_share=pl.when(pl.col("eligible") > 0).then(pl.col("passed") / pl.col("eligible"))
    )
    talk, varied = screened.talk, screened.varied("cut")
    if talk is None:
        return Table("criteria", frame, CRITERIA, screened.window, screened.currency, varied=varied)
    chat = [one.name for one in screened.criteria if one.of_chat]
    said = pl.when(pl.col("criterion").is_in(chat))
    frame = frame.with_columns(
        people=said.then(pl.lit(talk.people, pl.Int64)),
        matched=said.then(pl.lit(talk.matched, pl.Int64)),
        coverage=said.then(pl.lit(talk.coverage, pl.Float64)),
    )
    kinds = {**CRITERIA, **COVERAGE}
    return Table(
        "criteria", frame, kinds, screened.window, screened.currency, screened.notes, varied=varied
    )


def near(screened: Screening) -> Table:
    """Who fails a single criterion: by criterion, the nearest first; unknown values last."""
    parts = [_near_one(screened, place, one) for place, one in enumerate(screened.criteria)]
    frame = pl.concat(parts).sort("place", "short_share", "user_id", nulls_last=True).select(*NEAR)
    return Table(
        "near", frame, NEAR, screened.window, screened.currency, screened.notes,
        keeps=("criterion", "value", "cut", "short_by", "short_share"),
        varied=screened.varied("value", "cut", "short_by"),
    )  # fmt: skip


def _near_one(screened: Screening, place: int, one: Criterion) -> pl.DataFrame:
    unit, cut = _unit(one, screened.currency), screened.cuts[one.name].value
    limit = pl.lit(None if cut is None else cut / unit, pl.Float64)
    value = pl.col(one.name).cast(pl.Float64) / unit
    short_by = value - limit if one.lowest else limit - value
    is_near = (pl.col("passed") == len(screened.criteria) - 1) & ~pl.col(_PASSES.format(one.name))
    return screened.frame.filter(is_near).select(
        "user_id",
        "last_order",
        "orders",
        "revenue",
        place=pl.lit(place),
        criterion=pl.lit(one.name),
        value=value,
        cut=limit,
        short_by=short_by,
        short_share=pl.when(limit > 0).then(short_by / limit),
    )


def _unit(one: Criterion, currency: Currency) -> int:
    """Minor units in one of what a criterion is shown in."""
    return int(10**currency.places) if one.kind is Kind.MONEY else 1
