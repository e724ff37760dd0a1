"""The books of a ledger against points that are followed one by one, each a thing of its own."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from oracles.points import START, history, one_by_one
from userops.core.dates import to_day
from userops.core.validity import parse_validity
from userops.customers.point_balances import asked, balances, balances_of
from userops.customers.point_books import ENTRIES, Books, keep_books
from userops.customers.point_lots import KINDS
from userops.customers.points_ledger import Validities
from userops.datasets.points import POINTS
from userops.readers.dataset import Opened
from userops.readers.fast.rows import columns
from userops.readers.options import ReadOptions


def ledger(*rows: tuple[Any, ...]) -> pl.DataFrame:
    """Entries from `(day number, kind, points, more)`, of the user a unless `more` says otherwise."""
    made = []
    for number, kind, points, *more in rows:
        said = more[0] if more else {}
        day = START + timedelta(days=number)
        made.append(
            {
                "user_id": "a",
                "time": datetime(day.year, day.month, day.day, 12),
                "day": to_day(day),
                "kind": kind,
                "points": points,
                **said,
            }
        )
    return pl.DataFrame(made, schema=ENTRIES)


def until(number: int) -> dict[str, int]:
    return {"last_day": to_day(START) + number}


def books(*rows: tuple[Any, ...], as_of: int) -> Books:
    return keep_books(ledger(*rows), to_day(START) + as_of)


def sums(kept: Books) -> list[int]:
    row = kept.balances.row(0, named=True)
    return [row[name] for name in ("earned", "redeemed", "expired", "reversed", "outstanding")]


def test_two_lots_of_365_days() -> None:
    rows = (
        (0, "earn", 100, until(365)),
        (100, "earn", 50, until(465)),
        (200, "redeem", -80),
    )
    expected = {365: [150, 80, 0, 0, 70], 366: [150, 80, 20, 0, 50], 465: [150, 80, 20, 0, 50]}
    expected[466] = [150, 80, 70, 0, 0]
    for as_of, values in expected.items():
        assert sums(books(*rows, as_of=as_of)) == values


def test_one_month_is_used_through_its_last_day() -> None:
    last = parse_validity("1 month").last_day(date(2025, 1, 31))
    assert last == date(2025, 2, 28)
    row = ledger((0, "earn", 5)).with_columns(
        day=pl.lit(to_day(date(2025, 1, 31)), pl.Int32), last_day=pl.lit(to_day(last), pl.Int32)
    )
    assert sums(keep_books(row, to_day(date(2025, 2, 28))))[-1] == 5
    assert sums(keep_books(row, to_day(date(2025, 3, 1))))[-1] == 0


def test_a_year_of_inactivity_takes_all() -> None:
    idle = {"idle": "inactivity 12 months"}
    first = (date(2021, 1, 1) - START).days
    second = (date(2021, 12, 31) - START).days
    rows = ((first, "earn", 500, idle), (second, "earn", 100, idle))
    eve = (date(2022, 12, 30) - START).days
    assert sums(books(*rows, as_of=eve)) == [600, 0, 0, 0, 600]
    kept = books(*rows, as_of=eve + 1)
    assert sums(kept) == [600, 0, 600, 0, 0]
    assert set(kept.moves["day"]) == {to_day(date(2022, 12, 31))}


def test_spending_takes_the_oldest_lots() -> None:
    kept = books((0, "earn", 50), (1, "earn", 30), (2, "earn", 40), (3, "redeem", -75), as_of=3)
    assert kept.lots["redeemed"].to_list() == [50, 25, 0]


def test_with_mixed_lives_a_lot_that_goes_first_is_spent_first() -> None:
    # Earned 100 for 12 months, 50 redeemed, earned 50 for 1 month: these 50 expire.
    rows = ((0, "earn", 100, until(366)), (1, "redeem", -50), (2, "earn", 50, until(33)))
    assert sums(books(*rows, as_of=40)) == [150, 50, 50, 0, 50]


def test_half_of_an_order_given_back() -> None:
    order = {"order_id": "1"}
    kept = books((0, "earn", 60, order), (3, "reverse", -30, order), as_of=3)
    assert sums(kept) == [60, 0, 0, 30, 30]


def test_what_has_expired_is_not_taken_back_once_more() -> None:
    order = {"order_id": "1"}
    rows = (
        (0, "earn", 60, until(30) | order),
        (1, "redeem", -20),
        (5, "earn", 25),
        (31, "reverse", -30, order),  # of the 40 that have expired
    )
    kept = books(*rows, as_of=31)
    assert sums(kept) == [85, 20, 40, 0, 25]
    assert kept.debts.is_empty()
    # The rest of it, 10 that expired and 20 that were spent.
    kept = books(*rows, (32, "reverse", -30, order), as_of=32)
    assert sums(kept) == [85, 20, 40, 20, 5]
    booked = keep_books(ledger(*rows), to_day(START) + 31, expires=False)
    assert sums(booked) == [85, 20, 0, 30, 35]  # a ledger that books what expires


def test_a_debt_is_paid_by_what_is_earned_next() -> None:
    order = {"order_id": "1"}
    rows = ((0, "earn", 60, order), (1, "redeem", -50), (2, "reverse", -60, order))
    owing = books(*rows, as_of=2)
    assert sums(owing) == [60, 50, 0, 10, 0]
    assert owing.debts.rows() == [("a", "reverse", 50)]
    paid = books(*rows, (3, "earn", 70), as_of=3)
    assert sums(paid) == [130, 50, 0, 60, 20]
    assert paid.debts.is_empty()


def test_a_redemption_undone_gives_back_to_its_own_lots() -> None:
    rows = (
        (0, "earn", 50, until(10)),
        (1, "earn", 30, until(100)),
        (2, "redeem", -60, {"order_id": "r"}),
        (20, "restore", 60, {"order_id": "r"}),
    )
    kept = books(*rows, as_of=20)
    # What came from the first lot is past its time.
    assert kept.lots.select("redeemed", "expired", "outstanding").rows() == [(0, 50, 0), (0, 0, 30)]


def fates(kept: Books) -> dict[str, list[tuple[int, str, int]]]:
    """By user what became of how many points of each lot, which is told by its place among the user's entries."""
    first = dict(kept.entries.group_by("user_id").agg(pl.col("number").min()).iter_rows())
    found: dict[str, list[tuple[int, str, int]]] = {user: [] for user in first}
    for row in kept.lots.rows(named=True):
        for fate in ("redeemed", "expired", "reversed", "outstanding"):
            if row[fate]:
                lot = row["number"] - first[row["user_id"]]
                found[row["user_id"]].append((lot, fate, row[fate]))
    named = {"redeem": "redeemed", "reverse": "reversed"}
    for user, kind, points in kept.debts.rows():
        found[user].append((-1, named[kind], points))
    return {user: sorted(rows) for user, rows in found.items()}


