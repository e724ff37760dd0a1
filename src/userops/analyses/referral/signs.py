"""Signs that invitations aren't what they seem: evidence, never a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import polars as pl

from userops.analyses.referral import signs_of_rates, signs_of_users
from userops.analyses.referral.case import Case, Found
from userops.analyses.referral.leaders import Drawn
from userops.core.messages import Note
from userops.core.table import Kind, Table

SIGNS: dict[str, Kind] = {
    "leader_id": Kind.ID,
    "sign": Kind.WORD,
    "users": Kind.COUNT,
    "evidence": Kind.TEXT,
    "at_risk": Kind.MONEY,
}
# In this order; each with what finds it.
FINDERS: dict[str, Callable[[Case], Iterable[Found]]] = {
    "self": signs_of_users.themselves,
    "already_customer": signs_of_users.already_customers,
    "shared": signs_of_users.sharing,
    "burst": signs_of_rates.bursts,
    "minimum": signs_of_rates.minimal,
    "refunded": signs_of_rates.refunded,
    "silent": signs_of_rates.silent,
    "ring": signs_of_users.rings,
}


def signs(case: Case, drawn: Drawn) -> Table:
    """The table `signs`, by leader and sign in their order."""
    rows: list[tuple[str, str, int, Note, int | None]] = []
    for sign, find in FINDERS.items():
        found = list(find(case))
        risks = _at_risk(case, sign, found)
        rows += [
            (one.leader_id, sign, one.users, one.evidence, risk)
            for one, risk in zip(found, risks, strict=True)
        ]
    order = list(FINDERS)
    rows.sort(key=lambda row: (row[0], order.index(row[1])))
    frame = pl.DataFrame(
        {
            "leader_id": pl.Series([row[0] for row in rows], dtype=pl.String),
            "sign": pl.Series([row[1] for row in rows], dtype=pl.String),
            "users": pl.Series([row[2] for row in rows], dtype=pl.Int64),
            "evidence": pl.Series([str(row[3]) for row in rows], dtype=pl.String),
            "at_risk": pl.Series([row[4] for row in rows], dtype=pl.Int64),
        }
    )
    said = {"evidence": tuple(row[3] for row in rows)}
    return drawn.table(
        "signs", frame, SIGNS, said=said, keeps=("evidence", "sign", "users", "at_risk")
    )


def _at_risk(case: Case, sign: str, found: Sequence[Found]) -> list[int | None]:
    """Commission that each sign puts in doubt: for the users concerned, or for all of the leader's.

    Of `refunded` it's what was paid for orders given back.
    """
    if not found:
        return []
    if case.paid.is_empty() and case.recovered.is_empty():
        return [None] * len(found)
    paid = case.recovered if sign == "refunded" else case.paid
    pairs = pl.DataFrame(
        {
            "number": [n for n, one in enumerate(found) for _ in one.concerned or ()],
            "leader_id": [one.leader_id for one in found for _ in one.concerned or ()],
            "user_id": [user for one in found for user in one.concerned or ()],
        },
        schema={"number": pl.Int64, "leader_id": pl.String, "user_id": pl.String},
    )
    by_pair = pairs.join(paid, on=["leader_id", "user_id"]).group_by("number")
    sums = dict(by_pair.agg(pl.col("commission").sum()).iter_rows())
    whole = dict(paid.group_by("leader_id").agg(pl.col("commission").sum()).iter_rows())
    return [
        sums.get(number, 0) if one.concerned is not None else whole.get(one.leader_id, 0)
        for number, one in enumerate(found)
    ]
