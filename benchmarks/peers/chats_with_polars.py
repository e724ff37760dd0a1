"""Groups by hand in Polars: python chats_with_polars.py chats.parquet out.parquet [once].

`once` sees first that no message stands twice.
"""

import sys

import polars as pl

if __name__ == "__main__":
    path, target, *once = sys.argv[1:]
    ids = pl.scan_parquet(path).select(pl.col("message_id").n_unique() == pl.len())
    if once and not ids.collect(engine="streaming").item():
        raise SystemExit("a message stands twice")
    stays = pl.scan_parquet(path.replace(".parquet", "-memberships.parquet"))
    written = (
        pl.scan_parquet(path)
        .group_by("group_id", "user_id")
        .len("messages")
        .group_by("group_id")
        .agg(active=pl.len().cast(pl.Int64), messages=pl.col("messages").sum().cast(pl.Int64))
    )
    left = pl.col("left").count().cast(pl.Int64)
    joined = pl.len().cast(pl.Int64)
    groups = stays.group_by("group_id").agg(joined=joined, left=left, members_end=joined - left)
    counts = groups.join(written, on="group_id", how="left").with_columns(
        pl.col("active", "messages").fill_null(0)
    )
    counts.sort("group_id").sink_parquet(target, engine="streaming")
