"""Make a ledger of points and a small orders export: seeded, by time, as a shop's system books it.

    python benchmarks/generate_points.py 20_000_000

Columns: entry_id (10 characters), user_id (9 characters), time, kind, points, order_id (10 characters).
Ten entries to a user over two years, of whom some have far more: 72 % earn, 25 % redeem a part of what was earned last, 2 % take back
what the user's last order earned, 1 % restore what the last redemption took. That points expire is left to
time. The orders are a thousand users', up to the ledger's last day. Holds all rows in memory: 20
million take 5 GB.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import polars as pl
from generate import DATA

DAYS = 730
START = 1_704_067_200  # 2024-01-01, seconds
EARN, REDEEM, REVERSE, RESTORE = range(4)
KINDS = ("earn", "redeem", "reverse", "restore")
SHARES = (0.72, 0.25, 0.02, 0.01)


def _numbered(letter: str, digits: int, numbers: pl.Expr) -> pl.Expr:
    return letter + numbers.cast(pl.String).str.zfill(digits)


def _last(name: str, kind: int) -> pl.Expr:
    """Of the user's last entry of a kind."""
    return pl.when(pl.col("kind") == kind).then(name).forward_fill().over("user")


def draw(entries: int, seed: int) -> pl.DataFrame:
    """Entries by time: `user, second, kind, points, order`."""
    random = np.random.default_rng(seed)
    users = max(entries // 10, 1)
    frame = pl.DataFrame(
        {
            "user": (users * random.random(entries) ** 1.3).astype(np.int64).clip(0, users - 1),
            "second": np.sort(random.integers(0, DAYS * 86_400, entries)) + START,
            "kind": random.choice(len(KINDS), entries, p=SHARES).astype(np.int8),
            "points": random.integers(1, 200, entries),
            "order": np.arange(entries),
        }
    )
    kind = pl.col("kind")
    undone = pl.when(kind == REVERSE).then(EARN).when(kind == RESTORE).then(REDEEM)
    # What's redeemed is a part of what was earned last, so that a debt is rare.
    part = pl.Series("part", random.random(entries) * 0.8)
    frame = frame.with_columns(
        order=pl.when(undone == EARN).then(_last("order", EARN)).otherwise("order"),
        points=pl.when(undone == EARN)
        .then(_last("points", EARN))
        .when(kind == REDEEM)
        .then((_last("points", EARN) * part).ceil().cast(pl.Int64))
        .otherwise("points"),
    ).with_columns(
        order=pl.when(undone == REDEEM).then(_last("order", REDEEM)).otherwise("order"),
        points=pl.when(undone == REDEEM).then(_last("points", REDEEM)).otherwise("points"),
    )
    # What there is nothing to undo or redeem for yet, or what is undone already, is earned.
    again = (pl.col("kind") == RESTORE) & (pl.int_range(pl.len()).over("order", "kind") > 0)
    nothing = pl.any_horizontal(pl.col("order", "points").is_null()) | again
    return frame.with_columns(
        kind=pl.when(nothing).then(EARN).otherwise("kind"),
        points=pl.when(nothing).then(1).otherwise("points"),
        order=pl.when(nothing).then(pl.int_range(pl.len())).otherwise("order"),
    ).with_columns(
        points=pl.when(pl.col("kind").is_in([REDEEM, REVERSE]))
        .then(-pl.col("points"))
        .otherwise("points")
    )


def export(entries: int, seed: int = 1) -> tuple[Path, Path]:
    """The ledger of so many entries, and the orders beside it, as Parquet, made unless they're there."""
    name = f"{entries // 1_000_000}m" if entries % 1_000_000 == 0 else f"{entries}"
    paths = DATA / f"points-{name}.parquet", DATA / f"points-{name}-orders.parquet"
    if all(path.exists() for path in paths):
        return paths
    DATA.mkdir(exist_ok=True)
    drawn = draw(entries, seed)
    ledger = drawn.select(
        entry_id=_numbered("e", 9, pl.int_range(pl.len())),
        user_id=_numbered("u", 8, pl.col("user")),
        time=pl.from_epoch("second"),
        kind=pl.lit(pl.Series(KINDS)).gather("kind"),
        points="points",
        order_id=_numbered("o", 9, pl.col("order")),
    )
    orders = (
        drawn.filter((pl.col("kind") == EARN) & (pl.col("user") < 1000))
        .vstack(drawn.tail(1))
        .unique("order", maintain_order=True)
        .select(
            order_id=_numbered("o", 9, pl.col("order")),
            user_id=_numbered("u", 8, pl.col("user")),
            order_time=pl.from_epoch("second"),
            amount=pl.col("points").abs() + 0.5,
            status=pl.lit("paid"),
        )
    )
    for frame, path in zip((ledger, orders), paths, strict=True):
        part = path.with_suffix(".part")
        frame.write_parquet(part, row_group_size=500_000)
        part.rename(path)
    print(f"{paths[0].name}: {entries:,} entries of {ledger['user_id'].n_unique():,} users")
    return paths


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("entries", type=int, help="20_000_000, say")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(*(path.name for path in export(given.entries, given.seed)))
