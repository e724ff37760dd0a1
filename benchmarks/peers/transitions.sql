-- `lifecycle transitions --since 2025-10-01` by hand in DuckDB: both days in one grouping.
COPY (
WITH orders AS (
    SELECT user_id, CAST(order_time AS DATE) AS day,
           CAST(round(amount * 100) AS BIGINT) AS cents,
           status IN ('completed', 'paid', 'shipped') AS valid
    FROM $ORDERS
),
users AS (
    SELECT user_id, count(*) FILTER (valid) AS orders, max(day) FILTER (valid) AS last,
           count(*) FILTER (valid AND day <= DATE '2025-10-01') AS orders_then,
           max(day) FILTER (valid AND day <= DATE '2025-10-01') AS last_then,
           sum(cents) FILTER (valid) AS cents, max(day) AS last_row
    FROM orders GROUP BY user_id
),
as_of AS (SELECT max(last_row) AS day FROM users),
days AS (
    SELECT orders, orders_then, cents, as_of.day - last AS recency,
           DATE '2025-10-01' - last_then AS recency_then
    FROM users, as_of WHERE orders > 0
),
placed AS (
    SELECT CASE WHEN orders_then = 0 THEN 5 WHEN recency_then > 60 THEN 4
                WHEN recency_then > 30 THEN 3 WHEN orders_then >= 5 THEN 2
                WHEN orders_then >= 2 THEN 1 ELSE 0 END AS then_,
           CASE WHEN recency > 60 THEN 4 WHEN recency > 30 THEN 3
                WHEN orders >= 5 THEN 2 WHEN orders >= 2 THEN 1 ELSE 0 END AS now_,
           cents
    FROM days
),
names AS (
    SELECT unnest(range(6)) AS stage,
           unnest(['introduction', 'growth', 'maturity', 'slump', 'churned', 'new']) AS name
)
SELECT a.name AS from_stage, b.name AS to_stage, users,
       users / sum(users) OVER (PARTITION BY then_) AS share, revenue
FROM (
    SELECT then_, now_, count(*) AS users, CAST(sum(cents) AS DECIMAL(18, 0)) / 100 AS revenue
    FROM placed GROUP BY ALL
)
JOIN names a ON a.stage = then_ JOIN names b ON b.stage = now_
ORDER BY then_, now_
) TO '$TARGET' (FORMAT parquet)
