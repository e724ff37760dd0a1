-- `points --show balances` by hand in DuckDB, without expiry.
COPY (
SELECT user_id, CAST(max(time) AS DATE) AS last_entry,
       CAST(coalesce(sum(points) FILTER (kind = 'earn'), 0) AS BIGINT) AS earned,
       CAST(-coalesce(sum(points) FILTER (kind IN ('redeem', 'restore')), 0) AS BIGINT) AS redeemed,
       CAST(-coalesce(sum(points) FILTER (kind = 'reverse'), 0) AS BIGINT) AS reversed,
       CAST(sum(points) AS BIGINT) AS balance
FROM $EXPORT GROUP BY user_id ORDER BY user_id
) TO '$TARGET' (FORMAT parquet)
