"""A query by hand in DuckDB: python query_with_duckdb.py orders.{parquet,csv} out.parquet NAME.sql [once].

With `once` a row that stands twice counts once.
"""

import sys
from pathlib import Path

import duckdb
from with_duckdb import CSV

if __name__ == "__main__":
    path, target, name, *once = sys.argv[1:]
    source = f"read_parquet('{path}')" if path.endswith(".parquet") else CSV.format(path)
    if once:
        source = f"(SELECT DISTINCT * FROM {source})"
    query = Path(__file__).with_name(name).read_text()
    duckdb.execute(query.replace("$EXPORT", source).replace("$TARGET", target))
