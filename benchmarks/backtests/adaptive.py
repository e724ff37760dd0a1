"""Of those called churned by `lifecycle --adaptive`, how many come back within 60 days.

    PYTHONPATH=src python benchmarks/backtests/adaptive.py [EXPORT ...]

Made-up shops, and exports that are named (the demo's, CDNOW's), at several earlier days. Beside them
the limits that adaptive ones replaced: the 90th percentile of all gaps, by orders so far.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl
import tell

from userops import api

BACK, AFTER = (60, 120, 180), 60
GROUPS = (1, 2, 3, 5)


def pooled(purchases: pl.DataFrame, day: date) -> set[str]:
    """Who would have been called churned by percentiles of pooled gaps."""
    known = purchases.filter(pl.col("day") <= day).sort("user_id", "day")
    numbered = known.with_columns(
        number=pl.int_range(pl.len()).over("user_id"),
        gap=(pl.col("day").diff().over("user_id")).dt.total_days(),
    )
    limits = {}
    for least, most in zip(GROUPS, (*GROUPS[1:], 10**9), strict=True):
        gaps = numbered.filter(pl.col("number").is_between(least, most - 1))["gap"].drop_nulls()
        limits[least] = gaps.quantile(0.9, "linear") if len(gaps) >= 30 else 60.0
    users = known.group_by("user_id").agg(orders=pl.len(), last=pl.col("day").max())
    gone = set()
    for user, orders, last in users.iter_rows():
        limit = limits[max(least for least in GROUPS if least <= orders)]
        if (day - last).days > limit:
            gone.add(str(user))
    return gone


def exports() -> Iterator[tuple[str, pl.DataFrame]]:
    """Made-up shops and those that are named."""
    for kind in ("plain", "seasons", "growth", "mixture", "grocery"):
        for seed in (1, 2):
            yield f"{kind} {seed}", tell.made(kind, seed)
    yield "pantry", tell.pantry(1)
    yield from tell.named(sys.argv[1:])


def main() -> None:
    """A row a shop and day."""
    print(f"Of those called churned, who bought in the {AFTER} days after\n")
    print("| shop | day | users | churned | came back | pooled gaps: churned | came back |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for shop, orders in exports():
        purchases = tell.standard(orders).select("user_id", "day")
        last = purchases["day"].max()
        for back in BACK:
            day = last - timedelta(back)  # type: ignore[operator]
            users = api.lifecycle(orders, as_of=day, adaptive=True)["users"].frame
            gone = set(users.filter(stage="churned")["user_id"].cast(pl.String))
            soon = purchases.filter(pl.col("day") > day, pl.col("day") <= day + timedelta(AFTER))
            back_again = set(soon["user_id"].cast(pl.String))
            cells = [shop, str(day), f"{len(users):,}"]
            for called in (gone, pooled(purchases, day)):
                share = 100 * len(called & back_again) / max(len(called), 1)
                cells += [f"{len(called):,}", f"{share:.1f} %"]
            print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
