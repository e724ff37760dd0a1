"""Shops for backtests as exports: those made up here, the demo's, and any that a path names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import shops

FIRST = date(2023, 1, 1)


def made(kind: str, seed: int) -> pl.DataFrame:
    """Orders of a made-up shop."""
    shop = getattr(shops, kind)(seed)
    days = pl.Series([FIRST + timedelta(day) for day in range(int(shop.day.max()) + 1)])
    return pl.DataFrame(
        {
            "order_id": [str(number) for number in range(len(shop.user))],
            "user_id": [f"u{user:05}" for user in shop.user],
            "order_time": days.gather(shop.day),
            "amount": shop.amount / 100,
        }
    )


def pantry(seed: int) -> pl.DataFrame:
    """Orders with categories and quantities: of some more lasts longer, of others it says nothing."""
    random, rows = np.random.default_rng(seed), []
    categories = {"milk powder": (20, 1.0), "snacks": (9, 0.0), "soap": (40, 0.5)}
    for user in range(1200):
        for category, (lasts, elasticity) in categories.items():
            if random.random() < 0.5:
                continue
            day, pace = random.uniform(0, 500), random.gamma(8, 1 / 8)
            while day < 730:
                quantity = int(random.integers(1, 5))
                rows.append((f"u{user:04}", FIRST + timedelta(int(day)), category, quantity))
                if random.random() < 0.15:
                    break
                day += max(lasts * pace * quantity**elasticity * random.gamma(9, 1 / 9), 1)
    frame = pl.DataFrame(
        rows, schema=["user_id", "order_time", "category", "quantity"], orient="row"
    )
    return frame.with_row_index("order_id").with_columns(amount=pl.lit(10.0))


def named(paths: list[str]) -> Iterator[tuple[str, pl.DataFrame]]:
    """Exports that paths name: CSV files, or CDNOW's as it's published (its master file)."""
    for path in paths:
        if path.endswith(".txt"):
            lines = [line.split() for line in Path(path).read_text().splitlines()]
            lines = [line for line in lines if line and line[0].isdigit()]
            columns = {"user_id": 0, "order_time": -3, "quantity": -2, "amount": -1}
            rows = {name: [line[at] for line in lines] for name, at in columns.items()}
            frame = pl.DataFrame(rows).with_columns(
                pl.col("order_time").str.to_date("%Y%m%d"), pl.col("amount").cast(pl.Float64)
            )
            yield Path(path).stem, frame.with_row_index("order_id")
        else:
            yield Path(path).stem, pl.read_csv(path, infer_schema=False)


def standard(orders: pl.DataFrame) -> pl.DataFrame:
    """Valid purchases as `user_id, day, category`, however an export's columns are called."""
    names = {"user_id": ["user_id"], "day": ["order_time", "order_date", "paid_at"]}
    found = {
        field: next(name for name in known if name in orders.columns)
        for field, known in names.items()
    }
    day = pl.col(found["day"])
    if orders.schema[found["day"]] == pl.String:
        day = day.str.slice(0, 10).str.to_date()
    if "status" in orders.columns:
        void = ("cancelled", "unpaid", "closed", "refunded", "pending")
        orders = orders.filter(~pl.col("status").str.to_lowercase().is_in(void))
    category = pl.col("category") if "category" in orders.columns else pl.lit("all")
    return orders.select("user_id", day=day, category=category).unique()
