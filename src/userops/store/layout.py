"""What all exports together give, laid out for reading: orders by user, the users, the ledger.

Users are numbered by their ids' order of text. Orders are cut into parts, each of a range of
users, in which they stand by user and time; so a part is sorted on its own, and no more than one
is in memory. Beside the number stands the id, which costs nothing unless it's asked for.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from userops import engine, ledger

USER = "user"  # the number
USERS, LINES, REJECTS = "users.parquet", "lines.parquet", "rejects.parquet"
_ORDERS_A_PART = 1_000_000


def orders_in(number: int) -> str:
    """The file of a part's orders."""
    return f"orders-{number:04}.parquet"


def ledger_in(number: int) -> str:
    """The file of a part's customers."""
    return f"ledger-{number:04}.parquet"


def write(frame: pl.DataFrame, path: Path) -> None:
    """Write a file of a store."""
    frame.write_parquet(path, compression="zstd", compression_level=1, statistics=False)


def lay(orders: pl.LazyFrame, target: Path, folder: Path) -> int:
    """Write orders, users and ledger into `target`, by way of `folder`; how many parts there are."""
    found = engine.collect(orders.select("user_id").unique()).sort("user_id")
    write(found, target / USERS)
    count: int = engine.collect(orders.select(pl.len())).item()
    parts = max(1, -(-count // _ORDERS_A_PART))
    each = max(1, -(-len(found) // parts))  # users
    numbered = orders.join(found.lazy().with_row_index(USER), on="user_id").drop("user_id")
    empty = engine.collect(numbered.clear())
    with TemporaryDirectory(dir=folder) as spread:
        by = pl.PartitionBy(spread, key={"part": pl.col(USER) // each}, include_key=False)
        numbered.sink_parquet(
            by, compression="lz4", statistics=False, mkdir=True, engine="streaming"
        )
        for number in range(parts):
            files = sorted(Path(spread).glob(f"part={number}/*.parquet"))
            rows = pl.concat([empty, *(pl.read_parquet(file, glob=False) for file in files)])
            _write_part(rows, found["user_id"], number, target)
    return parts


def _write_part(rows: pl.DataFrame, users: pl.Series, number: int, target: Path) -> None:
    rows = rows.sort(USER, "day", "order_time")
    named = rows.with_columns(user_id=users.gather(rows[USER]))
    write(named, target / orders_in(number))
    by_number = rows.lazy().select("day", "amount", "orders", user_id=USER)
    customers = engine.collect(ledger.customers(by_number))
    customers = customers.with_columns(user_id=users.gather(customers["user_id"]))
    write(customers, target / ledger_in(number))
