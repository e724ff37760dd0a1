"""Random shops that invite, by shape, and what `userops referral` says of them."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from functools import cache
from typing import Any

from analyses.referral_by_hand import (
    Expected,
    Shop,
    shop,
)
from userops import api
from userops.core.table import Result

Row = dict[str, Any]
AS_OF = date(2025, 5, 10)
SHAPES = {
    "inviters": lambda: shop(1),
    "inviters and a list": lambda: shop(2, listed=True),
    "leaders on orders": lambda: shop(3, on_orders=True, commission=True, listed=True),
    "more of them": lambda: shop(4, on_orders=True, commission=True),
}

STEPS = [(0, Fraction(1, 20), 0), (100_00, Fraction(3, 40), 50), (300_00, Fraction(1, 8), 200)]
RULES = [
    {"from": start / 100, "rate": float(rate), "flat": flat / 100} for start, rate, flat in STEPS
]

Case = tuple[Shop, Expected, Result]


def told(one: Shop, **more: Any) -> Result:
    orders, others = one.frames()
    return api.referral(orders, **others, **{"as_of": AS_OF, **more})


def rows(result: Result, table: str) -> list[Row]:
    return result[table].frame.to_dicts()


def by(result: Result, table: str, key: str) -> dict[Any, Row]:
    return {row[key]: row for row in rows(result, table)}


@cache
def case_of(shape: str) -> Case:
    """A shop of a shape, what loops find of it, and what the analysis says."""
    one = SHAPES[shape]()
    return one, Expected(one, AS_OF), told(one)


def one_order(amount: int, **more: Any) -> Shop:
    users = [
        {"user_id": "a", "registered_at": datetime(2025, 1, 1), "inviter_id": ""},
        {"user_id": "b", "registered_at": datetime(2025, 1, 2), "inviter_id": "a"},
    ]
    order = {
        "order_id": "1", "user_id": "b", "paid_at": datetime(2025, 1, 3), "amount": amount,
        "refund_amount": 0, "status": "paid", **more,
    }  # fmt: skip
    return Shop(users, [order])
