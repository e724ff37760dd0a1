"""A query by hand in DuckDB: python query_with_duckdb.py orders.{parquet,csv} out.parquet NAME.sql."""

import sys
from pathlib import Path

import duckdb
from with_duckdb import CSV

if __name__ == "__main__":
    path, target, name = sys.argv[1:]
    source = f"read_parquet('{path}')" if path.endswith(".parquet") else CSV.format(path)
    query = Path(__file__).with_name(name).read_text()
    duckdb.execute(query.replace("$EXPORT", source).replace("$TARGET", target))
