"""Make an orders export of any size: seeded, in bounded memory, in order of time.

    python benchmarks/generate.py 10_000_000

Columns: order_id (19 digits), user_id (12 characters), order_time, amount, status. One user
to five orders. Users come over two years and order as in BG/NBD (Fader, Hardie, Lee 2005):
gaps are exponential with a rate of each user's own (gamma), and after each order a user may
leave for good with a probability of each user's own (beta). Spend varies by user and order.
6 % of the orders are cancelled or refunded. Writes Parquet (a number as the amount, as most
tools do) and, from the same rows, CSV.

Users are drawn a batch at a time and their orders put into a file a month; then each month
is sorted by time and appended. Memory holds one batch or one month, never all.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

DATA = Path(__file__).parent / "data"
START = datetime(2024, 1, 1)
DAYS, MONTHS = 730, 25
USERS_A_BATCH = 200_000
MOST_ORDERS = 400  # of one user
STATUSES = ("completed", "paid", "shipped", "cancelled", "refunded")
SHARES = (0.80, 0.08, 0.06, 0.04, 0.02)


def draw(users: range, random: np.random.Generator) -> pl.DataFrame:
    """The orders of some users: user, second (since START), cents, status; unsorted."""
    n = len(users)
    first = random.uniform(0, DAYS, n)
    rate = random.gamma(1.2, 1 / 18, n)  # orders a day
    leaves = random.beta(0.9, 1.9, n)
    orders = np.minimum(random.geometric(np.maximum(leaves, 1e-4)), MOST_ORDERS)
    owner = np.repeat(np.arange(n), orders)
    gaps = random.exponential(1 / np.maximum(rate, 1e-4)[owner])
    begins = np.concatenate(([0], np.cumsum(orders)[:-1]))
    gaps[begins] = 0
    since = np.cumsum(gaps)
    day = first[owner] + since - since[begins][owner]
    spend = random.lognormal(4.2, 0.6, n)[owner] * random.lognormal(0, 0.5, len(owner))
    inside = day < DAYS
    ids = np.arange(users.start, users.stop, dtype=np.int64)[owner]
    return pl.DataFrame(
        {
            "user": ids[inside],
            "second": (day[inside] * 86_400).astype(np.int64),
            "cents": np.round(spend[inside] * 100).astype(np.int64),
            "status": random.choice(len(STATUSES), inside.sum(), p=SHARES).astype(np.uint8),
        }
    )


def scatter(orders: int, seed: int, folder: Path) -> tuple[list[Path], int]:
    """Draw orders into a file a month; the files, and how many users they're of."""
    random = np.random.default_rng(seed)
    paths = [folder / f"{month:02}.parquet" for month in range(MONTHS)]
    writers: dict[int, pq.ParquetWriter] = {}
    made = users = 0
    while made < orders:
        batch = draw(range(users, users + min(USERS_A_BATCH, max(orders // 50, 1000))), random)
        batch = batch.head(orders - made)
        made, users = made + len(batch), int(batch["user"].max()) + 1
        batch = batch.with_columns(month=pl.col("second") // (DAYS * 86_400 // (MONTHS - 1)))
        for (month,), part in batch.partition_by("month", as_dict=True, include_key=False).items():
            table = part.to_arrow()
            if month not in writers:
                writers[month] = pq.ParquetWriter(paths[month], table.schema)
            writers[month].write_table(table)
    for writer in writers.values():
        writer.close()
    return [paths[month] for month in sorted(writers)], users


def gather(months: list[Path], seed: int, parquet: Path, csv: Path | None) -> None:
    """The months in turn, each by time, as one export."""
    # Multiplying by an odd number scatters the ids: neither time nor spend follows them.
    writer, made = None, 0
    text = csv.open("wb") if csv else None
    for month in months:
        rows = pl.read_parquet(month).sort("second", "user", "cents")
        time = pl.lit(START) + pl.duration(seconds="second")
        number = pl.int_range(made, made + pl.len())
        rows = rows.select(
            order_id=time.dt.strftime("%Y%m%d%H%M")
            + number.cast(pl.String).str.zfill(7).str.tail(7),
            user_id="U"
            + ((pl.col("user") * 48_271_919 + seed) % 10**11).cast(pl.String).str.zfill(11),
            order_time=time.cast(pl.Datetime("us")),
            amount=pl.col("cents") / 100,
            status=pl.lit(pl.Series(STATUSES)).gather(pl.col("status")),
        )
        made += len(rows)
        if text:
            rows.with_columns(pl.col("amount").cast(pl.Decimal(12, 2))).write_csv(
                text, include_header=made == len(rows), datetime_format="%Y-%m-%d %H:%M:%S"
            )
        for part in rows.iter_slices(500_000):
            table = part.to_arrow(compat_level=pl.CompatLevel.oldest())
            writer = writer or pq.ParquetWriter(parquet, table.schema, compression="zstd")
            writer.write_table(pa.table(table))
    if writer:
        writer.close()
    if text:
        text.close()


def export(orders: int, form: str = "parquet", seed: int = 7) -> Path:
    """The export of so many orders in `parquet` or `csv`, made unless it's there."""
    name = f"orders-{orders // 1_000_000}m" if orders % 1_000_000 == 0 else f"orders-{orders}"
    parquet, csv = DATA / f"{name}.parquet", DATA / f"{name}.csv"
    wanted = {"parquet": parquet, "csv": csv}[form]
    if wanted.exists():
        return wanted
    DATA.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=DATA) as folder:
        months, users = scatter(orders, seed, Path(folder))
        part = Path(folder) / "part.parquet", Path(folder) / "part.csv"
        gather(months, seed, part[0], part[1] if form == "csv" else None)
        shutil.move(part[0], parquet)
        if form == "csv":
            shutil.move(part[1], csv)
    print(f"{wanted.name}: {orders:,} orders of {users:,} users")
    return wanted


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("orders", type=int, help="1_000_000, 10_000_000 or 100_000_000")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    for form in ("csv", "parquet"):
        print(export(given.orders, form, given.seed).name)
