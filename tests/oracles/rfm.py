"""RFM by DuckDB, independent of the code it tests: `rfm.sql` is written from the definitions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from helpers.shops import Row

_QUERY = Path(__file__).with_name("rfm.sql").read_text(encoding="utf-8")
_connection = duckdb.connect()
_SCHEMA = {
    "n": pl.Int64,
    "order_id": pl.String,
    "user_id": pl.String,
    "day": pl.Date,
    "amount": pl.Int64,
    "refund": pl.Int64,
    "status": pl.String,
}


def users(
    rows: Sequence[Row], *, bins: int = 5, as_of: date | None = None, new_days: int = 30
) -> list[dict[str, object]]:
    """The `users` table, with a column for each of the rule tables, money in minor units."""
    values = [
        (n, row.order_id, row.user_id, row.day, row.amount, row.refund, row.meaning)
        for n, row in enumerate(rows)
    ]
    _connection.register("rows", pl.DataFrame(values, schema=_SCHEMA, orient="row").to_arrow())
    given = {"bins": bins, "as_of": as_of, "new_days": new_days}
    found = _connection.execute(_QUERY, given)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
