"""Balances in sums against the books lot by lot, over exports that are odd in one way or another."""

from __future__ import annotations

import random
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from userops.core.dates import to_day
from userops.customers import point_undone
from userops.customers.point_balances import asked, balances, balances_of
from userops.customers.point_books import keep_books
from userops.customers.points_ledger import Validities, exported
from userops.datasets.fields import Type
from userops.datasets.points import POINTS
from userops.readers.dataset import Opened
from userops.readers.fast.rows import columns
from userops.readers.options import ReadOptions

AS_OF = to_day(date(2024, 2, 1))
HEADER = ("entry_id", "user_id", "time", "kind", "points", "order_id", "valid_until")
Row = tuple[str | None, ...]


def in_sums(rows: list[Row], valid: str, folder: Path, as_of: int = AS_OF) -> pl.DataFrame:
    """Balances straight from a file."""
    file = folder / "ledger.csv"
    frame(rows).write_csv(file)
    (export,) = Opened.open([str(file)], POINTS, ReadOptions(), folder).exports
    found = columns(export, POINTS, ReadOptions(), partial(asked, words={}), as_of)
    assert found is not None
    return balances_of(found, {}, Validities(valid), as_of)


def lot_by_lot(rows: list[Row], valid: str, as_of: int = AS_OF) -> pl.DataFrame:
    """Balances from the books."""
    told = frame(rows)
    times = [name for name in ("time", "valid_until") if name in told.columns]
    missing = [
        pl.lit(None, pl.Float64 if one.type is Type.NUMBER else pl.String).alias(one.name)
        for one in POINTS.fields
        if one.name not in told.columns
    ]
    read = told.with_columns(
        pl.col(times).str.to_datetime("%Y-%m-%d", time_unit="us"),
        points=pl.col("points").cast(pl.Float64),
    ).with_columns(*missing, day=pl.col("time").dt.date().cast(pl.Int32))
    made = exported(read.filter(pl.col("day") <= as_of), {*told.columns}, {}, Validities(valid))
    entries = made.entries.drop("before", "after")
    return balances(keep_books(entries, as_of, expires=made.expires), as_of)


def frame(rows: list[Row]) -> pl.DataFrame:
    """A ledger of texts, without columns that say nothing."""
    every = pl.DataFrame(rows, schema=dict.fromkeys(HEADER, pl.String), orient="row")
    return every.select(one for one in every if one.null_count() < len(one))


def entries(text: str, user: str = "u1") -> list[Row]:
    """Rows of `day of January,kind,points,order_id,valid_until`, by line."""
    made: list[Row] = []
    for number, line in enumerate(text.split()):
        day, kind, points, order, until = (cell or None for cell in (line + ",,,,").split(",")[:5])
        row = (f"e{number:03}", user, f"2024-01-{int(day or 1):02}", kind, points, order, until)
        made.append(row)
    return made


@pytest.mark.parametrize(
    ("text", "valid", "expected"),
    [
        pytest.param(
            "1,earn,100 2,,50 3,redeem,30",
            "never",
            {"earned": 150, "redeemed": 30, "outstanding": 120, "debt": 0},
            id="what says no kind isn't negated where points are written without signs",
        ),
        pytest.param(
            "1,earn,100 2,redeem,-30 3,expire,0",
            "10 days",
            {"redeemed": 30, "expired": 0, "outstanding": 70},
            id="an expiry of 0 points says that the ledger books its expiries itself",
        ),
        pytest.param(
            "1,earn,10,b2 1,earn,10,a1 5,redeem,-10 20,reverse,-10,b2",
            "10 days",
            {"redeemed": 10, "expired": 10, "reversed": 0, "debt": 0},
            id="lots of one time go by their orders",
        ),
        pytest.param(
            "1,earn,10 4,earn,10,,2024-12-31 5,redeem,-5,b2 5,redeem,-10,a1 14,restore,10,a1",
            "10 days",
            {"redeemed": 5, "expired": 10, "outstanding": 5},
            id="redemptions of one time go by their orders",
        ),
        pytest.param(
            "1,reverse,-10,,2024-12-31 2,earn,5,,2023-12-29 4,earn,30,,2024-12-31",
            "never",
            {"earned": 35, "outstanding": 25, "debt": 0},
            id="what comes too late still pays what's owed: taken back",
        ),
        pytest.param(
            "1,redeem,-10,,2024-12-31 2,earn,5,,2023-12-29 4,earn,30,,2024-12-31",
            "never",
            {"redeemed": 10, "expired": 0, "outstanding": 25},
            id="what comes too late still pays what's owed: redeemed",
        ),
    ],
)
def test_odd_ledgers(text: str, valid: str, expected: dict[str, Any], tmp_path: Path) -> None:
    rows = entries(text)
    told = in_sums(rows, valid, tmp_path)
    assert told.equals(lot_by_lot(rows, valid))
    assert {name: told[name].item() for name in expected} == expected


def test_rounds_do_not_grow_with_one_users_entries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each settles an entry a user over all that these have: of so many they'd take the square of it."""
    rounds = []
    settle = point_undone._Undoing._settle

    def counted(self: Any, now: Any) -> Any:
        rounds.append(len(now))
        return settle(self, now)

    monkeypatch.setattr(point_undone._Undoing, "_settle", counted)
    day = "1,earn,10 2,redeem,-5,o{0} 3,restore,5,o{0}"
    few, many = (
        [
            (
                f"{user}{number:04}{row[0]}",
                user,
                f"20{20 + number // 12}-{number % 12 + 1:02}{(row[2] or '')[7:]}",
                *row[3:],
            )
            for number in range(count)
            for row in entries(day.format(number))
        ]
        for user, count in (("u1", 5), ("u2", 70))
    )
    rows = few + many
    told = in_sums(rows, "10 days", tmp_path, to_day(date(2026, 1, 1)))
    assert told.equals(lot_by_lot(rows, "10 days", to_day(date(2026, 1, 1))))
    assert sum(rounds) == 5


def drawn(draw: random.Random, user: str, signed: bool, split: int) -> list[Row]:
    """A user's entries: some of one time, of no kind or of no points; lots that are over before they came."""
    made: list[Row] = []
    day = date(2024, 1, 1)
    for number in range(draw.randint(1, 10)):
        day += timedelta(days=draw.choice([0, 0, 1, 3, 9, 10, 11]))
        # Expiries that a ledger books leave none to time: half of the ledgers have none.
        kinds = ["earn", "redeem", "reverse", "restore", "adjust", "expire"]
        kind = draw.choices(kinds, [6, 4, 2, 2, 0.1, split])[0]
        takes = signed and kind in ("redeem", "reverse", "expire")
        points = draw.choice([0, 1, 5, 10, 10, 20]) * (-1 if takes else 1)
        until = day + timedelta(days=draw.choice([-5, -1, 0, 5, 10, 20]))
        made.append(
            (
                f"{user}{number:03}",
                user,
                str(day),
                None if draw.random() < 0.05 else kind,
                str(points),
                draw.choice([None, "b2", "a1", "o10", "o9"]),
                str(until) if draw.random() < 0.1 else None,
            )
        )
    return made


@pytest.mark.parametrize("seed", range(12))
def test_random_odd_ledgers(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    rows = [
        row
        for number in range(120)
        for row in drawn(draw, f"u{number:03}", signed=bool(seed % 3), split=seed % 2)
    ]
    draw.shuffle(rows)
    told = in_sums(rows, "10 days", tmp_path)
    assert told.equals(lot_by_lot(rows, "10 days"))
