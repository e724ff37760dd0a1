"""Made-up event exports, with ties, sessions, silence and one event named twice."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import duckdb

FIRST = datetime(2025, 3, 3)
NAMES = ("register", "browse", "click", "cart", "order", "pay", "share")
CHANNELS = ("wechat", "douyin", "")


@dataclass(frozen=True)
class Shape:
    """What may occur in an export."""

    users: int = 12
    rows: int = 150
    days: int = 70
    seconds: int = 86_400  # of a day in which events fall; few make ties
    sessions: str = "all"  # all, some, none
    durations: bool = True
    named: str = "u{:03d}"  # users


SHAPES = (
    Shape(),
    Shape(sessions="none"),
    Shape(sessions="none", durations=False),
    Shape(sessions="some", durations=False, rows=300),
    Shape(durations=False),
    Shape(seconds=4, rows=400),
    Shape(users=1),
    Shape(days=1),
    Shape(users=60, rows=70),
    Shape(rows=1),
    Shape(users=40, rows=1200, days=100),
    Shape(users=150, rows=400, named="{}"),
    Shape(users=150, rows=400, named="u{}", sessions="none"),
)


def rows(shape: Shape, seed: int = 1) -> list[dict[str, object]]:
    """Events in no order; a session is of one user and lasts some minutes, past midnight too."""
    random = Random(f"{shape} {seed}")
    made: dict[tuple[object, ...], dict[str, object]] = {}
    session = 0
    while len(made) < shape.rows:
        user = shape.named.format(1 + int(shape.users * random.random() ** 1.5))
        day = random.randrange(shape.days)
        time = FIRST + timedelta(days=day, seconds=random.randrange(shape.seconds))
        session += 1
        named = shape.sessions == "all" or (shape.sessions == "some" and random.random() < 0.6)
        last = FIRST + timedelta(days=shape.days)
        for _ in range(random.choice((1, 1, 2, 4, 7))):
            if time >= last or len(made) >= shape.rows:
                break
            row = {
                "user_id": user,
                "event_time": time,
                "event": random.choice(NAMES),
                "session_id": f"s{session}" if named else "",
                "duration_s": random.choice(("", 3, 20, 40, 90, 4000)) if shape.durations else "",
                "channel": random.choice(CHANNELS),
                "page": random.choice(("home", "item", "")),
            }
            made[tuple(row.values())] = row
            time += timedelta(seconds=random.choice((0, 1, 25, 600, 1800, 1801, 5000)))
    if shape.sessions == "none":
        made = {
            key: {k: v for k, v in row.items() if k != "session_id"} for key, row in made.items()
        }
    if not shape.durations:
        made = {
            key: {k: v for k, v in row.items() if k != "duration_s"} for key, row in made.items()
        }
    found = list(made.values())
    random.shuffle(found)
    return found


def write(path: Path, events: Sequence[dict[str, object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(events[0]))
        writer.writeheader()
        writer.writerows(events)
    return path


def until(events: Sequence[dict[str, object]], day: str) -> list[dict[str, object]]:
    """The export cut after a day."""
    return [row for row in events if f"{row['event_time']:%Y-%m-%d}" <= day]


def sql(path: Path, query: str) -> list[tuple[object, ...]]:
    """What DuckDB says of an export, as `events`."""
    with duckdb.connect() as db:
        db.execute(f"create view raw as select * from read_csv('{path}', all_varchar=true)")
        columns = {name for (name, *_) in db.execute("describe raw").fetchall()}
        extra = [
            f"{name if name in columns else 'null'}::{kind} as {name}"
            for name, kind in (("session_id", "varchar"), ("duration_s", "double"))
        ]
        db.execute(
            f"""create view events as select user_id, event_time::timestamp as t,
            event_time::timestamp::date as d, event, channel, page, {", ".join(extra)} from raw"""
        )
        return db.execute(query).fetchall()
