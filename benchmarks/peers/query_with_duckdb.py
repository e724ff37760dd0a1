"""A query by hand in DuckDB: python query_with_duckdb.py orders.{parquet,csv} out.parquet NAME.sql [once|look].

With `once` a row that stands twice counts once; `look` sees first that no order stands twice.
"""

import sys
from pathlib import Path

import duckdb
from with_duckdb import CSV

if __name__ == "__main__":
    path, target, name, *how = sys.argv[1:]
    source = f"read_parquet('{path}')" if path.endswith(".parquet") else CSV.format(path)
    if how == ["once"]:
        source = f"(SELECT DISTINCT * FROM {source})"
    twice = f"SELECT count(DISTINCT order_id) < count(order_id) FROM {source}"
    if how == ["look"] and duckdb.sql(twice).fetchall()[0][0]:
        raise SystemExit("an order stands twice")
    query = Path(__file__).with_name(name).read_text()
    duckdb.execute(query.replace("$EXPORT", source).replace("$TARGET", target))
