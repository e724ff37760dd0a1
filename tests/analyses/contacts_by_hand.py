"""Orders and logs that tests of contact lists are made of, and what comes of them by plain arithmetic."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from random import Random

import polars as pl

from helpers.running import SAMPLES
from userops.api import contacts

SHOP = SAMPLES / "shop"
FIRST = date(2025, 1, 1)
DAY = date(2025, 6, 1)


def orders_of(*rows: tuple[str, str, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["user_id", "order_time", "amount"], orient="row")


def random_orders(seed: int, people: int = 60, rows: int = 260) -> pl.DataFrame:
    dice = Random(seed)
    made = [
        (
            f"u{dice.randrange(people):03d}",
            str(FIRST + timedelta(days=dice.randrange(150))),
            dice.randrange(100, 9000) / 100,
            dice.choice(["milk", "toys"]),
        )
        for _ in range(rows)
    ]
    schema = ["user_id", "order_time", "amount", "category"]
    return pl.DataFrame(made, schema=schema, orient="row")


def log_of(
    *rows: tuple[str, str, str], header: str = "user_id,contact_time,status"
) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=header.split(","), orient="row")


def reasons(orders: pl.DataFrame, day: object = DAY, **options: object) -> dict[str, str]:
    found = contacts(orders, for_day=str(day), capacity=1000, **options)["list"].frame
    return dict(found.select("user_id", "reason").iter_rows())


def skipped(orders: pl.DataFrame, day: object = DAY, **options: object) -> dict[str, str]:
    found = contacts(orders, for_day=str(day), capacity=1000, **options)["skipped"].frame
    return dict(found.select("user_id", "rule").iter_rows())


AGO = {
    days: (f"ago{days}", str(DAY - timedelta(days=days)), 10) for days in (1, 3, 4, 30, 31, 60, 61)
}


LATE = orders_of(("late", str(DAY - timedelta(days=35)), 10))


def random_log(seed: int, people: int = 400) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Orders, and a log of lists with users held back."""
    dice = Random(seed)
    rows, orders = [], []
    for number in range(people):
        user, group = f"u{number:03d}", "listed" if dice.random() < 0.75 else "holdout"
        reason = dice.choice(["winback", "new"])
        for day in sorted(dice.sample(range(60), dice.choice([1, 1, 2]))):
            status = "planned" if group == "holdout" else dice.choice(["reached", "no answer"])
            rows.append((user, str(FIRST + timedelta(days=day)), status, group, reason))
        orders.append(
            (user, str(FIRST + timedelta(days=dice.randrange(80))), dice.randrange(1, 5000))
        )
        if group == "listed" and dice.random() < 0.5:
            orders.append(
                (user, str(FIRST + timedelta(days=dice.randrange(80))), dice.randrange(1, 5000))
            )
    header = "user_id,contact_time,status,group,reason"
    return orders_of(*orders), log_of(*rows, header=header)


def by_hand(
    orders: pl.DataFrame, log: pl.DataFrame, as_of: date
) -> dict[tuple[str, str], list[int]]:
    """What each user spent after the first time on a list, by reason and group."""
    first: dict[str, tuple[date, str, str]] = {}
    for user, day, _, group, reason in log.sort("contact_time").iter_rows():
        first.setdefault(user, (date.fromisoformat(day), reason, group))
    spent: dict[tuple[str, str], list[int]] = {}
    start = min(log.filter(pl.col("group") == "holdout")["contact_time"])
    for user, (day, reason, group) in first.items():
        if day + timedelta(days=7) <= as_of and str(day) >= start:
            bought = [
                amount * 100
                for buyer, when, amount in orders.iter_rows()
                if buyer == user and 0 <= (date.fromisoformat(when) - day).days <= 7
            ]
            for name in (reason, "all"):
                spent.setdefault((name, group), []).append(sum(bought))
    return spent


def files_in(folder: Path) -> tuple[Path, Path]:
    orders, log = folder / "orders.csv", folder / "log.csv"
    random_orders(5).write_csv(orders)
    return orders, log
