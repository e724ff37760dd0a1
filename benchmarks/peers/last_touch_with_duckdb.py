"""Last touch by hand in DuckDB: python last_touch_with_duckdb.py orders.parquet out.parquet touches.parquet."""

import sys
from pathlib import Path

import duckdb

if __name__ == "__main__":
    orders, target, touches = sys.argv[1:]
    query = Path(__file__).with_name("last_touch.sql").read_text()
    for name, text in {"$EXPORT": orders, "$TOUCHES": touches}.items():
        query = query.replace(name, f"read_parquet('{text}')")
    duckdb.execute(query.replace("$TARGET", target))
