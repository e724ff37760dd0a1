-- Direct invitations by hand in DuckDB: of each inviter how many were invited, how many of them ordered within 30
-- days, and what they bought since.
COPY (
WITH invited AS (
    SELECT user_id, inviter_id, CAST(registered_at AS DATE) AS day
    FROM $USERS WHERE inviter_id IS NOT NULL
),
bought AS (
    SELECT user_id, CAST(order_time AS DATE) AS day, CAST(round(amount * 100) AS BIGINT) AS cents
    FROM $EXPORT WHERE status IN ('completed', 'paid', 'shipped')
),
users AS (
    SELECT inviter_id, min(bought.day) - invited.day <= 30 AS converted,
           count(cents) AS orders, coalesce(sum(cents), 0) AS cents
    FROM invited LEFT JOIN bought
        ON bought.user_id = invited.user_id AND bought.day >= invited.day
    GROUP BY invited.user_id, inviter_id, invited.day
)
SELECT inviter_id AS leader_id, count(*) AS invited, count(*) FILTER (converted) AS effective,
       CAST(sum(orders) AS BIGINT) AS orders, CAST(sum(cents) AS BIGINT) / 100 AS gmv
FROM users GROUP BY 1 ORDER BY 3 DESC, 5 DESC, 1
) TO '$TARGET' (FORMAT parquet)
