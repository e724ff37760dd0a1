"""`segment users` by hand in DuckDB: python with_duckdb.py orders.{parquet,csv} out.parquet."""

import sys
from pathlib import Path

import duckdb

# The types are told, so that nothing has to be sniffed.
CSV = (
    "read_csv('{}', header = true, auto_detect = false, delim = ',', quote = '\"', columns = "
    "{{'order_id': 'VARCHAR', 'user_id': 'VARCHAR', 'order_time': 'TIMESTAMP', "
    "'amount': 'DOUBLE', 'status': 'VARCHAR'}})"
)

if __name__ == "__main__":
    path, target = sys.argv[1:]
    source = f"read_parquet('{path}')" if path.endswith(".parquet") else CSV.format(path)
    query = Path(__file__).with_name("segment.sql").read_text()
    duckdb.execute(query.replace("$EXPORT", source).replace("$TARGET", target))
