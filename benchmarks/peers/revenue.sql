-- `cohorts --measure revenue` by month by hand in DuckDB.
COPY (
WITH months AS (
    SELECT user_id, (year(order_time) - 2024) * 12 + month(order_time) - 1 AS number,
           sum(CAST(round(amount * 100) AS BIGINT)) AS cents
    FROM $EXPORT WHERE status IN ('completed', 'paid', 'shipped') GROUP BY ALL
),
users AS (SELECT user_id, min(number) AS cohort FROM months GROUP BY user_id),
sizes AS (SELECT cohort, count(*) AS size FROM users GROUP BY cohort)
SELECT strftime(make_date(2024 + cohort // 12, cohort % 12 + 1, 1), '%Y-%m') AS cohort, size,
       CAST(number - cohort AS BIGINT) AS age, sum(cents) / 100 AS numerator
FROM months JOIN users USING (user_id) JOIN sizes USING (cohort)
GROUP BY ALL ORDER BY 1, 3
) TO '$TARGET' (FORMAT parquet)
