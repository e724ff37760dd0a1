"""Orders and the touches before them, and what is credited for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import polars as pl

from userops import api
from userops.core.table import Result

START = datetime(2025, 1, 1)
ORDER_SCHEMA = {"user_id": pl.String, "order_id": pl.String, "order_time": pl.String, "amount": pl.String}  # fmt: skip
TOUCH_SCHEMA = {"user_id": pl.String, "touch_time": pl.String, "channel": pl.String, "session_id": pl.String}  # fmt: skip


@dataclass(frozen=True)
class Order:
    user: str
    time: datetime
    cents: int


@dataclass(frozen=True)
class Touch:
    user: str
    time: datetime
    channel: str
    session: str | None = None


def attributed(orders: Sequence[Order], touches: Sequence[Touch], **options: object) -> Result:
    order_rows = [
        (one.user, f"n{number}", str(one.time), f"{one.cents // 100}.{one.cents % 100:02}")
        for number, one in enumerate(orders)
    ]
    touch_rows = [(one.user, str(one.time), one.channel, one.session) for one in touches]
    return api.channels(
        pl.DataFrame(order_rows, ORDER_SCHEMA, orient="row"),
        touches=pl.DataFrame(touch_rows, TOUCH_SCHEMA, orient="row"),
        **options,
    )


def credit(result: Result, column: str = "conversions") -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for row in result["attribution"].frame.iter_rows(named=True):
        found[row["model"]][row["channel"]] = row[column]
    return found


def paths(*told: tuple[str, int, bool]) -> tuple[list[Order], list[Touch]]:
    """Users with a path each, a letter a channel a day; sold or lost."""
    orders, touches, number = [], [], 0
    for channels, users, sold in told:
        for _ in range(users):
            number += 1
            user = f"u{number}"
            touches += [
                Touch(user, START + timedelta(days=at), channel)
                for at, channel in enumerate(channels)
            ]
            if sold:
                orders.append(Order(user, START + timedelta(days=9), 1000))
    return orders, touches


def shop(random: Random) -> tuple[list[Order], list[Touch]]:
    """Orders and touches with all that may occur: instants twice, sessions, direct, nobody."""
    users = [f"u{number}" for number in range(random.choice([1, 3, 12]))]
    channels = random.choice([["ad"], ["ad", "direct"], ["ad", "mail", "搜索", "direct", "zoo"]])
    hours = random.choice([24, 24 * 40, 24 * 90])

    def moment() -> datetime:
        minutes = random.choice([60, 20, 1]) * random.randrange(hours)
        return START + timedelta(minutes=minutes, seconds=7)

    orders = [Order(random.choice(users), moment(), random.randrange(10**5)) for _ in range(random.randrange(1, 40))]  # fmt: skip
    touches = [
        Touch(random.choice(users), moment(), random.choice(channels), random.choice([None, "s1", "s2"]))
        for _ in range(random.randrange(1, 120))
    ]  # fmt: skip
    if random.random() < 0.5:
        touches += random.choices(touches, k=5)
        touches.append(Touch(orders[0].user, orders[0].time, channels[0]))
    return orders, touches
