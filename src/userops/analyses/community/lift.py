"""The table `lift`: how much more those who joined bought than they would have."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl

from userops.analyses.community import pairs
from userops.analyses.community.pairs import Histories, Joined, Pair
from userops.analyses.community.sources import Community
from userops.core.messages import Note
from userops.core.table import Kind, Table
from userops.stats.estimate import Estimate
from userops.stats.means import Sums
from userops.stats.tails import t_quantile

Ints = np.ndarray[Any, np.dtype[Any]]
LEAST = 100  # pairs
_LEVEL = 0.95
LIFT: dict[str, Kind] = {
    "evidence": Kind.WORD,
    "days": Kind.DAYS,
    "people": Kind.COUNT,
    "matched": Kind.COUNT,
    "coverage": Kind.RATE,
    "joiners": Kind.COUNT,
    "pairs": Kind.COUNT,
    "joined_before": Kind.MONEY,
    "joined_after": Kind.MONEY,
    "others_before": Kind.MONEY,
    "others_after": Kind.MONEY,
    "naive": Kind.MONEY,
    "difference": Kind.MONEY,
    "difference_low": Kind.MONEY,
    "difference_high": Kind.MONEY,
    "placebo": Kind.MONEY,
    "placebo_low": Kind.MONEY,
    "placebo_high": Kind.MONEY,
    "orders_difference": Kind.NUMBER,
    "orders_low": Kind.NUMBER,
    "orders_high": Kind.NUMBER,
    "verdict": Kind.WORD,
}


def lift(found: Community, days: int) -> Table:
    """One row: those who joined, beside others like them, over so many days before and after."""
    notes = [*found.notes, *found.order_notes]
    if found.orders is None or found.stays.is_empty():
        return _table(found, pl.DataFrame(schema=_schema()), notes)
    joined = pairs.joined(found, days)
    if joined.unknown and joined.others.any():
        notes.append(
            Note(
                "{count:person|people} of the groups can't be matched: up to so many of the {others:,} users "
                "taken for never having joined may be members, which draws naive and difference towards 0",
                count=joined.unknown,
                others=int(joined.others.sum()),
            )
        )
    left_over = len(joined.joiners) - len(joined.pairs)
    if left_over:
        notes.append(
            Note(
                "{count:joiner has|joiners have} nobody to be compared with, and stand in naive alone",
                count=left_over,
            )
        )
    row = _row(joined, days, found)
    if row["verdict"] == "too few":
        notes.append(
            Note(
                "{count:pair|pairs} of a joiner and a user like him: under {least} nothing is estimated",
                count=len(joined.pairs),
                least=LEAST,
            )
        )
    elif row["placebo"] is None:
        notes.append(
            Note(
                "the orders don't reach back far enough for a placebo: whether the groups differed before "
                "isn't known"
            )
        )
    return _table(found, pl.DataFrame([row], schema=_schema()), notes)


def _table(found: Community, frame: pl.DataFrame, notes: Sequence[Note]) -> Table:
    return Table("lift", frame, LIFT, found.window, found.currency, notes=tuple(notes))


def _schema() -> dict[str, Any]:
    counts = ("days", "people", "matched", "joiners", "pairs")
    words = ("evidence", "verdict")
    return {
        name: pl.String if name in words else pl.Int64 if name in counts else pl.Float64
        for name in LIFT
    }


@dataclass(frozen=True, slots=True)
class _Means:
    """Means of pairs before and after, and the difference in differences of the pairs."""

    before: float
    after: float
    others_before: float
    others_after: float
    difference: Estimate


def _row(joined: Joined, days: int, found: Community) -> dict[str, Any]:
    assert found.orders is not None
    row: dict[str, Any] = dict.fromkeys(LIFT)
    row |= {
        "days": days,
        "people": joined.people,
        "matched": joined.matched,
        "coverage": joined.matched / joined.people if joined.people else None,
        "joiners": len(joined.joiners),
        "pairs": len(joined.pairs),
        "verdict": "too few",
    }
    row["naive"] = _naive(joined, days)
    if len(joined.pairs) < LEAST:
        return row
    begin = int(str(found.orders["day"].min()))
    # As many days before, so that nothing of it lies after joining.
    shift = days + 1
    earlier = [one for one in joined.pairs if one.day - shift - days >= begin]
    histories = joined.histories
    spent = _means(histories, joined.pairs, days, 0, histories.spent)
    orders = _means(histories, joined.pairs, days, 0, histories.bought)
    enough = len(earlier) >= LEAST
    placebo = _means(histories, earlier, days, shift, histories.spent) if enough else None
    row |= {
        "evidence": "matched",
        "joined_before": spent.before,
        "joined_after": spent.after,
        "others_before": spent.others_before,
        "others_after": spent.others_after,
        "verdict": _verdict(spent.difference),
    }
    if placebo is not None:
        row |= _ends("placebo", placebo.difference)
        if placebo.difference.excludes_zero:
            return row | {"verdict": "differed before"}
    ends = _ends("difference", spent.difference)
    return row | ends | _ends("orders", orders.difference, "orders_difference")


def _ends(name: str, estimate: Estimate, value: str | None = None) -> dict[str, float]:
    return {
        value or name: estimate.value,
        f"{name}_low": estimate.low,
        f"{name}_high": estimate.high,
    }


def _verdict(difference: Estimate) -> str:
    if not difference.excludes_zero:
        return "can't tell"
    return "more" if difference.low > 0 else "less"


def _means(
    histories: Histories, chosen: Sequence[Pair], days: int, shift: int, running: Ints
) -> _Means:
    """Of pairs, as if they had joined `shift` days earlier; the day itself is in neither window."""
    day = np.array([pair.day for pair in chosen]) - shift
    joiners, others = (
        np.array([getattr(pair, name) for pair in chosen]) for name in ("joiner", "other")
    )
    values = [
        histories.sums(running, users, low, high)
        for users in (joiners, others)
        for low, high in ((day - days, day - 1), (day + 1, day + days))
    ]
    # Python's numbers, for squares of money leave what an Int64 holds.
    change = ((values[1] - values[0]) - (values[3] - values[2])).tolist()
    changes, squares = sum(change), sum(one * one for one in change)
    sums = [int(value.sum()) for value in values]
    count = len(chosen)
    half = t_quantile(_LEVEL, count - 1) * math.sqrt(Sums(count, changes, squares).error)
    mean = float(Fraction(changes, count))
    before, after, others_before, others_after = (float(Fraction(total, count)) for total in sums)
    return _Means(
        before, after, others_before, others_after, Estimate(mean, mean - half, mean + half)
    )


def _naive(joined: Joined, days: int) -> float | None:
    """How much more joiners spent in the days after, than whoever was a customer then and never joined."""
    histories, others = joined.histories, joined.others
    if not joined.joiners or not others.any():
        return None
    firsts = np.sort(histories.firsts[others])
    user = np.repeat(np.arange(len(others)), np.diff(histories.starts))
    rows = np.flatnonzero(others[user])
    rows = rows[np.argsort(histories.days[rows], kind="stable")]
    dates, since = histories.days[rows], histories.firsts[user[rows]]
    amounts = np.diff(histories.spent)[rows]
    joined_on = np.array([day for day, _ in joined.joiners])
    users = np.array([one for _, one in joined.joiners])
    brought = histories.sums(histories.spent, users, joined_on + 1, joined_on + days)
    total = Fraction(int(brought.sum()))
    for day, count in zip(*np.unique(joined_on, return_counts=True), strict=True):
        customers = int(np.searchsorted(firsts, day, side="right"))
        low, high = np.searchsorted(dates, [day + 1, day + days + 1])
        spent = int(amounts[low:high][since[low:high] <= day].sum())
        total -= Fraction(spent, customers) * int(count) if customers else 0
    return float(total / len(joined.joiners))
