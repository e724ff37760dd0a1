"""Balances of a large exported ledger, without its lots: what `point_books` gives by user, faster.

Where a user's lots expire in the order in which they came, and nothing was adjusted, sums and a running
maximum tell the balance (see `point_queues`): here of all users at once, over arrays sorted by user
and time, some hundred thousand entries at a time. What was taken back of orders and undone is made a part of
such sums first (see `point_undone`). Everyone else's entries are booked lot by lot.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl

from userops.core.dates import to_date
from userops.core.validity import parse_validity
from userops.customers.point_books import Books, keep_books
from userops.customers.point_lots import (
    ADJUST,
    EARN,
    EXPIRE,
    KINDS,
    REDEEM,
    RESTORE,
    REVERSE,
    as_day,
)  # fmt: skip
from userops.customers.point_sums import RANK, Queues, ends
from userops.customers.point_undone import undo
from userops.customers.points_ahead import expiring
from userops.customers.points_ledger import DOWN, KIND_WORDS, Validities, exported
from userops.datasets.fields import Type
from userops.datasets.points import POINTS
from userops.engines import query as engine
from userops.engines.parallel import Ints, ascending, gathered, in_threads, pieces_of, split_by
from userops.readers.exports import Export
from userops.readers.fast import integer_ids
from userops.readers.fast.expressions import DoubtError
from userops.readers.fast.integer_ids import number_of
from userops.readers.fast.rows import A_DAY, Columns

BALANCES: dict[str, type[pl.DataType] | pl.DataType] = {
    "user_id": pl.String,
    "last_entry": pl.Int32,
    "earned": pl.Int64,
    "redeemed": pl.Int64,
    "expired": pl.Int64,
    "reversed": pl.Int64,
    "outstanding": pl.Int64,
    "debt": pl.Int64,
    "next_expiry": pl.Int32,
    "next_points": pl.Int64,
}
# What a kind is where it gives, and where it takes; see `points_ledger.exported`.
_GIVES = {REDEEM: RESTORE, EXPIRE: ADJUST, REVERSE: ADJUST}
_TAKES = {EARN: REVERSE, RESTORE: REVERSE}
_GIVING, _TAKING = (
    np.array([*(RANK[other.get(kind, kind)] for kind in KINDS), RANK[unsaid]], np.uint8)
    for other, unsaid in ((_GIVES, EARN), (_TAKES, REDEEM))
)
_SUMMED = {"user": pl.UInt64} | {name: of for name, of in BALANCES.items() if name != "user_id"}
_BY_SIGN = len(KINDS)  # of an entry that says no kind
_NONE = -(2**31)  # no last day said
_SAYING = ("before", "after")
_BOOKED_AT_ONCE = 400_000  # entries


def balances(books: Books, as_of: int) -> pl.DataFrame:
    """What every user has, in the form of `BALANCES`, by user: from the books."""
    next_up = (
        expiring(books, as_of)
        .group_by("user_id", maintain_order=True)
        .agg(next_expiry=pl.col("last_day").first(), next_points=pl.col("points").first())
    )
    last = books.entries.group_by("user_id").agg(last_entry=pl.col("day").max())
    return (
        last.join(books.balances, on="user_id", how="left")
        .join(next_up, on="user_id", how="left")
        .with_columns(
            pl.col("earned", "redeemed", "expired", "reversed", "outstanding", "debt").fill_null(0)
        )
        .select(*BALANCES)
        .cast(BALANCES)  # type: ignore[arg-type]
        .sort("user_id")
    )


def asked(export: Export, words: Mapping[str, str]) -> dict[str, pl.Expr]:
    """What a large ledger is asked for: `kind, points`, and where it says them `order`, `last` and `says`.

    `kind` is the place of its word in `_written`, `order` a number that entries share which name one order, and 0 for
    none, `last` their own last day, `says` the balance before (else after) by the ledger's own column.
    """
    fields, sample = export.taken, export.sample
    # As few bytes as they need: putting entries in order is moving them.
    made = {"points": pl.col("points").cast(pl.Int32, strict=False)}
    written = _written(sample.get("kind"), words)
    nothing = pl.lit(len(written), pl.UInt8)
    made["kind"] = nothing
    if "kind" in fields:
        place = pl.col("kind").cast(pl.Enum([*written]), strict=False).to_physical()
        made["kind"] = (
            pl.when(pl.col("kind").is_null()).then(nothing).otherwise(place.cast(pl.UInt8))
        )
    if "order_id" in fields and "lot_id" not in fields:
        # Of what orders earned is taken back, and what was redeemed for them undone.
        form, named = integer_ids.form_of(sample["order_id"]), pl.col("order_id")
        number = named.hash(seed=0)
        if form is not None:
            number = (pl.col(number_of("order_id")) + 1).cast(form.dtype)
        # The hash of nothing is a number, too.
        made["order"] = pl.when(named.is_not_null()).then(number).fill_null(0)
    for name in _SAYING:
        if name in fields:
            made["says"] = pl.col(name).cast(pl.Int32, strict=False)
            break
    if "valid_until" in fields:
        made["last"] = pl.col("valid_until").dt.date().cast(pl.Int32).fill_null(_NONE)
    return made


def _written(sample: pl.Series | None, words: Mapping[str, str]) -> dict[str, int]:
    """Words of a ledger's column of kinds, as they're written, and the rank of their kind.

    Raises:
        DoubtError: there are too many.
    """
    known = KIND_WORDS | {word.strip().casefold(): kind for word, kind in words.items()}
    seen = [] if sample is None else sample.drop_nulls().unique().to_list()
    folded = {word: known.get(word.strip().casefold()) for word in sorted({*known, *seen})}
    ranks = {word: RANK[kind] for word, kind in folded.items() if kind is not None}
    if len(ranks) > 250:
        raise DoubtError
    return ranks


def balances_of(
    ledger: Columns, words: Mapping[str, str], validities: Validities, as_of: int
) -> pl.DataFrame:
    """What every user has, in the form of `BALANCES`, by user.

    Args:
        ledger: what was `asked` of the export.
        words: what words of its column of kinds mean, beside those that are known.
        validities: how long points live that say nothing of it themselves: not as long as someone is
            active, and alike by all rules.
        as_of: the last day that counts.
    """
    if ledger.frame.is_empty():
        return pl.DataFrame(schema=BALANCES)
    export = ledger.export
    fields = {*export.taken}
    written = _written(export.sample.get("kind"), words)
    flat = _Flat.of(ledger.frame, written, validities, as_of, fields)
    parts = flat.all_summed()
    summed = pl.concat([part for part, _ in parts])
    others = pl.concat([rest for _, rest in parts])
    signed, expires = flat.signed, flat.expires
    del flat, parts

    def read(rows: pl.DataFrame) -> pl.DataFrame:
        whole = rows.with_columns(
            pl.lit(None, pl.Float64 if one.type is Type.NUMBER else pl.String).alias(one.name)
            for one in POINTS.fields
            if one.name not in rows.columns
        )
        entries = exported(whole, fields, words, validities, signed=signed).entries
        return entries.drop("before", "after")

    booked = [
        balances(keep_books(entries, as_of, expires=expires), as_of)
        .with_columns(user=ledger.form.number(pl.col("user_id")))
        .select(*_SUMMED)
        for entries in _apart(ledger, others, written, read)
    ]
    # By number first: that takes less, and mostly it's the order of ids.
    by_number = pl.concat([summed, *booked]).sort("user")
    name = ledger.form.text(pl.col("user")).alias("user_id")
    told = by_number.with_columns(name).select(*BALANCES)
    return told if ledger.form.sorts(by_number["user"]) else told.sort("user_id")


def _apart(
    ledger: Columns,
    users: pl.Series,
    written: Mapping[str, int],
    read: Callable[[pl.DataFrame], pl.DataFrame],
) -> Iterator[pl.DataFrame]:
    """Entries of some users, as `read` makes them of rows, so many at a time that they can be booked one by one.

    Rows are read again where what was asked doesn't tell all: the lots that entries name, and which of two
    alike at one time goes first.
    """
    again = [users]
    if not {"lot_id", "rule"} & {*ledger.export.taken}:
        again.clear()
        for rows in _in_parts(ledger.frame.join(users.to_frame(), on="user", how="semi"), users):
            entries = read(_rows(ledger, rows, written))
            alike = entries.filter(entries.select("user_id", "time", "kind").is_duplicated())
            again.append(pl.Series("user", ledger.form.numbers_of(alike["user_id"]), users.dtype))
            yield entries.join(alike, on="user_id", how="anti")
    theirs = pl.concat([pl.Series("user", [], users.dtype), *again]).unique().sort()
    if len(theirs):
        yield from map(read, _in_parts(engine.collect(ledger.rows_of(theirs)), theirs))


def _rows(ledger: Columns, held: pl.DataFrame, written: Mapping[str, int]) -> pl.DataFrame:
    """Rows as they're read, of what was asked; orders by what stands for them."""
    word = pl.lit(pl.Series([*written, None], dtype=pl.String)).gather(pl.col("kind"))
    time = pl.col("moment").cast(pl.Datetime("us"))
    made = {"time": time, "day": time.dt.date().cast(pl.Int32), "kind": word}
    if "order" in held:
        made["order_id"] = pl.when(pl.col("order") != 0).then(pl.col("order").cast(pl.String))
    if "last" in held:
        last = pl.when(pl.col("last") != _NONE).then("last")
        made["valid_until"] = last.cast(pl.Date).cast(pl.Datetime("us"))
    return held.select("points", user_id=ledger.form.text(pl.col("user")), **made)


