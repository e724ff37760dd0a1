"""`points --show balances` by hand in Polars, without expiry: python balances_with_polars.py points.parquet out.parquet."""

import sys

import polars as pl

if __name__ == "__main__":
    ledger, target = sys.argv[1:]
    kind, points = pl.col("kind"), pl.col("points")
    (
        pl.scan_parquet(ledger)
        .group_by("user_id")
        .agg(
            last_entry=pl.col("time").max().dt.date(),
            earned=points.filter(kind == "earn").sum(),
            redeemed=-points.filter(kind.is_in(["redeem", "restore"])).sum(),
            reversed=-points.filter(kind == "reverse").sum(),
            balance=points.sum(),
        )
        .sort("user_id")
        .collect(engine="streaming")
        .write_parquet(target)
    )
