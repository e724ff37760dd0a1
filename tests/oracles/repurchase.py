"""Repurchase by DuckDB, from the definitions alone."""

# These go on from `returning.ORDERS`; $grain is day or order.
PURCHASES = """, purchased AS (
    SELECT user_id, day, row_number() OVER w AS number, lead(day) OVER w - day AS gap
    FROM (SELECT user_id, day FROM orders WHERE $grain = 'order'
          UNION ALL SELECT DISTINCT user_id, day FROM orders WHERE $grain = 'day')
    WINDOW w AS (PARTITION BY user_id ORDER BY day)
)"""
WINDOWS = (
    PURCHASES
    + """, firsts AS (SELECT gap, as_of - day AS observed FROM purchased, as_of WHERE number = 1)
SELECT n AS days, count(*) FILTER (observed >= n) AS observed_users,
       count(*) FILTER (observed >= n AND gap <= n) AS repurchased_users
FROM (SELECT unnest([7, 30, 60, 90, 180, 365]) AS n) LEFT JOIN firsts ON true GROUP BY n ORDER BY n
"""
)
SPELLS = (
    PURCHASES
    + """SELECT coalesce(gap, as_of - day) AS days, gap IS NOT NULL AS happened
FROM purchased, as_of WHERE number = 1
"""
)
SPELLS_BY_NUMBER = (
    PURCHASES
    + """SELECT number, day, coalesce(gap, as_of - day) AS days, gap IS NOT NULL AS happened,
       as_of - day AS watched
FROM purchased, as_of
"""
)
ORDERS = (
    PURCHASES
    + """SELECT number AS order_number, count(*) AS users, count(gap) AS next_users,
       quantile_cont(gap, 0.5) AS median_days, quantile_cont(gap, 0.8) AS p80_days,
       quantile_cont(gap, 0.9) AS p90_days
FROM purchased GROUP BY GROUPING SETS (number, ()) HAVING count(*) > 0 ORDER BY number NULLS LAST
"""
)

