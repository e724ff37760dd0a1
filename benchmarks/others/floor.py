"""What no query can go below: reading the four columns. floor.py orders.parquet."""

import sys

import polars as pl

if __name__ == "__main__":
    columns = ["user_id", "order_time", "amount", "status"]
    pl.scan_parquet(sys.argv[1]).select(pl.col(columns).max()).collect(engine="streaming")
