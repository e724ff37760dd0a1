"""Groups by hand in DuckDB: python chats_with_duckdb.py chats.parquet out.parquet [once].

`once` sees first that no message stands twice.
"""

import sys

import duckdb

ONCE = "SELECT count(DISTINCT message_id) = count(*) FROM read_parquet('$EXPORT')"
QUERY = """
COPY (
WITH written AS (
    SELECT group_id, count(*) AS messages, count(DISTINCT user_id) AS active
    FROM read_parquet('$EXPORT') GROUP BY group_id
),
stays AS (
    SELECT group_id, count(*) AS joined, count("left") AS "left", count(*) - count("left") AS members_end
    FROM read_parquet('$STAYS') GROUP BY group_id
)
SELECT group_id, joined, "left", members_end, coalesce(active, 0) AS active, coalesce(messages, 0) AS messages
FROM stays LEFT JOIN written USING (group_id) ORDER BY group_id
) TO '$TARGET' (FORMAT parquet)
"""

if __name__ == "__main__":
    path, target, *once = sys.argv[1:]
    if once and not duckdb.sql(ONCE.replace("$EXPORT", path)).fetchall()[0][0]:
        raise SystemExit("a message stands twice")
    stays = path.replace(".parquet", "-memberships.parquet")
    query = QUERY.replace("$EXPORT", path).replace("$STAYS", stays).replace("$TARGET", target)
    duckdb.execute(query)
