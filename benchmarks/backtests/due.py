"""What the list of purchases due is worth: who bought within 7 days, by the list's order.

    PYTHONPATH=src python benchmarks/backtests/due.py [EXPORT ...]

Made-up shops, and exports that are named (the demo's, CDNOW's). At several earlier days: of the list's
first tenth in its order (by chance) and in that of due dates, most overdue first; of the list; of users
and categories not on it. Then the elasticities that a made-up pantry shows, whose true ones are known.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta

import polars as pl
import tell

from userops import api

WITHIN = 7
BACK = (0, 28, 56, 84)


def worth(orders: pl.DataFrame) -> dict[str, tuple[int, int]]:
    """Bought and counted, by part, over some days."""
    purchases = tell.standard(orders)
    last = purchases["day"].max()
    found: dict[str, tuple[int, int]] = {}
    for back in BACK:
        day = last - timedelta(WITHIN + back)  # type: ignore[operator]
        later = purchases.filter(pl.col("day") > day, pl.col("day") <= day + timedelta(WITHIN))
        bought = later.select("user_id", "category").unique().with_columns(bought=pl.lit(1))
        due = api.repurchase(orders, as_of=day, within=WITHIN)["due"].frame
        due = due.with_columns(pl.col("user_id").cast(pl.String)).join(
            bought.cast(pl.String).with_columns(bought=pl.lit(1)),
            on=["user_id", "category"],
            how="left",
        )
        tenth = max(len(due) // 10, 1)
        backtest = api.repurchase(orders, as_of=day + timedelta(WITHIN), within=WITHIN)["backtest"]
        others = backtest.frame.filter(part="not listed").select("bought", "count").row(0)
        parts = {
            "first by chance": due.head(tenth),
            "first by due date": due.sort("due_date", "user_id").head(tenth),
            "listed": due,
        }
        counts = {name: (int(rows["bought"].sum()), len(rows)) for name, rows in parts.items()}
        for name, (hits, total) in {**counts, "not listed": others}.items():
            before = found.get(name, (0, 0))
            found[name] = (before[0] + hits, before[1] + total)
    return found


def exports() -> Iterator[tuple[str, pl.DataFrame]]:
    """Made-up shops and those that are named."""
    for kind in ("plain", "seasons", "growth", "mixture", "grocery"):
        yield kind, tell.made(kind, 1)
    yield "pantry", tell.pantry(1)
    yield from tell.named(sys.argv[1:])


def main() -> None:
    """A row a shop."""
    print(f"Bought within {WITHIN} days, at {len(BACK)} days four weeks apart\n")
    names = ("first by chance", "first by due date", "listed", "not listed")
    print("| shop | " + " | ".join(f"{name}" for name in names) + " |")
    print("| --- |" + " ---: |" * len(names))
    for shop, orders in exports():
        found = worth(orders)
        cells = (f"{100 * hits / max(total, 1):.1f} % of {total:,}" for hits, total in (found[name] for name in names))  # fmt: skip
        print(f"| {shop} | " + " | ".join(cells) + " |")
    print("\nElasticities of the pantry, which are 1 (milk powder), .5 (soap), 0 (snacks)\n")
    print("| seed | milk powder | soap | snacks |\n| ---: | ---: | ---: | ---: |")
    for seed in range(1, 6):
        frame = api.repurchase(tell.pantry(seed))["categories"].frame
        by_name = dict(frame.select("category", "elasticity").iter_rows())
        print(f"| {seed} | " + " | ".join(f"{by_name[name]:.2f}" for name in ("milk powder", "soap", "snacks")) + " |")  # fmt: skip


if __name__ == "__main__":
    main()
