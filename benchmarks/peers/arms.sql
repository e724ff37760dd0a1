-- Campaigns' sums by arm by hand in DuckDB. $EXPORT and $LISTS are table functions over the exports; $ONCE says
-- whether orders are read once and kept: quicker from CSV, slower from Parquet.
COPY (
WITH orders AS $ONCE (SELECT user_id, order_time, amount, status FROM $EXPORT),
last AS (SELECT CAST(max(order_time) AS DATE) AS day FROM orders),
listed AS (
    SELECT user_id, campaign, "group", assigned_time,
           CAST(assigned_time AS DATE) + 15 AS until
    FROM $LISTS, last WHERE CAST(assigned_time AS DATE) + 14 <= last.day
),
valid AS (
    SELECT user_id, order_time, CAST(round(amount * 100) AS BIGINT) AS cents
    FROM orders
    WHERE status IN ('completed', 'paid', 'shipped')
      AND order_time >= (SELECT min(assigned_time) FROM $LISTS)
),
bought AS (
    SELECT campaign, "group", user_id, count(*) AS orders, CAST(sum(cents) AS BIGINT) AS cents
    FROM valid JOIN listed USING (user_id)
    WHERE order_time >= assigned_time AND order_time < until
    GROUP BY ALL
),
sums AS (
    SELECT campaign, "group", count(*) AS buyers, sum(orders) AS orders, sum(cents) AS cents,
           sum(orders * orders) AS orders_squares, sum(CAST(cents AS HUGEINT) * cents) AS cents_squares
    FROM bought GROUP BY ALL
),
arms AS (SELECT campaign, "group", count(*) AS users FROM listed GROUP BY ALL)
SELECT campaign, "group", users,
       coalesce(buyers, 0) / users AS conversion, coalesce(cents, 0) / users / 100 AS revenue_per_user,
       coalesce(orders, 0) AS orders
FROM arms LEFT JOIN sums USING (campaign, "group")
ORDER BY campaign, "group" = 'control', "group"
) TO '$TARGET' (FORMAT parquet, COMPRESSION zstd);
