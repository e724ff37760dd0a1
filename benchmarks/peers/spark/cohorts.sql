-- `cohorts` by month by hand in Spark SQL: who came in which month, and in which later ones.
WITH orders AS (
    SELECT user_id, status IN ('completed', 'paid', 'shipped') AS valid,
           (year(order_time) - 2024) * 12 + month(order_time) - 1 AS number
    FROM export
),
seen AS (SELECT DISTINCT user_id, number FROM orders WHERE valid),
users AS (SELECT user_id, min(number) AS cohort FROM seen GROUP BY user_id),
cells AS (
    SELECT cohort, number - cohort AS age, count(*) AS numerator
    FROM seen JOIN users USING (user_id) GROUP BY ALL
),
sizes AS (SELECT cohort, numerator AS size FROM cells WHERE age = 0),
ends AS (SELECT max(number) AS last FROM orders),
grid AS (
    SELECT cohort, size, explode(sequence(0, last - cohort)) AS age FROM sizes, ends
)
SELECT date_format(make_date(2024 + cohort DIV 12, cohort % 12 + 1, 1), 'yyyy-MM') AS cohort,
       size, age, coalesce(numerator, 0) AS numerator
FROM grid LEFT JOIN cells USING (cohort, age) ORDER BY cohort, age
