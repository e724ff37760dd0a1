-- `lifecycle users` by hand in Spark SQL: one grouping, the days of each user's orders.
WITH orders AS (
    SELECT user_id, CAST(order_time AS DATE) AS day,
           status IN ('completed', 'paid', 'shipped') AS valid
    FROM export
),
users AS (
    SELECT user_id, count(*) FILTER (WHERE valid) AS orders,
           min(day) FILTER (WHERE valid) AS first_order,
           sort_array(collect_set(day) FILTER (WHERE valid), FALSE) AS latest, max(day) AS last_row
    FROM orders GROUP BY user_id
),
as_of AS (SELECT max(CAST(order_time AS DATE)) AS day FROM export),
placed AS (
    SELECT *, latest[0] AS last_order, datediff(as_of.day, latest[0]) AS recency_days
    FROM users, as_of WHERE orders > 0
)
SELECT user_id,
       CASE WHEN recency_days > 60 THEN 'churned' WHEN recency_days > 30 THEN 'slump'
            WHEN orders >= 5 THEN 'maturity' WHEN orders >= 2 THEN 'growth'
            ELSE 'introduction' END AS stage,
       coalesce(datediff(latest[0], get(latest, 1)) > 60, FALSE) AS reactivated,
       orders, first_order, last_order, recency_days
FROM placed ORDER BY user_id
