"""Shops of a few orders, and what a run of points gives of them."""

from __future__ import annotations

from typing import Any

import polars as pl

from userops.core.table import Result

SPEND = {"event": "order", "per": 1}


def orders(*rows: tuple[Any, ...]) -> pl.DataFrame:
    """Orders as `(user, when, amount, refund, id)`, the last two as wanted."""
    made = [
        {
            "order_id": more[1] if len(more) > 1 else f"o{number}",
            "user_id": user,
            "paid_at": when,
            "amount": str(amount),
            "refund_amount": str(more[0]) if more else "0",
        }
        for number, (user, when, amount, *more) in enumerate(rows)
    ]
    return pl.DataFrame(made)


def rows(result: Result, table: str) -> list[dict[str, Any]]:
    return result[table].frame.rows(named=True)


def summary(result: Result) -> dict[str, Any]:
    return rows(result, "summary")[0]


ONE = orders(("a", "2025-01-01 10:00:00", 10))
BOUGHT = orders(("a", "2025-01-01 10:00:00", 100), ("b", "2025-01-03 10:00:00", 50))
