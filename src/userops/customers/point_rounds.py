"""Points of many users at once, lot by lot: the first entry of each, then the second, and so on.

The same as `point_lots` gives user by user, over arrays with a row a user and a column a lot, in the order in
which lots expire. Whoever's entries ask for more (points that live while their owner is active, orders
that earned by several entries, a redemption that's undone further than it went) is left to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from userops.customers.point_lots import (
    EXPIRE,
    FOREVER,
    REDEEM,
    RESTORE,
    REVERSE,
)  # fmt: skip
from userops.customers.point_queues import MOVES
from userops.engines.parallel import Ints

_MOST = 128  # entries of a user
_LOT, _REDEEM, _TAKE, _RESTORE = 1, 2, 3, 4
# What becomes of a lot, as numbers.
_FATES = (EXPIRE, REDEEM, RESTORE, REVERSE)
_FATE = {name: number for number, name in enumerate(_FATES)}


@dataclass(frozen=True, slots=True)
class Booked:
    """What became of the lots of some users: `moves` and `debts` as `point_books` has them, and `users`."""

    moves: pl.DataFrame
    debts: pl.DataFrame
    users: pl.Series


def book_rounds(entries: pl.DataFrame, as_of: int, *, expires: bool) -> Booked:
    """Books all users that can be booked so.

    Args:
        entries: numbered, by number; `last_day` is `FOREVER` for never.
        as_of: the last day that counts.
        expires: whether time alone makes points expire.
    """
    steps = _steps(entries)
    found = [_Bucket.of(part).booked(as_of, expires=expires) for part in _buckets(steps)]
    return Booked(
        pl.concat([pl.DataFrame(schema=MOVES), *(one.moves for one in found)]),
        pl.concat([pl.DataFrame(schema=DEBTS), *(one.debts for one in found)]),
        pl.concat([pl.Series("user_id", [], pl.String), *(one.users for one in found)]),
    )


DEBTS = {"user_id": pl.String, "kind": pl.String, "points": pl.Int64}


def _steps(entries: pl.DataFrame) -> pl.DataFrame:
    """What each entry does, of the users that can be booked so.

    `user_id, number, day, step` (which of the user's it is, from 0), `op`, `fate`, `points`, `slot` (of the
    lot that it makes, or names; -1 for none), `source` (the step that it undoes; -1), `last_day`.
    """
    kind, points = pl.col("kind"), pl.col("points")
    is_lot = (kind != RESTORE) & (points >= 0)
    known = entries.with_columns(
        step=pl.int_range(pl.len()).over("user_id"),
        op=pl.when(is_lot).then(_LOT).when(kind == RESTORE).then(_RESTORE)
        .when(kind == REDEEM).then(_REDEEM).otherwise(_TAKE),
        fate=pl.when(kind == REDEEM).then(_FATE[REDEEM]).when(kind == EXPIRE).then(_FATE[EXPIRE])
        .otherwise(_FATE[REVERSE]),
        excused=kind == REVERSE,
    )  # fmt: skip
    lots = known.filter(pl.col("op") == _LOT).sort("user_id", "last_day", "number")
    lots = lots.with_columns(slot=pl.int_range(pl.len()).over("user_id"))
    own = _named(known.filter(pl.col("op") == _TAKE), lots, "slot", id_first=True)
    undone = known.filter(pl.col("op") == _REDEEM).with_columns(source="step", lot_id="entry_id")
    sources = _named(known.filter(pl.col("op") == _RESTORE), undone, "source", id_first=False)
    several = known.join(own.filter(pl.col("named") > 1), on="number", how="semi")
    alone = [
        several.select("user_id"),
        known.filter(pl.col("idle").is_not_null() | (pl.col("step") >= _MOST)).select("user_id"),
    ]
    marked = (
        known.join(pl.concat(alone), on="user_id", how="anti", maintain_order="left")
        .join(lots.select("number", "slot"), on="number", how="left", maintain_order="left")
        .join(own.select("number", own="slot"), on="number", how="left", maintain_order="left")
        .join(sources.select("number", "source"), on="number", how="left", maintain_order="left")
    )
    return marked.select(
        "user_id", "number", "day", "step", "op", "fate", "excused", "last_day",
        pl.col("points").abs(),
        slot=pl.coalesce("slot", "own").fill_null(-1),
        source=pl.col("source").fill_null(-1),
    )  # fmt: skip


def _named(
    entries: pl.DataFrame, others: pl.DataFrame, what: str, *, id_first: bool
) -> pl.DataFrame:
    """Which of a user's earlier entries each names, by a lot's id or by the order: the last one.

    `number`, `what` of it, and how many are `named`.
    """
    asking = entries.select("user_id", "number", "lot_id", "order_id")
    there = others.select("user_id", "entry_id", "lot_id", "order_id", what, other="number")
    pairs = []
    for mine, its in (("lot_id", "entry_id"), ("lot_id", "lot_id"), ("order_id", "order_id")):
        turn = int(id_first and mine == "order_id")
        both = asking.filter(pl.col(mine).is_not_null()).join(
            there, left_on=["user_id", mine], right_on=["user_id", its], suffix="_its"
        )
        pairs.append(both.select("number", "other", what, turn=pl.lit(turn)))
    found = (
        pl.concat(pairs)
        .filter(pl.col("other") < pl.col("number"))
        .unique(["number", "other", "turn"])
    )
    best = found.filter(pl.col("turn") == pl.col("turn").min().over("number"))
    return (
        best.sort("number", "other")
        .group_by("number", maintain_order=True)
        .agg(pl.col(what).last(), named=pl.len())
    )


def _buckets(steps: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The entries of users with about as many, and of those who undo redemptions apart from the others."""
    of_user = pl.col("op").len().over("user_id")
    sized = steps.with_columns(
        size=of_user.log(2).ceil().cast(pl.Int32),
        undoes=(pl.col("op") == _RESTORE).any().over("user_id"),
    )
    for _, part in sized.group_by("size", "undoes", maintain_order=True):
        yield part


