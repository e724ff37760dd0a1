"""Make the campaign lists of an orders export: half as many assignments as orders, seeded.

    python benchmarks/generate_assignments.py 10_000_000

Columns: user_id, campaign, group, assigned_time. Four campaigns, each over a week of the last half year;
each user of the orders is in about as many as it takes, a tenth of them in the control.
"""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path

import generate
import numpy as np
import polars as pl

CAMPAIGNS = 4
START = datetime(2025, 7, 1)
_APART, _LASTS = 40, 7  # days


def export(orders: int, form: str = "parquet", seed: int = 11) -> Path:
    """The lists for the export of so many orders in `parquet` or `csv`, made unless they're there."""
    source = generate.export(orders)
    path = source.with_name(source.name.replace("orders-", "assignments-"))
    if not path.exists():
        _make(orders, seed, source, path)
    csv = path.with_suffix(".csv")
    if form == "csv" and not csv.exists():
        pl.scan_parquet(path).sink_csv(csv, datetime_format="%Y-%m-%d %H:%M:%S")
    return path.with_suffix(f".{form}")


def _make(orders: int, seed: int, source: Path, path: Path) -> None:
    """The lists, as Parquet."""
    users = pl.scan_parquet(source).select(pl.col("user_id").unique()).collect()["user_id"].sort()
    random = np.random.default_rng(seed)
    each = orders // 2 // CAMPAIGNS
    parts = []
    for number in range(CAMPAIGNS):
        who = np.sort(random.permutation(len(users))[:each])
        second = random.integers(0, _LASTS * 86_400, len(who)) + number * _APART * 86_400
        parts.append(
            pl.DataFrame(
                {
                    "user_id": users.gather(who),
                    "campaign": pl.Series([f"c{number}"]).new_from_index(0, len(who)),
                    "group": np.where(random.random(len(who)) < 0.1, "control", "sent"),
                    "assigned_time": pl.Series(second, dtype=pl.Int64),
                }
            )
        )
    lists = pl.concat(parts).with_columns(
        assigned_time=(pl.lit(START) + pl.duration(seconds="assigned_time")).cast(pl.Datetime("us"))
    )
    lists.sort("assigned_time", "user_id").write_parquet(path)
    print(f"{path.name}: {lists.height:,} assignments of {len(users):,} users")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("orders", type=int, help="1_000_000 or 10_000_000")
    print(export(parser.parse_args().orders).name)
