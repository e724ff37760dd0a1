"""An exported ledger beside what the rules say: which entries aren't right, and why first.

Earnings and what was taken back are compared entry by entry: those that agree in user, kind, order, day
and points first, then those of the same day (another amount), then those of the same points (another
date); what's left is missing or extra. A ledger that names no order at all is compared without it. Expiries are compared by user and day with two ledgers: the
shop's own entries, and the rules' earnings with the shop's redemptions; one of them has to agree, so that
an earning that's missing isn't told again where it would have expired. Redemptions and
corrections are the shop's own: nothing tells what they should be.
"""

from __future__ import annotations

import polars as pl

from userops.core.dates import Window
from userops.core.messages import Note
from userops.core.table import Kind, Table
from userops.customers.point_books import keep_books, numbered_entries
from userops.customers.point_lots import EARN, EXPIRE, REVERSE
from userops.customers.point_openings import CARRIED_IN
from userops.customers.points_ledger import Exported

COLUMNS: dict[str, Kind] = {
    "user_id": Kind.ID,
    "date": Kind.DATE,
    "kind": Kind.WORD,
    "entry_id": Kind.ID,
    "order_id": Kind.ID,
    "rule": Kind.TEXT,
    "cause": Kind.WORD,
    "expected": Kind.COUNT,
    "exported": Kind.COUNT,
    "expected_date": Kind.DATE,
    "follows": Kind.COUNT,
}
_FOUND: dict[str, type[pl.DataType] | pl.DataType] = {
    "user_id": pl.String,
    "day": pl.Int32,
    "kind": pl.String,
    "entry_id": pl.String,
    "order_id": pl.String,
    "rule": pl.String,
    "cause": pl.String,
    "expected": pl.Int64,
    "exported": pl.Int64,
    "expected_day": pl.Int32,
}
_KEY = ["user_id", "kind", "order_id"]
_CARRIED = pl.col("rule").eq_missing(CARRIED_IN)
_NEAR_DAYS = 31  # further apart two entries of the same points aren't one


def table(
    by_rules: pl.DataFrame | None,
    shops: Exported,
    as_of: int,
    window: Window,
    notes: tuple[Note, ...],
) -> Table:
    """A row an entry that isn't right, by user and day.

    Args:
        by_rules: the ledger that rules make; None without rules.
        shops: the shop's own.
        as_of: the last day that counts.
        window: what the tables speak of.
        notes: what's to be said besides.
    """
    entries = shops.own.filter(pl.col("points") != 0)
    first = entries["day"].min()
    found = [_balance_breaks(entries)]
    expected = None
    if by_rules is not None and isinstance(first, int):
        kinds = pl.col("kind").is_in([EARN, REVERSE])
        expected = by_rules.filter(kinds & (pl.col("day") >= first) & (pl.col("day") <= as_of))
        key = _key(expected, shops.own)
        if key != _KEY:
            notes = (
                *notes,
                Note("the shop's ledger names no orders: entries are compared without"),
            )
        found.append(_unlike(expected, entries.filter(kinds), key))
    faults = pl.concat(found)
    faults = pl.concat([faults, _first_in(_chain_breaks(entries), faults)]).sort(
        "user_id", "day", "kind", "entry_id", "order_id", nulls_last=True
    )
    late = _expiries(expected, shops, as_of)
    faults, follows = _with_followers(faults, late)
    frame = (
        faults.join(follows, on="user_id", how="left")
        .with_columns(
            follows=pl.when(pl.int_range(pl.len()).over("user_id") == 0)
            .then(pl.col("follows").fill_null(0))
            .otherwise(0)
        )
        .select(
            "user_id",
            pl.col("day").cast(pl.Date).alias("date"),
            *["kind", "entry_id", "order_id", "rule", "cause", "expected", "exported"],
            pl.col("expected_day").cast(pl.Date).alias("expected_date"),
            pl.col("follows").cast(pl.Int64),
        )
    )
    total = Note(
        "{count:entry|entries} of the shop's ledger compared, {wrong:fault|faults}",
        count=len(entries),
        wrong=len(frame),
    )
    return Table(
        "reconcile",
        frame,
        COLUMNS,
        window,
        notes=(total, *notes),
        keeps=(
            "cause",
            "expected",
            "exported",
            "date",
        ),
    )