@dataclass(slots=True)
class _Bucket:
    """Users in rows, their entries in columns (`day` and so on), and what their lots hold (`left` and so on)."""

    users: pl.Series
    day: Ints
    op: Ints
    fate: Ints
    points: Ints
    slot: Ints
    source: Ints
    excused: Ints
    number: Ints
    last: Ints  # of each lot its last day
    lot_number: Ints
    left: Ints
    gone: Ints  # what expired, and wasn't taken back besides
    owed: Ints  # by the entry that owes it
    owing: Ints  # entries that ever owed something
    taken: Ints | None  # by redemption and lot, where some are undone
    failed: Ints  # users who ask for more
    moves: list[tuple[Ints, ...]] = field(default_factory=list)

    @classmethod
    def of(cls, part: pl.DataFrame) -> _Bucket:
        """The arrays of some entries."""
        users = part["user_id"].unique(maintain_order=True)
        row = part["user_id"].rle_id().to_numpy().astype(np.int64)
        step = part["step"].to_numpy()
        shape = len(users), int(step.max()) + 1

        def laid(name: str, nothing: int = 0) -> Ints:
            cells = np.full(shape, nothing, np.int64)
            cells[row, step] = part[name].cast(pl.Int64).to_numpy()
            return cells

        op, slot = laid("op"), laid("slot", -1)
        lots = part["op"].to_numpy() == _LOT
        width = max(int(part["slot"].max()) + 1, 1)  # type: ignore[arg-type]
        last = np.full((len(users), width), FOREVER, np.int64)
        numbers = np.full((len(users), width), -1, np.int64)
        at = row[lots], part["slot"].to_numpy()[lots]
        last[at] = part["last_day"].to_numpy()[lots]
        numbers[at] = part["number"].to_numpy()[lots]
        undoes = bool((op == _RESTORE).any())
        return cls(
            users, laid("day"), op, laid("fate"), laid("points"), slot, laid("source", -1),
            laid("excused"), laid("number"), last, numbers,
            left=np.zeros_like(last), gone=np.zeros_like(last), owed=np.zeros(shape, np.int64),
            owing=np.zeros(shape, bool),
            taken=np.zeros((*shape, width), np.int64) if undoes else None,
            failed=np.zeros(len(users), bool),
        )  # fmt: skip

    def booked(self, as_of: int, *, expires: bool) -> Booked:
        """What becomes of all until a day."""
        for step in range(self.op.shape[1]):
            op = self.op[:, step]
            if expires:
                self._expire(np.flatnonzero(op), step)
            if len(rows := np.flatnonzero(op == _LOT)):
                self._fill(rows, self.slot[rows, step], self.points[rows, step], step)
            if len(rows := np.flatnonzero(op == _RESTORE)):
                self._restore(rows, step, expires=expires)
            if len(rows := np.flatnonzero((op == _TAKE) | (op == _REDEEM))):
                self._take(rows, step, expires=expires)
        if expires:
            self._expire(np.arange(len(self.users)), None, as_of)
        return self._told()

    def _move(
        self, rows: Ints, slots: Ints, day: Ints, fate: Ints | int, points: Ints, entry: Ints | int
    ) -> None:
        some = points > 0
        shape = points.shape
        made = (rows, self.lot_number[rows, slots], day, fate, points, entry)
        self.moves.append(tuple(np.broadcast_to(one, shape)[some] for one in made))

    def _expire(self, rows: Ints, step: int | None, as_of: int = 0) -> None:
        """What is gone by the start of the day of a step, or by that of as_of."""
        day = self.day[rows, step] if step is not None else np.full(len(rows), as_of)
        at, slots = np.nonzero((self.last[rows] < day[:, None]) & (self.left[rows] > 0))
        mine = rows[at]
        points = self.left[mine, slots]
        self._move(mine, slots, self.last[mine, slots] + 1, _FATE[EXPIRE], points, -1)
        self.gone[mine, slots] += points
        self.left[mine, slots] = 0

    def _fill(self, rows: Ints, slots: Ints, points: Ints, step: int) -> None:
        """Put points into a lot of each; debts are paid from them first, the oldest first."""
        self.left[rows, slots] += points
        owes = self.owed[rows].any(axis=1)
        if not owes.any():
            return
        rows, slots = rows[owes], slots[owes]
        owed = self.owed[rows]
        before = np.cumsum(owed, axis=1) - owed
        paid = np.clip(self.left[rows, slots][:, None] - before, 0, owed)
        self.owed[rows] -= paid
        self.left[rows, slots] -= paid.sum(axis=1)
        at, entry = np.nonzero(paid)
        mine, lots = rows[at], slots[at]
        self._move(mine, lots, self.day[mine, step], self.fate[mine, entry], paid[at, entry],
                   self.number[mine, entry])  # fmt: skip
        if self.taken is not None:
            self.taken[mine, entry, lots] += paid[at, entry]

    def _take(self, rows: Ints, step: int, *, expires: bool) -> None:
        """Take points: of the lot that's named, then of those that expire first; the rest is owed."""
        wanted = self.points[rows, step].copy()
        slot = self.slot[rows, step]
        named = np.flatnonzero((slot >= 0) & (self.op[rows, step] == _TAKE))
        mine, own = rows[named], slot[named]
        if len(mine):
            part = np.minimum(self.left[mine, own], wanted[named])
            self.left[mine, own] -= part
            wanted[named] -= part
            self._move(
                mine,
                own,
                self.day[mine, step],
                self.fate[mine, step],
                part,
                self.number[mine, step],
            )
            if expires:  # what has expired of it is gone already
                part = np.minimum(self.gone[mine, own], wanted[named]) * self.excused[mine, step]
                self.gone[mine, own] -= part
                wanted[named] -= part
        left = self.left[rows]
        part = np.clip(wanted[:, None] - (np.cumsum(left, axis=1) - left), 0, left)
        self.left[rows] -= part
        at, slots = np.nonzero(part)
        mine = rows[at]
        self._move(mine, slots, self.day[mine, step], self.fate[mine, step], part[at, slots],
                   self.number[mine, step])  # fmt: skip
        if self.taken is not None:
            self.taken[rows, step] = part
        self.owed[rows, step] = wanted - part.sum(axis=1)
        self.owing[rows, step] = self.owed[rows, step] > 0

    def _restore(self, rows: Ints, step: int, *, expires: bool) -> None:
        """Give back what a redemption took, to the lots that it took from, the last of them first."""
        assert self.taken is not None
        source = self.source[rows, step]
        # A debt's lots stand in the order in which they paid it.
        odd = (source < 0) | self.owing[rows, source]
        self.failed[rows[odd]] = True
        rows, source = rows[~odd], source[~odd]
        wanted = self.points[rows, step]
        took = self.taken[rows, source]
        after = np.cumsum(took[:, ::-1], axis=1)[:, ::-1] - took
        part = np.clip(wanted[:, None] - after, 0, took)
        self.taken[rows, source] -= part
        further = (part.sum(axis=1) < wanted) | self.owed[rows].any(axis=1)
        self.failed[rows[further]] = True
        at, slots = np.nonzero(part)
        mine = rows[at]
        back = part[at, slots]
        day = self.day[mine, step]
        self._move(mine, slots, day, _FATE[RESTORE], back, self.number[mine, step])
        self.left[mine, slots] += back
        if expires:
            late = np.flatnonzero(self.last[mine, slots] < day)
            mine, slots = mine[late], slots[late]
            points = self.left[mine, slots]
            self._move(mine, slots, day[late], _FATE[EXPIRE], points, -1)
            self.gone[mine, slots] += points
            self.left[mine, slots] = 0

    def _told(self) -> Booked:
        """The moves and debts of those who didn't fail."""
        columns = (
            [np.concatenate(parts) for parts in zip(*self.moves, strict=True)] if self.moves else []
        )
        moves = pl.DataFrame(schema=MOVES)
        if columns:
            whose, lot, day, fate, points, entry = columns
            kinds = pl.Series(_FATES).gather(pl.Series(fate))
            made = pl.DataFrame(
                {"lot": lot, "day": day, "kind": kinds, "points": points, "entry": entry}
            )
            kept = made.filter(~pl.Series(self.failed[whose]))
            entry_or_time = pl.when(pl.col("entry") >= 0).then("entry")
            moves = kept.with_columns(entry_or_time.alias("entry")).cast(MOVES)  # type: ignore[arg-type]
        at, step = np.nonzero(self.owed)
        owes = pl.DataFrame(
            {
                "user_id": self.users.gather(at),
                "kind": pl.Series(_FATES).gather(pl.Series(self.fate[at, step])),
                "points": self.owed[at, step],
            },
            schema=DEBTS,
        )
        debts = owes.filter(~pl.Series(self.failed[at], dtype=pl.Boolean))
        summed = debts.group_by("user_id", "kind").agg(pl.col("points").sum())
        return Booked(moves, summed, self.users.filter(~pl.Series(self.failed)))
