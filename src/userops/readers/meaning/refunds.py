"""Whether an amount beside a refund is what was paid (gross) or what was left of it (net)."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from userops.core.errors import UsageError
from userops.core.messages import Note
from userops.readers.meaning.evidence import Evidence, near
from userops.readers.meaning.headers import folded
from userops.readers.meaning.profile import Column
from userops.readers.meaning.questions import Question

GROSS, NET = "gross", "net"
# Our own names for them: an amount is before refunds, as `userops explain amount` says.
_OURS = ("amount", ("refund", "refundamount"))
_MOST = 0.95
# So many refunds of more than their amount say otherwise than names do.
_MANY = 0.5


def settle_refunds(evidence: Evidence) -> None:
    """Take amounts for gross or net of the refunds beside them, by what is so; or ask."""
    amount, refund = evidence.of("amount"), evidence.of("refund")
    if amount is None or refund is None:
        return
    if evidence.taken["amount"].times or evidence.asks("--amount"):
        if evidence.options.refunds == NET:
            raise UsageError(
                "--refunds net isn't for a price times a quantity, which is before refunds",
                mend="leave it out, or name a column of net amounts with --amount",
            )
        return
    kind = evidence.options.refunds or _told(evidence, amount, refund)
    if kind is None:
        evidence.questions.append(
            Question(
                f"{amount.name!r} may be before or after what was paid back ({refund.name!r})",
                ("--refunds gross", "--refunds net"),
            )
        )
    elif kind == NET:
        taken = evidence.taken
        evidence.change(
            "amount",
            replace(
                taken["amount"],
                plus=(refund.name, taken["refund"].position),
                reason=Note("{refund!r} is subtracted already", refund=refund.name),
            ),
        )
        if not evidence.options.refunds:
            evidence.notes.append(
                Note(
                    "{file}: {amount!r} already has {refund!r} subtracted; --refunds overrides it",
                    file=evidence.name,
                    amount=amount.name,
                    refund=refund.name,
                )
            )


def _told(evidence: Evidence, amount: Column, refund: Column) -> str | None:
    """Gross or net by the values, else by the names; None where neither tells."""
    rows = _refunded(evidence, amount, refund)
    if rows.is_empty():
        return (
            GROSS if evidence.profiles.whole or _is_ours(amount, refund) or evidence.maker else None
        )
    by_total = _by_total(evidence, amount, refund)
    if by_total:
        return by_total
    more = int((rows["refund"] > rows["amount"] + 0.005).sum())
    full = int(near(rows["refund"], rows["amount"]).sum())
    said = _is_ours(amount, refund) or evidence.maker is not None
    if said and more < len(rows) * _MANY:
        return GROSS  # what few rows say against it is theirs
    if more and more >= full:
        return NET
    return GROSS if full and not more else None


def _refunded(evidence: Evidence, amount: Column, refund: Column) -> pl.DataFrame:
    """Amounts and refunds of the rows that have one: of the first rows, else of all."""
    found = _pairs(amount, refund)
    if found.is_empty() and not (
        evidence.profiles.whole or _is_ours(amount, refund) or evidence.maker
    ):
        cells = evidence.whole([amount.position, refund.position])
        found = _pairs(
            Column(amount.name, amount.position, cells.to_series(0)),
            Column(refund.name, refund.position, cells.to_series(1)),
        )
    return found


def _pairs(amount: Column, refund: Column) -> pl.DataFrame:
    frame = pl.DataFrame({"amount": amount.numbers, "refund": refund.numbers.abs()})
    return frame.filter(pl.col("refund") > 0, pl.col("amount") >= 0)


def _by_total(evidence: Evidence, amount: Column, refund: Column) -> str | None:
    """What another column tells that is the total before refunds, on every refunded row."""
    back = refund.numbers.abs()
    refunded = (back > 0).fill_null(False) & (amount.numbers >= 0).fill_null(False)
    rows = int(refunded.sum())
    others = list(evidence.others()) if rows else []
    for kind, total in ((NET, amount.numbers + back), (GROSS, amount.numbers - back)):
        for other in others:
            # What is 0 is so in many a column: it's no total of anything.
            told = refunded & (other.numbers != 0).fill_null(False)
            same = int((near(total, other.numbers) & told).sum())
            if told.any() and same >= _MOST * (rows if kind == NET else int(told.sum())):
                return kind
    return None


def _is_ours(amount: Column, refund: Column) -> bool:
    name, refunds = _OURS
    return folded(amount.name) == name and folded(refund.name) in refunds
