"""Campaigns' sums by arm by hand in DuckDB: python arms_with_duckdb.py orders.{parquet,csv} out.parquet [once] lists.{parquet,csv}.

With `once` it's seen first that no order stands twice, and no user in a campaign.
"""

import sys
from pathlib import Path

import duckdb
from with_duckdb import CSV

LISTS_CSV = (
    "read_csv('{}', header = true, auto_detect = false, delim = ',', quote = '\"', columns = "
    "{{'user_id': 'VARCHAR', 'campaign': 'VARCHAR', 'group': 'VARCHAR', 'assigned_time': 'TIMESTAMP'}})"
)


def source(path: str, csv: str) -> str:
    return f"read_parquet('{path}')" if path.endswith(".parquet") else csv.format(path)


if __name__ == "__main__":
    path, target, *once, lists = sys.argv[1:]
    for name, key in (
        (source(path, CSV), "order_id"),
        (source(lists, LISTS_CSV), "(user_id, campaign)"),
    ):
        if once:
            found = duckdb.sql(f"SELECT count(*) = count(DISTINCT {key}) FROM {name}").fetchall()
            assert found == [(True,)]
    query = Path(__file__).with_name("arms.sql").read_text()
    for name, table in (
        ("$EXPORT", source(path, CSV)),
        ("$LISTS", source(lists, LISTS_CSV)),
        ("$TARGET", target),
        ("$ONCE", "NOT MATERIALIZED" if path.endswith(".parquet") else "MATERIALIZED"),
    ):
        query = query.replace(name, table)
    duckdb.execute(query)
