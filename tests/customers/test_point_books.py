"""The books of a ledger against points that are followed one by one, each a thing of its own."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from userops.core.dates import to_day
from userops.core.validity import parse_validity
from userops.customers.point_books import ENTRIES, Books, keep_books

START = date(2023, 11, 20)  # a leap day follows


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


@dataclass(slots=True)
class Point:
    """One point."""

    lot: int
    last: int | None
    idle: bool
    fate: str = "outstanding"
    taken_by: int | None = None
    turn: int = 0
    excused: bool = False  # expired, and taken back since: that takes no other point


def one_by_one(entries: list[dict[str, Any]], as_of: int) -> list[tuple[int, str, int]]:
    """What became of every point, followed one by one: `lot, fate, how many`, and debts of lot -1.

    Written apart from the code: points are things in a list, nothing is added up.
    """
    points: list[Point] = []
    owed: list[tuple[int, str]] = []  # entry and fate, a row a point
    active: int | None = None
    turn = 0
    rank = {"earn": 0, "restore": 1, "adjust": 2, "reverse": 3, "redeem": 4}

    def last(point: Point) -> int:
        if not point.idle:
            return point.last if point.last is not None else 10**9
        assert active is not None
        day = date(1970, 1, 1) + timedelta(days=active)
        month = day.month + 2
        year, month = (day.year + 1, month - 12) if month > 12 else (day.year, month)
        while True:
            try:
                return to_day(day.replace(year=year, month=month)) - 1
            except ValueError:
                day = day.replace(day=day.day - 1)

    def pay(point: Point) -> None:
        nonlocal turn
        if owed:
            entry, fate = owed.pop(0)
            turn += 1
            point.fate, point.taken_by, point.turn = fate, entry, turn

    def go(day: int) -> None:
        for point in points:
            if point.fate == "outstanding" and last(point) < day:
                point.fate = "expired"

    ordered = sorted(
        enumerate(entries),
        key=lambda one: (
            one[1]["day"],
            one[1]["time"],
            rank[one[1]["kind"]],
            one[1]["entry_id"],
        ),
    )
    for number, (_, entry) in enumerate(ordered):
        go(entry["day"])
        size, kind = abs(entry["points"]), entry["kind"]
        if kind in ("earn", "redeem"):
            active = entry["day"]
        if kind == "earn":
            for _ in range(size):
                point = Point(number, entry["last_day"], entry["idle"] is not None)
                points.append(point)
                pay(point)
        elif kind in ("redeem", "reverse"):
            fate = "redeemed" if kind == "redeem" else "reversed"
            free = [point for point in points if point.fate == "outstanding"]
            own = [
                point
                for point in points
                if kind == "reverse" and ordered[point.lot][1]["order_id"] == entry["order_id"]
            ]
            mine = [point for point in own if point.fate == "outstanding"]
            gone = [point for point in own if point.fate == "expired" and not point.excused]
            for point in gone[: max(size - len(mine), 0)]:
                point.excused = True
                size -= 1
            others = sorted(
                (point for point in free if point not in mine),
                key=lambda point: (last(point), point.lot),
            )
            queue = [*mine, *others]
            for _ in range(size):
                if queue:
                    point = queue.pop(0)
                    turn += 1
                    point.fate, point.taken_by, point.turn = fate, number, turn
                else:
                    owed.append((number, fate))
        else:
            source = next(
                place
                for place, (_, other) in enumerate(ordered)
                if other["kind"] == "redeem" and other["order_id"] == entry["order_id"]
            )
            for _ in range(size):
                if (source, "redeemed") in owed:
                    owed.remove((source, "redeemed"))
                    continue
                point = max(
                    (one for one in points if one.taken_by == source), key=lambda one: one.turn
                )
                point.fate, point.taken_by = "outstanding", None
                pay(point)
                if point.fate == "outstanding" and last(point) < entry["day"]:
                    point.fate = "expired"
    go(as_of)
    counted: dict[tuple[int, str], int] = {}
    for point in points:
        counted[point.lot, point.fate] = counted.get((point.lot, point.fate), 0) + 1
    for _, fate in owed:
        counted[-1, fate] = counted.get((-1, fate), 0) + 1
    return sorted((lot, fate, count) for (lot, fate), count in counted.items())


def history(seed: int, *, alike: bool) -> list[dict[str, Any]]:
    """A user's random ledger; `alike` with lots that live equally long, and nothing undone."""
    draw = random.Random(seed)
    validities = ["1 month"] if alike else ["1 month", "2 months", "30 days", None, "idle"]
    rows: list[dict[str, Any]] = []
    redeemed: dict[str, int] = {}
    days = sorted(draw.randrange(0, 150) for _ in range(draw.randrange(2, 16)))
    for number, offset in enumerate(days):
        day = START + timedelta(days=offset)
        moment = datetime(day.year, day.month, day.day, draw.choice([9, 9, 15]), number % 2)
        kind = draw.choice(["earn", "earn", "redeem"] + ([] if alike else ["reverse", "restore"]))
        row: dict[str, Any] = {
            "user_id": "a",
            "time": moment,
            "day": to_day(day),
            "kind": kind,
            "points": draw.randrange(1, 12),
            "entry_id": f"{number:03}",
            "lot_id": None,
            "order_id": f"o{number:03}",
            "rule": None,
            "last_day": None,
            "idle": None,
        }
        if kind == "earn":
            valid = draw.choice(validities)
            if valid == "idle":
                row["idle"] = "inactivity 2 months"
            elif valid:
                last = parse_validity(valid).last_day(day)
                row["last_day"] = to_day(last) if last else None
        elif kind == "redeem":
            redeemed[row["order_id"]] = row["points"]
        elif kind == "reverse":
            earlier = [one["order_id"] for one in rows if one["kind"] == "earn"]
            row["order_id"] = draw.choice(earlier) if earlier else "none"
        else:
            back = [
                order
                for order, left in redeemed.items()
                if left > 0
                and next(one["time"] for one in rows if one["order_id"] == order) < moment
            ]
            if not back:
                continue
            order = draw.choice(back)
            row["order_id"], row["points"] = order, min(row["points"], redeemed[order])
            redeemed[order] -= row["points"]
        if kind in ("redeem", "reverse"):
            row["points"] = -row["points"]
        rows.append(row)
    return rows


