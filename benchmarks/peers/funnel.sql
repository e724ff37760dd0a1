-- `funnel` by hand in DuckDB: each step's first time after the one before.
COPY (
WITH told AS MATERIALIZED (
    SELECT user_id, event, event_time AS time FROM $EXPORT
    WHERE event IN ('register', 'browse', 'click', 'cart', 'order', 'pay')
),
register AS (
    SELECT user_id, min(time) AS entered, min(time) AS time, NULL::TIMESTAMP AS before
    FROM told WHERE event = 'register' GROUP BY user_id
    HAVING CAST(min(time) AS DATE) + 30
           <= (SELECT CAST(max(event_time) AS DATE) FROM $EXPORT)
),
browse_ AS (
    SELECT user_id, any_value(entered) AS entered, min(told.time) AS time,
           any_value(last.time) AS before
    FROM told JOIN register AS last USING (user_id)
    WHERE event = 'browse' AND told.time >= last.time
          AND CAST(told.time AS DATE) - CAST(entered AS DATE) <= 30
    GROUP BY user_id
),
click_ AS (
    SELECT user_id, any_value(entered) AS entered, min(told.time) AS time,
           any_value(last.time) AS before
    FROM told JOIN browse_ AS last USING (user_id)
    WHERE event = 'click' AND told.time >= last.time
          AND CAST(told.time AS DATE) - CAST(entered AS DATE) <= 30
    GROUP BY user_id
),
cart_ AS (
    SELECT user_id, any_value(entered) AS entered, min(told.time) AS time,
           any_value(last.time) AS before
    FROM told JOIN click_ AS last USING (user_id)
    WHERE event = 'cart' AND told.time >= last.time
          AND CAST(told.time AS DATE) - CAST(entered AS DATE) <= 30
    GROUP BY user_id
),
order_ AS (
    SELECT user_id, any_value(entered) AS entered, min(told.time) AS time,
           any_value(last.time) AS before
    FROM told JOIN cart_ AS last USING (user_id)
    WHERE event = 'order' AND told.time >= last.time
          AND CAST(told.time AS DATE) - CAST(entered AS DATE) <= 30
    GROUP BY user_id
),
pay_ AS (
    SELECT user_id, any_value(entered) AS entered, min(told.time) AS time,
           any_value(last.time) AS before
    FROM told JOIN order_ AS last USING (user_id)
    WHERE event = 'pay' AND told.time >= last.time
          AND CAST(told.time AS DATE) - CAST(entered AS DATE) <= 30
    GROUP BY user_id
),
reorder_ AS (
    SELECT user_id, any_value(entered) AS entered, min(told.time) AS time,
           any_value(last.time) AS before
    FROM told JOIN pay_ AS last USING (user_id)
    WHERE event = 'pay' AND told.time > last.time
          AND CAST(told.time AS DATE) - CAST(entered AS DATE) <= 30
    GROUP BY user_id
)
SELECT step, users, median_hours FROM (
    SELECT 0 AS place, 'register' AS step, count(*) AS users, NULL::DOUBLE AS median_hours FROM register
    UNION ALL SELECT 1, 'browse', count(*), median(epoch(time - before)) / 3600 FROM browse_
    UNION ALL SELECT 2, 'click', count(*), median(epoch(time - before)) / 3600 FROM click_
    UNION ALL SELECT 3, 'cart', count(*), median(epoch(time - before)) / 3600 FROM cart_
    UNION ALL SELECT 4, 'order', count(*), median(epoch(time - before)) / 3600 FROM order_
    UNION ALL SELECT 5, 'pay', count(*), median(epoch(time - before)) / 3600 FROM pay_
    UNION ALL SELECT 6, 'reorder', count(*), median(epoch(time - before)) / 3600 FROM reorder_
)
ORDER BY place
) TO '$TARGET' (FORMAT parquet)
