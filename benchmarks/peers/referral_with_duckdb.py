"""Direct invitations by hand in DuckDB: python referral_with_duckdb.py orders.parquet out.parquet users.parquet."""

import sys
from pathlib import Path

import duckdb

if __name__ == "__main__":
    orders, target, users = sys.argv[1:]
    query = Path(__file__).with_name("referral.sql").read_text()
    for name, text in {"$EXPORT": orders, "$USERS": users}.items():
        query = query.replace(name, f"read_parquet('{text}')")
    duckdb.execute(query.replace("$TARGET", target))
