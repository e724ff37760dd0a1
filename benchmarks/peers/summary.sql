-- `lifecycle summary` by hand in DuckDB.
COPY (
WITH orders AS (
    SELECT user_id, CAST(order_time AS DATE) AS day,
           CAST(round(amount * 100) AS BIGINT) AS cents,
           status IN ('completed', 'paid', 'shipped') AS valid
    FROM $EXPORT
),
users AS (
    SELECT user_id, count(*) FILTER (valid) AS orders, max(day) FILTER (valid) AS last,
           sum(cents) FILTER (valid) AS cents, max(day) AS last_row
    FROM orders GROUP BY user_id
),
as_of AS (SELECT max(last_row) AS day FROM users),
placed AS (
    SELECT CASE WHEN as_of.day - last > 60 THEN 4 WHEN as_of.day - last > 30 THEN 3
                WHEN orders >= 5 THEN 2 WHEN orders >= 2 THEN 1 ELSE 0 END AS stage,
           orders, cents
    FROM users, as_of WHERE orders > 0
),
names AS (
    SELECT unnest(range(5)) AS stage,
           unnest(['introduction', 'growth', 'maturity', 'slump', 'churned']) AS name
)
SELECT name AS stage, users, users / sum(users) OVER () AS users_share, orders, revenue,
       revenue / sum(revenue) OVER () AS revenue_share
FROM (
    SELECT stage AS place, count(*) AS users, CAST(sum(orders) AS BIGINT) AS orders,
           CAST(sum(cents) AS DECIMAL(18, 0)) / 100 AS revenue
    FROM placed GROUP BY stage
) JOIN names ON names.stage = place
ORDER BY place
) TO '$TARGET' (FORMAT parquet)
