"""Small exports of orders, events, users and costs that go together, in the working folder."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from pathlib import Path

from helpers.running import userops

DAYS = [date(2025, 1, 1) + timedelta(day) for day in range(120)]


def put(name: str, *rows: str) -> str:
    Path(name).write_text("\n".join(rows) + "\n", encoding="utf-8")
    return name


def orders(*extra: str, name: str = "o.csv") -> str:
    """A day an order, of forty users, through channels a and b."""
    made = [
        f"o{n},u{n % 40},{day} 10:00:00,{10 + n % 7},{'ab'[n % 2]}" for n, day in enumerate(DAYS)
    ]
    return put(name, "order_id,user_id,paid_at,amount,channel", *made, *extra)


def events(*extra: str, name: str = "e.csv") -> str:
    made = [
        f"u{n % 40},{day} 09:00:00,{('browse', 'cart', 'pay')[n % 3]},{'cd'[n % 2]}"
        for n, day in enumerate(DAYS)
    ]
    return put(name, "user_id,event_time,event,channel", *made, *extra)


def people(*extra: str, name: str = "un.csv", count: int = 40) -> str:
    made = [f"u{n},{DAYS[n]} 08:00:00,{'xy'[n % 2]}" for n in range(count)]
    return put(name, "user_id,registered_at,region", *made, *extra)


def costs(*extra: str, name: str = "c.csv") -> str:
    return put(name, "channel,month,cost", "a,2025-01,100", "b,2025-01,50", "a,2025-02,80", *extra)


def rows(*arguments: object, code: int = 0) -> list[dict[str, str]]:
    ran = userops(*arguments, "-f", "csv")
    assert ran.code == code, ran.err
    return list(csv.DictReader(io.StringIO(ran.text.lstrip("\ufeff"))))
