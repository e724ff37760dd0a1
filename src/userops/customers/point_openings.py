"""What a shop's own ledger says of balances: what users brought along, and where entries are missing.

What a user had before the first entry, by the ledger's own balances, counts as earned on the day of that
entry, for nothing tells when it was.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from userops.core.messages import Note
from userops.customers.point_lots import ADJUST, EARN

CARRIED_IN = "(carried in)"  # the rule of what was there before the first entry
_OF_THE_ENTRY = ("entry_id", "lot_id", "order_id", "before", "after", "valid_until")
_MOSTLY = 0.5  # of the entries, or of the steps from one time to the next
_MIDWAY = 0.05  # of the users: so many begin with points where a ledger begins midway


@dataclass(frozen=True, slots=True)
class Said:
    """What balances say: `carried` is a row a user who brought points along, with the first entry's columns."""

    carried: pl.DataFrame
    notes: tuple[Note, ...] = ()


def said_by_balances(entries: pl.DataFrame) -> Said:
    """What the columns `before` and `after` of a ledger say, whose points stand as they change the balance.

    Entries of one user at one time may stand in any order: they begin with the balance that none of them
    ends with.
    """
    before, after, points = pl.col("before"), pl.col("after"), pl.col("points")
    told = entries.with_row_index("row").with_columns(
        begins=pl.coalesce(before, after - points), ends=pl.coalesce(after, before + points)
    )
    none = entries.clear()
    told = told.filter(pl.col("begins").is_not_null(), pl.col("time").is_not_null())
    if told.is_empty():
        return Said(none)
    steps = _steps(told)
    if not _go_on(steps, told):
        return Said(none, (_NOT_BALANCES,))
    first = steps.filter("first", pl.col("begins") != 0)
    if len(first) < _MIDWAY * int(steps.filter("first", pl.col("begins").is_not_null()).height):
        # Of a whole ledger a few wrong entries: nobody brought anything along.
        begun = pl.when("first").then(0.0).otherwise("last")
        return Said(none, _gaps_note(steps.with_columns(last=begun)))
    rows = entries.with_row_index("row").join(
        first.select("user_id", "row", carried="begins"), on=["user_id", "row"], how="inner"
    )
    nothing = pl.lit(None)
    carried = rows.with_columns(
        points=pl.col("carried").round().cast(pl.Int64),
        kind=pl.when(pl.col("carried") > 0).then(pl.lit(EARN)).otherwise(pl.lit(ADJUST)),
        rule=pl.lit(CARRIED_IN),
        **dict.fromkeys(_OF_THE_ENTRY, nothing),
    ).select(entries.columns)
    return Said(carried, (*_carried_note(first), *_gaps_note(steps)))


_NOT_BALANCES = Note(
    "most balances in the ledger don't fit its entries, so they aren't used: every user begins with 0 points, "
    "whatever came before the first entry"
)


def _steps(told: pl.DataFrame) -> pl.DataFrame:
    """A row a user and time: `begins, ends, change` (points), `last` (how the one before ended), `first`, `row`, `day`."""
    at = ["user_id", "time"]
    backwards = bool(told["time"].is_sorted(descending=True) and not told["time"].is_sorted())
    told = told.reverse() if backwards else told
    steps = told.group_by(at, maintain_order=True).agg(
        pl.col("row", "day", "begins").first(),
        pl.col("ends").last(),
        change=pl.col("points").sum(),
        rows=pl.len(),
    )
    tied = told.join(steps.filter(pl.col("rows") > 1).select(at), on=at, how="semi")
    # Of several at one time: the balance that isn't also another's end, and the end that isn't a beginning.
    both = pl.concat(
        [
            tied.select(*at, value="begins", count=pl.lit(1)),
            tied.select(*at, value="ends", count=pl.lit(-1)),
        ]
    )
    left = both.group_by(*at, "value").agg(pl.col("count").sum()).group_by(at)
    edges = left.agg(
        first=pl.col("value").filter(pl.col("count") > 0),
        final=pl.col("value").filter(pl.col("count") < 0),
    )
    lone = (pl.col("first").list.len() == 1) & (pl.col("final").list.len() == 1)
    known = edges.filter(lone).select(*at, pl.col("first", "final").list.first())
    alone = pl.col("rows") == 1  # of others that go round nobody knows where they begin
    return (
        steps.join(known, on=at, how="left")
        .with_columns(
            begins=pl.when(alone).then("begins").otherwise("first"),
            ends=pl.when(alone).then("ends").otherwise("final"),
        )
        .drop("first", "final")
        .sort(at)
        .with_columns(
            last=pl.col("ends").shift(1).over("user_id"),
            first=pl.int_range(pl.len()).over("user_id") == 0,
        )
    )


def _go_on(steps: pl.DataFrame, told: pl.DataFrame) -> bool:
    """Whether they're balances: before + change is mostly after; where one is said alone, it mostly goes on.

    A column of one balance may be today's on every row.
    """
    own = told.filter(pl.col("before").is_not_null(), pl.col("after").is_not_null())
    if len(own):
        held = own.select((pl.col("before") + pl.col("points") == pl.col("after")).mean()).item()
    else:
        later = steps.filter(pl.col("last").is_not_null())
        held = later.select((pl.col("last") == pl.col("begins")).mean()).item()
    return held is None or bool(held >= _MOSTLY)


def _carried_note(first: pl.DataFrame) -> tuple[Note, ...]:
    if first.is_empty():
        return ()
    note = Note(
        "the ledger begins midway: {users:user has|users have} a balance before the first entry, {points:point|points} in all. "
        "They count as earned on the day of that entry (rule {rule}), and live from then on, for the ledger doesn't say when "
        "they were earned",
        users=len(first),
        points=int(first["begins"].sum()),
        rule=CARRIED_IN,
    )
    return (note,)


def _gaps_note(steps: pl.DataFrame) -> tuple[Note, ...]:
    gap = (pl.col("begins") - pl.col("last")).fill_null(0) + (
        pl.col("ends") - pl.col("begins") - pl.col("change")
    ).fill_null(0)
    gaps = steps.with_columns(gap=gap).filter(pl.col("gap") != 0)
    if gaps.is_empty():
        return ()
    by_user = gaps.group_by("user_id").agg(pl.col("gap").sum())
    since = gaps.select(pl.col("day").min().cast(pl.Date)).item()
    note = Note(
        "the balances that the ledger itself says leap between entries, of {users:user|users} by {points:point|points} in all, "
        "first on {since}: entries are missing, or wrong. Balances here are what the entries make; --show reconcile lists "
        "where",
        users=len(by_user),
        points=int(by_user["gap"].abs().sum()),
        since=since,
    )
    return (note,)