@pytest.mark.parametrize("alike", [True, False])
def test_the_books_are_those_of_points_followed_one_by_one(alike: bool) -> None:
    """Of 1,000 random histories each: of lots that live equally long, and of all kinds."""
    as_of = to_day(START) + 125
    histories = {
        f"u{seed:04}": history(seed, alike=alike, user=f"u{seed:04}") for seed in range(1000)
    }
    shuffled = [row for rows in histories.values() for row in rows]
    random.Random(1).shuffle(shuffled)
    kept = keep_books(pl.DataFrame(shuffled, schema=ENTRIES), as_of)
    told = fates(kept)
    for user, rows in histories.items():
        within = [row for row in rows if row["day"] <= as_of]
        assert told.get(user, []) == (one_by_one(within, as_of) if within else []), user
    parts = ("redeemed", "expired", "reversed", "outstanding")
    assert kept.lots.select(pl.col("earned") == pl.sum_horizontal(parts)).to_series().all()
    kinds = {*kept.moves["kind"]} | ({"debt"} if len(kept.debts) else set())
    assert kinds >= (
        {"redeem", "expire", "debt"} if alike else {*KINDS, "debt"} - {"earn", "adjust"}
    )


@pytest.mark.parametrize(
    ("as_of", "numbered", "booked"),
    [(75, True, False), (160, True, False), (160, False, False), (160, True, True)],
)
def test_balances_of_all_at_once_are_those_of_the_books(
    as_of: int, numbered: bool, booked: bool, tmp_path: Path
) -> None:
    """Straight from a file, with sums and a running maximum, and lot by lot for whom these won't do.

    Orders are numbered, or have names that no number tells. What expires is left to time, or `booked`: a part
    of what was redeemed else.
    """
    rows = [
        row | {"entry_id": f"e{seed:04}{row['entry_id']}"}
        for seed in range(800)
        for row in history(seed, alike=seed % 4 != 3, undone=seed % 4 != 0, user=f"u{seed:04}")
    ]
    last = to_day(START) + as_of
    entries = pl.DataFrame(rows, schema=ENTRIES).with_columns(
        last_day=pl.coalesce("last_day", pl.col("day") + 90), idle=pl.lit(None, pl.String)
    )
    until = pl.col("last_day").cast(pl.Date).cast(pl.Datetime("us"))
    # Half of what's earned and taken back names no order.
    named = pl.when(
        pl.col("entry_id").str.slice(4, 1).str.contains("[0-4]")
        | (pl.col("kind") == "restore")
        | (pl.col("kind") == "redeem")
    ).then("order_id")
    digits, letters = list("0123456789"), list("abcdefghij")
    entries = entries.with_columns(
        order_id=named if numbered else named.str.replace_many(digits, letters)
    )
    if booked:
        goes = (pl.col("kind") == "redeem") & pl.col("entry_id").str.contains("[13579]$")
        entries = entries.with_columns(
            kind=pl.when(goes).then(pl.lit("expire")).otherwise("kind"),
            order_id=pl.when(~goes | pl.col("entry_id").str.ends_with("9")).then("order_id"),
        )
    ledger = entries.select(
        "entry_id", "user_id", "time", "kind", "points", "order_id", valid_until=until
    )
    for file, mixed in (
        (tmp_path / "ledger.parquet", ledger.sort("time", descending=True)),
        (tmp_path / "ledger.csv", ledger.sample(fraction=1, shuffle=True, seed=1)),
    ):
        if file.suffix == ".csv":
            mixed.with_columns(
                pl.col("time", "valid_until").dt.to_string("%Y-%m-%d %H:%M:%S")
            ).write_csv(file)
        else:
            mixed.write_parquet(file)
        (export,) = Opened.open([str(file)], POINTS, ReadOptions(), tmp_path).exports
        found = columns(export, POINTS, ReadOptions(), partial(asked, words={}), last)
        assert found is not None
        told = balances_of(found, {}, Validities("30 days"), last)
        assert told.equals(balances(keep_books(entries, last, expires=not booked), last))


def test_many_users_at_once_are_as_each_by_itself() -> None:
    rows = [
        row for seed in range(60) for row in history(seed, alike=seed % 2 == 0, user=f"u{seed:03}")
    ]
    as_of = to_day(START) + 120
    together = keep_books(pl.DataFrame(rows, schema=ENTRIES), as_of).lots.drop("number")
    alone = [
        keep_books(pl.DataFrame(of_user, schema=ENTRIES), as_of).lots.drop("number")
        for seed in range(60)
        if (of_user := [row for row in rows if row["user_id"] == f"u{seed:03}"])
    ]
    assert together.equals(pl.concat(alone))


def test_time_travel() -> None:
    rows = history(5, alike=False)
    for number in (10, 60, 110):
        as_of = to_day(START) + number
        whole = keep_books(pl.DataFrame(rows, schema=ENTRIES), as_of)
        cut = [row for row in rows if row["day"] <= as_of]
        assert whole.lots.equals(keep_books(pl.DataFrame(cut, schema=ENTRIES), as_of).lots)
