"""Make an export of users who invited one another, beside an orders export: seeded.

    python benchmarks/generate_referrals.py 2_000_000

Columns: user_id (12 characters, as the orders write them), registered_at, inviter_id (empty for half of them),
phone (11 digits), device_id (12 characters; of some users in ten thousand the one of the user before). Writes
Parquet and, from the same rows, CSV, as `generate.py` does.
The orders are those of `generate.py`, five to two users, so that half of the users have ordered; these
registered some days before their first order, the others at any time. Of invitations two of three are by
one in a hundred users, the others by any; whoever invited was there before, but for one in a
thousand. Holds all rows in memory: 2 million take 1 GB.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import generate
import numpy as np
import polars as pl

DAY = 86_400
INVITED, BY_LEADERS, LEADERS, LATER, SHARED = 0.5, 0.67, 0.01, 0.001, 0.0005


def draw(users: int, first: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Users by number: `user_id, second, inviter_id, phone, device`; `first` are `user_id, second` of first orders."""
    random = np.random.default_rng(seed)
    number = pl.int_range(users, eager=True)
    named = pl.select(
        user_id="U" + ((number * 48_271_919 + 7) % 10**11).cast(pl.String).str.zfill(11)
    )
    low, high = int(str(first["second"].min())), int(str(first["second"].max()))
    lead = (random.exponential(5, users) * DAY).astype(np.int64)
    frame = named.join(first, on="user_id", how="left", maintain_order="left").with_columns(
        second=pl.coalesce(
            pl.col("second") - pl.Series(lead), pl.Series(random.integers(low, high, users))
        ).clip(low)
    )
    second = frame["second"].to_numpy()
    order = np.argsort(second, kind="stable")
    place = np.empty(users, np.int64)
    place[order] = np.arange(users)
    # Of those who came before: one of the first in each hundred, or any.
    chance = random.random(users) ** 2
    anyone = (chance * place).astype(np.int64)
    step = round(1 / LEADERS)
    earlier = np.where(random.random(users) < BY_LEADERS, anyone // step * step, anyone)
    chosen = np.where(random.random(users) < LATER, random.integers(0, users, users), earlier)
    invited = (random.random(users) < INVITED) & (chosen != place)
    inviter = frame["user_id"].gather(order[chosen])
    own = pl.Series(random.random(users) >= SHARED)
    phones = random.integers(3 * 10**9, 10**10, users) + 10**10
    return frame.with_columns(
        inviter_id=pl.when(pl.Series(invited)).then(inviter),
        phone=pl.Series(phones).cast(pl.String),
        device=pl.when(own).then(pl.Series(number)).forward_fill().fill_null(0),
    )


def export(users: int, form: str = "parquet", seed: int = 5) -> tuple[Path, Path]:
    """The users, so many, and the orders that they're of, in `parquet` or `csv`, made unless they're there."""
    name = f"referrals-{users // 1_000_000}m" if users % 1_000_000 == 0 else f"referrals-{users}"
    path, orders = generate.DATA / f"{name}.{form}", generate.export(users * 5 // 2, form)
    if path.exists():
        return path, orders
    first = (
        pl.scan_parquet(generate.export(users * 5 // 2))
        .group_by("user_id")
        .agg(second=pl.col("order_time").min().dt.epoch("s"))
        .collect()
    )
    frame = draw(users, first, seed).select(
        "user_id",
        registered_at=pl.from_epoch("second", time_unit="s").cast(pl.Datetime("us")),
        inviter_id="inviter_id",
        phone="phone",
        device_id="D" + pl.col("device").cast(pl.String).str.zfill(11),
    )
    part = path.with_suffix(".part")
    if form == "csv":
        frame.write_csv(part, datetime_format="%Y-%m-%d %H:%M:%S")
    else:
        frame.write_parquet(part, row_group_size=500_000)
    part.rename(path)
    print(f"{path.name}: {users:,} users, {frame['inviter_id'].count():,} of them invited")
    return path, orders


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("users", type=int, help="2_000_000, say")
    parser.add_argument("--seed", type=int, default=5)
    given = parser.parse_args()
    for form in ("csv", "parquet"):
        print(*(path.name for path in export(given.users, form, given.seed)))