def _in_parts(rows: pl.DataFrame, users: pl.Series) -> Iterator[pl.DataFrame]:
    """Rows of some users by part of these."""
    theirs = users.sort().to_frame()
    parts = -(-len(rows) // _BOOKED_AT_ONCE)
    for number in range(parts):
        low, high = (len(theirs) * edge // parts for edge in (number, number + 1))
        yield rows.join(theirs[low:high], on="user", how="semi")


@dataclass(frozen=True, slots=True)
class _Flat:
    """Entries as arrays, in the order of time."""

    pieces: list[
        dict[str, Ints]
    ]  # user, moment, kind, points; `order`, `last` and `says` where they're said
    rank: Ints  # of kinds, by the places of their words
    last_of_day: Ints  # the last day of others, by their day since the first
    first_day: int
    as_of: int
    names_lots: bool  # whether entries may say which lot they're about
    signed: bool
    expires: bool
    says_before: bool

    @classmethod
    def of(
        cls,
        frame: pl.DataFrame,
        written: Mapping[str, int],
        validities: Validities,
        as_of: int,
        fields: Collection[str],
    ) -> _Flat:
        """The arrays of a ledger with some fields, its kinds in `written` words."""
        if not frame["moment"].is_sorted():
            newest_first = frame["moment"].is_sorted(descending=True)
            frame = frame.reverse() if newest_first else frame.sort("moment", maintain_order=True)
        pieces = pieces_of(frame)
        rank = np.array([*written.values(), _BY_SIGN], np.uint8)
        takes, lapses, pays = zip(*in_threads(partial(_signs, rank), pieces), strict=True)
        signed = "kind" not in fields or any(takes)
        # What gives is no expiry, see `points_ledger.exported`; one of 0 points is.
        expires = not any(pays if signed else lapses)
        first, last = frame["moment"][0] // A_DAY, frame["moment"][-1] // A_DAY
        validity = parse_validity(validities.default)
        days = [
            as_day(validity.last_day(to_date(one), validities.end_of))
            for one in range(first, last + 1)
        ]
        last_of_day = np.array(days, np.int64)
        names_lots, says_before = "lot_id" in fields, "before" in fields
        return cls(
            pieces, rank, last_of_day, first, as_of, names_lots, signed, expires, says_before
        )

    def all_summed(self) -> list[tuple[pl.DataFrame, pl.Series]]:
        """Every user, some at a time, see `summed`: the smallest numbers first."""
        return in_threads(self.summed, split_by([piece["user"] for piece in self.pieces]))

    def summed(self, places: Sequence[Ints]) -> tuple[pl.DataFrame, pl.Series]:
        """What the users of some entries have, in the form of `BALANCES` by their numbers; and who's not told so.

        Args:
            places: where the entries stand in each piece.
        """
        columns = gathered(self.pieces, places)
        turn = ascending(columns["user"])
        if not columns["points"].all():
            turn = turn[columns["points"][turn] != 0]
        columns = {name: column.take(turn) for name, column in columns.items()}
        user, time = columns["user"], columns["moment"]
        starts = np.flatnonzero(np.append(True, user[1:] != user[:-1])[: len(user)])
        numbers = user[starts]
        if not len(user):
            return pl.DataFrame(schema=_SUMMED), pl.Series("user", numbers)
        kind, points = self._kinds(columns["kind"], columns["points"].astype(np.int64))
        if "says" in columns:
            self._check_balances(columns["says"], points, starts)
        day = time // A_DAY
        last = self.last_of_day[day - self.first_day]
        if "last" in columns:
            last = np.where(columns["last"] == _NONE, last, columns["last"])
        of = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(user))))
        queues = Queues.of_ledger(
            starts, of, day, kind, points, last, self.as_of, expires=self.expires
        )
        alone = [queues.out_of_order(time)]
        booked = np.flatnonzero(kind == RANK[EXPIRE])
        order = columns.get("order", np.zeros(len(user), np.uint8))
        if self.names_lots:
            alone += [queues.undoing, booked]
        else:  # of an order's own lots what expires goes otherwise
            alone += [undo(queues, time, order), booked[order[booked] != 0]]
        told = {"user": numbers, "last_entry": day[ends(starts, len(day))], **queues.told()}
        apart = np.zeros(len(starts), bool)
        apart[of[np.concatenate(alone)]] = True
        frame = pl.DataFrame(told).cast(_SUMMED)  # type: ignore[arg-type]
        return frame.filter(~pl.Series(apart)), pl.Series("user", numbers[apart])

    def _check_balances(self, says: Ints, points: Ints, starts: Ints) -> None:
        """That every user begins with nothing, and every balance goes on from the one before.

        Raises:
            DoubtError: one doesn't; then entries are read with all that their balances say.
        """
        says = says.astype(np.int64)
        before, after = (says, says + points) if self.says_before else (says - points, says)
        last = np.append(0, after[:-1])
        last[starts] = 0
        if (before != last).any():
            raise DoubtError

    def _kinds(self, word: Ints, points: Ints) -> tuple[Ints, Ints]:
        """Kinds and points as the signs allow them, of the places of words; see `points_ledger.exported`."""
        if not self.signed:
            points = np.where(_DOWN[self.rank].take(word), -points, points)
        kinds = np.append(_TAKING[self.rank], _GIVING[self.rank])
        return kinds.take(word + len(self.rank) * (points >= 0)), points


_DOWN = np.isin(np.arange(_BY_SIGN + 1), [RANK[one] for one in DOWN])


def _signs(rank: Ints, piece: Mapping[str, Ints]) -> tuple[bool, bool, bool]:
    """Whether any entry takes by its sign, is an expiry, and is one that doesn't give."""
    kind, points = rank[piece["kind"]], piece["points"]
    down = np.append(_DOWN[:-1], True)  # what says no kind and takes redeems
    expiry = kind == RANK[EXPIRE]
    return (
        bool(((points < 0) & down[kind]).any()),
        bool(expiry.any()),
        bool((expiry & (points <= 0)).any()),
    )