def fates(kept: Books) -> list[tuple[int, str, int]]:
    rows = [
        (row["number"], fate, row[fate])
        for row in kept.lots.rows(named=True)
        for fate in ("redeemed", "expired", "reversed", "outstanding")
        if row[fate]
    ]
    named = {"redeem": "redeemed", "reverse": "reversed"}
    rows += [(-1, named[kind], points) for _, kind, points in kept.debts.rows()]
    return sorted(rows)


@pytest.mark.parametrize("alike", [True, False])
def test_the_books_are_those_of_points_followed_one_by_one(alike: bool) -> None:
    kinds: set[str] = set()
    for seed in range(300):
        rows = history(seed, alike=alike)
        as_of = to_day(START) + 60 + seed % 150
        within = [row for row in rows if row["day"] <= as_of]
        if not within:
            continue
        shuffled = list(rows)
        random.Random(seed).shuffle(shuffled)
        kept = keep_books(pl.DataFrame(shuffled, schema=ENTRIES), as_of)
        assert fates(kept) == one_by_one(within, as_of), seed
        kinds |= {*kept.moves["kind"], *("debt" for _ in range(len(kept.debts)))}
        balance = kept.lots.select(
            (
                pl.col("earned")
                == pl.col("redeemed")
                + pl.col("expired")
                + pl.col("reversed")
                + pl.col("outstanding")
            ).all()
        ).item()
        assert balance in (True, None)
    assert kinds >= {"redeem", "expire", "debt"}
    assert alike or kinds >= {"reverse", "restore"}


def test_many_users_at_once_are_as_each_by_itself() -> None:
    rows = [
        row | {"user_id": f"u{seed:03}"}
        for seed in range(60)
        for row in history(seed, alike=seed % 2 == 0)
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
