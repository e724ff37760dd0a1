"""Small shops and the lists of their campaigns."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import polars as pl

from userops.api import campaigns

DAY = datetime(2025, 6, 1)


def orders_frame(rows) -> pl.DataFrame:
    """Orders from (user, time, amount)."""
    schema = {"user_id": pl.String, "order_time": pl.Datetime("us"), "amount": pl.Float64}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_row_index("order_id").with_columns(pl.col("order_id").cast(pl.String))


def lists_frame(rows, **more) -> pl.DataFrame:
    """Assignments from (user, campaign, group, time)."""
    schema = {
        "user_id": pl.String, "campaign": pl.String, "group": pl.String,
        "assigned_time": pl.Datetime("us"),
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(**more)


def last_order(days: int = 40) -> tuple[str, datetime, float]:
    """One that says how far the data reaches."""
    return ("nobody-listed", DAY + timedelta(days), 1.0)


def shop(bought: dict[str, tuple[int, int]], spend: float = 10.0):
    """Orders and lists where so many of so many users of a group bought, a day later."""
    orders, lists = [last_order()], []
    for group, (buyers, users) in bought.items():
        for number in range(users):
            user = f"{group}-{number}"
            lists.append((user, "c", group, DAY))
            if number < buyers:
                orders.append((user, DAY + timedelta(1), spend + number % 7))
    return orders_frame(orders), lists_frame(lists)


def row(table, **where) -> dict:
    found = [
        one
        for one in table.frame.to_dicts()
        if all(one[key] == value for key, value in where.items())
    ]
    assert len(found) == 1, (where, found)
    return found[0]


def summary(orders, lists, **options) -> pl.DataFrame:
    return campaigns(orders, assignments=lists, **options)["summary"]


def random_shop(seed: int, users: int = 300) -> tuple[pl.DataFrame, pl.DataFrame]:
    chance = Random(seed)
    orders = [last_order(45)]
    lists = []
    for number in range(users):
        user = f"u{number:03d}"
        for _ in range(chance.randrange(4)):
            time = DAY + timedelta(seconds=chance.randrange(-60 * 86400, 44 * 86400))
            orders.append((user, time, chance.randrange(1, 30000) / 100))
        for campaign in ("a", "b"):
            if chance.random() < 0.8:
                time = DAY + timedelta(seconds=chance.randrange(40 * 86400))
                lists.append((user, campaign, chance.choice(["control", "x", "y"]), time))
    return orders_frame(orders), lists_frame(lists)
