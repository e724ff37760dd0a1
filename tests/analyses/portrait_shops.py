"""Small shops, for portraits."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

import polars as pl


def orders_of(amounts: dict[str, int], day: date = date(2025, 3, 1)) -> pl.DataFrame:
    rows = [
        (user, datetime(day.year, day.month, day.day, 10), amount)
        for user, amount in amounts.items()
    ]
    return pl.DataFrame(rows, schema=["user_id", "order_time", "amount"], orient="row")


def random_shop(seed: int, people: int = 60) -> tuple[pl.DataFrame, pl.DataFrame]:
    dice = Random(seed)
    users = pl.DataFrame(
        {
            "user_id": [f"u{number:03d}" for number in range(people)],
            "registered_time": [datetime(2024, 12, 1) + timedelta(days=dice.randrange(300)) for _ in range(people)],
            "gender": [dice.choice(["f", "m", "unknown", None]) for _ in range(people)],
            "region": [dice.choice(["广东省", "广东", "北京市", "Texas", ""]) for _ in range(people)],
        }
    )  # fmt: skip
    rows = [
        (
            f"u{dice.randrange(people + 5):03d}",
            datetime(2025, 1, 1) + timedelta(minutes=dice.randrange(300 * 24 * 60)),
            f"{dice.randrange(100, 90_000) / 100:.2f}",
            dice.choice(["web", "app", "offline_store", "线下门店", None]),
            dice.choice(["milk", "toys", "care", None]),
        )
        for _ in range(people * 5)
    ]
    columns = ["user_id", "order_time", "amount", "channel", "category"]
    return pl.DataFrame(rows, schema=columns, orient="row"), users
