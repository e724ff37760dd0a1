"""Seeded shops: the same number gives the same files, whatever becomes of the program.

Even numbers are clean, so that the fast way reads them; odd ones have something odd in them. All
else (ids, headers, encodings, forms of dates and money, what else is known) is drawn by number.
Nothing of the program or of other tests is used here.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from .shop_orders import (
    CHANNELS,
    HEADERS,
    TIMES,
    Row,
    Traits,
    columns,
    draw,
    names,
    order_id,
    spoil,
    text,
    traits,
)


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop's files, by names from its folder, and the options that they need."""

    traits: Traits
    orders: tuple[str, ...]
    how: tuple[str, ...]
    parquet: str | None
    events: str | None
    users: str | None
    costs: str | None
    settings: str | None
    earlier: str  # a day at which two thirds are over
    before: str  # one before that
    more: tuple[str, ...] = field(default=())  # columns that can split users


def write(folder: Path, number: int) -> Shop:
    """Write the shop of a number; what it has."""
    made = traits(number)
    rows = draw(made)
    start, last = rows[0]["order_time"].date(), rows[-1]["order_time"].date()
    orders = write_orders(folder, made, spoil(made, rows))
    parquet = write_parquet(folder, made, rows) if made.clean else None
    has_events, has_users, has_costs = (
        number % 2 == 0 or number % 3 == 0,
        number % 3 != 1,
        number % 4 == 2,
    )
    earlier = start + (last - start) * 2 // 3
    return Shop(
        traits=made,
        orders=orders,
        how=options(made),
        parquet=parquet,
        events=write_events(folder, made, start, last) if has_events else None,
        users=write_users(folder, made, rows) if has_users else None,
        costs=write_costs(folder, made, start, last) if has_costs else None,
        settings=settings(made) if number % 8 not in (3, 4) or "foreign money" in made.odd else None,
        earlier=earlier.isoformat(),
        before=(start + (last - start) // 2).isoformat(),
        more=(*(("channel",) if "channel" in made.fields else ()), *(("region",) if has_users else ())),
    )  # fmt: skip


def write_orders(folder: Path, made: Traits, rows: Sequence[Row]) -> tuple[str, ...]:
    """The orders export, or two that overlap."""
    if made.files == 1:
        (folder / "orders.csv").write_bytes(text(made, rows))
        return ("orders.csv",)
    third = len(rows) // 3
    parts = {"orders-1.csv": rows[: 2 * third], "orders-2.csv": rows[third:]}
    for name, part in parts.items():
        (folder / name).write_bytes(text(made, part))
    return tuple(parts)


def options(made: Traits) -> tuple[str, ...]:
    """What the program has to be told to read the orders, or to read all of them."""
    told = list(TIMES[made.time][1])
    if made.money == "comma":
        told += ["--decimal", ","]
    if "unknown status" in made.odd:
        told += ["--status", "mystery=valid"]
    if "totals" in made.odd and made.number % 4 == 1:
        told += ["--totals", "order"]
    if made.odd and made.number % 3:
        told += ["--max-rejects", "10%"]
    return tuple(told)


def loosely(made: Traits, how: Sequence[str]) -> tuple[str, ...]:
    """Options under which what is odd beside the orders is refused without ending the run."""
    loose = made.clean or "--max-rejects" in how
    return tuple(how) if loose else (*how, "--max-rejects", "10%")


def write_parquet(folder: Path, made: Traits, rows: Sequence[Row]) -> str:
    """The same orders in Parquet, as some tool types them."""
    found = {name: [row[name] for row in rows] for name in columns(made)}
    for name in {"amount", "refund"} & {*found}:
        found[name] = [
            cents // 100 if made.money == "whole" else cents / 100 for cents in found[name]
        ]
    if "order_id" in found:
        ids = [order_id(made, number) for number in found["order_id"]]
        found["order_id"] = [int(one) for one in ids] if made.order_ids == "digits" else ids
    if made.form == "{}":
        found["user_id"] = [int(one) for one in found["user_id"]]
    frame = pl.DataFrame(found)
    if made.time == "days":
        frame = frame.with_columns(pl.col("order_time").cast(pl.Date))
    elif made.number % 3 == 0:
        frame = frame.with_columns(pl.col("order_time").cast(pl.Datetime("ns")))
    if made.money == "plain" and made.number % 4 == 0:
        frame = frame.with_columns(pl.col("amount").cast(pl.Decimal(12, 2)))
    frame.rename(HEADERS[made.header], strict=False).write_parquet(folder / "orders.parquet")
    return "orders.parquet"


def write_events(folder: Path, made: Traits, start: date, last: date) -> str:
    """Events of its users and some who never bought, with sessions, silence and anonymous ids."""
    random = np.random.default_rng([13, made.number])
    users = [*names(made), *(f"guest{number}" for number in range(9))]
    kinds = ("register", "browse", "click", "cart", "order", "pay", "share")
    named, timed, hidden = made.number % 3 != 2, made.number % 4 != 2, made.number % 5 == 0
    days, rows = max((last - start).days, 1), []
    for session in range(int(random.integers(40, 160))):
        user = users[int(len(users) * random.random() ** 1.4)]
        time = datetime.combine(start, datetime.min.time())
        time += timedelta(seconds=int(random.integers(0, days * 86_400)))
        for _ in range(int(random.choice([1, 1, 2, 4, 7]))):
            row = {
                "user_id": user,
                "event_time": time,
                "event": kinds[int(random.integers(len(kinds)))],
            }
            if named:
                row["session_id"] = f"s{session}" if made.number % 6 else ""
            if timed:
                row["duration_s"] = random.choice(["", "3", "20", "90", "4000"])
            if hidden:
                row |= {"anonymous_id": f"a{session}", "user_id": user if session % 2 else ""}
            rows.append(
                {**row, "channel": CHANNELS[session % 4], "page": "home" if session % 3 else ""}
            )
            time += timedelta(seconds=int(random.choice([1, 25, 600, 1800, 1801, 5000])))
    rows.sort(key=lambda row: row["event_time"])
    if not made.clean:
        rows[3]["event_time"], rows[5]["event"] = "never", ""
        rows.append(dict(rows[-1]))
    return _plain(folder / "events.csv", rows, made)


def write_users(folder: Path, made: Traits, rows: Sequence[Row]) -> str:
    """Its users, each registered some days before the first order, and some who never bought."""
    random = np.random.default_rng([17, made.number])
    first: dict[str, datetime] = {}
    for row in rows:
        first.setdefault(row["user_id"], row["order_time"])
    known = [*first, *(name for name in names(made) if name not in first)]
    people = []
    for number, name in enumerate(known):
        since = first.get(name, rows[len(rows) // 2]["order_time"])
        since -= timedelta(hours=int(random.integers(0, 200)))
        more = {"anonymous_id": f"a{number}"} if made.number % 5 == 0 else {}
        where = {"channel": CHANNELS[number % 4], "region": ("north", "south", "")[number % 3]}
        people.append({"user_id": name, "registered_at": since, **where, **more})
    if not made.clean:
        people.append(dict(people[0]))
    return _plain(folder / "users.csv", people, made)


def write_costs(folder: Path, made: Traits, start: date, last: date) -> str:
    """What channels cost, by month, or by day."""
    days = [start + timedelta(days=day) for day in range((last - start).days + 1)]
    monthly = made.number % 8 == 2
    spans = sorted({f"{day:%Y-%m}" if monthly else f"{day:%Y-%m-%d}" for day in days})
    rows = [
        {"channel": channel, "month" if monthly else "date": span, "cost": f"{10 + at % 7 * 3}.50"}
        for at, span in enumerate(spans)
        for channel in CHANNELS[:3]
    ]
    return _plain(folder / "costs.csv", rows, made)


def _plain(path: Path, rows: Sequence[Row], made: Traits) -> str:
    """A plain export; where the program is told how times are written, all are written so."""
    if made.time == "european":
        form = TIMES[made.time][0]
        rows = [
            {
                name: one.strftime(form) if isinstance(one, datetime) else one
                for name, one in row.items()
            }
            for row in rows
        ]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path.name


def settings(made: Traits) -> str:
    """A settings file under which models are fitted to so few users, and more that changes by number."""
    parts = ["[ltv]\nmin_users = 8\nmin_days = 20\n"]
    if made.number % 3 == 0:
        parts.append(
            '[goals.revenue]\ntarget = 5000\nperiod = "month"\n[goals.users]\ngrowth = "10%"\n'
        )
    if made.number % 5 == 0:
        parts.append(
            "[rfm]\nbins = 4\n[lifecycle]\nslump_days = 14\nchurn_days = 40\nmin_gaps = 5\n"
        )
    if made.number % 7 == 0:
        parts.append('[playbook]\nChampions = "Send a card"\n')
    if "foreign money" in made.odd:
        parts.append('[currency]\ncode = "CNY"\nrates = { USD = "7.1" }\n')
    top = 'week_start = "sunday"\n' if made.number % 4 == 1 else ""
    return top + "\n".join(parts)
