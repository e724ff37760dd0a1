"""Points followed one by one, each a thing of its own: what the books of a ledger are compared with.

Written apart from the code: points are things in a list, nothing is added up.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from userops.core.dates import to_day
from userops.core.validity import parse_validity

START = date(2023, 11, 20)  # a leap day follows


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
    """What became of every point: `lot, fate, how many`, and debts of lot -1."""
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


def history(
    seed: int, *, alike: bool, undone: bool | None = None, user: str = "a"
) -> list[dict[str, Any]]:
    """A user's random ledger; `alike` with lots that live equally long, and nothing `undone` unless it's said."""
    undone = not alike if undone is None else undone
    draw = random.Random(seed)
    validities = ["1 month"] if alike else ["1 month", "2 months", "30 days", None, "idle"]
    rows: list[dict[str, Any]] = []
    redeemed: dict[str, int] = {}
    days = sorted(draw.randrange(0, 150) for _ in range(draw.randrange(2, 16)))
    for number, offset in enumerate(days):
        day = START + timedelta(days=offset)
        moment = datetime(day.year, day.month, day.day, draw.choice([9, 9, 15]), number % 2)
        kind = draw.choice(["earn", "earn", "redeem"] + (["reverse", "restore"] if undone else []))
        row: dict[str, Any] = {
            "user_id": user,
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
            row["order_id"] = draw.choice(earlier) if earlier else "o999"
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
