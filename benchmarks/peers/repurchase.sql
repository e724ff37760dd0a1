-- `repurchase orders` by hand in DuckDB.
COPY (
WITH days AS (
    SELECT DISTINCT user_id, CAST(order_time AS DATE) AS day
    FROM $EXPORT WHERE status IN ('completed', 'paid', 'shipped')
),
numbered AS (
    SELECT row_number() OVER w AS order_number, lead(day) OVER w - day AS gap
    FROM days WINDOW w AS (PARTITION BY user_id ORDER BY day)
)
SELECT order_number, count(*) AS users, count(gap) AS next_users,
       quantile_cont(gap, 0.5) AS median_days
FROM numbered GROUP BY order_number ORDER BY order_number
) TO '$TARGET' (FORMAT parquet)
