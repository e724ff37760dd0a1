"""The books of a ledger of points: what became of every lot, and what is owed.

`earned = redeemed + expired + reversed + outstanding`, exactly, of every lot: `redeemed` and `reversed`
are what was taken from it, less what was given back; a debt is of no lot until one pays it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import polars as pl

from userops.core.validity import parse_validity
from userops.customers.point_lots import (
    EXPIRE,
    FOREVER,
    KINDS,
    REDEEM,
    RESTORE,
    REVERSE,
    Account,
    Entry,
)
from userops.customers.point_queues import MOVES, are_queues, queue_moves
from userops.customers.point_rounds import DEBTS, book_rounds

ENTRIES: dict[str, type[pl.DataType] | pl.DataType] = {
    "user_id": pl.String,
    "time": pl.Datetime("us"),
    "day": pl.Int32,
    "kind": pl.String,
    "points": pl.Int64,
    "entry_id": pl.String,
    "lot_id": pl.String,
    "order_id": pl.String,
    "rule": pl.String,
    "last_day": pl.Int32,
    "idle": pl.String,
}


@dataclass(frozen=True, slots=True)
class Books:
    """Entries, numbered by user and in the order of time; their lots and moves; debts.

    `lots`: `number, user_id, day, order_id, entry_id, rule, last_day` (null for never), `earned,
    redeemed, expired, reversed, outstanding`. `moves`: `lot, day, kind, points, entry`. `debts`:
    `user_id, kind, points`.
    """

    entries: pl.DataFrame
    lots: pl.DataFrame
    moves: pl.DataFrame
    debts: pl.DataFrame

    @property
    def balances(self) -> pl.DataFrame:
        """`user_id, earned, redeemed, expired, reversed, outstanding, debt`, by user."""
        sums = self.lots.group_by("user_id").agg(
            pl.col("earned", "redeemed", "expired", "reversed", "outstanding").sum()
        )
        owed = self.debts.group_by("user_id").agg(debt=pl.col("points").sum())
        both = sums.join(owed, on="user_id", how="full", coalesce=True)
        return both.with_columns(pl.exclude("user_id").fill_null(0)).sort("user_id")


def keep_books(entries: pl.DataFrame, as_of: int, *, expires: bool = True) -> Books:
    """The books of a ledger.

    Args:
        entries: in the form of `ENTRIES`: `points` as they change the balance, `last_day` null for
            never, `idle` how long they live after the last activity, in words.
        as_of: the last day that counts; entries after it don't.
        expires: whether time alone makes points expire; else the ledger's own entries say so.
    """
    numbered = numbered_entries(entries.filter(pl.col("day") <= as_of))
    marked = numbered.with_columns(pl.col("last_day").fill_null(FOREVER)).with_columns(
        queue=are_queues()
    )
    queues = queue_moves(marked.filter("queue"), as_of, expires=expires)
    rounds = book_rounds(marked.filter(~pl.col("queue")), as_of, expires=expires)
    at_once = pl.col("user_id").is_in(rounds.users.implode())
    accounts = {
        user: _account(rows, as_of, expires=expires)
        for user, rows in _by_user(marked.filter(~pl.col("queue") & ~at_once))
    }
    one_by_one = [
        (move.lot, move.day, move.kind, move.points, move.entry)
        for account in accounts.values()
        for move in account.moves
    ]
    moves = pl.concat([queues, rounds.moves, pl.DataFrame(one_by_one, schema=MOVES, orient="row")])
    owed = [
        (user, kind, points)
        for user, account in accounts.items()
        for kind, points in account.debts.items()
    ]
    debts = pl.DataFrame(owed, schema=DEBTS, orient="row")
    debts = pl.concat([debts, rounds.debts, _queue_debts(marked.filter("queue"), queues)])
    sizes = [(lot.number, lot.size) for account in accounts.values() for lot in account.lots]
    known = marked.with_columns(queue=pl.col("queue") | (at_once & (pl.col("kind") != RESTORE)))
    lots = _lots(known, moves, pl.DataFrame(sizes, schema=_SIZES, orient="row"))
    debts = debts.sort("user_id", "kind")
    return Books(numbered, lots, moves.sort("lot", "day", "kind", "entry"), debts)


_SIZES = {"number": pl.Int64, "earned": pl.Int64}


def numbered_entries(entries: pl.DataFrame) -> pl.DataFrame:
    """Entries by user and in the order of time, whatever the order of the rows, with their `number`."""
    rank = pl.col("kind").replace_strict(
        {kind: place for place, kind in enumerate(KINDS)}, return_dtype=pl.Int32
    )
    return (
        entries.filter(pl.col("points") != 0)
        .sort(
            "user_id", "day", "time", rank, "last_day", "order_id", "entry_id", "rule", "points",
            nulls_last=True,
        )
        .with_row_index("number")
        .with_columns(pl.col("number").cast(pl.Int64))
    )  # fmt: skip


def _by_user(entries: pl.DataFrame) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    rows = entries.sort("number").iter_rows(named=True)
    for user, of_user in groupby(rows, key=lambda row: str(row["user_id"])):
        yield user, list(of_user)


def _account(rows: list[dict[str, Any]], as_of: int, *, expires: bool) -> Account:
    account = Account(expires=expires)
    account.book(
        (
            Entry(
                row["number"],
                row["day"],
                row["kind"],
                row["points"],
                row["entry_id"],
                row["lot_id"],
                row["order_id"],
                row["rule"],
                row["last_day"],
                parse_validity(row["idle"]) if row["idle"] else None,
            )
            for row in rows
        ),
        as_of,
    )
    return account


def _queue_debts(entries: pl.DataFrame, moves: pl.DataFrame) -> pl.DataFrame:
    """What was redeemed and came from no lot."""
    found = moves.group_by("entry").agg(found=pl.col("points").sum())
    return (
        entries.filter(pl.col("points") < 0)
        .join(found, left_on="number", right_on="entry", how="left")
        .group_by("user_id", "kind")
        .agg(points=-pl.col("points").sum() - pl.col("found").sum())
        .filter(pl.col("points") > 0)
    )


def _lots(marked: pl.DataFrame, moves: pl.DataFrame, sizes: pl.DataFrame) -> pl.DataFrame:
    """Every lot with what became of it, by number; `sizes` of those that aren't marked `queue`."""
    queued = marked.filter(pl.col("queue") & (pl.col("points") > 0))
    earned = pl.concat([queued.select("number", earned="points"), sizes])
    taken = moves.group_by("lot").agg(
        *[
            pl.col("points").filter(pl.col("kind") == kind).sum().alias(kind)
            for kind in (REDEEM, EXPIRE, REVERSE, RESTORE)
        ]
    )
    left = pl.col("earned") - pl.col("redeemed") - pl.col("expired") - pl.col("reversed")
    last_day = pl.when(pl.col("last_day") != FOREVER).then("last_day")
    return (
        marked.join(earned, on="number", how="inner")
        .join(taken, left_on="number", right_on="lot", how="left")
        .with_columns(pl.col(REDEEM, EXPIRE, REVERSE, RESTORE).fill_null(0))
        .select(
            "number", "user_id", "day", "order_id", "entry_id", "rule", "idle", "earned",
            last_day=last_day,
            redeemed=pl.col(REDEEM) - pl.col(RESTORE),
            expired=EXPIRE,
            reversed=REVERSE,
        )
        .with_columns(outstanding=left)
        .sort("number")
    )  # fmt: skip
