-- `lifecycle users` by hand in DuckDB: one grouping, the last two days of each user's orders.
COPY (
WITH orders AS (
    SELECT user_id, CAST(order_time AS DATE) AS day,
           status IN ('completed', 'paid', 'shipped') AS valid
    FROM $EXPORT
),
users AS (
    SELECT user_id, count(*) FILTER (valid) AS orders, min(day) FILTER (valid) AS first_order,
           max(DISTINCT day, 2) FILTER (valid) AS latest, max(day) AS last_row
    FROM orders GROUP BY user_id
),
as_of AS (SELECT max(last_row) AS day FROM users),
placed AS (
    SELECT *, latest[1] AS last_order, as_of.day - latest[1] AS recency_days
    FROM users, as_of WHERE orders > 0
)
SELECT user_id,
       CASE WHEN recency_days > 60 THEN 'churned' WHEN recency_days > 30 THEN 'slump'
            WHEN orders >= 5 THEN 'maturity' WHEN orders >= 2 THEN 'growth'
            ELSE 'introduction' END AS stage,
       coalesce(latest[1] - latest[2] > 60, FALSE) AS reactivated,
       orders, first_order, last_order, recency_days
FROM placed ORDER BY user_id
) TO '$TARGET' (FORMAT parquet)