# Input: items(order_id, user_id, day, amount, category, quantity, status), all by one as_of.
ITEMS = """
WITH bought AS (
    SELECT order_id, user_id, min(day) AS day, category,
           sum(quantity) FILTER (amount >= 0) AS quantity
    FROM items WHERE status = 'completed' AND day <= $as_of
    GROUP BY order_id, user_id, category
    HAVING count(*) FILTER (amount >= 0) > 0
       AND NOT (sum(amount) FILTER (amount >= 0) > 0 AND sum(amount) <= 0)
),
told AS (SELECT category, bool_or(quantity > 0) AS told FROM bought GROUP BY category),
days AS (
    SELECT user_id, category, day,
           CASE WHEN any_value(told) THEN sum(coalesce(nullif(quantity, 0), 1)) ELSE 1 END AS units,
           row_number() OVER w AS number, count(*) OVER (PARTITION BY user_id, category) AS purchases,
           lead(day) OVER w - day AS gap
    FROM bought JOIN told USING (category) GROUP BY user_id, category, day
    WINDOW w AS (PARTITION BY user_id, category ORDER BY day)
),
means AS (
    SELECT category, user_id, count(*) AS n, avg(ln(units)) AS mx, avg(ln(gap)) AS my
    FROM days WHERE gap IS NOT NULL GROUP BY category, user_id HAVING count(*) > 1
),
within_users AS (
    SELECT category, count(*) AS n, count(DISTINCT user_id) AS k, sum((ln(units) - mx) ** 2) AS xx,
           sum((ln(units) - mx) * (ln(gap) - my)) AS xy, sum((ln(gap) - my) ** 2) AS yy
    FROM days JOIN means USING (category, user_id) WHERE gap IS NOT NULL GROUP BY category
),
slopes AS (
    SELECT category, CASE WHEN xx < 1e-4 THEN 0 ELSE
        least(1, greatest(0, xy / xx * 0.25 / (0.25 +
            (greatest(yy - xy * xy / xx, 0) + 1) / (greatest(n - k - 1, 0) + 4) / xx))) END AS slope
    FROM within_users
),
elastic AS (
    SELECT category, coalesce(slope, 0) AS e
    FROM (SELECT DISTINCT category FROM days) LEFT JOIN slopes USING (category)
)
"""
CATEGORIES = (
    ITEMS
    + """, purchased AS (
    SELECT user_id, category, day, row_number() OVER w AS number, lead(day) OVER w - day AS gap
    FROM (SELECT user_id, category, day FROM bought WHERE $grain = 'order'
          UNION ALL SELECT DISTINCT user_id, category, day FROM bought WHERE $grain = 'day')
    WHERE category IS NOT NULL WINDOW w AS (PARTITION BY user_id, category ORDER BY day)
),
lasted AS (
    SELECT category, median(gap / units ** e) AS lasted, any_value(e) AS e
    FROM days JOIN elastic USING (category) GROUP BY category
)
SELECT category, count(*) FILTER (number = 1) AS buyers, count(*) FILTER (number = 2) AS repeat_buyers,
       quantile_cont(gap, 0.25) AS p25_days, quantile_cont(gap, 0.5) AS median_days,
       quantile_cont(gap, 0.75) AS p75_days, any_value(CASE WHEN told THEN lasted END) AS days_per_unit,
       any_value(CASE WHEN told THEN e END) AS elasticity
FROM purchased JOIN told USING (category) JOIN lasted USING (category)
GROUP BY category ORDER BY encode(category)
"""
)
DUE = (
    ITEMS
    + """, logs AS (
    SELECT *, ln(gap / units ** e) AS y FROM days JOIN elastic USING (category) WHERE gap IS NOT NULL
),
pairs AS (
    SELECT category, user_id, count(*) AS n, avg(y) AS mean, sum(y * y) AS squares
    FROM logs GROUP BY category, user_id
),
sums AS (
    SELECT category, sum(n) AS n, count(*) AS k, sum(n * n) AS n2, sum(n * mean) / sum(n) AS grand,
           sum(squares - n * mean * mean) AS ssw
    FROM pairs GROUP BY category
),
among AS (
    SELECT category, sum(pairs.n * (mean - grand) ** 2) AS ssb
    FROM pairs JOIN sums USING (category) GROUP BY category
),
variances AS (
    SELECT category, ssw / (n - k) AS s,
           greatest(0, (ssb - (k - 1) * ssw / (n - k)) / (n - n2 / n)) AS v
    FROM sums JOIN among USING (category) WHERE n > k AND k > 1
),
centres AS (
    SELECT category, ln(median(gap / units ** e)) AS centre
    FROM days JOIN elastic USING (category) GROUP BY category
),
rhythms AS (
    SELECT user_id, category, day, units, purchases,
           centre + CASE WHEN n IS NULL OR v IS NULL OR v = 0 THEN 0
                         ELSE n * v / (n * v + s) * (mean - centre) END AS rhythm
    FROM days LEFT JOIN pairs USING (user_id, category) LEFT JOIN variances USING (category)
    JOIN centres USING (category)
    WHERE number = purchases AND centre IS NOT NULL
),
expected AS (SELECT *, units ** e * exp(rhythm) AS lasts FROM rhythms JOIN elastic USING (category))
SELECT user_id, category, day AS last_purchase, lasts AS expected_days,
       day + floor(lasts + 0.5)::INTEGER AS due_date,
       $as_of::DATE - day - floor(lasts + 0.5)::INTEGER AS overdue_days, purchases
FROM expected
WHERE day + floor(lasts + 0.5)::INTEGER <= $as_of::DATE + $within::INTEGER
  AND $as_of::DATE - day <= $lapsed * lasts
ORDER BY due_date, encode(user_id), encode(category)
"""
)
