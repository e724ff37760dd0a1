-- Last touch by hand in DuckDB: of each order the latest touch before it, where that came after the user's
-- order before and no more than 30 days ago.
COPY (
WITH orders AS (
    SELECT user_id, order_time, count(*) AS orders,
           sum(CAST(round(amount * 100) AS BIGINT)) AS cents,
           lag(order_time) OVER (PARTITION BY user_id ORDER BY order_time) AS previous
    FROM $EXPORT WHERE status IN ('completed', 'paid', 'shipped')
    GROUP BY user_id, order_time
),
begun AS (SELECT CAST(min(touch_time) AS DATE) AS day FROM $TOUCHES),
found AS (
    SELECT orders, cents, channel,
           touch_time > coalesce(previous, TIMESTAMP '0001-01-01')
           AND CAST(order_time AS DATE) - CAST(touch_time AS DATE) <= 30 AS leads
    FROM orders ASOF LEFT JOIN $TOUCHES AS touches
        ON orders.user_id = touches.user_id AND order_time >= touch_time
    WHERE CAST(order_time AS DATE) >= (SELECT day FROM begun)
)
SELECT CASE WHEN leads THEN channel ELSE '(no touch)' END AS channel,
       CAST(sum(orders) AS DOUBLE) AS conversions, CAST(sum(cents) AS BIGINT) / 100 AS revenue
FROM found GROUP BY 1 ORDER BY bool_or(coalesce(leads, FALSE)) DESC, 1
) TO '$TARGET' (FORMAT parquet)
