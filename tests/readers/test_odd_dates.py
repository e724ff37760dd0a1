"""Dates that are likely none: clean exports are read fast all the same, and both ways say the same."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date
from pathlib import Path
from random import Random

import polars as pl
import pytest

from helpers.ways import carefully
from userops.core.dates import to_day
from userops.core.facts import Facts
from userops.ledger.customers import CUSTOMERS
from userops.ledger.event_reductions import EVENT_NAMES
from userops.readers.events import Events
from userops.readers.files.open import workspace
from userops.readers.options import ReadOptions
from userops.readers.orders import Orders

_LATE = ["2025-06-01 10:00:00", "2025-06-03 23:59:59"]
_OLD = ["1970-01-01 00:00:00", "1969-12-31 23:59:59", "1989-12-31 08:00:00", "1900-03-01 00:00:00"]
AS_OF = (None, to_day(date(2023, 6, 30)), to_day(date(2025, 6, 2)), to_day(date(1980, 1, 1)))


def orders(random: Random, odd: list[str], between: str) -> pl.DataFrame:
    days = [
        f"2023-{random.randint(1, 12):02}-{random.randint(1, 28):02} 10:00:00" for _ in range(900)
    ]
    days[random.randrange(900)] = "2023-12-28 10:00:00"
    rows = [*((day, "paid") for day in days), *((day, "paid") for day in odd)]
    rows += [("2024-09-15 10:00:00", between)] if between else []
    random.shuffle(rows)
    return pl.DataFrame(
        {
            "order_id": [f"O{number}" for number in range(len(rows))],
            "user_id": [f"U{random.randrange(200)}" for _ in rows],
            "order_time": [day for day, _ in rows],
            "amount": [f"{random.randint(1, 99)}.50" for _ in rows],
            "status": [status for _, status in rows],
        }
    )


def told(facts: Facts) -> tuple[object, ...]:
    return facts.notes, facts.window, facts.tally, facts.last_row


@pytest.mark.parametrize("between", ["", "cancelled"])
@pytest.mark.parametrize("odd", [[], _LATE, _OLD, [*_LATE, *_OLD], [*_LATE * 30]])
def test_orders(odd: list[str], between: str, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    orders(Random(len(odd)), odd, between).write_csv(path)
    for as_of in AS_OF:
        found = []
        for way in (nullcontext, carefully):
            with workspace() as folder, way():
                opened = Orders.open([str(path)], ReadOptions(), folder)
                (frame,), facts = opened.reduce([CUSTOMERS], as_of)
                assert ("read" in opened.__dict__) == (way is carefully)
                found.append((frame.rows(), *told(facts)))
        assert found[0] == found[1]
        few_are = odd in (_LATE, [*_LATE, *_OLD]) and not between
        counted = facts.window.as_of is None or facts.window.as_of >= date(2025, 6, 1)
        late = any("more than a year" in note.sentence for note in facts.notes)
        assert late == (few_are and counted)
        assert any("before 1990" in note.sentence for note in facts.notes) == (
            odd[-1:] == _OLD[-1:]
        )


@pytest.mark.parametrize("odd", [[], _LATE, _OLD, [*_LATE, *_OLD]])
def test_events(odd: list[str], tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    renamed = {"order_id": "event_id", "order_time": "event_time", "status": "event_name"}
    orders(Random(len(odd)), odd, "").drop("amount").rename(renamed).write_csv(path)
    for as_of in AS_OF:
        found = []
        for way in (nullcontext, carefully):
            with workspace() as folder, way():
                opened = Events.open([str(path)], ReadOptions(), folder)
                (frame,), facts = opened.reduce([EVENT_NAMES], as_of)
                assert ("read" in opened.__dict__) == (way is carefully)
                found.append((sorted(frame.rows()), *told(facts)))
        assert found[0] == found[1]
        counted = facts.window.as_of is None or facts.window.as_of >= date(2025, 6, 1)
        said = len(facts.notes) > 1  # the other says which columns were taken
        assert said == bool(odd if counted else set(odd) - set(_LATE))
