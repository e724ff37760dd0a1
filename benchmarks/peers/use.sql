-- `segment --events users` by hand in DuckDB.
COPY (
WITH days AS (
    SELECT user_id, CAST(event_time AS DATE) AS day, sum(duration_s) AS seconds
    FROM $EXPORT GROUP BY ALL
),
users AS (
    SELECT user_id, min(day) AS first_active, max(day) AS last_active, count(*) AS active_days,
           CAST(coalesce(sum(seconds), 0) AS BIGINT) AS seconds
    FROM days GROUP BY user_id
),
aged AS (SELECT *, (SELECT max(last_active) FROM users) - last_active AS recency_days FROM users),
cuts AS (
    SELECT quantile_cont(recency_days, [.2, .4, .6, .8]) AS r,
           quantile_cont(active_days, [.2, .4, .6, .8]) AS f,
           quantile_cont(seconds, [.2, .4, .6, .8]) AS m
    FROM aged
),
scored AS (
    SELECT aged.*,
           5 - (recency_days > r[1])::INT - (recency_days > r[2])::INT
             - (recency_days > r[3])::INT - (recency_days > r[4])::INT AS r_score,
           1 + (active_days > f[1])::INT + (active_days > f[2])::INT
             + (active_days > f[3])::INT + (active_days > f[4])::INT AS f_score,
           1 + (seconds > m[1])::INT + (seconds > m[2])::INT
             + (seconds > m[3])::INT + (seconds > m[4])::INT AS m_score
    FROM aged, cuts
)
SELECT user_id, first_active, last_active, recency_days, active_days, seconds / 60 AS minutes,
       r_score, f_score, m_score, concat(r_score, f_score, m_score) AS rfm_score
FROM scored ORDER BY user_id
) TO '$TARGET' (FORMAT parquet)
