"""What all exports together give, laid out for reading: orders by user, the users, the ledger.

Orders are cut into parts of about as many rows, each a range of users' ids in order of text, and
stand in it by user and time. So a part is worked on by itself, and no more than one is in memory,
nor all users. Users are numbered in the same order, through all parts. Beside the number stands the
id, which costs nothing unless it's asked for.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from userops.engines import query as engine
from userops.ledger.customers import CUSTOMERS

USER = "user"  # the number
LINES, REJECTS = "lines.parquet", "rejects.parquet"
_ORDERS_A_PART = 1_000_000
_SAMPLE = 100_000  # orders by which the ranges are chosen


def orders_in(number: int) -> str:
    """The file of a part's orders."""
    return f"orders-{number:04}.parquet"


def users_in(number: int) -> str:
    """The file of a part's users, by their number."""
    return f"users-{number:04}.parquet"


def ledger_in(number: int) -> str:
    """The file of a part's customers."""
    return f"ledger-{number:04}.parquet"


def write(frame: pl.DataFrame, path: Path) -> None:
    """Write a file of a store."""
    frame.write_parquet(path, compression="zstd", compression_level=1, statistics=False)


def lay(orders: pl.LazyFrame, target: Path, folder: Path) -> int:
    """Write orders, users and ledger into `target`, by way of `folder`; how many parts there are."""
    bounds = _bounds(orders)
    part = pl.col("user_id").map_batches(
        lambda ids: bounds.search_sorted(ids, side="right"),
        return_dtype=pl.UInt32,
        is_elementwise=True,
    )
    empty = engine.collect(orders.clear())
    users = 0
    with TemporaryDirectory(dir=folder) as spread:
        orders.with_columns(part=part).sink_parquet(
            pl.PartitionBy(spread, key="part", include_key=False),
            compression="lz4",
            statistics=False,
            mkdir=True,
            engine="streaming",
        )
        for number in range(len(bounds) + 1):
            files = sorted(Path(spread).glob(f"part={number}/*.parquet"))
            rows = pl.concat([empty, *(pl.read_parquet(file, glob=False) for file in files)])
            users += _write_part(rows, number, users, target)
            for file in files:
                file.unlink()
    return len(bounds) + 1


def _bounds(orders: pl.LazyFrame) -> pl.Series:
    """Ids at which ranges begin, save the first, so that each holds about as many orders."""
    count: int = engine.collect(orders.select(pl.len())).item()
    every = max(1, count // _SAMPLE)
    sample = engine.collect(orders.select(pl.col("user_id").gather_every(every)))
    ids = sample["user_id"].sort()
    parts = -(-count // _ORDERS_A_PART)
    return ids.gather([len(ids) * number // parts for number in range(1, parts)]).unique().sort()


def _write_part(rows: pl.DataFrame, number: int, first: int, target: Path) -> int:
    """Write one part, whose users' numbers begin at `first`; how many users it has."""
    users = rows["user_id"].unique().sort()
    write(users.to_frame(), target / users_in(number))
    known = pl.LazyFrame({"user_id": users}).with_row_index(USER)
    joined = engine.collect(rows.lazy().join(known, on="user_id").drop("user_id"))
    joined = joined.sort(USER, "day", "order_time")
    named = joined.with_columns(pl.col(USER) + first, user_id=users.gather(joined[USER]))
    write(named, target / orders_in(number))
    by_number = joined.lazy().select("day", "amount", "orders", user_id=USER)
    customers = engine.collect(CUSTOMERS(by_number))
    numbers = customers["user_id"]
    named = customers.with_columns((numbers + first).alias(USER), user_id=users.gather(numbers))
    write(named, target / ledger_in(number))
    return len(users)