def _key(expected: pl.DataFrame, entries: pl.DataFrame) -> list[str]:
    """What entries have to agree in: orders only where the shop's ledger names any."""
    unnamed = entries["order_id"].null_count() == len(entries)
    ordered = expected["order_id"].null_count() < len(expected)
    return [name for name in _KEY if name != "order_id"] if unnamed and ordered else _KEY


def _unlike(expected: pl.DataFrame, entries: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Earnings and what was taken back that aren't in both ledgers alike."""
    order = ["user_id", "day", "time", "kind", "order_id", "points", "rule", "entry_id"]
    ours = expected.sort(order, nulls_last=True).with_row_index("ours")
    theirs = entries.sort(order, nulls_last=True).with_row_index("theirs")
    found = []
    for cause, on in (
        (None, [*key, "day", "points"]),
        ("amount", [*key, "day"]),
        ("date", [*key, "points"]),
    ):
        pairs = _paired(ours, theirs, on)
        if cause == "date":
            near = (pl.col("day") - pl.col("day_theirs")).abs() <= _NEAR_DAYS
            pairs = pairs.filter(near)
        if cause is not None:
            found.append(_differing(pairs, cause))
        ours = ours.join(pairs, on="ours", how="anti")
        theirs = theirs.join(pairs, on="theirs", how="anti")
    none = pl.lit(None)
    found.append(
        ours.select(
            "user_id", "day", "kind", none.alias("entry_id"), "order_id", "rule",
            pl.lit("missing").alias("cause"), pl.col("points").alias("expected"),
            none.alias("exported"), pl.col("day").alias("expected_day"),
        ).cast(_FOUND)  # type: ignore[arg-type]
    )  # fmt: skip
    found.append(
        theirs.select(
            "user_id", "day", "kind", "entry_id", "order_id", "rule",
            pl.lit("extra").alias("cause"), none.alias("expected"),
            pl.col("points").alias("exported"), none.alias("expected_day"),
        ).cast(_FOUND)  # type: ignore[arg-type]
    )  # fmt: skip
    return pl.concat(found)


def _paired(ours: pl.DataFrame, theirs: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    """Entries of both ledgers that agree in some columns, the first with the first of them, and so on."""
    turn = pl.int_range(pl.len()).over(on).alias("turn")
    return ours.with_columns(turn).join(
        theirs.with_columns(turn), on=[*on, "turn"], how="inner", nulls_equal=True, suffix="_theirs"
    )


def _differing(pairs: pl.DataFrame, cause: str) -> pl.DataFrame:
    exported = "points_theirs" if "points_theirs" in pairs.columns else "points"
    day = "day_theirs" if "day_theirs" in pairs.columns else "day"
    return pairs.select(
        "user_id",
        pl.col(day).alias("day"),
        "kind",
        pl.col("entry_id_theirs").alias("entry_id"),
        "order_id",
        "rule",
        pl.lit(cause).alias("cause"),
        pl.col("points").alias("expected"),
        pl.col(exported).alias("exported"),
        pl.col("day").alias("expected_day"),
    ).cast(_FOUND)  # type: ignore[arg-type]


def _balance_breaks(entries: pl.DataFrame) -> pl.DataFrame:
    """Entries whose own before + change isn't their own after."""
    after = pl.col("before") + pl.col("points")
    broken = entries.filter(after != pl.col("after"))
    return broken.select(
        "user_id", "day", "kind", "entry_id", "order_id", "rule",
        pl.lit("balance").alias("cause"), after.alias("expected"), pl.col("after").alias("exported"),
        pl.lit(None).alias("expected_day"),
    ).cast(_FOUND)  # type: ignore[arg-type]  # fmt: skip


def _chain_breaks(entries: pl.DataFrame) -> pl.DataFrame:
    """Entries whose balances don't go on from the one before.

    Entries of one user at one time may stand in any order, so nothing is said of them.
    """
    time, after = pl.col("time"), pl.col("after")
    tied = (time == time.shift(1)) | (time == time.shift(-1))
    rows = (
        entries.sort("user_id", "time")
        .with_columns(tied=tied.over("user_id").fill_null(value=False))
        .with_columns(
            # null where the one before doesn't say it
            last=pl.coalesce(after, pl.col("before") + pl.col("points")).shift(1).over("user_id"),
            doubtful=pl.col("tied") | pl.col("tied").shift(1).over("user_id"),
        )
        .with_columns(expected=pl.col("last") + pl.col("points"))
    )
    goes_on = pl.coalesce(pl.col("before"), after - pl.col("points")) == pl.col("last")
    broken = rows.filter(~pl.col("doubtful"), ~goes_on)
    return broken.select(
        "user_id", "day", "kind", "entry_id", "order_id", "rule",
        pl.lit("balance").alias("cause"), "expected",
        pl.coalesce(after, pl.col("before") + pl.col("points")).alias("exported"),
        pl.lit(None).alias("expected_day"),
    ).cast(_FOUND)  # type: ignore[arg-type]  # fmt: skip


def _first_in(breaks: pl.DataFrame, faults: pl.DataFrame) -> pl.DataFrame:
    """Breaks of users of whom nothing is wrong until then: else they follow from that."""
    begins = faults.group_by("user_id").agg(begins=pl.col("day").min())
    alone = pl.col("begins").is_null() | (pl.col("begins") > pl.col("day"))
    return breaks.join(begins, on="user_id", how="left").filter(alone).drop("begins")


def _expiries(expected: pl.DataFrame | None, shops: Exported, as_of: int) -> pl.DataFrame:
    """Expiries by user and day on which the shop's ledger agrees with neither of the two."""
    entries = shops.entries.drop("before", "after")
    theirs = entries.filter(pl.col("kind") == EXPIRE)
    if theirs.is_empty():  # the ledger leaves them to time
        return pl.DataFrame(schema=_FOUND)
    own = entries.filter(pl.col("kind") != EXPIRE)
    alternatives = [own]
    if expected is not None:
        alternatives.append(
            pl.concat([expected, own.filter(~pl.col("kind").is_in([EARN, REVERSE]) | _CARRIED)])
        )
    by = ["user_id", "day"]
    sums = theirs.group_by(by).agg(
        exported=-pl.col("points").sum(), entry_id=pl.col("entry_id").min()
    )
    for number, ledger in enumerate(alternatives):
        gone = _gone(ledger, as_of).rename({"points": f"expected_{number}"})
        sums = sums.join(gone, on=by, how="full", coalesce=True)
    names = [f"expected_{number}" for number in range(len(alternatives))]
    sums = sums.with_columns(pl.col("exported", *names).fill_null(0))
    agrees = pl.any_horizontal([pl.col(name) == pl.col("exported") for name in names])
    cause = (
        pl.when(pl.col("exported") == 0)
        .then(pl.lit("missing"))
        .when(pl.col("expected_0") == 0)
        .then(pl.lit("extra"))
        .otherwise(pl.lit("amount"))
    )
    none = pl.lit(None)
    return (
        sums.filter(~agrees)
        .select(
            "user_id", "day", pl.lit(EXPIRE).alias("kind"), "entry_id", none.alias("order_id"),
            none.alias("rule"), cause.alias("cause"), -pl.col("expected_0").alias("expected"),
            -pl.col("exported"), pl.col("day").alias("expected_day"),
        )
        .cast(_FOUND)  # type: ignore[arg-type]
        .sort("user_id", "day")
    )  # fmt: skip


def _gone(ledger: pl.DataFrame, as_of: int) -> pl.DataFrame:
    """What time alone makes expire: `user_id, day, points`."""
    books = keep_books(ledger, as_of)
    users = numbered_entries(ledger.filter(pl.col("day") <= as_of)).select("number", "user_id")
    return (
        books.moves.filter((pl.col("kind") == EXPIRE) & pl.col("entry").is_null())
        .join(users, left_on="lot", right_on="number")
        .group_by("user_id", "day")
        .agg(pl.col("points").sum())
    )


def _with_followers(faults: pl.DataFrame, late: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Faults with the first expiry of users who have no other; and how many expiries follow from one."""
    begins = faults.group_by("user_id").agg(begins=pl.col("day").min())
    late = late.join(begins, on="user_id", how="left")
    follow = pl.col("begins").is_not_null() & (pl.col("begins") <= pl.col("day"))
    own = late.filter(~follow).drop("begins")
    turn = pl.int_range(pl.len()).over("user_id")
    firsts = own.filter(own.select(turn == 0).to_series())
    rest = own.join(firsts.select("user_id", "day"), on=["user_id", "day"], how="anti")
    follows = (
        pl.concat([late.filter(follow).select("user_id"), rest.select("user_id")])
        .group_by("user_id")
        .agg(follows=pl.len().cast(pl.Int64))
    )
    every = pl.concat([faults, firsts])
    return every.sort("user_id", "day", "kind", "entry_id", "order_id", nulls_last=True), follows
